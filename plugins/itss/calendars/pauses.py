"""Pauses as a source tells them: ISO 8601 intervals, UTC, joined by ``;``, one text a row.

``2026-09-01T08:00:00Z/2026-09-01T10:00:00Z;2026-09-03T01:00:00Z/``; one without an end runs on. Reads the one spelling
that `written_pauses` writes: what people and systems write was read, or refused, by `itss.sources.intervals`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd


def read_pauses(texts: pd.Series) -> pd.DataFrame:
    """The pauses of every row: ``row`` (its position), ``started_at``, ``ended_at`` (NaT: it runs on)."""
    known = texts.notna().to_numpy()
    parts = [text.split(";") for text in texts[known].tolist()]
    sides = [interval.split("/") for part in parts for interval in part]
    return pd.DataFrame(
        {
            "row": np.repeat(np.flatnonzero(known), [len(part) for part in parts]),
            "started_at": _instants([begin for begin, _ in sides]),
            "ended_at": _instants([end for _, end in sides]),
        }
    )


def written_pauses(pauses: pd.DataFrame) -> pd.Series:
    """The texts of the rows that have pauses, by row: the inverse of `read_pauses`."""
    begin, end = written_instants(pauses["started_at"]), written_instants(pauses["ended_at"])
    texts: pd.Series = (begin + "/" + end).groupby(pauses["row"].to_numpy()).agg(";".join)
    return texts


def written_instants(instants: pd.Series) -> pd.Series:
    """Instants in that spelling, to the second where it is a whole one; empty where there is none."""
    moments = instants.to_numpy(dtype="datetime64[us]")
    texts = np.datetime_as_string(moments, unit="s", timezone="UTC")
    is_broken = moments != moments.astype("datetime64[s]")
    if is_broken.any():
        texts = np.where(is_broken, np.datetime_as_string(moments, unit="us", timezone="UTC"), texts)
    return pd.Series(np.where(np.isnat(moments), "", texts), dtype="str")


def _instants(written: list[str]) -> pd.DatetimeIndex:
    """The only spelling there is ends in Z, which numpy, ten times as fast as pandas, does not read."""
    moments = np.array([moment.removesuffix("Z") for moment in written], dtype="datetime64[us]")
    return pd.DatetimeIndex(moments).tz_localize("UTC")
