"""Pauses as a source tells them: ISO 8601 intervals, UTC, joined by ``;``, one text a row.

``2026-09-01T08:00:00Z/2026-09-01T10:00:00Z;2026-09-03T01:00:00Z/``; one without an end runs on. Reads the one spelling
that `written_pauses` writes: what people and systems write was read, or refused, by `itss.sources.parse`.
"""

from __future__ import annotations

import pandas as pd

_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


def read_pauses(texts: pd.Series) -> pd.DataFrame:
    """The pauses of every row: ``row`` (its position), ``started_at``, ``ended_at`` (NaT: it runs on)."""
    numbered = pd.Series(texts.to_numpy(), dtype="str").dropna()
    parts = numbered.str.split(";").explode()
    sides = parts.str.partition("/")
    return pd.DataFrame(
        {
            "row": parts.index.to_numpy(),
            "started_at": _instants(sides[0]),
            "ended_at": _instants(sides[2].where(sides[2] != "")),
        }
    ).reset_index(drop=True)


def written_pauses(pauses: pd.DataFrame) -> pd.Series:
    """The texts of the rows that have pauses, by row: the inverse of `read_pauses`."""
    begin, end = (pauses[name].dt.strftime(_FORMAT) for name in ("started_at", "ended_at"))
    texts: pd.Series = (begin + "/" + end.fillna("")).groupby(pauses["row"].to_numpy()).agg(";".join)
    return texts


def _instants(written: pd.Series) -> pd.Series:
    return pd.to_datetime(written, format=_FORMAT, utc=True).dt.as_unit("us")
