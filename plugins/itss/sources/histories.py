"""What a field was over time, as sources write it: ``instant=word;instant=word``.

A cell with one entry that cannot be read is refused whole, because the rest of it would tell another story. Entries
come out in order of time; of entries of one instant the order given is kept, since the last of them is what remained.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from itss.calendars.pauses import written_instants
from itss.sources.parse import Parsed, parse_instant, parse_text


def parse_history(series: pd.Series[Any], zone: str) -> Parsed:
    """Texts in the one spelling that `itss.measures.history` reads; times without offset are in ``zone``."""
    texts = parse_text(series, zone).values.reset_index(drop=True)
    parts = texts.dropna().str.strip("; ").str.split(";").explode()
    sides = parts.str.strip().str.extract(r"^([^=]+)=\s*([^=\s][^=]*?)\s*$")
    at = parse_instant(sides[0].reset_index(drop=True), zone).values
    found = pd.DataFrame({"row": parts.index, "at": at, "word": sides[1].to_numpy()})
    refused = texts.index.isin(found.loc[found["at"].isna() | found["word"].isna(), "row"])
    found = found[~found["row"].isin(texts.index[refused])].sort_values(["row", "at"], kind="stable")
    found = found.reset_index(drop=True)
    entries: pd.Series[Any] = written_instants(found["at"]) + "=" + found["word"].astype("str")
    written = entries.groupby(found["row"].to_numpy()).agg(";".join).reindex(texts.index)
    return Parsed(written.astype("str").set_axis(series.index), pd.Series(refused, index=series.index))
