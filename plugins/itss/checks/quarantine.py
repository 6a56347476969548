"""Rows that cannot be true and are therefore in no figure: how they are listed, and how they are told.

They are known by their position in the collected rows, since a broken row may have no id of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from itss.checks.plausible import TOLD_CELLS
from itss.checks.rules import UNPARSED
from itss.checks.verdicts import QUARANTINE_COLUMNS
from itss.errors import ContentChangedError
from itss.text import Text, text

Positions = npt.NDArray[np.int64]
FLOOR = 3
"""So many broken rows stop no file of 30 rows or more, whatever its share."""
_TOTAL = r"(?i)\s*(?:合\s*计|总\s*计|小\s*计|汇\s*总|总数|(?:grand |sub-?)?totals?|sum)\s*[:：]?\s*"


@dataclass(frozen=True)
class Broken:
    """A rule's columns, and the positions of the rows that break it."""

    columns: list[str]
    at: Positions


def allowed(total: int, share: float) -> int:
    """So many broken rows do not stop a report: the share of all, and of a small file 3, but 1 in 10 at most."""
    return max(int(share * total), min(FLOOR, total // 10)) if share else 0


def totals(rows: pd.DataFrame, leading: str) -> Positions:
    """The rows that sum up others: a cell with nothing but such a word, and no instant at which it began."""
    if leading not in rows:
        return np.array([], dtype="int64")
    waiting = np.flatnonzero(rows[leading].isna())
    texts = rows.iloc[waiting].select_dtypes(["str", "object"]).drop(columns=UNPARSED, errors="ignore")
    is_total = texts.apply(lambda cells: cells.astype("str").str.fullmatch(_TOTAL).fillna(False)).any(axis=1)
    found: Positions = waiting[is_total.to_numpy(dtype=bool)]
    return found


def told(count: int, total: int, share: float, sums: int = 0) -> Text:
    """How many rows are left out, and when that would stop the report; ``sums`` of them are totals rows."""
    part, percent = f"{count:,} / {total:,}", f"{count / max(total, 1):.2%}"
    most, limit = f"{allowed(total, share):,}", f"quarantine_share {share:.4g}"
    # said of all rows that are left out, since those of this one finding may be none of them
    zh = f"；其中合计行 {sums:,} 行，请数据提供人在来源文件中删除" if sums else ""
    en = f"; totals rows among them: {sums:,}, whoever provides the file deletes them there" if sums else ""
    if count - sums > allowed(total, share):
        return text(
            f"不可用的行共 {part}（{percent}{zh}），超过允许的 {most} 行（{limit}），报告停止。",
            f"Rows that cannot be used: {part} ({percent}{en}), more than the {most} allowed ({limit}): "
            "the report stops.",
        )
    return text(
        f"在此之前这些行被隔离，不计入任何指标：共 {part}（{percent}{zh}），允许 {most} 行（{limit}）。",
        f"Until then such rows are quarantined, in no figure: {part} ({percent}{en}), {most} allowed ({limit}).",
    )


def listed(process: str, rows: pd.DataFrame, broken: Mapping[str, Broken]) -> pd.DataFrame:
    """`QUARANTINE_COLUMNS`: the rows that break a rule, with the rules' ids and the cells that did it."""
    rules: dict[int, list[str]] = {}
    columns: dict[int, dict[str, None]] = {}
    for name, one in broken.items():
        for position in one.at.tolist():
            rules.setdefault(position, []).append(name)
            columns.setdefault(position, {}).update(dict.fromkeys(one.columns))
    ids = rows["id"].astype("str").fillna("")
    records = [
        {
            "process": process,
            "row": position,
            "id": ids[position],
            "rules": ", ".join(rules[position]),
            "cells": "; ".join(_cell(name, rows.at[position, name]) for name in columns[position]),
        }
        for position in sorted(rules)
    ]
    return pd.DataFrame(records, columns=QUARANTINE_COLUMNS).astype({"row": "int64"})


def _cell(name: str, value: Any) -> str:
    if name in TOLD_CELLS:
        return str(value)
    if pd.isna(value):
        return f"{name}=–"
    return f"{name}={value:%Y-%m-%d %H:%M:%SZ}" if isinstance(value, pd.Timestamp) else f"{name}={value}"


def without(frames: Mapping[str, pd.DataFrame], quarantine: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The frames without the rows in quarantine; `ContentChangedError` when they are other rows now."""
    kept = dict(frames)
    for process, rows in quarantine.groupby("process"):
        frame, at = frames[str(process)], rows["row"].to_numpy()
        if at.max() >= len(frame) or (frame["id"].iloc[at].fillna("").to_numpy() != rows["id"].to_numpy()).any():
            raise ContentChangedError(
                f"The rows of {process} are not those that were checked.", "Clear the run from 'check' on."
            )
        kept[str(process)] = frame.drop(index=frame.index[at]).reset_index(drop=True)
    return kept
