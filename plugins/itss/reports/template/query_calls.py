"""Calls that a template asks in its loops and conditions: lists of ids, and true or false."""

from __future__ import annotations

from typing import Annotated, cast

from itss.measures.base import Section
from itss.reports import empty, improvements
from itss.reports.figure import Figure
from itss.reports.targets import targeted
from itss.reports.template.arguments import HELD, UNITS, Content, Count, Flag, Measure, Process
from itss.reports.template.materials import Key, Materials
from itss.reports.trend_table import drawn

Units = Annotated[list[str], UNITS]


def measures(
    given: Materials,
    section: Content | None = None,
    process: Process | None = None,
    unit: Units | None = None,
    targeted: Flag | None = None,
    available: Flag | None = None,
    charted: Flag | None = None,
    always_split: Flag | None = None,
) -> list[str]:
    """The ids of the measures that this report has figures of, in their own order.

    ``targeted``: with a target for the whole, worst first; ``available``: with a value, or a target that could not be
    judged; ``charted``: worth a control chart, signals first, then targets, then shares; ``always_split``: of
    processes that are split whatever the entry says, those with limits of their own first.
    """
    found = []
    for key in _ordered(given, targeted=bool(targeted), charted=bool(charted), always_split=bool(always_split)):
        measure, figure = given.writer.given.measures[key], given.writer.given.whole.get(key)
        has_target = figure is not None and figure.target is not None
        if (
            section in (None, measure.section)
            and process in (None, measure.process)
            and (unit is None or measure.unit in unit)
            and targeted in (None, has_target)
            and available in (None, _is_available(figure))
        ):
            found.append(".".join(key))
    return found


def _ordered(given: Materials, *, targeted: bool, charted: bool, always_split: bool) -> list[Key]:
    """The measures with figures, in the order of their declaration or by what is asked of them."""
    inputs = given.writer.given
    if targeted:
        return [figure.key for figure in _targets(given)]
    if charted:
        return [figure.key for figure in drawn(given.writer)]
    if always_split:
        own = [f for f in inputs.figures if f.dimension and f.dimension in given.writer.roles(f.key[0]).always_by]
        return list(dict.fromkeys(f.key for f in sorted(own, key=lambda figure: figure.target is None)))
    known = {figure.key for figure in inputs.figures}
    return [key for key in inputs.measures if key in known]


def _targets(given: Materials) -> list[Figure]:
    return [figure for figure in targeted(given.writer) if not figure.dimension]


def _is_available(figure: Figure | None) -> bool:
    return figure is not None and (figure.value is not None or figure.target is not None)


def processes(given: Materials, section: Content | None = None) -> list[str]:
    """The ids of the processes of this report; with ``section``, of those that have figures of that content."""
    inputs = given.writer.given
    if section is None:
        return list(inputs.processes)
    return list(dict.fromkeys(figure.key[0] for figure in inputs.of_section(section)))


def dimensions(given: Materials, measure: Measure, always: Flag = False) -> list[str]:
    """The dimensions that the figures of a measure are split by; ``always``: whatever the entry says."""
    key = given.measures[measure]
    if always:
        return list(given.writer.roles(key[0]).always_by)
    return list(dict.fromkeys(f.dimension for f in given.writer.given.figures if f.key == key and f.dimension))


def has(given: Materials, key: Annotated[str, HELD]) -> bool:
    """Whether there is anything to say about one of the six contents, or any item to improve (``improvements``)."""
    if key == "improvements":
        return improvements.table(given.writer) is not None
    return empty.has_content(given.writer, cast("Section", key))


def is_missed(given: Materials, measure: Measure) -> bool:
    """Whether the target of a measure was missed."""
    figure = given.figure(measure)
    return figure is not None and figure.status == "missed"


def is_met(given: Materials, measure: Measure) -> bool:
    """Whether the target of a measure was met, be it narrowly."""
    figure = given.figure(measure)
    return figure is not None and figure.status in ("met", "at_risk")


def range_call(given: Materials, n: Count) -> list[int]:
    """The numbers from 0 to n − 1."""
    return list(range(n))
