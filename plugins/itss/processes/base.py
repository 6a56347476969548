"""What a process module declares: columns, expectations, measures. A new process is one module and one SQL file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from itss.measures.base import RECORDED_AT, Measure
from itss.measures.reasons import REASONS
from itss.measures.scope import Scope
from itss.text import Text, text

if TYPE_CHECKING:
    import pandas as pd

    from itss.measures.major_events import Around

ColumnType = Literal["string", "instant", "number", "integer", "boolean", "intervals", "history"]
Severity = Literal["critical", "warning", "info"]
Said = Literal["", "title", "service", "priority", "owner", "cause", "action"]


@dataclass(frozen=True)
class Column:
    """A column a query may return; every process has an ``id``.

    A ``required`` one must exist; any other missing one makes its measures *not available*. ``values`` is the closed
    set where there is one, ``refers_to`` the process whose ids stand in it.
    """

    name: str
    type: ColumnType
    text: Text
    required: bool = False
    values: tuple[str, ...] = ()
    refers_to: str = ""
    is_plan: bool = False
    """An instant that is planned or agreed, no fact: it may lie after the collection."""
    plan_if: str = ""
    """The boolean column in whose rows the instant is a plan (a planned window), a fact in all others."""
    is_deadline: bool = False
    """A day without a time of day is meant to its end: what is due on the 30th is in time at any hour of it."""
    says: Said = ""
    """What it says of a record wherever records are listed; of several columns the first one that is filled."""
    usual: tuple[str, ...] = ()
    """Values in their order where the set is not closed: members of the dimension stand in it."""
    examples: tuple[str, ...] = ()
    """What stands in the example rows of the workbook that is handed in; empty: made from type and words."""
    takes: Text | None = None
    """Of a derived column, what source or agreement must have so that it can be derived, in words."""


@dataclass(frozen=True)
class Where:
    """A column that is filled; with ``among`` by one of these values, with ``low``, ``high`` by a number from … to."""

    column: str
    among: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        bounds = [f"{word} {value:g}" for word, value in ((">=", self.low), ("<=", self.high)) if value is not None]
        among = f"in {', '.join(self.among)}" if self.among else "is filled"
        return f"{self.column} {' and '.join(bounds) or among}"


@dataclass(frozen=True)
class Expectation:
    """One rule on the rows, run by Great Expectations: ``type`` is the name of a GX expectation class.

    It is skipped where one of the columns it names (``column``, ``column_A``, ``column_B``, ``column_list``, those of
    ``only``) is absent. Critical stops the report, warning and info are printed in it. With ``quarantine`` the rows
    that break it are left out of every figure; it stops the report only where those are more than the source's
    `quarantine_share`.
    """

    id: str
    type: str
    kwargs: Mapping[str, Any]
    severity: Severity
    why: Text
    remedy: Text
    quarantine: bool = False
    only: tuple[Where, ...] = ()
    """The rule is asked of the rows alone in which all of these hold."""


_RECORDS = text("记录", "records")
RECORDED = Column(
    RECORDED_AT,
    "instant",
    text("记录时间", "when the source wrote the record down; what it wrote after the end of a period is a late entry"),
)
"""The column that any process may have: no fact of the record, but of the source."""


@dataclass(frozen=True)
class Opinion:
    """The measures that tell what customers think: share of the satisfied, answers, share that answered, mean."""

    satisfied: str
    answers: str
    response: str
    mean: str


@dataclass(frozen=True)
class Process:
    """One ITSM process: what its rows look like, when they are believed, what is measured on them.

    ``derive`` returns the rows of a scope with the ``derived`` columns added, as far as the source and the agreement
    have what they need; it runs once per period, before the measures, and a measure may need such a column like any
    other. ``major_events`` picks the rows of section d) (major incidents, major changes) out of a scope, with the
    columns ``process, id, title, service, started_at, ended_at, cause, action``; ``None`` where the process has none.

    The rest are its roles: what other rooms ask for instead of the letters of a name. A role that the process does not
    play is empty. `itss.processes.declared` refuses a declaration that lacks what will be asked for.
    """

    id: str
    name: Text
    columns: tuple[Column, ...]
    expectations: tuple[Expectation, ...]
    measures: tuple[Measure, ...]
    major_events: Callable[[Scope], pd.DataFrame] | None = None
    dimensions: tuple[str, ...] = ("service", "priority")
    """Which of an entry's dimensions this process's rows can be split by."""
    always_by: tuple[str, ...] = ()
    """Dimensions it is split by even where an entry does not ask: a resource has its own threshold."""
    derive: Callable[[Scope], pd.DataFrame] | None = None
    derived: tuple[Column, ...] = ()
    fresh_days: float | None = None
    """The newest record may be so old at the end of the period; ``None``: rare, so it must only lie in the period."""
    ended_by: tuple[str, ...] = ()
    """What ends a record: the first of these columns that is filled. Empty: its records have no end."""
    cancelled_by: tuple[tuple[str, str], ...] = ()
    """Column and value that say the same as ``is_cancelled``."""
    is_timed: bool = False
    """The agreement's time targets of their priority hold for its records."""
    is_of_agreed_services: bool = False
    """Its figures are of the services that the agreement names, where it names some."""
    is_of_time: bool = False
    """Its figures are shares of time: a time that was agreed not to count is cut out of it, not the records in it."""
    inflow: str = ""
    """The measure that counts what came in; the following ones: what went out, what is left, how much of that is old,
    and what came in per working day."""
    outflow: str = ""
    stock: str = ""
    aged_stock: str = ""
    daily_inflow: str = ""
    headline: tuple[str, ...] = ()
    """The measures of a scorecard without targets, in the order of their declaration."""
    breaches: tuple[str, ...] = ()
    """The measures that count what is in breach at the end of the period."""
    opinion: Opinion | None = None
    around: Callable[[Scope], Around] | None = None
    """What section d) counts in the days around a major event: when its records came in, and which were in breach."""
    reasons: Mapping[str, Text] = field(default_factory=dict)
    """Its own reasons for leaving a row out of a figure, in words; those of all are in `itss.measures.reasons`."""

    event: Text = _RECORDS
    """The kind of event that its leading instant is, in the plural: what a source is known to cover."""

    def __post_init__(self) -> None:
        if all(column.name != RECORDED_AT for column in self.columns):
            object.__setattr__(self, "columns", (*self.columns, RECORDED))

    def reason(self, key: str) -> Text:
        """The words of a reason; a report with a key that nobody put in words is better than none."""
        return self.reasons.get(key) or REASONS.get(key) or text(key, key)

    @property
    def leading_column(self) -> Column:
        """The instant with which a record begins."""
        return next(column for column in self.columns if column.required and column.type == "instant")

    @property
    def leading(self) -> str:
        """Its name."""
        return self.leading_column.name

    @property
    def ordered_instants(self) -> tuple[tuple[str, str], ...]:
        """Pairs of instants of which the second does not lie before the first, as the expectations say."""
        instants = {column.name for column in self.columns if column.type == "instant"}
        named = ((rule.kwargs.get("column_B"), rule.kwargs.get("column_A")) for rule in self.expectations)
        return tuple((str(begin), str(end)) for begin, end in named if begin in instants and end in instants)
