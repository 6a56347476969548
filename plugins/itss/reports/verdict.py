"""One sentence on how a figure moved since the last period, and whether that is a signal.

The one place where a change is called a signal: only what a rule of the chart (`itss.measures.chart_rules`) marks is
called so; without limits it is said that it cannot be told.
"""

from __future__ import annotations

from itss.reports.cells import DIGITS, MAX_DIGITS
from itss.reports.document import Kind
from itss.reports.figure import Figure, Trend
from itss.reports.writer import Writer


def movement(writer: Writer, figure: Figure) -> str:
    """The sentence, with both bases; empty where there is no earlier figure to compare with, or on few cases."""
    trend = writer.trend(figure)
    if trend is None or figure.value is None or trend.previous is None or trend.is_few:
        return ""
    unit, stayed = figure.measure.unit, figure.value == trend.previous
    said = writer.words(
        "analysis.stayed" if stayed else "analysis.moved",
        name=writer.label(figure),
        value=writer.shown(figure) + writer.on(figure, figure.value, figure.n),
        previous=writer.cells.number(trend.previous, unit).text + writer.on(figure, trend.previous, trend.n_before),
        change=writer.cells.change(figure.value, trend.previous, unit).text,
    )
    if not stayed or trend.upper is not None:  # nothing moved and nothing to hold it against: nothing to be told
        said += verdict(writer, figure, trend)
    return said + writer.words("stop")


def verdict(writer: Writer, figure: Figure, trend: Trend) -> str:
    """Whether it is a signal, and against what."""
    if trend.lower is None or trend.upper is None or trend.mean is None:
        return writer.plural("analysis.untold", trend.n_points)
    if trend.is_signal and not trend.is_outside:
        return writer.words(f"analysis.{trend.rule}", mean=writer.cells.number(trend.mean, figure.measure.unit).text)
    kind = "outside" if trend.is_outside else "inside"
    return writer.words(f"analysis.{kind}", limits=limits(writer, figure, trend))


def limits(writer: Writer, figure: Figure, trend: Trend) -> str:
    """The control limits in words, precise enough to be told from the figure, and whether they are provisional."""
    lower, upper = (bound_text(writer, figure, bound) for bound in (trend.lower, trend.upper))
    return writer.words(f"analysis.limits_{trend.limits or 'provisional'}", lower=lower, upper=upper)


def bound_text(writer: Writer, figure: Figure, bound: float | None) -> str:
    """A limit that a figure has crossed never reads like the figure itself."""
    if bound is None or figure.value is None:
        return "–"
    unit: Kind = figure.measure.unit
    scale = 100 if unit == "share" else 1
    places = DIGITS[unit] if float(bound).is_integer() or unit != "count" else 1
    while (
        places < MAX_DIGITS
        and bound != figure.value
        and round(bound * scale, places) == round(figure.value * scale, places)
    ):
        places += 1
    return writer.cells.plain(bound, unit, places)
