"""The functions of an expression: how each is called, what it takes and gives, and the SQL that it stands for.

Nothing of DuckDB can be called but what is written here. The reference page lists them from this table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["number", "text", "yes_no", "instant"]
KINDS: Mapping[str, str] = {"number": "a number", "text": "a text", "yes_no": "yes or no", "instant": "an instant"}


@dataclass(frozen=True)
class Written:
    """The SQL of a part; the ``column`` that it is, or the ``text`` that it says, where it is just that."""

    sql: str
    kind: Kind
    column: str = ""
    text: str | None = None


@dataclass(frozen=True)
class Function:
    """``kinds`` of its arguments (the last one of all further ones; none: all alike), ``gives`` ``""``: as the first.

    ``sql`` has ``{0}``, ``{1}`` for them, or ``{}`` for all. ``flags`` are parts of sqlglot's node that say nothing.
    """

    name: str
    shape: str
    says: str
    sql: str
    counts: tuple[int, int]
    kinds: tuple[Kind | Literal["any"], ...]
    gives: Kind | Literal[""]
    flags: tuple[str, ...] = ()

    def written(self, arguments: Sequence[str]) -> str:
        """Its SQL with the SQL of its arguments."""
        if "{}" in self.sql:
            return self.sql.replace("{}", ", ".join(arguments))
        return _filled(self.sql, arguments)


def _filled(sql: str, arguments: Sequence[str]) -> str:
    """``{0}`` and ``{1}`` replaced in one pass, since an argument may contain such letters itself."""
    found, rest = "", sql
    while "{" in rest:
        before, _, rest = rest.partition("{")
        number, _, rest = rest.partition("}")
        found += before + arguments[int(number)]
    return found + rest


_HOURS = "(CASE WHEN {1} >= {0} THEN (epoch_us({1}) - epoch_us({0})) / CAST(%s AS DOUBLE) END)"

FUNCTIONS: tuple[Function, ...] = (
    Function(
        "in_period",
        "in_period(instant)",
        "whether it lies in the period: at its begin or later, before its end",
        "({0} >= $period_start AND {0} < $period_end)",
        (1, 1),
        ("instant",),
        "yes_no",
    ),
    Function(
        "before_end",
        "before_end(instant)",
        "whether it lies before the end of the period",
        "({0} < $period_end)",
        (1, 1),
        ("instant",),
        "yes_no",
    ),
    Function(
        "filled",
        "filled(column)",
        "whether there is something in it; a text of blanks is nothing",
        "({0} IS NOT NULL)",
        (1, 1),
        ("any",),
        "yes_no",
    ),
    Function("period_start", "period_start()", "the begin of the period", "$period_start", (0, 0), (), "instant"),
    Function(
        "period_end",
        "period_end()",
        "its end, the begin of the next one",
        "$period_end",
        (0, 0),
        (),
        "instant",
    ),
    Function(
        "hours",
        "hours(from, to)",
        "plain hours between two instants; empty where the second lies before the first",
        _HOURS % "3600000000",
        (2, 2),
        ("instant",),
        "number",
    ),
    Function(
        "days",
        "days(from, to)",
        "the same in days of 24 hours",
        _HOURS % "86400000000",
        (2, 2),
        ("instant",),
        "number",
    ),
    Function(
        "later",
        "later(instant, days)",
        "the instant so many days later, 1000 at most",
        "(CASE WHEN {1} IS NOT NULL THEN"  # least and greatest pass over what is empty
        " {0} + to_microseconds(CAST(greatest(-1000, least({1}, 1000)) * 86400000000 AS BIGINT)) END)",
        (2, 2),
        ("instant", "number"),
        "instant",
    ),
    Function("lower", "lower(text)", "in small letters", "lower({0})", (1, 1), ("text",), "text"),
    Function("upper", "upper(text)", "in capital letters", "upper({0})", (1, 1), ("text",), "text"),
    Function("trim", "trim(text)", "without the blanks around it", "trim({0})", (1, 1), ("text",), "text"),
    Function(
        "length",
        "length(text)",
        "how many characters it has",
        "CAST(length({0}) AS DOUBLE)",
        (1, 1),
        ("text",),
        "number",
        ("binary", "encoding"),
    ),
    Function(
        "contains",
        "contains(text, part)",
        "whether it is in it",
        "contains({0}, {1})",
        (2, 2),
        ("text",),
        "yes_no",
    ),
    Function(
        "starts_with",
        "starts_with(text, part)",
        "whether it begins so",
        "starts_with({0}, {1})",
        (2, 2),
        ("text",),
        "yes_no",
    ),
    Function(
        "ends_with", "ends_with(text, part)", "whether it ends so", "ends_with({0}, {1})", (2, 2), ("text",), "yes_no"
    ),
    Function("abs", "abs(number)", "without its sign", "abs({0})", (1, 1), ("number",), "number"),
    Function("round", "round(number)", "to the nearest whole number", "round({0})", (1, 1), ("number",), "number"),
    Function("floor", "floor(number)", "the whole number below", "floor({0})", (1, 1), ("number",), "number"),
    Function("ceil", "ceil(number)", "the whole number above", "ceil({0})", (1, 1), ("number",), "number"),
    Function("least", "least(a, b, …)", "the least that is given", "least({})", (2, 20), (), "", ("ignore_nulls",)),
    Function(
        "greatest",
        "greatest(a, b, …)",
        "the greatest that is given",
        "greatest({})",
        (2, 20),
        (),
        "",
        ("ignore_nulls",),
    ),
    Function("coalesce", "coalesce(a, b, …)", "the first that is not empty", "coalesce({})", (2, 20), (), ""),
)
