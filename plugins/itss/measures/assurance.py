"""Assurance: may a target be expected to be held, to be missed, or is it chance, as the process runs now?

The natural limits of a control chart against the target, as the *assurance* of NHS *Making data count*. The edge
belongs to *met*, as in `itss.measures.judge`: a limit on the target is a value that would meet it. Refuses nothing;
says nothing of a figure without a target. Surprise: limits that the present value has just left for the worse no longer
say what comes next, so that nothing is expected from them.
"""

from __future__ import annotations

from typing import Literal

from itss.measures.judge import TOLERANCE

Assurance = Literal["", "held", "missed", "chance", "left", "too_few"]


def assurance_of(
    target: float | None, lower: float | None, upper: float | None, *, is_at_least: bool, value: float | None = None
) -> Assurance:
    """``held``: every value within the limits meets the target; ``missed``: none does; ``chance``: some do.

    ``too_few``: there are no limits yet. ``left``: the present ``value`` lies outside them, on the side that speaks
    against what they say. ``is_at_least`` is false where the target is a most.
    """
    if target is None:
        return ""
    if lower is None or upper is None:
        return "too_few"
    worst, best = (lower - target, upper - target) if is_at_least else (target - upper, target - lower)
    said: Assurance = "held" if worst >= -TOLERANCE else "chance" if best >= -TOLERANCE else "missed"
    return "left" if _speaks_against(said, value, lower, upper, is_at_least=is_at_least) else said


def _speaks_against(said: Assurance, value: float | None, lower: float, upper: float, *, is_at_least: bool) -> bool:
    """Whether the value lies outside the limits; for the better that confirms *held*, for the worse *missed*."""
    if value is None or lower <= value <= upper:
        return False
    is_better = (value > upper) == is_at_least
    return said != ("held" if is_better else "missed")
