"""Whether an SQL file can be what a process asks for, found without a database: the rules of ``docs/sources.md``.

Owns the static reading of queries (by sqlglot). It cannot know tables, types or whether the rows are the right ones;
the surprise is that it tries several dialects and believes the first that can read the file, since a connection's
database is not known here.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from itss.problems import Problem, closest
from itss.processes.base import Process
from itss.sources.statement import BINDS

FILE_DIALECTS = ("duckdb",)
DATABASE_DIALECTS = ("sqlite", "postgres", "mysql", "oracle", "tsql")
_NOT_ONLY_READING = (
    *(exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Alter),
    *(exp.Into, exp.Lock, exp.Command),
)


def query_problems(path: Path, process: Process, dialects: Sequence[str]) -> list[Problem]:
    """Every reason why the query in ``path`` cannot yield the rows of ``process``."""
    try:
        sql = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return [Problem(path, 1, "", "This is not UTF-8 text.", "Save the file with the encoding UTF-8.")]
    except OSError as error:
        return [Problem(path, 1, "", f"The file cannot be read ({error.strerror}).", "Check its permissions.")]
    statements = _parse(path, sql, dialects)
    if isinstance(statements, Problem):
        return [statements]
    if len(statements) != 1:
        message = f"There are {len(statements)} statements." if statements else "There is no statement."
        return [Problem(path, _line(statements[-1]) if statements else 1, "", message, "Write exactly one SELECT.")]
    return list(_statement_problems(path, sql, statements[0], process))


def _parse(path: Path, sql: str, dialects: Sequence[str]) -> list[exp.Expr] | Problem:
    """The statements, read in the first dialect that can; else the complaint of the first one."""
    logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of every fallback, which the rules below refuse
    first: SqlglotError | None = None
    for dialect in dialects:
        try:
            parsed = sqlglot.parse(sql, read=dialect)
        except SqlglotError as error:
            first = first or error
            continue
        return [one for one in parsed if one is not None and not isinstance(one, exp.Semicolon)]
    details = getattr(first, "errors", None) or [{}]
    line = details[0].get("line") or 1
    reason = details[0].get("description") or str(first).splitlines()[0]
    near = details[0].get("highlight")
    message = f"This is not SQL: {reason.rstrip('.')}" + (f" near '{near}'." if near else ".")
    return Problem(path, line, "", message, f"Read as {', '.join(dialects)}.")


def _statement_problems(path: Path, sql: str, statement: exp.Expr, process: Process) -> Iterator[Problem]:
    written = statement.find(*_NOT_ONLY_READING)
    branches = list(_branches(statement))
    if written is not None or not branches:
        kind = (written or statement).key.upper()
        yield Problem(path, _line(statement), "", f"This is {kind}, not only a query.", "Write exactly one SELECT.")
        return
    yield from _bind_problems(path, sql, statement)
    stars = [branch for branch in branches if branch.is_star]
    for star in stars:
        remedy = f"Name the columns, like those of {process.id}."
        yield Problem(path, _line(star), "", "SELECT * is refused: a changed table would change the report.", remedy)
    if not stars:
        yield from _column_problems(path, branches[0], process)
        yield from _branch_problems(path, branches)


def _bind_problems(path: Path, sql: str, statement: exp.Expr) -> Iterator[Problem]:
    unknown = {bind.name for bind in statement.find_all(exp.Placeholder, exp.Parameter)} - BINDS
    for name in sorted(unknown):
        place = re.search(r"\?" if name in ("", "?") else rf"[:@$]{re.escape(name)}\b", sql)
        line = sql.count("\n", 0, place.start()) + 1 if place else 1
        message = "There is a bind without a name." if name in ("", "?") else f"The bind ':{name}' is not known."
        yield Problem(path, line, "", message, "There are two: :start and :end.")


def _column_problems(path: Path, select: exp.Select, process: Process) -> Iterator[Problem]:
    known = [column.name for column in process.columns]
    names: list[str] = []
    for number, expression in enumerate(select.selects, 1):
        name, line = expression.output_name, _line(expression, select)
        if not name:
            yield Problem(path, line, "", f"Column {number} has no name.", "Write `… AS name` behind it.")
        elif name in names:
            yield Problem(path, line, "", f"The column '{name}' stands twice.", "Keep one of the two.")
        elif name not in known:
            message = f"The process {process.id} has no column '{name}'."
            yield Problem(path, line, "", message, closest(name.lower(), known, "Its columns are"))
        names.append(name)
    missing = [column.name for column in process.columns if column.required and column.name not in names]
    if missing:
        message = f"The process {process.id} needs {', '.join(missing)}."
        yield Problem(path, _line(select), "", message, "Select it, or `… AS` it, under this name.")


def _branch_problems(path: Path, branches: list[exp.Select]) -> Iterator[Problem]:
    """The parts of a UNION must be equally wide; a database says so only at night."""
    width = len(branches[0].selects)
    for number, branch in enumerate(branches[1:], 2):
        if len(branch.selects) != width:
            message = f"Part {number} of the union has {len(branch.selects)} columns, the first has {width}."
            yield Problem(path, _line(branch), "", message, "Select the same columns in every part.")


def _branches(query: exp.Expr) -> Iterator[exp.Select]:
    """The SELECTs whose rows come out: one, or those of a UNION."""
    if isinstance(query, exp.SetOperation):
        yield from _branches(query.left)
        yield from _branches(query.right)
    elif isinstance(query, exp.Subquery):
        yield from _branches(query.this)
    elif isinstance(query, exp.Select):
        yield query


def _line(*expressions: exp.Expr) -> int:
    """The first line that the first of ``expressions`` with any position knows."""
    for expression in expressions:
        lines = [node.meta["line"] for node in expression.walk() if node.meta.get("line")]
        if lines:
            return int(min(lines))
    return 1
