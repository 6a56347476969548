"""*What moved*: what left its normal range, then lasting directions, then the largest other changes.

Surprise: of measures that are cut from the same cloth (mean, median and p90 of one duration) only the most telling
one is named.
"""

from __future__ import annotations

from collections.abc import Sequence

from itss.reports import covered
from itss.reports.document import Point, Points, Tone
from itss.reports.figure import Figure, Trend
from itss.reports.writer import Writer

MAX_POINTS = 5
MAX_OF_PROCESS = 3
COURSES: dict[str, Tone] = {"improving": "met", "worsening": "missed"}
SIDES: dict[Tone, str] = {"missed": "worse", "met": "better", "": "neither"}
UP, DOWN = "↑", "↓"


def moved(writer: Writer) -> tuple[Point, ...]:
    """What left its normal range, then lasting directions, then the largest other changes, one a family of measures."""
    found = [_moved_point(writer, figure, trend) for figure, trend in _families(writer, _ranked(writer))]
    return tuple(found[:MAX_POINTS])


def apart(writer: Writer, top: int = MAX_POINTS) -> tuple[Points, ...]:
    """What is worse than before, what is better, and what is neither, at most ``top`` each; agreed measures first.

    Where nothing moved it is one list that says so.
    """
    sides: dict[Tone, list[tuple[Figure, Trend]]] = {"missed": [], "met": [], "": []}
    for figure, trend in _ranked(writer):
        sides[_moved_point(writer, figure, trend).tone].append((figure, trend))
    lists = []
    for tone, name in SIDES.items():
        found = sorted(_families(writer, sides[tone]), key=lambda pair: pair[0].key not in _agreed(writer))
        points = tuple(_moved_point(writer, *pair) for pair in found[:top])
        if len(found) > top:
            points += (Point(writer.plural("moved.more", len(found) - top), writer.words("moved.more_text")),)
        if points:
            lists.append(Points(writer.words(f"moved.{name}"), points, ""))
    return tuple(lists) or (Points(writer.words("front.moved"), (), nothing_moved(writer)),)


def _agreed(writer: Writer) -> set[tuple[str, str]]:
    """The measures with a target, of the whole or of a member."""
    return {figure.key for figure in writer.given.figures if figure.target is not None}


def _ranked(writer: Writer) -> list[tuple[Figure, Trend]]:
    """Every figure that moved, the weightiest first."""
    known = [(figure, trend) for figure in writer.given.whole.values() if (trend := writer.trend(figure))]
    ranks = [(_rank(figure, trend), figure, trend) for figure, trend in known]
    return [(figure, trend) for rank, figure, trend in sorted(ranks, key=lambda item: -item[0]) if rank > 0]


def _families(writer: Writer, ranked: Sequence[tuple[Figure, Trend]]) -> list[tuple[Figure, Trend]]:
    """The first of each family of measures, and only so many of one process."""
    found: dict[tuple[str, str], tuple[Figure, Trend]] = {}
    for figure, trend in ranked:
        process, family = figure.key[0], figure.measure.id.split("_")[0]
        if len(writer.given.processes) == 1 or sum(known == process for known, _ in found) < MAX_OF_PROCESS:
            found.setdefault((process, family), (figure, trend))
    return list(found.values())


def _rank(figure: Figure, trend: Trend) -> float:
    """0 = did not move. What is agreed weighs more than what is good or bad, and that more than mere volume.

    What lies outside its limits is named even where it stayed there, or has nothing before it.
    """
    if figure.value is None or trend.is_few:
        return 0
    agreed = 0.5 if figure.target is not None else 0.2 if figure.measure.better != "neither" else 0.0
    if trend.is_outside:
        return 8 + agreed + _deviation(trend)
    if trend.is_signal:
        return 6 + agreed
    if trend.previous is None or figure.value == trend.previous:
        return 0
    if trend.direction in COURSES:
        return 4 + agreed
    deviation = _deviation(trend)
    return 2 + agreed + deviation if deviation >= 1.5 else 0


def _deviation(trend: Trend) -> float:
    """How far the change since the last period goes, at most 1.9: in standard deviations of the control chart.

    Without limits (too few points) in tenfold the relative change, so that 15 % counts like 1.5 deviations.
    """
    if trend.value is None or trend.previous is None:
        return 0.0
    step = abs(trend.value - trend.previous)
    if trend.mean is None or trend.upper is None:
        return min(step / abs(trend.previous) * 10, 1.9) if trend.previous else 1.9
    sigma = (trend.upper - trend.mean) / 3
    return min(step / sigma, 1.9) if sigma > 0 else 0.0


def _moved_point(writer: Writer, figure: Figure, trend: Trend) -> Point:
    unit, cells = figure.measure.unit, writer.cells
    values = {
        "value": writer.shown(figure) + writer.on(figure, figure.value, figure.n),
        "previous": cells.number(trend.previous, unit).text + writer.on(figure, trend.previous, trend.n_before),
        "change": cells.change(figure.value, trend.previous, unit).text,
    }
    reason, tone = "", _course(figure, trend)
    if trend.is_outside:
        span = {"lower": cells.number(trend.lower, unit).text, "upper": cells.number(trend.upper, unit).text}
        reason = writer.words("moved.outside", **span)
    elif trend.is_signal:
        reason = writer.words(f"moved.{trend.rule}")
    elif trend.direction in COURSES:
        reason, tone = writer.words(f"moved.{trend.direction}", n=trend.n_points), COURSES[trend.direction]
    text = writer.words("moved.text" if trend.previous is not None else "moved.alone", **values)
    if reason:
        text += writer.words("moved.reason", reason=reason)
    return Point(writer.label(figure), text, tone, _arrow(figure, trend))


def nothing_moved(writer: Writer) -> str:
    """What stands in the place of an empty *what moved*: of how many figures it holds, and which were not compared."""
    if len(writer.periods) < 2 and not covered.gaps(writer):
        return writer.words("front.nothing_before")
    known = [(figure, writer.trend(figure)) for figure in writer.given.whole.values() if figure.value is not None]
    able = [trend for _, trend in known if trend and not trend.is_few and trend.previous is not None]
    limited = [trend for trend in able if trend.upper is not None]
    parts = []
    if limited:
        parts.append(writer.plural("front.nothing_moved", len(limited)))
    if len(able) > len(limited):
        parts.append(writer.plural("front.nothing_changed", len(able) - len(limited)))
    if len(known) > len(able):
        parts.append(writer.plural("front.not_compared", len(known) - len(able)))
    return writer.words("analysis.joint").join(parts) or writer.words("front.nothing_before")


def _arrow(figure: Figure, trend: Trend) -> str:
    if figure.value is None or trend.previous is None or figure.value == trend.previous:
        return "•"
    return UP if figure.value > trend.previous else DOWN


def _course(figure: Figure, trend: Trend) -> Tone:
    """Whether the move is a good or a bad one; neither where more is no better."""
    better = figure.measure.better
    # what lies outside its limits is good or bad by the side on which it lies, wherever it came from
    against = trend.mean if trend.is_signal and trend.mean is not None else trend.previous
    if better == "neither" or figure.value is None or against is None or figure.value == against:
        return ""
    return "met" if (figure.value > against) == (better == "higher") else "missed"
