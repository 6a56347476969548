"""Figures as charts of the document tree: over the periods, with control limits, over the members of a dimension."""

from __future__ import annotations

from collections.abc import Sequence

from itss.measures.base import Measure
from itss.reports.chart_marks import chart_marks
from itss.reports.document import Chart, Series
from itss.reports.figure import Figure, Trend
from itss.reports.writer import TONES, Writer

MAX_BARS = 12


def control_chart(writer: Writer, figure: Figure) -> Chart | None:
    """A measure over the periods with its limits; ``None`` below two points."""
    values, trend = writer.line(figure.key), writer.trend(figure)
    if sum(value is not None for value in values) < 2:
        return None
    limits = trend if trend and trend.mean is not None else None
    title = writer.words("label.measure", process=writer.process(figure.key[0]), measure=writer.name(figure.measure))
    flagged, marks = _flagged(writer, figure, trend), chart_marks(writer, [figure])
    return Chart(
        kind="control",
        title=title,
        categories=writer.periods,
        series=(Series(writer.name(figure.measure), values, flagged, _hollow(writer, figure)),),
        unit=figure.measure.unit,
        mean=limits.mean if limits else None,
        lower=limits.lower if limits else None,
        upper=limits.upper if limits else None,
        marks=marks,
        target=figure.target,
        target_text=writer.target(figure).text if figure.target is not None else "",
        value_text=writer.value(figure).text if values[-1] is not None else "",
        alt=_alt(writer, figure, title, limits, flagged),
        tone=TONES.get(figure.status, ""),
    )


def _alt(writer: Writer, figure: Figure, title: str, limits: Trend | None, flagged: Sequence[int]) -> str:
    """What the chart shows in words: the value, the target, the limits, and which points are signals."""
    words, unit = writer.words, figure.measure.unit
    parts = [words("chart.alt", title=title, period=writer.given.period.label, value=writer.shown(figure))]
    if figure.target is not None:
        parts.append(words("chart.alt_target", target=writer.target(figure).text))
    if limits:
        mean, lower, upper = (
            writer.cells.number(value, unit).text for value in (limits.mean, limits.lower, limits.upper)
        )
        parts.append(words("chart.alt_limits", mean=mean, lower=lower, upper=upper))
        marked = writer.cells.words.join([writer.periods[at] for at in flagged])
        parts.append(words("chart.alt_flagged", periods=marked) if flagged else words("chart.alt_calm"))
    return words("analysis.joint").join(parts)


def _flagged(writer: Writer, figure: Figure, trend: Trend | None) -> tuple[int, ...]:
    """The places of the points that the rules of the chart mark."""
    if trend is None or trend.lower is None or trend.upper is None:
        return ()
    if trend.flagged is not None:
        return tuple(at for at, label in enumerate(writer.periods) if label in trend.flagged)
    cases, values = writer.given.cases.get(figure.key, {}), writer.line(figure.key)
    few = {label for label, n in cases.items() if figure.is_on_cases and n < figure.measure.few_below}
    return tuple(
        at
        for at, (label, value) in enumerate(zip(writer.periods, values, strict=True))
        if value is not None and label not in few and not trend.lower <= value <= trend.upper
    )


def history_chart(writer: Writer, kind: str, title: str, figures: Sequence[Figure]) -> Chart | None:
    """Measures of one unit beside each other over the periods; ``None`` below two points."""
    series = tuple(
        Series(writer.name(figure.measure), writer.line(figure.key), hollow=_hollow(writer, figure))
        for figure in figures
    )
    if not series or max(sum(value is not None for value in line.values) for line in series) < 2:
        return None
    alt = writer.cells.words.join([f"{writer.name(f.measure)} {writer.shown(f)}" for f in figures])
    return Chart(
        kind="columns" if kind == "columns" else "lines",
        title=title,
        categories=writer.periods,
        series=series,
        unit=figures[0].measure.unit,
        marks=chart_marks(writer, figures),
        alt=writer.words("chart.alt", title=title, period=writer.given.period.label, value=alt),
    )


def _hollow(writer: Writer, figure: Figure) -> tuple[int, ...]:
    computed = writer.given.computed.get(figure.key, frozenset())
    return tuple(at for at, label in enumerate(writer.periods) if label in computed)


def member_chart(writer: Writer, measure: Measure, dimension: str) -> Chart | None:
    """One measure over the members of a dimension as bars; ``None`` below two members."""
    figures = [f for f in writer.given.members(measure.process, dimension) if f.key == (measure.process, measure.id)]
    figures = [figure for figure in figures if figure.value is not None]
    rank = writer.order(measure.process, dimension, [figure.member for figure in figures])
    total, figures = len(figures), sorted(figures, key=lambda figure: rank.index(figure.member))[:MAX_BARS]
    if len(figures) < 2:
        return None
    head = writer.dimension(measure.process, dimension)
    title = writer.words("chart.by", measure=writer.measure_label(measure.process, measure.id), dimension=head)
    if total > MAX_BARS:
        title += writer.words("chart.first", shown=MAX_BARS, total=total)
    tones = tuple(TONES.get(figure.status, "") for figure in figures)
    alt = writer.cells.words.join([f"{writer.member(f)} {writer.shown(f)}" for f in figures])
    return Chart(
        kind="bars",
        title=title,
        categories=tuple(writer.member(figure) for figure in figures),
        series=(Series(writer.name(measure), tuple(figure.value for figure in figures), tones=tones),),
        unit=measure.unit,
        thresholds=tuple(figure.target for figure in figures),
        alt=writer.words("chart.alt", title=title, period=writer.given.period.label, value=alt),
    )


def flow_chart(writer: Writer, process: str) -> Chart | None:
    """What came in and went out of a process over the periods; ``None`` where too little is known."""
    roles = writer.roles(process)
    figures = _valued(writer, process, roles.inflow, roles.outflow)
    names = writer.cells.words.join([writer.name(figure.measure) for figure in figures])
    title = writer.words("label.about", process=writer.process(process), text=names)
    return history_chart(writer, "columns", title, figures)


def stock_chart(writer: Writer, process: str) -> Chart | None:
    """What was left of a process over the periods; ``None`` where too little is known."""
    roles = writer.roles(process)
    title = writer.words("chart.backlog", process=writer.process(process))
    return history_chart(writer, "lines", title, _valued(writer, process, roles.stock, roles.aged_stock))


def _valued(writer: Writer, process: str, *names: str) -> list[Figure]:
    figures = [writer.given.whole.get((process, name)) for name in names]
    return [figure for figure in figures if figure and figure.value is not None and figure.measure.section == "c"]
