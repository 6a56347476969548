"""What an expression of ``measures.yaml`` says: read by sqlglot, judged, and written anew for DuckDB.

Owns the language: the values of one row, and nothing else. Whatever is not named here is refused, so no text of a
person, no function of DuckDB and no table is ever reached: the SQL that runs is made of the parts below. Surprise: it
has types of its own (number, text, yes or no, instant) and never converts one into another, since DuckDB would do so
row by row and fail at night.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from itss.own_measures.functions import FUNCTIONS, KINDS, Function, Kind, Written
from itss.problems import closest
from itss.processes.base import Column

Aggregate = Literal["sum", "count_if", "count"]
KIND_OF: Mapping[str, Kind] = {
    "string": "text",
    "instant": "instant",
    "number": "number",
    "integer": "number",
    "boolean": "yes_no",
}
_MOST_DEEP = 60


class ExpressionError(ValueError):
    """An expression that is refused: what is wrong, and what to write instead."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message, self.remedy = message, remedy


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
    return _Writer(columns).whole(_parsed(words), wanted)


def read_aggregate(words: str, columns: Mapping[str, Column]) -> tuple[Aggregate, Expression]:
    """``sum(number)``, ``count_if(yes or no)`` or ``count(*)``: the aggregate, and what it takes of each row."""
    tree = _parsed(words)
    shape = "Write sum(number), count_if(yes or no) or count(*)."
    inner = tree.this
    if isinstance(tree, exp.Count) and isinstance(inner, exp.Star) and not _unknown_parts(tree, ("this", "big_int")):
        return "count", Expression("1.0", "number")
    if isinstance(tree, (exp.Sum, exp.CountIf)) and isinstance(inner, exp.Expr) and not _unknown_parts(tree, ("this",)):
        is_sum = isinstance(tree, exp.Sum)
        found = _Writer(columns).whole(inner, "number" if is_sum else "yes_no")
        return ("sum" if is_sum else "count_if"), found
    raise ExpressionError(f"'{_shown(words)}' is no sum and no count of the cases.", shape)


def _parsed(words: str) -> exp.Expr:
    logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of every fallback, which is refused here
    try:
        found = [one for one in sqlglot.parse(words, read="duckdb") if one is not None]
    except SqlglotError as error:
        detail = (getattr(error, "errors", None) or [{}])[0]
        near = detail.get("highlight")
        at = f" at character {detail['col']}" if detail.get("col") else ""
        said = f", near '{near}'" if near else ""
        raise ExpressionError(f"'{_shown(words)}' cannot be read{at}{said}.", "Write one value of a row.") from error
    except RecursionError as error:
        raise ExpressionError("The expression is nested too deeply.", "Write it in fewer brackets.") from error
    if len(found) != 1:
        raise ExpressionError(f"There are {len(found)} expressions.", "Write exactly one, without a semicolon.")
    return found[0]


def _shown(words: str) -> str:
    flat = " ".join(words.split())
    return flat if len(flat) <= 60 else f"{flat[:59]}…"


def _unknown_parts(node: exp.Expr, known: tuple[str, ...]) -> list[str]:
    return [name for name, value in node.args.items() if value not in (None, False, []) and name not in known]


_COMPARING: Mapping[type[exp.Expr], str] = {
    **{exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<="},
}
_COMPUTING: Mapping[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}
_REFUSED: Mapping[type[exp.Expr], tuple[str, str]] = {
    exp.AggFunc: ("A sum or count of rows has no place here", "It belongs to numerator and denominator of a ratio."),
    exp.Window: ("There are no windows over rows", "An expression sees one row."),
    exp.Query: ("There are no queries", "An expression sees one row."),
    exp.Like: ("There is no LIKE", "Write contains(column, 'part'), starts_with or ends_with."),
    exp.ILike: ("There is no ILIKE", "Write contains(lower(column), 'part')."),
    exp.RegexpLike: ("There are no regular expressions", "Write contains, starts_with or ends_with."),
    exp.Cast: ("Nothing is converted", "A column has the type that its process declares."),
    exp.Null: ("NULL stands only in `is null` and `is not null`", "Write `column is null`."),
}


@dataclass
class _Writer:
    """Writes one tree as SQL, and keeps what it asked for on its way."""

    known: Mapping[str, Column]
    columns: dict[str, None] = field(default_factory=dict)
    binds: set[str] = field(default_factory=set)
    values: dict[tuple[str, str], None] = field(default_factory=dict)
    dates: dict[str, None] = field(default_factory=dict)
    depth: int = 0

    def whole(self, node: exp.Expr, wanted: Kind) -> Expression:
        try:
            sql = self._of(node, wanted)
        except RecursionError as error:
            raise ExpressionError("The expression is nested too deeply.", "Write it in fewer brackets.") from error
        named = tuple(self.columns), frozenset(self.binds), tuple(self.values), tuple(self.dates)
        return Expression(sql, wanted, *named)

    def _of(self, node: exp.Expr, wanted: Kind) -> str:
        """The SQL of a node that must be of one kind."""
        found = self._written(node)
        if found.kind != wanted:
            message = f"'{_shown(node.sql('duckdb'))}' is {KINDS[found.kind]}, but {KINDS[wanted]} is expected."
            raise ExpressionError(message, _REMEDY.get((found.kind, wanted), ""))
        return found.sql

    def _written(self, node: exp.Expr) -> Written:
        self.depth += 1
        if self.depth > _MOST_DEEP:
            raise ExpressionError("The expression is nested too deeply.", "Write it in fewer brackets.")
        found = self._one(node)
        self.depth -= 1
        return found

    def _one(self, node: exp.Expr) -> Written:
        for kinds, write in _WRITING:
            if isinstance(node, kinds):
                return write(self, node)
        return self._called(node)

    def _paren(self, node: exp.Expr) -> Written:
        if _unknown_parts(node, ("this",)):
            raise _unknown(node)
        return self._written(node.this)

    def _named(self, node: exp.Expr) -> Written:
        if _unknown_parts(node, ("this",)) or not isinstance(node.this, exp.Identifier):
            raise _unknown(node)
        return self._column(node.name)

    def _boolean(self, node: exp.Expr) -> Written:
        return Written("TRUE" if node.this else "FALSE", "yes_no")

    def _not(self, node: exp.Expr) -> Written:
        return Written(f"(NOT {self._of(node.this, 'yes_no')})", "yes_no")

    def _negative(self, node: exp.Expr) -> Written:
        return Written(f"(- {self._of(node.this, 'number')})", "number")

    def _column(self, name: str) -> Written:
        column = self.known.get(name)
        if column is None:
            if name in ("period_start", "period_end"):
                raise ExpressionError(f"'{name}' is a function.", f"Write {name}().")
            raise ExpressionError(f"There is no column '{name}'.", closest(name, self.known, "Columns are"))
        kind = KIND_OF.get(column.type)
        if kind is None:
            message = f"'{name}' is a history, which tells what happened after the period too."
            raise ExpressionError(message, "Use the columns that follow from it, such as resolved_at or priority.")
        self.columns[name] = None
        return Written(f'"{name}"', kind, column=name)

    def _joined(self, node: exp.Expr) -> Written:
        """A chain of `and` or `or`, however long, without a level of depth for each of its parts."""
        word = "AND" if isinstance(node, exp.And) else "OR"
        parts: list[exp.Expr] = []
        while type(node) in (exp.And, exp.Or) and word == ("AND" if isinstance(node, exp.And) else "OR"):
            parts.append(node.expression)
            node = node.this
        said = [self._of(one, "yes_no") for one in (node, *reversed(parts))]
        return Written(f"({f' {word} '.join(said)})", "yes_no")

    def _computed(self, node: exp.Expr) -> Written:
        left, right = self._of(node.this, "number"), self._of(node.expression, "number")
        if isinstance(node, exp.Div):
            return Written(f"({left} / NULLIF({right}, 0))", "number")  # what is divided by 0 is empty
        return Written(f"({left} {_COMPUTING[type(node)]} {right})", "number")

    def _compared(self, node: exp.Expr) -> Written:
        left, right = self._written(node.this), self._written(node.expression)
        self._alike(left, right, node)
        self._told(left, right)
        self._told(right, left)
        return Written(f"({left.sql} {_COMPARING[type(node)]} {right.sql})", "yes_no")

    def _alike(self, left: Written, right: Written, node: exp.Expr) -> None:
        if left.kind != right.kind:
            words = f"{KINDS[left.kind]} with {KINDS[right.kind]}"
            remedy = _REMEDY.get((right.kind, left.kind)) or _REMEDY.get((left.kind, right.kind), "")
            raise ExpressionError(f"'{_shown(node.sql('duckdb'))}' compares {words}.", remedy)

    def _told(self, column: Written, value: Written) -> None:
        """A word that a column is compared with: of a closed set it must be one, and the source must tell it."""
        if not column.column or value.text is None:
            return
        possible = self.known[column.column].values
        if possible and value.text not in possible:
            remedy = closest(value.text, possible, "Its values are")
            raise ExpressionError(f"'{column.column}' is never '{value.text}'.", remedy)
        self.values[column.column, value.text] = None

    def _is(self, node: exp.Expr) -> Written:
        if isinstance(node.expression, exp.Null):
            return Written(f"({self._written(node.this).sql} IS NULL)", "yes_no")
        if isinstance(node.expression, exp.Boolean):
            word = "TRUE" if node.expression.this else "FALSE"
            return Written(f"({self._of(node.this, 'yes_no')} IS {word})", "yes_no")
        raise ExpressionError(f"'{_shown(node.sql('duckdb'))}' is not known.", "Write `is null` or `is not null`.")

    def _in(self, node: exp.Expr) -> Written:
        if _unknown_parts(node, ("this", "expressions")) or not node.expressions:
            raise _unknown(node)
        left = self._written(node.this)
        items = [self._written(one) for one in node.expressions]
        for item in items:
            self._alike(left, item, node)
            self._told(left, item)
        return Written(f"({left.sql} IN ({', '.join(item.sql for item in items)}))", "yes_no")

    def _between(self, node: exp.Expr) -> Written:
        if _unknown_parts(node, ("this", "low", "high")):
            raise _unknown(node)
        left, low, high = (self._written(node.args[name]) for name in ("this", "low", "high"))
        self._alike(left, low, node)
        self._alike(left, high, node)
        return Written(f"({left.sql} BETWEEN {low.sql} AND {high.sql})", "yes_no")

    def _case(self, node: exp.Expr) -> Written:
        if _unknown_parts(node, ("ifs", "default")):
            raise _unknown(node)
        return self._cases([(one.this, one.args["true"]) for one in node.args["ifs"]], node.args.get("default"))

    def _if(self, node: exp.Expr) -> Written:
        if _unknown_parts(node, ("this", "true", "false")):
            raise _unknown(node)
        return self._cases([(node.this, node.args["true"])], node.args.get("false"))

    def _cases(self, cases: list[tuple[exp.Expr, exp.Expr]], other: exp.Expr | None) -> Written:
        first = self._written(cases[0][1])
        said = [f"WHEN {self._of(test, 'yes_no')} THEN {self._of(value, first.kind)}" for test, value in cases]
        last = "" if other is None else f" ELSE {self._of(other, first.kind)}"
        return Written(f"(CASE {' '.join(said)}{last} END)", first.kind)

    def _called(self, node: exp.Expr) -> Written:
        for kind, (message, remedy) in _REFUSED.items():
            if isinstance(node, kind):
                raise ExpressionError(f"{message}: '{_shown(node.sql('duckdb'))}'.", remedy)
        function = _function_of(node)
        if function is None:
            raise _unknown(node)
        given = _arguments(node, function.flags)
        least, most = function.counts
        if given is None or not least <= len(given) <= most:
            raise ExpressionError(f"{function.name} is not called like that.", f"Write {function.shape}.")
        found = [self._written(one) for one in given]
        for number, (one, part) in enumerate(zip(given, found, strict=True)):
            wanted = function.kinds[min(number, len(function.kinds) - 1)] if function.kinds else found[0].kind
            if wanted not in ("any", part.kind):
                message = f"{function.name}: '{_shown(one.sql('duckdb'))}' is {KINDS[part.kind]}"
                raise ExpressionError(f"{message}, but {KINDS[wanted]} is expected.", f"Write {function.shape}.")
        self.binds |= {bind for bind in ("period_start", "period_end") if f"${bind}" in function.sql}
        if function.name == "in_period" and found[0].column:
            self.dates[found[0].column] = None
        column = found[0].column if function.name == "later" else ""
        return Written(function.written([one.sql for one in found]), function.gives or found[0].kind, column)


def _function_of(node: exp.Expr) -> Function | None:
    if not isinstance(node, exp.Func):
        return None
    name = node.name.lower() if isinstance(node, exp.Anonymous) else node.key.replace("_", "")
    return next((one for one in FUNCTIONS if name in (one.name, one.name.replace("_", ""))), None)


def _arguments(node: exp.Expr, flags: tuple[str, ...]) -> list[exp.Expr] | None:
    """What a function is called with, in its order; ``None`` where there is something in the call that has no place."""
    found: list[exp.Expr] = []
    for name, value in node.args.items():
        if name in flags or value in (None, False, []) or (isinstance(node, exp.Anonymous) and name == "this"):
            continue
        for one in value if isinstance(value, list) else [value]:
            if not isinstance(one, exp.Expr):
                return None
            found.append(one)
    return found


def _literal(node: exp.Literal) -> Written:
    words = str(node.this)
    if node.is_string:
        if "\x00" in words:
            raise ExpressionError("There is a character in a text that nobody can write.", "Remove it.")
        return Written("'" + words.replace("'", "''") + "'", "text", text=words)
    if not re.fullmatch(r"\d{1,15}(\.\d{1,15})?([eE][+-]?\d{1,2})?", words, re.ASCII):
        raise ExpressionError(f"'{_shown(words)}' is no number that can be computed with.", "Write it like 0.5 or 30.")
    return Written(f"CAST({words} AS DOUBLE)", "number")


def _unknown(node: exp.Expr) -> ExpressionError:
    try:
        words = _shown(node.sql("duckdb"))
    except (SqlglotError, ValueError, TypeError):
        words = node.key
    named = ", ".join(one.name for one in FUNCTIONS)
    return ExpressionError(f"'{words}' has no place in an expression.", f"Functions are {named}.")


_Kinds = type[exp.Expr] | tuple[type[exp.Expr], ...]
_WRITING: tuple[tuple[_Kinds, Callable[[_Writer, Any], Written]], ...] = (
    (exp.Paren, _Writer._paren),
    (exp.Column, _Writer._named),
    (exp.Literal, lambda _, node: _literal(node)),
    (exp.Boolean, _Writer._boolean),
    ((exp.And, exp.Or), _Writer._joined),
    (exp.Not, _Writer._not),
    (exp.Neg, _Writer._negative),
    ((exp.Add, exp.Sub, exp.Mul, exp.Div), _Writer._computed),
    (tuple(_COMPARING), _Writer._compared),
    (exp.Is, _Writer._is),
    (exp.In, _Writer._in),
    (exp.Between, _Writer._between),
    (exp.Case, _Writer._case),
    (exp.If, _Writer._if),
)
_REMEDY: Mapping[tuple[Kind, Kind], str] = {
    ("number", "text"): "Put a text into single quotes.",
    ("text", "number"): "Write a number without quotes.",
    ("text", "yes_no"): "Compare it with something, or write filled(column).",
    ("number", "yes_no"): "Compare it with something, e.g. `> 0`.",
    ("instant", "yes_no"): "Write in_period(column) or filled(column).",
    ("instant", "number"): "Write hours(from, to) for the time between two instants.",
    ("text", "instant"): "Compare it with an instant: another column, period_start() or period_end().",
    ("yes_no", "number"): "Write `if(…, 1, 0)`, or count_if(…) in a ratio.",
}
