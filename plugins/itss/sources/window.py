"""Rows that are no concern of the collected periods: left out by the product, whatever a query returns, and counted.

A row is outside *after* if its leading instant lies at or after the end, and *before* if it had ended, and nothing at
all happened to it since the begin. A ticket that its history shows open again has not ended. Surprise: a row with an
instant that cannot be true is kept, because the checks must tell it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from itss.measures.base import RECORDED_AT
from itss.measures.coverage import Collected
from itss.measures.rows import Instants, Mask, edge
from itss.processes.base import Process

_OPEN = ("open", "paused")
_INSTANT = len("2026-09-01T08:00:00")


@dataclass
class Outside:
    """How many rows were left out: ``after`` the end of the periods, ``before`` their begin."""

    after: int = 0
    before: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """As JSON."""
        return {"after": self.after, "before": self.before}


@dataclass
class Window:
    """``[start, end)`` as known at ``now``, and what was found ``outside`` of it so far."""

    process: Process
    start: dt.datetime
    end: dt.datetime
    now: dt.datetime
    earliest: dt.date
    outside: Outside = field(default_factory=Outside)

    def batches(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The batches without the rows outside."""
        for batch in batches:
            columns = {name: batch.column(name) for name in batch.schema.names}
            kept = self._kept({name: _values(cells) for name, cells in columns.items() if self._is_asked(name)})
            yield batch if kept.all() else batch.filter(pa.array(kept))

    def frame(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows without those outside."""
        asked = {str(name): _values(pa.Array.from_pandas(rows[name])) for name in rows if self._is_asked(str(name))}
        found: pd.DataFrame = rows[self._kept(asked)].reset_index(drop=True)
        return found

    def _is_asked(self, name: str) -> bool:
        return name == "states" or any(c.name == name and c.type == "instant" for c in self.process.columns)

    def _kept(self, columns: dict[str, Any]) -> Mask:
        leading: Instants = columns[self.process.leading]
        untrue = self._is_untrue(columns)
        after: Mask = (leading >= edge(self.end)) & ~untrue
        over = self._is_over(columns) & ~untrue
        self.outside.after += int(np.count_nonzero(after))
        self.outside.before += int(np.count_nonzero(over & ~after))
        return ~(after | over)

    def _is_untrue(self, columns: dict[str, Any]) -> Mask:
        untrue = np.zeros(len(columns[self.process.leading]), bool)
        latest = Collected(self.now).limit
        for column in self.process.columns:
            if column.type == "instant" and column.name in columns:
                untrue |= columns[column.name] < np.datetime64(self.earliest)
                if not column.is_plan and not column.plan_if:
                    untrue |= columns[column.name] > latest
        return untrue

    def _is_over(self, columns: dict[str, Any]) -> Mask:
        ends = [columns[name] for name in self.process.ended_by if name in columns]
        over = np.zeros(len(columns[self.process.leading]), bool)
        for values in ends:
            over |= ~np.isnat(values)
        counted = {measure.date_column for measure in self.process.measures}
        for column in self.process.columns:
            # a plan by which something counts goes on, too
            is_asked = column.name != RECORDED_AT and (not column.is_plan or column.name in counted)
            if column.type == "instant" and is_asked and column.name in columns:
                since: Mask = columns[column.name] >= edge(self.start)
                if column.name not in self.process.ended_by:  # an end that came later keeps the row, nothing else does
                    since &= columns[column.name] < edge(self.end)
                over &= ~since
        return over & ~self._goes_on(columns["states"]) if "states" in columns else over

    def _goes_on(self, states: Any) -> Mask:
        """Whether the last word of a history says open, or was said since the begin."""
        last = pd.Series(states, dtype="str").str.rpartition(";")[2].str.partition("=")
        since = f"{self.start.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S}"
        return (last[2].isin(_OPEN) | (last[0].str[:_INSTANT] >= since)).fillna(False).to_numpy(dtype=bool)


def _values(cells: pa.Array) -> Any:
    if pa.types.is_timestamp(cells.type):
        return cells.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False)
    if pa.types.is_null(cells.type):
        return np.full(len(cells), np.datetime64("NaT", "us"))
    return cells.to_numpy(zero_copy_only=False)
