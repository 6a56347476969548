"""What is refused in an expression, in words: what is wrong, and what to write instead."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp
from sqlglot.errors import SqlglotError

from itss.own_measures.functions import FUNCTIONS, Kind

TOO_DEEP = "The expression is nested too deeply.", "Write it in fewer brackets."


class ExpressionError(ValueError):
    """An expression that is refused: what is wrong, and what to write instead."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message, self.remedy = message, remedy


def shown(words: str) -> str:
    flat = " ".join(words.split())
    return flat if len(flat) <= 60 else f"{flat[:59]}…"


def unknown_parts(node: exp.Expr, known: tuple[str, ...]) -> list[str]:
    return [name for name, value in node.args.items() if value not in (None, False, []) and name not in known]


def no_place(node: exp.Expr) -> ExpressionError:
    try:
        words = shown(node.sql("duckdb"))
    except (SqlglotError, ValueError, TypeError):
        words = node.key
    named = ", ".join(one.name for one in FUNCTIONS)
    return ExpressionError(f"'{words}' has no place in an expression.", f"Functions are {named}.")


REFUSED: Mapping[type[exp.Expr], tuple[str, str]] = {
    exp.AggFunc: ("A sum or count of rows has no place here", "It belongs to numerator and denominator of a ratio."),
    exp.Window: ("There are no windows over rows", "An expression sees one row."),
    exp.Query: ("There are no queries", "An expression sees one row."),
    exp.Like: ("There is no LIKE", "Write contains(column, 'part'), starts_with or ends_with."),
    exp.ILike: ("There is no ILIKE", "Write contains(lower(column), 'part')."),
    exp.RegexpLike: ("There are no regular expressions", "Write contains, starts_with or ends_with."),
    exp.Cast: ("Nothing is converted", "A column has the type that its process declares."),
    exp.Null: ("NULL stands only in `is null` and `is not null`", "Write `column is null`."),
}
"""Parts of SQL that people will try, and what takes their place."""
REMEDY: Mapping[tuple[Kind, Kind], str] = {
    ("number", "text"): "Put a text into single quotes.",
    ("text", "number"): "Write a number without quotes.",
    ("text", "yes_no"): "Compare it with something, or write filled(column).",
    ("number", "yes_no"): "Compare it with something, e.g. `> 0`.",
    ("instant", "yes_no"): "Write in_period(column) or filled(column).",
    ("instant", "number"): "Write hours(from, to) for the time between two instants.",
    ("text", "instant"): "Compare it with an instant: another column, period_start() or period_end().",
    ("yes_no", "number"): "Write `if(…, 1, 0)`, or count_if(…) in a ratio.",
}
"""Of a value of the first kind where the second is expected."""
