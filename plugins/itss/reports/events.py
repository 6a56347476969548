"""Section d) performance after major events (主要事态之后的绩效): major incidents and changes, before and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from itss.reports.document import Block, Cell, Column, Paragraph, Table
from itss.reports.figure import number
from itss.reports.tables import available, grouped_tables, split_tables
from itss.reports.writer import Writer


def build(writer: Writer) -> tuple[list[str], list[Block]]:
    """What happened, how long, why, what was done, and the seven days before and after."""
    events = writer.given.measured.major_events
    figures = writer.given.of_section("d")
    able = [p for p in writer.given.processes.values() if p.major_events]
    lead: list[str] = []
    blocks: list[Block] = []
    if len(events):
        lead.append(_lead(writer, events))
        blocks += [_table(writer, events), _aftermath(writer, events)]
    elif able:
        lead.append(writer.words("section.d.none"))
    blocks += grouped_tables(writer, figures)
    blocks += split_tables(writer, available(figures))
    return lead, blocks


def _lead(writer: Writer, events: pd.DataFrame) -> str:
    parts = [
        writer.plural(f"section.d.{process}", count)
        if f"section.d.{process}.one" in writer.cells.words.keys
        else f"{writer.process(process)} {count}"
        for process, count in events["process"].value_counts(sort=False).items()
        if isinstance(process, str)
    ]
    text = writer.words("section.d.lead", events=writer.cells.words.join(parts))
    longest = number(events["duration_h"].max())
    if longest is not None:
        text += writer.words("section.d.longest", hours=writer.cells.plain(longest, "h"))
    return text + writer.words("stop")


def _table(writer: Writer, events: pd.DataFrame) -> Table:
    words = writer.words
    columns = (
        Column(words("column.event"), 34, wrap=True),
        Column(words("column.service"), 14),
        Column(words("column.started_at"), 17),
        Column(words("column.ended_at"), 17),
        Column(words("column.duration_h"), 12, "right"),
        Column(words("column.cause"), 36, wrap=True),
        Column(words("column.action"), 36, wrap=True),
    )
    rows = tuple(_row(writer, row) for row in events.to_dict("records"))
    return Table(words("caption.events"), columns, rows)


def _row(writer: Writer, row: Mapping[Any, Any]) -> tuple[Cell, ...]:
    cells = writer.cells
    name = writer.words("label.event", process=writer.event(str(row["process"])), id=row["id"], title=row["title"])
    return (
        cells.text(name, strong=True),
        cells.text(row["service"]),
        cells.instant(row["started_at"]),
        cells.instant(row["ended_at"]),
        cells.number(number(row["duration_h"]), "h"),
        cells.text(row["cause"]),
        cells.text(row["action"]),
    )


def _aftermath(writer: Writer, events: pd.DataFrame) -> Block:
    """Seven days before against seven days after."""
    words, cells = writer.words, writer.cells
    pairs = [pair for pair in ("opened", "breaches") if f"{pair}_before_7d" in events.columns]
    if not pairs:
        return Paragraph(words("section.d.no_aftermath"), "note")
    columns = [Column(words("column.event"), 34)]
    for pair in pairs:
        columns += [Column(words(f"column.{pair}_{side}"), 17, "right", wrap=True) for side in ("before", "after")]
        columns += [Column(words("column.delta"), 12, "right")]
    rows = []
    for row in events.to_dict("records"):
        line = [cells.text(words("label.event_id", process=writer.event(str(row["process"])), id=row["id"]))]
        for pair in pairs:
            before, after = number(row[f"{pair}_before_7d"]), number(row[f"{pair}_after_7d"])
            line += [cells.number(before, "count"), cells.number(after, "count"), cells.change(after, before, "count")]
        rows.append(tuple(line))
    return Table(words("caption.aftermath"), tuple(columns), tuple(rows), words("note.aftermath"))
