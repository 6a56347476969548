"""Instants that cannot be: after the collection, or before any source was there. In every process and every column.

Plans may lie ahead: columns that are plans, and the rows in which a column is one (a planned window of maintenance).
One of the rows' own histories (states, pauses) is broken like any other cell. The rows are quarantined.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from itss.checks.rules import UNPARSED
from itss.checks.verdicts import About
from itss.measures.coverage import TOLERANCE
from itss.measures.rows import Mask, flags, instants
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
    texts = rows[column.name].reset_index(drop=True).dropna().astype("str")
    if texts.empty:
        return np.zeros(len(rows), bool)
    found = texts.str.split("[;/]", regex=True).explode().str.partition("=")[0]
    at = pd.to_datetime(found, utc=True, format="ISO8601", errors="coerce")
    values = at.dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    bad = values < np.datetime64(about.earliest)
    if about.collected is not None:
        bad |= values > about.collected.limit
    hit = np.zeros(len(rows), bool)
    hit[np.asarray(at.index)[bad]] = True
    return hit


def cells_of(told: pd.Series) -> Iterator[str]:
    """The names of the columns that a told cell speaks of."""
    yield from sorted(set(told.str.findall(r"(?:: |; )(\w+)=").explode().dropna()))
