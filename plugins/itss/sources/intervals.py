"""Intervals of time as sources write them: ``begin/end;begin/end``, each side a time that `parse_instant` reads.

The last end may be missing: it lasts. A cell with one interval that cannot be read, ends before it begins, or lasts
though another follows, is refused whole, because the rest of it would make a wrong figure.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from itss.calendars.pauses import written_pauses
from itss.sources.parse import Parsed, parse_instant, parse_text


def parse_intervals(series: pd.Series[Any], zone: str) -> Parsed:
    """Texts in the one spelling that `itss.calendars.read_pauses` reads; times without offset are in ``zone``."""
    texts = parse_text(series, zone).values.reset_index(drop=True)
    parts = texts.dropna().str.split(";").explode()
    sides = parts.str.strip().str.extract(r"^([^/]+)/([^/]*)$").reset_index(drop=True)
    begin, end = (parse_instant(sides[side], zone) for side in (0, 1))
    found = pd.DataFrame({"row": parts.index, "started_at": begin.values, "ended_at": end.values})
    found["is_bad"] = begin.values.isna() | end.bad | (end.values < begin.values)
    found = found.sort_values(["row", "started_at"], kind="stable")
    found["is_bad"] |= found["ended_at"].isna() & (found["row"] == found["row"].shift(-1))
    refused = texts.index.isin(found.loc[found["is_bad"], "row"])
    written = written_pauses(found[~found["row"].isin(texts.index[refused])]).reindex(texts.index)
    return Parsed(written.astype("str").set_axis(series.index), pd.Series(refused, index=series.index))
