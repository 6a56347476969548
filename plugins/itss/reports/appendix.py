"""Behind the six contents: items to improve (待改善点), definitions, data quality, revision history (修订记录).

What makes a figure checkable stands here: its definition and version, where the rows came from, what was left out
and why, and which figures an earlier revision stated otherwise.
"""

from __future__ import annotations

from itss.measures.base import Measure
from itss.reports import data_quality, improvements, revision_history
from itss.reports.document import Block, Column, Section, Table
from itss.reports.writer import Writer


def build(writer: Writer) -> tuple[Section, ...]:
    """The appendices; the first one where reviews have raised anything."""
    improving = improvements.table(writer)
    return (
        *([_section(writer, "improvements", [improving])] if improving else []),
        _section(writer, "definitions", [_definitions(writer)]),
        _section(writer, "quality", data_quality.blocks(writer)),
        _section(writer, "revisions", revision_history.blocks(writer)),
    )


def _section(writer: Writer, key: str, blocks: list[Block]) -> Section:
    title, sheet = writer.words(f"appendix.{key}.title"), writer.words(f"appendix.{key}.sheet")
    return Section(key, title, sheet, (writer.words(f"appendix.{key}.lead"),), tuple(blocks))


def _definitions(writer: Writer) -> Table:
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
    )
    return Table(words("caption.definitions"), columns, rows, words("note.status"))


def _defined(writer: Writer, measure: Measure) -> str:
    """A measure's definition, and what the agreement in force says of it."""
    said = writer.cells.words.of(measure.definition)
    if measure.agreed is None:
        return said
    return f"{said} {writer.cells.words.of(measure.agreed(writer.given.agreement))}"
