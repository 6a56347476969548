"""Restatements (重述): published figures that differ from what the data yield now, for the appendix and the brief."""

from __future__ import annotations

from itss.checks.late import RECORDED_LATE
from itss.reports.document import Column, Table
from itss.reports.writer import Writer


def late(writer: Writer) -> Table | None:
    """Every record of the period that was written down after its end, by id; ``None`` where there is none."""
    words, cells = writer.words, writer.cells
    rows = tuple(
        (
            cells.text(writer.process(finding.process)),
            cells.count(finding.failed),
            cells.code(", ".join(finding.rows)),
        )
        for finding in writer.given.findings
        if finding.rule == RECORDED_LATE
    )
    if not rows:
        return None
    columns = (
        Column(words("column.process"), 24),
        Column(words("column.rows"), 12, "right"),
        Column(words("column.id"), 100, wrap=True),
    )
    return Table(words("caption.recorded_late"), columns, rows, words("note.recorded_late"))


def table(writer: Writer) -> Table | None:
    """The published figures that come out otherwise today; ``None`` where there are none."""
    words, cells = writer.words, writer.cells
    rows = []
    for item in writer.given.restatements:
        known = writer.given.measures.get((item.process, item.measure))
        if known is None:
            continue
        rows.append(
            (
                cells.text(writer.measure_label(item.process, item.measure)),
                cells.text(item.period),
                cells.number(item.published, known.unit),
                cells.number(item.recomputed, known.unit),
                cells.gap(item.recomputed, item.published, known.unit),
            )
        )
    if not rows:
        return None
    columns = (
        Column(words("column.indicator"), 40),
        Column(words("column.period"), 18),
        Column(words("column.published"), 18, "right"),
        Column(words("column.recomputed"), 18, "right"),
        Column(words("column.difference"), 18, "right"),
    )
    return Table(words("caption.restatements"), columns, tuple(rows), words("note.restatements"))
