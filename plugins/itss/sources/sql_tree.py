"""The tree of a query, as sqlglot reads it: the SELECTs of its rows, its binds, the line of a part."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp


def branches_of(query: exp.Expr) -> Iterator[exp.Select]:
    """The SELECTs whose rows come out: one, or those of a UNION."""
    if isinstance(query, exp.SetOperation):
        yield from branches_of(query.left)
        yield from branches_of(query.right)
    elif isinstance(query, exp.Subquery):
        yield from branches_of(query.this)
    elif isinstance(query, exp.Select):
        yield query


def binds_in(statement: exp.Expr) -> set[str]:
    return {bind.name for bind in statement.find_all(exp.Placeholder, exp.Parameter)}


def bind_line(sql: str, name: str) -> int:
    """Where the bind is first used: of one nobody keeps the line while the SQL is read."""
    place = re.search(r"\?" if name in ("", "?") else rf"[:@$]{re.escape(name)}\b", sql)
    return sql.count("\n", 0, place.start()) + 1 if place else 1


def line_of(*expressions: exp.Expr) -> int:
    """The first line that the first of ``expressions`` with any position knows."""
    for expression in expressions:
        lines = [node.meta["line"] for node in expression.walk() if node.meta.get("line")]
        if lines:
            return int(min(lines))
    return 1
