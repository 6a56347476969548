"""What the trends stand on: frozen or provisional limits, published or computed points; figures alike in one row."""

from __future__ import annotations

from collections.abc import Sequence

from itss.reports.document import Column, Table
from itss.reports.figure import Figure, Trend
from itss.reports.writer import Writer

Standing = tuple[str, tuple[str, ...], tuple[str, ...]]


def table(writer: Writer, known: Sequence[tuple[Figure, Trend]]) -> Table:
    """One row for all figures whose limits and points have the same origin; most figures first."""
    groups: dict[Standing, list[str]] = {}
    for figure, trend in known:
        groups.setdefault(_standing(writer, figure, trend), []).append(writer.label(figure))
    words, cells = writer.words, writer.cells
    ranked = sorted(groups.items(), key=lambda item: -len(item[1]))
    rows = []
    for at, ((limits, published, computed), names) in enumerate(ranked):
        which = words("standing.rest" if len(ranked) > 1 else "standing.all") if at == 0 else cells.words.join(names)
        points = [cells.text(writer.span(periods)) for periods in (published, computed)]
        rows.append((cells.text(which), cells.count(len(names)), *points, cells.text(limits)))
    columns = (
        Column(words("column.which"), 42, wrap=True),
        Column(words("column.figures"), 10, "right"),
        *(Column(words(f"column.{name}"), 14, wrap=True) for name in ("points_published", "points_computed")),
        Column(words("column.limits_from"), 16, wrap=True),
    )
    return Table(words("caption.standing"), columns, tuple(rows), words("note.standing"))


def _standing(writer: Writer, figure: Figure, trend: Trend) -> Standing:
    limits = ""
    if trend.limits:
        values = {"first": trend.baseline_first, "last": trend.baseline_last, "n": trend.baseline}
        limits = writer.words(f"standing.{trend.limits}", **values)
    if trend.defined_since:
        said = writer.words("standing.redefined", n=figure.measure.version, period=trend.defined_since)
        limits = writer.words("list.joint", first=limits, second=said) if limits else said
    earlier = writer.given.history.get(figure.key, {}).keys() - {writer.given.period.label}
    computed = writer.given.computed.get(figure.key, frozenset())
    return limits, tuple(sorted(earlier - computed)), tuple(sorted(computed))
