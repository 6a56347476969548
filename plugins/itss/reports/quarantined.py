"""The rows in quarantine as a listing: they are in no figure, so each of them must be seen somewhere."""

from __future__ import annotations

import pandas as pd

from itss.reports.document import Column, Listing
from itss.reports.writer import Writer

SHOWN_ROWS = 10
"""On the page; the workbook has them all."""


def counts(writer: Writer) -> dict[str, int]:
    """How many rows are in quarantine, by process."""
    rows = writer.given.quarantine
    return (
        {} if rows.empty else {str(process): int(n) for process, n in rows["process"].value_counts(sort=False).items()}
    )


def listing(writer: Writer) -> Listing:
    """Every row with the rules it breaks, in words, and the cells that break them."""
    words, rows = writer.words, writer.given.quarantine
    columns = (
        Column(words("column.process"), 18),
        Column(words("column.id"), 20, kind="code"),
        Column(words("column.row"), 12, "right", kind="code"),
        Column(words("column.finding"), 56, wrap=True),
        Column(words("column.cells"), 56, wrap=True),
    )
    why = {(f.process, f.rule): writer.cells.words.of(f.why) for f in writer.given.findings}
    frame = pd.DataFrame(
        {
            "process": [writer.process(process) for process in rows["process"]],
            "id": rows["id"].to_numpy(),
            "row": [f"{row + 1}" for row in rows["row"]],
            "finding": [
                " ".join(why.get((process, rule), rule) for rule in rules.split(", "))
                for process, rules in zip(rows["process"], rows["rules"], strict=True)
            ],
            "cells": rows["cells"].to_numpy(),
        }
    )
    sheet = words("sheet.quarantine")
    shown = min(SHOWN_ROWS, len(frame))
    note = words("note.quarantine", shown=shown, total=f"{len(frame):,}", sheet=sheet)
    return Listing(words("caption.quarantine"), sheet, columns, frame, SHOWN_ROWS, note)
