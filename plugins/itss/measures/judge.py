"""Targets and status: is a figure met, at risk or missed, on however few cases.

The target is the agreement's for this measure and member; a figure that brings its own limit is judged by that where
the agreement has none. Boundaries belong to *met*.
"""

from __future__ import annotations

from typing import Literal

from itss.agreements.models import AgreementVersion, Target
from itss.measures.base import Measure, Outcome, Status

TOLERANCE = 1e-9


def target_of(
    measure: Measure,
    agreement: AgreementVersion | None,
    dimension: str = "",
    member: str = "",
    limit: float | None = None,
) -> Target | None:
    """What the measure is judged by, for a member of a dimension or the whole (both empty).

    ``limit`` is the rows' own, used where the agreement has no target.
    """
    for target in targets_of(measure, agreement):
        if (target.dimension, target.member) == (dimension, member):
            return target
    if limit is None:
        return None
    side = "at_most" if measure.better == "lower" else "at_least"
    return Target(process=measure.process, measure=measure.id, **{side: limit})


def targets_of(
    measure: Measure, agreement: AgreementVersion | None, over: Literal["period", "year"] = "period"
) -> list[Target]:
    """All targets that are agreed for a measure over a period, or over the year: of the whole and of members."""
    targets = agreement.targets if agreement else ()
    wanted = (measure.process, measure.id, over)
    return [one for one in targets if (one.process, one.measure, one.over) == wanted]


def agreed_most(agreement: AgreementVersion | None, process: str, measure: str) -> float | None:
    """The most that was agreed for the whole of a measure, for those that must name the rows beyond it.

    That of the period where there is one, else that of the year.
    """
    targets = sorted(agreement.targets if agreement else (), key=lambda target: target.over == "year")
    for target in targets:
        if (target.process, target.measure, target.dimension) == (process, measure, ""):
            return target.at_most
    return None


def status_of(outcome: Outcome, target: Target | None) -> Status:
    """The status of an available figure; empty where nothing was agreed."""
    value = outcome.value
    if value is None:
        return "not_applicable"
    if target is None:
        return ""
    if target.at_least is not None and value < target.at_least - TOLERANCE:
        return "missed"
    if target.at_most is not None and value > target.at_most + TOLERANCE:
        return "missed"
    return "at_risk" if _is_beyond_warning(value, target) else "met"


def bound(target: Target | None) -> float | None:
    """The one number that stands in the column ``target``."""
    if target is None:
        return None
    return target.at_least if target.at_least is not None else target.at_most


def _is_beyond_warning(value: float, target: Target) -> bool:
    if target.warn is None:
        return False
    if target.at_least is not None:
        return value < target.warn - TOLERANCE
    return value > target.warn + TOLERANCE
