"""Whether the column ``customer`` of a query can tell one customer's rows from another's, seen without a database.

What is made of a bind, of a constant, or of a table that is not joined to the rows, agrees with every row: the look at
the rows (``of_customer``) would find nothing. The surprise is what cannot be seen here: a table that is joined to the
rows by a wrong condition.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from itss.problems import Problem
from itss.report_list.customers import CUSTOMER
from itss.sources.sql_tree import bind_line, binds_in, branches_of, line_of

_MADE_UP = "The column 'customer' is not taken from the rows: it would say of any row that it is theirs."
_REMEDY = (
    "Select the column of the source that says whose the row is, without a bind; "
    "the table that has it is joined to the rows, and written before its name."
)


def customer_problems(path: Path, sql: str, statement: exp.Expr, branches: list[exp.Select]) -> Iterator[Problem]:
    """What keeps the product from seeing whose the rows are, which it asks of the rows themselves."""
    if CUSTOMER not in binds_in(statement):
        message = "The bind ':customer' is not used: each report would get the rows of all customers, and stop."
        yield Problem(path, line_of(statement), "", message, "Write `WHERE … = :customer`.")
    if not branches[0].is_star and CUSTOMER not in [one.output_name.lower() for one in branches[0].selects]:
        message = "The column 'customer' is not selected, so that nobody could see a row of another customer."
        yield Problem(path, line_of(branches[0]), "", message, "Select whose each row is: `… AS customer`.")
    yield from made_up_problems(path, sql, statement, branches)


def made_up_problems(path: Path, sql: str, statement: exp.Expr, branches: list[exp.Select]) -> Iterator[Problem]:
    """A column ``customer`` that says of any row that it is theirs, be it by what it is made of on the way."""
    query = _Query(_made_tables(statement), *_apart(statement))
    made_up = _made_up(statement, query)
    for column in _customer_columns(statement, branches):
        if query.is_made_up(column, made_up):
            line = line_of(column) if column.find(exp.Column) else bind_line(sql, CUSTOMER)
            yield Problem(path, line, "", _MADE_UP, _REMEDY)


@dataclass(frozen=True)
class _Query:
    """What is known of the columns of one query; columns by the identity of their nodes."""

    tables: Collection[str]
    """By which names it calls what it makes itself."""
    loose: Collection[int]
    """Columns of tables that nothing joins to the rows."""
    constant: Collection[int]
    """Columns in subqueries that know nothing of the row outside."""

    def is_made_up(self, column: exp.Expr, made_up: Collection[str]) -> bool:
        columns = [one for one in column.find_all(exp.Column) if id(one) not in self.constant]
        # of a table of the source nothing was named on the way
        names = {one.name.lower() for one in columns if not one.table or one.table.lower() in self.tables}
        while isinstance(column, exp.Cast | exp.Paren):
            column = column.this
        if isinstance(column, exp.Null):  # nobody's: so queries stand in for a column that an export may lack
            return False
        is_loose = any(id(one) in self.loose for one in columns)
        return not columns or is_loose or bool(binds_in(column)) or not names.isdisjoint(made_up)


def _customer_columns(statement: exp.Expr, branches: list[exp.Select]) -> list[exp.Expr]:
    """What comes out as ``customer``, also of the other parts of a union, and what is called so on the way."""
    found = [column.this for column in statement.find_all(exp.Alias) if column.alias.lower() == CUSTOMER]
    names = [one.output_name.lower() for one in branches[0].selects] if branches else []
    if CUSTOMER in names:
        place = names.index(CUSTOMER)
        results = [branch.selects[place] for branch in branches if place < len(branch.selects)]
        found += [one.unalias() for one in results if not any(one.unalias() is known for known in found)]
    return found


def _made_up(statement: exp.Expr, query: _Query) -> set[str]:
    """The names, on the way to the result, of columns that are made of a bind, or of nothing of any row."""
    given = [(column.alias.lower(), column.this) for column in statement.find_all(exp.Alias)]
    for select in statement.find_all(exp.Select):
        given += [(one.output_name.lower(), one) for one in select.selects if isinstance(one, exp.Column)]
    for table in statement.find_all(exp.TableAlias):  # of a CTE, a subquery, VALUES
        names = [one.name.lower() for one in table.columns]
        for row in _rows_of(table.parent):
            given += zip(names, row, strict=False)
    made_up: set[str] = set()
    while more := {name for name, column in given if name not in made_up and query.is_made_up(column, made_up)}:
        made_up |= more
    return made_up


def _rows_of(table: exp.Expr | None) -> Iterator[list[exp.Expr]]:
    """What the columns of ``table`` are made of, part by part of a union, row by row of values."""
    inner = table.this if isinstance(table, exp.CTE) else table
    if isinstance(inner, exp.Values):
        yield from (row.expressions for row in inner.expressions)
    elif inner is not None:
        yield from (branch.selects for branch in branches_of(inner))


def _made_tables(statement: exp.Expr) -> set[str]:
    """By which names the query calls what it makes itself: CTEs, subqueries, VALUES, functions."""
    made = {one.alias.lower() for one in statement.find_all(exp.CTE, exp.Subquery, exp.UDTF)}
    return made | {one.alias.lower() for one in statement.find_all(exp.Table) if one.name.lower() in made}


def _apart(statement: exp.Expr) -> tuple[set[int], set[int]]:
    """The columns of tables that nothing joins to the rows, and those in subqueries that are the same for each row."""
    try:
        scopes = traverse_scope(statement)
    except SqlglotError:  # of two tables of one name; the database will say so
        return set(), set()
    loose: set[int] = set()
    constant: set[int] = set()
    for scope in scopes:
        if scope.is_subquery and not any(one.table and one.table not in scope.sources for one in scope.columns):
            constant |= {id(one) for one in scope.expression.find_all(exp.Column)}
        if isinstance(scope.expression, exp.Select):
            loose |= set(_loose(scope, scope.expression))
    return loose, constant


def _loose(scope: Scope, select: exp.Select) -> Iterator[int]:
    """The selected columns of all tables but those, joined to each other, that most of the results are of.

    One that is written without its table may be of any that is not known to lack it.
    """
    groups = _joined(scope)
    if len(groups) < 2:
        return
    results = [list(one.find_all(exp.Column)) for one in select.selects]
    of = [[group for group in groups if any(_may_be_of(one, group, scope) for one in columns)] for columns in results]
    rows = max(groups, key=lambda group: of.count([group]))
    others = set().union(*(group for group in groups if group is not rows))
    yield from (id(one) for columns in results for one in columns if _may_be_of(one, others, scope))


def _may_be_of(column: exp.Column, group: Collection[str], scope: Scope) -> bool:
    if column.table:
        return column.table in group
    for name in group:
        source = scope.sources[name]
        query = source.expression if isinstance(source, Scope) else None
        if not isinstance(query, exp.Query) or query.is_star or column.name in query.named_selects:
            return True
    return False


def _joined(scope: Scope) -> list[set[str]]:
    """The tables of a SELECT in groups: of one are those that a condition of two columns joins, or an argument."""
    groups = [{name} for name in scope.selected_sources]

    def join(names: Collection[str]) -> None:
        touched = [group for group in groups if not group.isdisjoint(names)]
        groups[:] = [group for group in groups if group not in touched] + ([set().union(*touched)] if touched else [])

    everything = set(scope.selected_sources)
    for condition in _conditions(scope):
        columns = {(one.table, one.name): one for one in condition.find_all(exp.Column)}
        if len(columns) > 1:
            join({one.table for one in columns.values()} if all(table for table, _ in columns) else everything)
    for name, (_, source) in scope.selected_sources.items():
        given = source.external_columns if isinstance(source, Scope) else source.this.find_all(exp.Column)
        join({name, *(one.table for one in given)})
    if any(one.args.get("using") or one.method == "NATURAL" for one in scope.find_all(exp.Join)):
        join(everything)
    return groups


def _conditions(scope: Scope) -> Iterator[exp.Expr]:
    """Each condition of WHERE and of the joins that must hold."""
    found = [one.this for one in scope.find_all(exp.Where)] + [one.args.get("on") for one in scope.find_all(exp.Join)]
    for condition in found:
        if condition is not None:
            yield from condition.flatten() if isinstance(condition, exp.And) else [condition]
