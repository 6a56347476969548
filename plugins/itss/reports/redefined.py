"""Changed definitions (定义变更): old and new beside each other once, and the baselines proposed for the new ones.

For the appendix and for the approvers. What is shown was decided when the figures were measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itss.measures.base import Measure
from itss.reports.document import Cell, Column, Table
from itss.reports.figure import number
from itss.reports.writer import Writer


def points(writer: Writer) -> Table | None:
    """What was published under a definition that has changed since; ``None`` where none has."""
    words, cells = writer.words, writer.cells
    rows = [
        (
            *_named(writer, known, row),
            cells.text(words("definition.change", was=row["was"], now=row["version"])),
            cells.number(number(row["published"]), known.unit),
            cells.number(number(row["recomputed"]), known.unit),
            cells.gap(number(row["recomputed"]), number(row["published"]), known.unit),
        )
        for row in writer.given.measured.redefined.to_dict("records")
        if (known := _known(writer, row))
    ]
    columns = (
        Column(words("column.indicator"), 40),
        Column(words("column.period"), 14),
        Column(words("column.definition"), 14),
        *(Column(words(f"column.{name}"), 18, "right") for name in ("published", "recomputed", "difference")),
    )
    return Table(words("caption.redefined"), columns, tuple(rows), words("note.redefined")) if rows else None


def proposals(writer: Writer) -> Table | None:
    """The baselines that the report manager may fix for the new definitions; ``None`` where there is none."""
    words, cells = writer.words, writer.cells
    rows = [
        (
            cells.text(writer.measure_label(known.process, known.id)),
            cells.text(f"{known.process} {known.id}"),
            cells.text(words("standing.span", first=row["first"], last=row["last"], n=row["points"])),
            *_limits(writer, known, row),
        )
        for row in writer.given.measured.proposals.to_dict("records")
        if (known := _known(writer, row))
    ]
    columns = (
        Column(words("column.indicator"), 40),
        Column(words("column.measure_id"), 26),
        Column(words("column.points_recomputed"), 22, wrap=True),
        Column(words("column.mean"), 14, "right"),
        Column(words("column.limits"), 22, wrap=True),
    )
    given = writer.given
    command = (
        f"python -m itss.register baseline {given.entry.key} <process> <id> --first <…> --last <…> "
        f"--recomputed-in {given.period.label} --reason <…>"
    )
    note = words("note.proposals", command=command)
    return Table(words("caption.proposals"), columns, tuple(rows), note) if rows else None


def _known(writer: Writer, row: Mapping[Any, Any]) -> Measure | None:
    return writer.given.measures.get((str(row["process"]), str(row["measure"])))


def _named(writer: Writer, known: Measure, row: Mapping[Any, Any]) -> tuple[Cell, Cell]:
    return writer.cells.text(writer.measure_label(known.process, known.id)), writer.cells.text(str(row["period"]))


def _limits(writer: Writer, known: Measure, row: Mapping[Any, Any]) -> tuple[Cell, Cell]:
    cells, mean = writer.cells, number(row["mean"])
    if mean is None:
        return cells.text(None), cells.text(writer.words("definition.too_few"))
    lower, upper = (cells.number(number(row[name]), known.unit).text for name in ("lower", "upper"))
    return cells.number(mean, known.unit), cells.text(f"{lower} – {upper}")
