"""The appendix on revisions (修订记录): the revisions, and figures that an earlier one stated otherwise."""

from __future__ import annotations

import math

from itss.reports import redefined, restated
from itss.reports.document import Block, Cell, Column, Paragraph, Table
from itss.reports.figure import number
from itss.reports.inputs import ReportInputs
from itss.reports.writer import Writer


def blocks(writer: Writer) -> list[Block]:
    """The tables of the appendix."""
    words, cells = writer.words, writer.cells
    columns = (
        Column(words("column.revision"), 14),
        Column(words("column.at"), 18),
        Column(words("column.state"), 18),
        Column(words("column.note"), 60, wrap=True),
    )
    rows = tuple(
        (cells.text(words("revision.label", n=line.number)), cells.instant(line.at),
         cells.text(_state(writer, line.state, is_this=line.number == writer.given.revision)), cells.text(line.note))
        for line in writer.given.revisions
    )  # fmt: skip
    found: list[Block] = []
    if rows:
        found.append(Table(words("caption.revisions"), columns, rows))
    table = changes(writer)
    if table:
        found.append(table)
    elif writer.given.previous is not None:
        found.append(Paragraph(words("changes.none")))
    elif not any(line.number < writer.given.revision for line in writer.given.revisions):
        found.append(Paragraph(words("changes.first")))
    tables = (restated.table(writer), restated.late(writer), redefined.points(writer), redefined.proposals(writer))
    found += [table for table in tables if table]
    return found


def _state(writer: Writer, state: str, *, is_this: bool) -> str:
    """A state in words. This very revision is still on its way while it is printed."""
    key = f"state.{state}"
    if is_this:
        return writer.words("state.this")
    return writer.words(key) if key in writer.cells.words.keys else state


def changes(writer: Writer) -> Table | None:
    """Figures that an earlier revision stated otherwise; ``None`` where there is none."""
    words, cells = writer.words, writer.cells
    before = _earlier(writer.given)
    rows: list[tuple[Cell, ...]] = []
    for figure in writer.given.every_figure if before else ():
        was = before.get((*figure.key, figure.dimension, figure.member))
        if not _differs(was, figure.value):
            continue
        unit = figure.measure.unit
        rows.append(
            (
                cells.text(writer.label(figure)),
                cells.number(was, unit),
                writer.value(figure),
                cells.change(figure.value, was, unit),
            )
        )
    now = {(*figure.key, figure.dimension, figure.member) for figure in writer.given.every_figure}
    rows += [_gone(writer, key, was) for key, was in before.items() if key not in now and was is not None]
    if not rows:
        return None
    columns = (
        Column(words("column.indicator"), 40),
        Column(words("column.before"), 18, "right"),
        Column(words("column.now"), 18, "right"),
        Column(words("column.difference"), 18, "right"),
    )
    return Table(words("caption.changes"), columns, tuple(rows), words("note.changes"))


def _gone(writer: Writer, key: tuple[str, str, str, str], was: float) -> tuple[Cell, ...]:
    """A figure that the last revision had and this one has not."""
    process, measure, dimension, member = key
    name, known = writer.measure_label(process, measure), writer.given.measures.get((process, measure))
    if dimension:
        words = writer.dimension(process, dimension)
        name = writer.words("label.member", name=name, dimension=words, member=writer.member_name(member))
    return writer.cells.text(name), writer.cells.number(was, known.unit if known else "number"), Cell("–"), Cell("–")


def _earlier(given: ReportInputs) -> dict[tuple[str, str, str, str], float | None]:
    if given.previous is None:
        return {}
    names = ["process", "measure", "dimension", "member"]
    keys = given.previous[names].astype(object).where(given.previous[names].notna(), "")
    return {
        (str(p), str(m), str(d), str(member)): number(value)
        for (p, m, d, member), value in zip(
            keys.itertuples(index=False, name=None), given.previous["value"], strict=True
        )
    }


def _differs(was: float | None, value: float | None) -> bool:
    if was is None or value is None:
        return was is not value
    return not math.isclose(was, value, rel_tol=1e-9, abs_tol=1e-12)
