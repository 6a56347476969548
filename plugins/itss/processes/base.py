"""What a process module declares: columns, expectations, measures. A new process is one module and one SQL file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from itss.measures.base import Measure, Scope
from itss.text import Text

ColumnType = Literal["string", "instant", "number", "integer", "boolean"]
Severity = Literal["critical", "warning", "info"]


@dataclass(frozen=True)
class Column:
    """A column a query may return. A ``required`` one must exist; any other missing one makes its measures
    *not available*. ``values`` is the closed set where there is one. Every process has a ``id`` column.
    """

    name: str
    type: ColumnType
    text: Text
    required: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Expectation:
    """One rule on the rows, run by Great Expectations: ``type`` is the name of a GX expectation class.

    It is skipped where one of the columns it names (``column``, ``column_A``, ``column_B``, ``column_list``) is
    absent. Critical stops the report, warning and info are printed in it.
    """

    id: str
    type: str
    kwargs: Mapping[str, Any]
    severity: Severity
    why: Text
    remedy: Text


@dataclass(frozen=True)
class Process:
    """One ITSM process: what its rows look like, when they are believed, what is measured on them.

    ``major_events`` picks the rows of section d) (major incidents, major changes) out of a scope, with the columns
    ``process, id, title, service, started_at, ended_at, cause, action``; ``None`` where the process has none.
    """

    id: str
    name: Text
    columns: tuple[Column, ...]
    expectations: tuple[Expectation, ...]
    measures: tuple[Measure, ...]
    major_events: Callable[[Scope], pd.DataFrame] | None = None
    dimensions: tuple[str, ...] = field(default=("service", "priority"))
    """Which of an entry's dimensions this process's rows can be split by."""
