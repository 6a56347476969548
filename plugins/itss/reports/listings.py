"""Rows behind a figure as a listing: the columns that the source has, instants in the report's zone, and how many."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from itss.reports.document import Column, Listing
from itss.reports.writer import Writer


def listing(
    writer: Writer, caption: str, sheet: str, columns: Mapping[str, Column], frame: pd.DataFrame, shown: int
) -> Listing:
    """The rows of ``frame`` under ``caption``; no column for what none of them has.

    Its note says how many there are, and of more than ``shown`` which sheet has them all.
    """
    known = [column for column in columns if frame[column].notna().any()]
    total = len(frame)
    note = writer.plural("note.rows", total) if total <= shown else cut(writer, shown, total, sheet)
    return Listing(caption, sheet, tuple(columns[column] for column in known), frame[known], shown, note)


def cut(writer: Writer, shown: int, total: int, sheet: str) -> str:
    """That these are the first ones of more, and where the rest is."""
    return writer.words("note.rows_cut", shown=shown, total=f"{total:,}", sheet=sheet)


def local(writer: Writer, instants: pd.Series) -> pd.Series:
    """Instants as the clock of the report's zone showed them."""
    return pd.to_datetime(instants, utc=True).dt.tz_convert(writer.cells.zone).dt.tz_localize(None)
