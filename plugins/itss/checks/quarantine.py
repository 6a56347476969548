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

from itss.checks.rules import UNPARSED
from itss.checks.verdicts import QUARANTINE_COLUMNS
from itss.errors import ContentChangedError
from itss.text import Text, text

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Broken:
    """A rule's columns, and the positions of the rows that break it."""

    columns: list[str]
    at: Positions


def told(count: int, total: int, share: float) -> Text:
    """How many rows are left out, and when that would stop the report."""
    part = f"{count:,} / {total:,}"
    percent, limit = f"{count / max(total, 1):.2%}", f"{share:.4g}"
    if count > share * total:
        return text(
            f"不可用的行共 {part}（{percent}），超过 quarantine_share {limit}，报告停止。",
            f"Rows that cannot be used: {part} ({percent}), more than the quarantine_share {limit}: the report stops.",
        )
    return text(
        f"在此之前这些行被隔离，不计入任何指标：共 {part}（{percent}），quarantine_share {limit}。",
        f"Until then such rows are quarantined, in no figure: {part} ({percent}), quarantine_share {limit}.",
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
    if name == UNPARSED:
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
