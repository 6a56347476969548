"""Instants that cannot be: after the collection, or before any source was there. In every process and every column.

Plans may lie ahead: columns that are plans, and the rows in which a column is one (a planned window of maintenance).
One of the rows' own histories (states, pauses) is broken like any other cell. The rows are quarantined.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from itss.checks.rules import UNPARSED
from itss.checks.verdicts import About
from itss.measures.coverage import TOLERANCE
from itss.measures.rows import Instants, Mask, flags, instants
from itss.processes.base import Column, Expectation, Process
from itss.text import text

IMPLAUSIBLE = "_implausible"
"""The column that tells the cells in question, as `UNPARSED` does."""
TOLD_CELLS = (UNPARSED, IMPLAUSIBLE)
_LISTS = ("history", "intervals")


def plausible(about: About) -> Expectation:
    """The rule on the column that `implausible` makes."""
    latest, minutes = about.collected.at if about.collected else None, TOLERANCE.seconds // 60
    after = f"{latest:%Y-%m-%d %H:%M} UTC" if latest else ""
    zh = f"，或晚于收集时间 {after}（容差 {minutes} 分钟）" if latest else ""
    en = f" or after the collection at {after} (by more than {minutes} minutes)" if latest else ""
    return Expectation(
        "plausible",
        "ExpectColumnValuesToBeNull",
        {"column": IMPLAUSIBLE},
        "critical",
        text(f"时间早于 {about.earliest}{zh}，不可能是事实。", f"Times before {about.earliest}{en} cannot be true."),
        text(
            "请数据提供人在来源系统更正（多为年份误录）；若较早的日期属实，请设置 earliest；计划时间应放在计划列。",
            "Whoever keeps the source corrects them there, mostly a mistyped year; where early dates are true set "
            "`earliest` of the data source; a planned time belongs into a planned column.",
        ),
        quarantine=True,
    )


def implausible(process: Process, rows: pd.DataFrame, about: About) -> pd.Series:
    """``column=value; …`` of the cells of each row that cannot be, else null."""
    told: dict[int, list[str]] = {}
    for column in process.columns:
        if column.name not in rows or column.type not in ("instant", *_LISTS):
            continue
        bad = _beyond(column, rows, about) if column.type == "instant" else _beyond_in_list(column, rows, about)
        for row in np.flatnonzero(bad).tolist():
            value = rows[column.name].iloc[row]
            said = f"{value:%Y-%m-%d %H:%M:%SZ}" if isinstance(value, pd.Timestamp) else str(value)
            told.setdefault(row, []).append(f"{column.name}={said}")
    cells = [None] * len(rows) if not told else ["; ".join(told[n]) if n in told else None for n in range(len(rows))]
    return pd.Series(cells, index=rows.index, dtype="str")


def _beyond(column: Column, rows: pd.DataFrame, about: About) -> Mask:
    try:
        values = instants(rows, column.name)
    except TypeError:  # not what it must be: a rule of its own says so
        return np.zeros(len(rows), bool)
    bad: Mask = values < np.datetime64(about.earliest)
    if about.collected is not None and not column.is_plan:
        late = values > about.collected.limit
        bad |= late & ~flags(rows, column.plan_if) if column.plan_if else late
    return bad


def _beyond_in_list(column: Column, rows: pd.DataFrame, about: About) -> Mask:
    """Whether one instant of a history, or one edge of an interval, lies beyond."""
    hit = np.zeros(len(rows), bool)
    if not rows[column.name].notna().any():
        return hit
    row, values = _instants_in(rows[column.name])
    bad: Mask = values < np.datetime64(about.earliest)
    if about.collected is not None:
        bad |= values > about.collected.limit
    hit[row[bad]] = True
    return hit


def _instants_in(texts: pd.Series) -> tuple[npt.NDArray[np.int64], Instants]:
    """By instant its row (the position), and the instant itself; NaT for the end of an interval that runs on."""
    # Arrow's kernels: splits by pandas made this a minute of a million histories
    cells = pc.replace_substring(pa.array(texts, pa.large_string(), from_pandas=True), "/", ";")
    entries = pc.split_pattern(cells, ";")
    written = pc.list_element(pc.split_pattern(pc.list_flatten(entries), "=", max_splits=1), 0)
    at = pc.if_else(pc.equal(written, ""), None, written).cast(pa.timestamp("us", "UTC"))
    row = pc.list_parent_indices(entries).to_numpy().astype(np.int64)
    return row, at.to_numpy(zero_copy_only=False).astype("datetime64[us]")


def cells_of(told: pd.Series) -> Iterator[str]:
    """The names of the columns that a told cell speaks of."""
    yield from sorted(set(told.str.findall(r"(?:: |; )(\w+)=").explode().dropna()))
