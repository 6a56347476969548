"""*What moved*: what left its normal range, then lasting directions, then the largest other changes.

Surprise: of measures that are cut from the same cloth (mean, median and p90 of one duration) only the most telling
one is named.
"""

from __future__ import annotations

from itss.reports import covered
from itss.reports.document import Point, Tone
from itss.reports.figure import Figure, Trend
from itss.reports.writer import Writer

MAX_POINTS = 5
MAX_OF_PROCESS = 3
COURSES: dict[str, Tone] = {"improving": "met", "worsening": "missed"}
UP, DOWN = "↑", "↓"


def moved(writer: Writer) -> tuple[Point, ...]:
    """What left its normal range, then lasting directions, then the largest other changes, one a family of measures."""
    ranked = sorted(
        ((rank, figure, trend) for figure in writer.given.whole.values() if (trend := writer.trend(figure))
         for rank in [_rank(figure, trend)] if rank > 0),
        key=lambda item: -item[0],
    )  # fmt: skip
    points: dict[tuple[str, str], Point] = {}
    for _, figure, trend in ranked:
        process, family = figure.key[0], figure.measure.id.split("_")[0]
        if len(writer.given.processes) == 1 or sum(known == process for known, _ in points) < MAX_OF_PROCESS:
            points.setdefault((process, family), _moved_point(writer, figure, trend))
    return tuple(points.values())[:MAX_POINTS]


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
    if better == "neither" or figure.value is None or trend.previous is None or figure.value == trend.previous:
        return ""
    return "met" if (figure.value > trend.previous) == (better == "higher") else "missed"
