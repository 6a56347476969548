"""A tree of sqlglot written anew as SQL for DuckDB, made of known parts alone, each with its type."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from itss.own_measures.functions import FUNCTIONS, KINDS, Function, Kind, Written
from itss.own_measures.refusals import REFUSED, REMEDY, TOO_DEEP, ExpressionError, no_place, shown, unknown_parts
from itss.problems import closest
from itss.processes.base import Column

KIND_OF: Mapping[str, Kind] = {
    "string": "text",
    "instant": "instant",
    "number": "number",
    "integer": "number",
    "boolean": "yes_no",
}
"""What a column of a type is in an expression; one of another type has no place in it."""
_MOST_DEEP, _MOST_SQL = 60, 50_000
_COMPARING: Mapping[type[exp.Expr], str] = {
    **{exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<="},
}
_COMPUTING: Mapping[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}


@dataclass
class Writer:
    """Writes one tree as SQL, and keeps what it asked for on its way."""

    known: Mapping[str, Column]
    columns: dict[str, None] = field(default_factory=dict)
    binds: set[str] = field(default_factory=set)
    values: dict[tuple[str, str], None] = field(default_factory=dict)
    dates: dict[str, None] = field(default_factory=dict)
    depth: int = 0

    def of(self, node: exp.Expr, wanted: Kind) -> str:
        """The SQL of a node that must be of one kind."""
        found = self._written(node)
        if found.kind != wanted:
            message = f"'{shown(node.sql('duckdb'))}' is {KINDS[found.kind]}, but {KINDS[wanted]} is expected."
            raise ExpressionError(message, REMEDY.get((found.kind, wanted), ""))
        return found.sql

    def _written(self, node: exp.Expr) -> Written:
        self.depth += 1
        if self.depth > _MOST_DEEP:
            raise ExpressionError(*TOO_DEEP)
        found = self._one(node)
        if len(found.sql) > _MOST_SQL:  # some functions write an argument more than once
            raise ExpressionError(*TOO_DEEP)
        self.depth -= 1
        return found

    def _one(self, node: exp.Expr) -> Written:
        for kinds, write in _WRITING:
            if isinstance(node, kinds):
                return write(self, node)
        return self._called(node)

    def _paren(self, node: exp.Expr) -> Written:
        if unknown_parts(node, ("this",)):
            raise no_place(node)
        return self._written(node.this)

    def _named(self, node: exp.Expr) -> Written:
        if unknown_parts(node, ("this",)) or not isinstance(node.this, exp.Identifier):
            raise no_place(node)
        return self._column(node.name)

    def _boolean(self, node: exp.Expr) -> Written:
        return Written("TRUE" if node.this else "FALSE", "yes_no")

    def _not(self, node: exp.Expr) -> Written:
        return Written(f"(NOT {self.of(node.this, 'yes_no')})", "yes_no")

    def _negative(self, node: exp.Expr) -> Written:
        return Written(f"(- {self.of(node.this, 'number')})", "number")

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
        said = [self.of(one, "yes_no") for one in (node, *reversed(parts))]
        return Written(f"({f' {word} '.join(said)})", "yes_no")

    def _computed(self, node: exp.Expr) -> Written:
        left, right = self.of(node.this, "number"), self.of(node.expression, "number")
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
            remedy = REMEDY.get((right.kind, left.kind)) or REMEDY.get((left.kind, right.kind), "")
            raise ExpressionError(f"'{shown(node.sql('duckdb'))}' compares {words}.", remedy)

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
            return Written(f"({self.of(node.this, 'yes_no')} IS {word})", "yes_no")
        raise ExpressionError(f"'{shown(node.sql('duckdb'))}' is not known.", "Write `is null` or `is not null`.")

    def _in(self, node: exp.Expr) -> Written:
        if unknown_parts(node, ("this", "expressions")) or not node.expressions:
            raise no_place(node)
        left = self._written(node.this)
        items = [self._written(one) for one in node.expressions]
        for item in items:
            self._alike(left, item, node)
            self._told(left, item)
        return Written(f"({left.sql} IN ({', '.join(item.sql for item in items)}))", "yes_no")

    def _between(self, node: exp.Expr) -> Written:
        if unknown_parts(node, ("this", "low", "high")):
            raise no_place(node)
        left, low, high = (self._written(node.args[name]) for name in ("this", "low", "high"))
        self._alike(left, low, node)
        self._alike(left, high, node)
        return Written(f"({left.sql} BETWEEN {low.sql} AND {high.sql})", "yes_no")

    def _case(self, node: exp.Expr) -> Written:
        if unknown_parts(node, ("ifs", "default")):
            raise no_place(node)
        return self._cases([(one.this, one.args["true"]) for one in node.args["ifs"]], node.args.get("default"))

    def _if(self, node: exp.Expr) -> Written:
        if unknown_parts(node, ("this", "true", "false")):
            raise no_place(node)
        return self._cases([(node.this, node.args["true"])], node.args.get("false"))

    def _cases(self, cases: list[tuple[exp.Expr, exp.Expr]], other: exp.Expr | None) -> Written:
        first = self._written(cases[0][1])
        said = [f"WHEN {self.of(test, 'yes_no')} THEN {self.of(value, first.kind)}" for test, value in cases]
        last = "" if other is None else f" ELSE {self.of(other, first.kind)}"
        return Written(f"(CASE {' '.join(said)}{last} END)", first.kind)

    def _called(self, node: exp.Expr) -> Written:
        for kind, (message, remedy) in REFUSED.items():
            if isinstance(node, kind):
                raise ExpressionError(f"{message}: '{shown(node.sql('duckdb'))}'.", remedy)
        function = _function_of(node)
        if function is None:
            raise no_place(node)
        given = _arguments(node, function.flags)
        least, most = function.counts
        if given is None or not least <= len(given) <= most:
            raise ExpressionError(f"{function.name} is not called like that.", f"Write {function.shape}.")
        found = [self._written(one) for one in given]
        for number, (one, part) in enumerate(zip(given, found, strict=True)):
            wanted = function.kinds[min(number, len(function.kinds) - 1)] if function.kinds else found[0].kind
            if wanted not in ("any", part.kind):
                message = f"{function.name}: '{shown(one.sql('duckdb'))}' is {KINDS[part.kind]}"
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
        raise ExpressionError(f"'{shown(words)}' is no number that can be computed with.", "Write it like 0.5 or 30.")
    return Written(f"CAST({words} AS DOUBLE)", "number")


_Kinds = type[exp.Expr] | tuple[type[exp.Expr], ...]
_WRITING: tuple[tuple[_Kinds, Callable[[Writer, Any], Written]], ...] = (
    (exp.Paren, Writer._paren),
    (exp.Column, Writer._named),
    (exp.Literal, lambda _, node: _literal(node)),
    (exp.Boolean, Writer._boolean),
    ((exp.And, exp.Or), Writer._joined),
    (exp.Not, Writer._not),
    (exp.Neg, Writer._negative),
    ((exp.Add, exp.Sub, exp.Mul, exp.Div), Writer._computed),
    (tuple(_COMPARING), Writer._compared),
    (exp.Is, Writer._is),
    (exp.In, Writer._in),
    (exp.Between, Writer._between),
    (exp.Case, Writer._case),
    (exp.If, Writer._if),
)
