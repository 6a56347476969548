"""What a measure is, and what it yields. Definitions: ``docs/reference/measures.md``.

A measure is one pure function of the rows of its process. It never sees a file, a clock or a database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from itss.measures.kinds import Better as Better
from itss.measures.kinds import Section as Section
from itss.measures.kinds import Unit as Unit
from itss.measures.scope import Scope
from itss.text import Text

if TYPE_CHECKING:  # they need pandas, which a DAG file that only asks for an id must not load
    from itss.agreements.models import AgreementVersion
    from itss.measures.basis import Basis

RECORDED_AT = "recorded_at"
"""The column of when a source wrote a row down: it says nothing about what happened when."""
Status = Literal["met", "at_risk", "missed", "not_applicable", "not_available", ""]


@dataclass(frozen=True)
class Outcome:
    """The result of one measure on one scope.

    ``value`` is ``None`` with a zero denominator (*not applicable*) – *not available* is decided before a measure
    is called, from its ``needs``. ``n`` is the number of cases the value stands on; ``excluded`` counts the rows
    left out, by reason; ``against`` are the ids of the rows that speak against the target (the breaches).
    ``low``/``high`` bound a 95 % interval where the measure has one. ``limit`` is a target that the rows bring
    themselves (a resource's threshold); it judges where the agreement has none. ``basis`` are the rows behind it (of
    the whole; an outcome of a member has none): who alters a number of an outcome takes away its ``figures``, from
    which the members are counted.
    """

    value: float | None
    n: int
    numerator: float | None = None
    denominator: float | None = None
    excluded: Mapping[str, int] = field(default_factory=dict)
    against: Sequence[str] = ()
    low: float | None = None
    high: float | None = None
    limit: float | None = None
    basis: Basis | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Clock:
    """The columns that say of one row how many hours it took, how many were agreed, and when they ended.

    An empty name: from begin to end of the record, nothing agreed, at the end of the record.
    """

    elapsed: str = ""
    target: str = ""
    until: str = ""


@dataclass(frozen=True)
class Measure:
    """One figure's definition. ``needs`` are the columns without which it is *not available*."""

    id: str
    process: str
    unit: Unit
    better: Better
    section: Section
    name: Text
    definition: Text
    compute: Callable[[Scope], Outcome]
    needs: tuple[str, ...] = ()
    whole_needs: tuple[str, ...] = ()
    """Columns without which it is told of the members alone, and is *not available* for the whole."""
    counts_values: tuple[tuple[str, str], ...] = ()
    """(column, value): where the source says that it cannot tell one of them, the measure is *not available*."""
    date_column: str | None = None
    version: int = 1
    by_dimension: bool = True
    counted_in: Literal["cases", "minutes"] = "cases"
    """What the numerator and denominator of a share are: cases that may fall short, or minutes, which are no cases."""
    agreed: Callable[[AgreementVersion | None], Text] | None = None
    """What the agreement in force says of it, printed behind its definition."""
    is_breach: bool = False
    """Its ``against`` rows are nonconformities each (a breach, an overdue vulnerability), even with the target met."""
    few_below: int = 10
    """On fewer cases it makes no signal, no trend and no movement (`itss.measures.few`)."""
    stands_in_for: str = ""
    """The measure whose place it takes where that one is not available: a row is a nonconformity of one of them."""
    clock: Clock = Clock()


FIGURE_COLUMNS = [
    "measure",
    "process",
    "period",
    "dimension",
    "member",
    "value",
    "unit",
    "numerator",
    "denominator",
    "n",
    "target",
    "status",
]
"""The columns of ``figures.csv``, in order; ``dimension`` and ``member`` are empty for the whole."""

RAW_COLUMNS = ["raw_value", "raw_numerator", "raw_denominator", "raw_n", "raw_status"]
"""Behind them in ``figures.csv``: the figure without the agreed exclusions. Filled only where they change it."""
