"""The series behind a trend: what was published where something was, else what the source says now.

Refuses nothing. Owns what a restatement is: a figure that comes out otherwise today than it was published. Two
surprises: a figure published under another version of its definition is neither a point of the series nor a
restatement; and one of a period that its source covered in part only is a restatement, but no point.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from itss.measures.base import Measure

HISTORY_COLUMNS = ["measure", "process", "period", "value", "n", "origin"]
RESTATEMENT_COLUMNS = ["measure", "process", "period", "published", "recomputed"]
PUBLISHED_COLUMNS = ["measure", "process", "period", "value", "n", "status", "version"]
"""What is needed of ``Register.published_history``."""

_KEY = ["process", "measure", "period"]
_TOLERANCE = {"rtol": 1e-9, "atol": 1e-12}


def series_and_restatements(
    computed: pd.DataFrame, published: pd.DataFrame | None, measures: Iterable[Measure], periods: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The history (`HISTORY_COLUMNS`) of ``periods``, oldest first, and the restatements in it.

    The last of ``periods`` is the one being reported: its point is what this report says, whatever was published.
    """
    known = list(measures)
    usable = _usable(published, known, periods)
    both = computed.merge(usable, on=_KEY, how="outer", suffixes=("", "_published"), indicator=True)
    both = both.iloc[_order(both, known)].reset_index(drop=True)
    was_published, is_computed = both["_merge"] != "left_only", both["_merge"] != "right_only"
    is_from_record = was_published & (both["period"] != periods[-1]) & covered(both)
    history = both[["measure", "process", "period"]].assign(
        value=both["value"].where(~is_from_record, both["value_published"]).astype("float64"),
        n=both["n"].where(~is_from_record, both["n_published"]).astype("Int64"),
        origin=np.where(is_from_record, "published", "computed"),
    )
    history = history[is_from_record | is_computed].reset_index(drop=True)
    before, now = (both[name].to_numpy(dtype="float64") for name in ("value_published", "value"))
    is_other = ~np.isclose(before, now, equal_nan=True, **_TOLERANCE)
    restated = both[(was_published & is_computed).to_numpy() & is_other]
    renamed = restated.rename(columns={"value_published": "published", "value": "recomputed"})
    return history, renamed[RESTATEMENT_COLUMNS].reset_index(drop=True)


def _usable(published: pd.DataFrame | None, measures: list[Measure], periods: Sequence[str]) -> pd.DataFrame:
    """The published points of the present definitions; *not available* was no figure."""
    if published is None or published.empty:
        types = {"value": "float64", "n": "Int64", "is_covered": "boolean"}
        names = [*_KEY, "value", "n", "is_covered"]
        return pd.DataFrame({name: pd.Series(dtype=types.get(name, "str")) for name in names})
    versions = pd.DataFrame(
        [(m.process, m.id, m.version) for m in measures], columns=["process", "measure", "now_version"]
    )
    found = published.merge(versions, on=["process", "measure"])
    is_same = (found["version"] == found["now_version"]).fillna(False).to_numpy(dtype=bool)
    is_point = is_same & (found["status"] != "not_available") & found["period"].isin(periods)
    points: pd.DataFrame = found.loc[is_point, [*_KEY, "value", "n"]]
    return points.assign(is_covered=covered(found)[is_point])


def covered(published: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which published points are of periods that their source covered; older records do not say otherwise."""
    if "is_covered" not in published:
        return np.ones(len(published), bool)
    return published["is_covered"].astype("boolean").fillna(True).to_numpy(dtype=bool)


def _order(rows: pd.DataFrame, measures: list[Measure]) -> npt.NDArray[np.intp]:
    """Measures as they are declared, periods by their label, which sorts by time."""
    place = {(m.process, m.id): at for at, m in enumerate(measures)}
    keys = zip(rows["process"], rows["measure"], strict=True)
    at = np.array([place.get(key, len(place)) for key in keys], dtype=int)
    return np.lexsort((rows["period"].to_numpy(dtype=str), at))
