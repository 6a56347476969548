"""Targets over the year: how the year so far stands, what its allowance is, and how much of it is left."""

from __future__ import annotations

from dataclasses import dataclass

from itss.reports.document import Cell, Column, Table, Tone
from itss.reports.figure import Figure, YearAllowance
from itss.reports.writer import TONES, Writer


@dataclass(frozen=True)
class _Line:
    figure: Figure
    year: YearAllowance


def table(writer: Writer) -> Table | None:
    """A row for each target over the year; ``None`` where there is none."""
    known = writer.given.allowances
    lines = [_Line(f, known[key]) for f in writer.given.yearly if (key := (*f.key, f.member)) in known]
    if not lines:
        return None
    words = writer.words
    columns = (
        Column(words("column.indicator"), 40, wrap=True),
        Column(words("column.year_so_far"), 30),
        Column(words("column.so_far"), 13, "right"),
        Column(words("column.target"), 13, "right"),
        Column(words("column.status"), 14),
        Column(words("column.allowed"), 16, "right"),
        Column(words("column.used"), 16, "right"),
        Column(words("column.left"), 16, "right"),
    )
    rows = tuple(_row(writer, line) for line in lines)
    return Table(words("caption.allowance"), columns, rows, words("note.allowance"))


def left(writer: Writer, figure: Figure) -> Cell:
    """What is left of the allowance behind a figure of the year; a dash where there is none."""
    found = writer.given.allowances.get((*figure.key, figure.member))
    if found is None or found.left is None:
        return Cell("–", tone="muted")
    return _amount(writer, found, found.left, TONES.get(figure.status, "") if figure.status != "met" else "")


def _row(writer: Writer, line: _Line) -> tuple[Cell, ...]:
    figure, year = line.figure, line.year
    return (
        writer.cells.text(writer.label(figure)),
        writer.cells.text(writer.words("period.year_so_far", first=year.first, last=year.last)),
        writer.value(figure),
        writer.target(figure),
        writer.status(figure),
        _amount(writer, year, year.allowed),
        _amount(writer, year, year.used),
        left(writer, figure),
    )


def _amount(writer: Writer, year: YearAllowance, value: float | None, tone: Tone = "") -> Cell:
    return writer.cells.number(value, "min" if year.counted == "minutes" else "count", tone=tone)
