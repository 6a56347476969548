"""What an expression of ``measures.yaml`` says: read by sqlglot, judged, and written anew for DuckDB.

Owns the language: the values of one row, and nothing else. What `writing` does not name is refused, so no text of a
person, no function of DuckDB and no table is ever reached: the SQL that runs is made of known parts. Surprise: it
has types of its own (number, text, yes or no, instant) and never converts one into another, since DuckDB would do so
row by row and fail at night.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from itss.own_measures.functions import Kind
from itss.own_measures.refusals import TOO_DEEP, ExpressionError, shown, unknown_parts
from itss.own_measures.writing import Writer
from itss.processes.base import Column

Aggregate = Literal["sum", "count_if", "count"]


@dataclass(frozen=True)
class Expression:
    """``sql`` is a value of kind ``kind`` of each row.

    It asks for ``columns``, takes ``$period_start`` and ``$period_end`` if they are among its ``binds``, counts the
    ``values`` of columns, and puts rows into the period by the ``dates``.
    """

    sql: str
    kind: Kind
    columns: tuple[str, ...] = ()
    binds: frozenset[str] = frozenset()
    values: tuple[tuple[str, str], ...] = ()
    dates: tuple[str, ...] = ()


def read_expression(words: str, columns: Mapping[str, Column], wanted: Kind) -> Expression:
    """The expression as a value of kind ``wanted`` over ``columns``; `ExpressionError`."""
    return _whole(_parsed(words), columns, wanted)


def read_aggregate(words: str, columns: Mapping[str, Column]) -> tuple[Aggregate, Expression]:
    """``sum(number)``, ``count_if(yes or no)`` or ``count(*)``: the aggregate, and what it takes of each row."""
    tree = _parsed(words)
    shape = "Write sum(number), count_if(yes or no) or count(*)."
    inner = tree.this
    if isinstance(tree, exp.Count) and isinstance(inner, exp.Star) and not unknown_parts(tree, ("this", "big_int")):
        return "count", Expression("1.0", "number")
    if isinstance(tree, (exp.Sum, exp.CountIf)) and isinstance(inner, exp.Expr) and not unknown_parts(tree, ("this",)):
        is_sum = isinstance(tree, exp.Sum)
        found = _whole(inner, columns, "number" if is_sum else "yes_no")
        return ("sum" if is_sum else "count_if"), found
    raise ExpressionError(f"'{shown(words)}' is no sum and no count of the cases.", shape)


def _parsed(words: str) -> exp.Expr:
    logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of every fallback, which is refused here
    try:
        found = [one for one in sqlglot.parse(words, read="duckdb") if one is not None]
    except SqlglotError as error:
        detail = (getattr(error, "errors", None) or [{}])[0]
        near = detail.get("highlight")
        at = f" at character {detail['col']}" if detail.get("col") else ""
        said = f", near '{near}'" if near else ""
        raise ExpressionError(f"'{shown(words)}' cannot be read{at}{said}.", "Write one value of a row.") from error
    except RecursionError as error:
        raise ExpressionError(*TOO_DEEP) from error
    if len(found) != 1:
        raise ExpressionError(f"There are {len(found)} expressions.", "Write exactly one, without a semicolon.")
    return found[0]


def _whole(tree: exp.Expr, columns: Mapping[str, Column], wanted: Kind) -> Expression:
    writer = Writer(columns)
    try:
        sql = writer.of(tree, wanted)
    except RecursionError as error:
        raise ExpressionError(*TOO_DEEP) from error
    named = tuple(writer.columns), frozenset(writer.binds), tuple(writer.values), tuple(writer.dates)
    return Expression(sql, wanted, *named)
