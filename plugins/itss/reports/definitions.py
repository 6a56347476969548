"""What each figure means (指标定义): its definition and version, and what the agreement in force says of it."""

from __future__ import annotations

from collections.abc import Container

from itss.measures.base import Measure
from itss.reports.document import Column, Table
from itss.reports.writer import Writer


def table(writer: Writer, used: Container[tuple[str, str]] | None = None) -> Table:
    """A row a measure: of those ``used``, by process and id, or of all that the report has figures of."""
    words, cells = writer.words, writer.cells
    columns = (
        Column(words("column.measure"), 28, wrap=True),
        Column(words("column.measure_id"), 32),
        Column(words("column.process"), 22),
        Column(words("column.definition"), 76, wrap=True),
        Column(words("column.unit"), 10),
        Column(words("column.date_column"), 16),
        Column(words("column.version"), 11, "right"),
    )
    rows = tuple(
        (
            cells.text(writer.name(figure.measure)),
            cells.code(figure.measure.id),
            cells.text(writer.process(figure.key[0])),
            cells.text(_defined(writer, figure.measure)),
            cells.text(words(f"unit_name.{figure.measure.unit}")),
            cells.code(figure.measure.date_column or ""),
            cells.count(figure.measure.version),
        )
        for figure in writer.given.whole.values()
        if used is None or figure.key in used
    )
    return Table(words("caption.definitions"), columns, rows, words("note.status"))


def _defined(writer: Writer, measure: Measure) -> str:
    """A measure's definition, and what the agreement in force says of it."""
    said = writer.cells.words.of(measure.definition)
    if measure.agreed is None:
        return said
    return f"{said} {writer.cells.words.of(measure.agreed(writer.given.agreement))}"
