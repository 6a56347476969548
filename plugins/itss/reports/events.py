"""Section d) performance after major events (主要事态之后的绩效): major incidents and changes, before and after.

Surprise: that there was none is said of a process only where its source has the field that would tell, somebody fills
it in, and its rows cover the period; of any other process it is said that nobody can know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from itss.measures.major_events import TOLD_BY
from itss.reports.document import Block, Cell, Column, Paragraph, Table
from itss.reports.figure import number
from itss.reports.tables import cut
from itss.reports.writer import Writer


def lead(writer: Writer) -> list[str]:
    """How many there were, and of which there were none."""
    events = writer.given.measured.major_events
    return [*([_lead(writer, events)] if len(events) else []), *filter(None, [nothing(writer)])]


def tables(writer: Writer, limit: int = 0) -> list[Block]:
    """What happened, how long, why, what was done, and the seven days before and after; a page shows ``limit`` rows."""
    events = writer.given.measured.major_events
    if not len(events):
        return []
    found = (_table(writer, events), _aftermath(writer, events))
    return [cut(writer, block, limit) if limit and isinstance(block, Table) else block for block in found]


def nothing(writer: Writer) -> str:
    """Of each process without a major event, that there was none, or why that cannot be said; empty where all had."""
    given = writer.given
    had = set(given.measured.major_events["process"])
    able = [key for key, process in given.processes.items() if process.major_events and key not in had]
    none = [key for key in able if given.tells(key, TOLD_BY)]
    said = [writer.words("section.d.none", events=_events(writer, none))] if none else []
    why: dict[str, list[str]] = {}
    for key in able:
        if key not in none:
            why.setdefault(_untold(writer, key), []).append(key)
    said += [writer.words(f"section.d.{reason}", events=_events(writer, keys)) for reason, keys in why.items()]
    return writer.words("analysis.joint").join(said)


def _untold(writer: Writer, process: str) -> str:
    """Why nobody can know: the data are missing, have no such field, or do not cover the period."""
    submission = writer.given.submission(process)
    if submission is None or submission.missing or not submission.rows:
        return "not_collected"
    has_field = TOLD_BY in submission.columns and TOLD_BY not in submission.unfilled
    return "not_covered" if has_field else "not_recorded"


def _events(writer: Writer, processes: Sequence[str]) -> str:
    return writer.words("section.d.or").join(writer.event(process) for process in processes)


def _lead(writer: Writer, events: pd.DataFrame) -> str:
    parts = [
        writer.plural(f"section.d.{process}", count)
        if f"section.d.{process}.one" in writer.cells.words.keys
        else f"{writer.process(process)} {count}"
        for process, count in events["process"].value_counts(sort=False).items()
        if isinstance(process, str)
    ]
    text = writer.words("section.d.lead", events=writer.cells.words.join(parts))
    longest, lasting = number(events["duration_h"].max()), int(events["ended_at"].isna().sum())
    if longest is not None:
        key = "section.d.longest_ended" if lasting else "section.d.longest"
        text += writer.words(key, hours=writer.cells.plain(longest, "h"))
    if lasting:
        text += writer.plural("section.d.lasting", lasting)
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
    if not pairs or not writer.is_around_covered:
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
