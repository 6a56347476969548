"""The worst records in breach as a short table for those who do not read all of them; the workbook has all."""

from __future__ import annotations

import pandas as pd

from itss.reports import listings, nonconformities
from itss.reports.document import Cell, Column, Table
from itss.reports.tables import lean
from itss.reports.writer import Writer

SHOWN = ("indicator", "id", "title", "service", "elapsed_h", "target", "cause")
WIDTHS = {"indicator": 30, "id": 22, "title": 40, "service": 18, "elapsed_h": 13, "target": 13, "cause": 28}


def table(writer: Writer, limit: int) -> Table | None:
    """The first ``limit`` of the listing, which has the worst first; ``None`` where nothing is in breach."""
    listing = nonconformities.listing(writer)
    if listing is None:
        return None
    titles = dict(zip(listing.frame.columns, listing.columns, strict=True))
    names = [name for name in SHOWN if name in titles]
    columns = tuple(Column(titles[name].title, WIDTHS[name], titles[name].align, wrap=True) for name in names)
    rows = tuple(
        tuple(_cell(writer, name, value) for name, value in zip(names, row, strict=True))
        for row in listing.frame[names].head(limit).itertuples(index=False, name=None)
    )
    note = listings.cut(writer, len(rows), len(listing.frame), listing.sheet)
    is_cut = len(listing.frame) > len(rows)
    found = Table(writer.words("caption.worst"), columns, rows, note if is_cut else "")
    return lean(found, *(titles[name].title for name in ("cause",) if name in titles))


def _cell(writer: Writer, name: str, value: object) -> Cell:
    if name == "id":
        return writer.cells.code(str(value))
    if isinstance(value, float):
        # the head of the column has the unit
        return Cell("–", tone="muted") if pd.isna(value) else Cell(f"{value:,.1f}", value, "h")
    return writer.cells.text(value)
