"""Section e) as a table: each figure against the period before, last year and its limits; and which are drawn."""

from __future__ import annotations

from itss.reports.document import Cell, Column, Table
from itss.reports.figure import Figure, Trend
from itss.reports.tables import last_year, lean
from itss.reports.writer import Writer


def known_trends(writer: Writer) -> list[tuple[Figure, Trend]]:
    """The figures that have a value and a trend."""
    pairs = ((figure, writer.trend(figure)) for figure in writer.given.whole.values())
    return [(figure, trend) for figure, trend in pairs if trend and figure.value is not None]


def drawn(writer: Writer) -> list[Figure]:
    """The figures whose course is worth a chart: signals first, then those with a target, then shares."""
    known = [
        (figure, trend)
        for figure, trend in known_trends(writer)
        if (figure.target is not None or figure.measure.unit == "share" or trend.is_signal)
        and sum(value is not None for value in writer.line(figure.key)) > 1
    ]
    return [f for f, _ in sorted(known, key=lambda pair: (not pair[1].is_signal, pair[0].target is None))]


def table(writer: Writer, rules: str = "") -> Table | None:
    """A row for each figure with a trend, ``rules`` in its note; ``None`` where no figure has one."""
    known = known_trends(writer)
    if not known:
        return None
    words = writer.words
    columns = (
        Column(words("column.indicator"), 42, wrap=True),
        Column(words("column.value"), 14, "right"),
        Column(words("column.previous"), 14, "right"),
        Column(words("column.change"), 16, "right"),
        Column(words("column.last_year"), 16, "right"),
        Column(words("column.mean"), 14, "right"),
        Column(words("column.limits"), 26, "right"),
        Column(words("column.signal"), 14),
        Column(words("column.direction"), 34),
        Column(words("column.n"), 12, "right"),
        Column(words("column.n_before"), 12, "right"),
        Column(words("column.n_last_year"), 12, "right"),
    )
    rows = tuple(_trend_row(writer, f, t) for f, t in known)
    return lean(
        Table(words("caption.trends"), columns, rows, words("note.trends") + rules),
        *last_year(writer),
    )


def _trend_row(writer: Writer, figure: Figure, trend: Trend) -> tuple[Cell, ...]:
    unit, cells = figure.measure.unit, writer.cells
    limits = "–"
    if trend.lower is not None and trend.upper is not None and not trend.is_few:
        limits = f"{cells.number(trend.lower, unit).text} … {cells.number(trend.upper, unit).text}"
    signal = Cell("–", tone="muted")
    if trend.is_signal:
        signal = Cell(writer.words(f"signal.{trend.rule}"), tone="at_risk")
    p = "" if trend.p is None else writer.words("trend.p", p=_p(trend.p), n=trend.n_points)
    tone = {"improving": "met", "worsening": "missed"}.get(trend.direction, "muted")
    direction = Cell(writer.words(f"trend.{trend.direction}") + p, tone=tone)  # type: ignore[arg-type]
    return (
        cells.text(writer.label(figure)),
        writer.value(figure),
        cells.number(trend.previous, unit),
        cells.change(figure.value, trend.previous, unit),
        cells.change(figure.value, trend.last_year, unit),
        cells.number(trend.mean, unit),
        Cell(limits),
        signal,
        direction,
        cells.count(figure.n, "muted"),
        writer.basis_before(figure),
        writer.basis_last_year(figure),
    )


def _p(p: float) -> str:
    """A p-value in three decimals; below that only that it is below."""
    return f"p={p:.3f}" if p >= 0.001 else "p<0.001"
