"""Whether an SQL file can be what a process asks for, found without a database: the rules of ``docs/sources.md``.

Owns the static reading of queries (by sqlglot). It cannot know tables, types or whether the rows are the right ones;
the surprise is that it tries several dialects and believes the first that can read the file, since a connection's
database is not known here.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from itss.problems import Problem, closest
from itss.processes.base import Process
from itss.report_list.customers import CUSTOMER
from itss.sources.customer_column import customer_problems, made_up_problems
from itss.sources.sql_tree import bind_line, binds_in, branches_of, line_of
from itss.sources.statement import BINDS, named

FILE_DIALECTS = ("duckdb",)
DATABASE_DIALECTS = ("sqlite", "postgres", "mysql", "oracle", "tsql")
_NOT_ONLY_READING = (
    *(exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Alter),
    *(exp.Into, exp.Lock, exp.Command),
)


def query_problems(
    path: Path, process: Process, dialects: Sequence[str], binds: Collection[str] | None = BINDS
) -> list[Problem]:
    """Every reason why the query in ``path`` cannot yield the rows of ``process``.

    ``binds`` are those that there are; with ``customer`` among them it is the query of an entry for one customer, and
    has to say whose each row is. ``None``: nobody knows for which entry it is, and any bind may be one.
    """
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
        return [Problem(path, line_of(statements[-1]) if statements else 1, "", message, "Write exactly one SELECT.")]
    return list(_statement_problems(path, sql, statements[0], process, binds))


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


def made_up_customer(path: Path, sql: str, dialects: Sequence[str]) -> Problem | None:
    """Why the column ``customer`` says of any row that it is theirs; ``None`` where that cannot be seen here."""
    statements = _parse(path, sql, dialects)
    if isinstance(statements, Problem) or len(statements) != 1:
        return None
    return next(made_up_problems(path, sql, statements[0], list(branches_of(statements[0]))), None)


def _statement_problems(
    path: Path, sql: str, statement: exp.Expr, process: Process, binds: Collection[str] | None
) -> Iterator[Problem]:
    written = statement.find(*_NOT_ONLY_READING)
    branches = list(branches_of(statement))
    if written is not None or not branches:
        kind = (written or statement).key.upper()
        yield Problem(path, line_of(statement), "", f"This is {kind}, not only a query.", "Write exactly one SELECT.")
        return
    if binds is not None:
        yield from _bind_problems(path, sql, statement, binds)
    is_for_customer = binds is not None and CUSTOMER in binds
    if is_for_customer:
        yield from customer_problems(path, sql, statement, branches)
    stars = [branch for branch in branches if branch.is_star]
    for star in stars:
        remedy = f"Name the columns, like those of {process.id}."
        yield Problem(path, line_of(star), "", "SELECT * is refused: a changed table would change the report.", remedy)
    if not stars:
        # whatever the process has, a query that is for customers may say whose each row is
        more = [CUSTOMER] if binds is None or is_for_customer else []
        yield from _column_problems(path, branches[0], process, more)
        yield from _branch_problems(path, branches)


def _bind_problems(path: Path, sql: str, statement: exp.Expr, binds: Collection[str]) -> Iterator[Problem]:
    known = BINDS | set(binds)
    unknown = binds_in(statement) - known
    for name in sorted(unknown):
        line = bind_line(sql, name)
        message = "There is a bind without a name." if name in ("", "?") else f"The bind ':{name}' is not known."
        remedy = "There are two: :start and :end." if known == BINDS else f"There are {named(known)}."
        yield Problem(path, line, "", message, remedy)
    for bind in {bind.name: bind for bind in statement.find_all(exp.Parameter)}.values():
        if bind.name in known:  # a variable of the session, which is NULL: there would be no rows, and no error
            message = f"The bind ':{bind.name}' is not written with a colon."
            yield Problem(path, bind_line(sql, bind.name), "", message, f"Write `:{bind.name}`.")


def _column_problems(path: Path, select: exp.Select, process: Process, more: Sequence[str] = ()) -> Iterator[Problem]:
    known = [column.name for column in process.columns]
    names: list[str] = []
    for number, expression in enumerate(select.selects, 1):
        name, line = expression.output_name, line_of(expression, select)
        if not name:
            yield Problem(path, line, "", f"Column {number} has no name.", "Write `… AS name` behind it.")
        elif name in names:
            yield Problem(path, line, "", f"The column '{name}' is written twice.", "Keep one of the two.")
        elif name not in known and name.lower() not in more:
            message = f"The process {process.id} has no column '{name}'."
            yield Problem(path, line, "", message, closest(name.lower(), known, "Its columns are"))
        names.append(name)
    missing = [column.name for column in process.columns if column.required and column.name not in names]
    if missing:
        message = f"The process {process.id} needs {', '.join(missing)}."
        yield Problem(path, line_of(select), "", message, "Select it, or `… AS` it, under this name.")


def _branch_problems(path: Path, branches: list[exp.Select]) -> Iterator[Problem]:
    """The parts of a UNION must be equally wide; a database says so only at night."""
    width = len(branches[0].selects)
    for number, branch in enumerate(branches[1:], 2):
        if len(branch.selects) != width:
            message = f"Part {number} of the union has {len(branch.selects)} columns, the first has {width}."
            yield Problem(path, line_of(branch), "", message, "Select the same columns in every part.")
