"""A column ``customer`` that agrees with everybody is none: seen by the check, and again before a query is run."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from itss.errors import OtherCustomerError
from itss.processes import PROCESSES
from itss.report_list.customers import ForCustomer
from itss.report_list.data_source import DataSource
from itss.sources.collect import Collected, collect
from itss.sources.sql_check import DATABASE_DIALECTS, FILE_DIALECTS, made_up_customer, query_problems
from itss.text import Text

SHIPPED = Path(__file__).resolve().parents[3] / "include" / "sql"
BINDS = frozenset({"start", "end", "customer", "entity"})
MADE_UP = {
    "bind": "SELECT id, opened_at, :customer AS customer FROM t",
    "literal": "SELECT id, opened_at, 'acme' AS customer FROM t WHERE :customer IS NOT NULL",
    "other bind": "SELECT id, opened_at, :entity AS customer FROM t WHERE :customer IS NOT NULL",
    "joined": "SELECT id, opened_at, b.c AS customer FROM t CROSS JOIN (SELECT :customer AS c) AS b",
    "passed on": "SELECT id, opened_at, u.d AS customer FROM t, (SELECT c AS d FROM (SELECT :customer AS c) AS b) AS u",
    "named on the way": "SELECT u.id, u.opened_at, u.customer FROM "
    "(SELECT t.id, t.opened_at, b.c AS customer FROM t, (SELECT :customer AS c) AS b) AS u",
    "columns of a CTE": "WITH b(customer) AS (SELECT :customer) SELECT id, opened_at, b.customer FROM t, b",
    "column of a CTE": "WITH b(c) AS (SELECT :customer) SELECT id, opened_at, b.c AS customer FROM t, b",
    "alias of a CTE": "WITH b(c) AS (SELECT :customer) SELECT id, opened_at, x.c AS customer FROM t, b AS x",
    "values": "WITH b(customer) AS (VALUES (:customer)) SELECT id, opened_at, b.customer FROM t, b",
    "function": "SELECT t.id, t.opened_at, p.value AS customer FROM t, json_each(json_array(:customer)) AS p",
    "function without its name": "SELECT t.id, t.opened_at, value AS customer FROM t, json_each(json_array(:customer))",
    "function of a constant": "SELECT t.id, t.opened_at, p.value AS customer FROM t, json_each('[\"acme\"]') AS p "
    "WHERE :customer IS NOT NULL",
    "CTE of a function": "WITH b AS (SELECT value FROM json_each(json_array(:customer))) "
    "SELECT t.id, t.opened_at, b.value AS customer FROM t, b",
    "not joined": "SELECT t.id, t.opened_at, o.name AS customer FROM t JOIN o ON o.name = :customer",
    "not joined, without its name": "SELECT t.id, opened_at, name AS customer FROM t JOIN o ON name = :customer",
    "not joined on the way": "SELECT u.id, u.opened_at, u.whose AS customer FROM "
    "(SELECT t.id, t.opened_at, o.name AS whose FROM t, o WHERE o.name = :customer) AS u",
    "not joined to the rows": "SELECT t.id, t.opened_at, o.name AS customer FROM t JOIN o ON o.name = :customer "
    "JOIN q ON q.o = o.id",
    "subquery not joined": "SELECT t.id, t.opened_at, c.name AS customer "
    "FROM t, (SELECT name FROM o WHERE name = :customer) AS c",
    "the same for each row": "SELECT id, opened_at, (SELECT name FROM o WHERE id = 7) AS customer FROM t "
    "WHERE :customer IS NOT NULL",
    "part of a union": "SELECT id, opened_at, owner AS customer FROM t WHERE owner = :customer "
    "UNION ALL SELECT id, opened_at, b.customer FROM t, (SELECT :customer AS customer) AS b",
}
TAKEN = {
    "column": "SELECT id, opened_at, owner AS customer FROM t WHERE owner = :customer",
    "other table": "SELECT t.id, opened_at, o.name AS customer FROM t JOIN o ON o.id = t.owner "
    "WHERE o.name = :customer",
    "function": "SELECT id, opened_at, trim(owner) AS customer FROM t WHERE trim(owner) = :customer",
    "mapped": "SELECT id, opened_at, CASE owner WHEN 1 THEN 'acme' ELSE 'globex' END AS customer FROM t "
    "WHERE :customer IS NOT NULL",
    "same name elsewhere": "WITH s AS (SELECT 'new' AS name, :start AS begin) "
    "SELECT t.id, t.opened_at, o.name AS customer FROM t JOIN o ON o.id = t.owner, s WHERE o.name = :customer",
    "third table": "SELECT t.id, t.opened_at, o.name AS customer FROM t JOIN p ON p.id = t.caller "
    "JOIN o ON o.id = p.company WHERE o.name = :customer",
    "joined without names": "SELECT t.id, opened_at, name AS customer FROM t JOIN o ON company = oid "
    "WHERE name = :customer",
    "joined by USING": "SELECT t.id, t.opened_at, o.name AS customer FROM t JOIN o USING (company) "
    "WHERE o.name = :customer",
    "function of the row": "SELECT t.id, t.opened_at, p.value AS customer FROM t, json_each(t.owners) AS p "
    "WHERE p.value = :customer",
    "subquery of the row": "SELECT t.id, t.opened_at, (SELECT o.name FROM o WHERE o.id = t.owner) AS customer FROM t "
    "WHERE :customer IS NOT NULL",
    "members of a group": "SELECT id, opened_at, CASE WHEN owner IN (SELECT id FROM o WHERE name = 'acme') "
    "THEN 'acme' ELSE 'globex' END AS customer FROM t WHERE :customer IS NOT NULL",
    "beside settings": "SELECT t.id, t.opened_at, owner AS customer FROM t, (SELECT 5 AS days) AS s "
    "WHERE owner = :customer AND s.days > 4",
    "lacking": "WITH o AS (SELECT CAST(NULL AS text) AS customer, NULL AS owner) "
    "SELECT id, opened_at, trim(owner) AS customer FROM t WHERE owner = :customer",
    "bind elsewhere": "WITH p AS (SELECT :start AS begin) SELECT id, opened_at, owner AS customer FROM t, p "
    "WHERE owner = :customer AND opened_at >= p.begin",
}


def run(tmp_path: Path, sql: str) -> Collected:
    file = tmp_path / "incident.sql"
    file.write_text(sql, encoding="utf-8")
    return collect(
        PROCESSES["incident"],
        DataSource(system="itss", connection="itsm"),
        sql_file=file,
        base=tmp_path,
        start=dt.datetime(2026, 9, 1, tzinfo=dt.UTC),
        end=dt.datetime(2026, 10, 1, tzinfo=dt.UTC),
        connection_url=lambda _: sa.URL.create("sqlite", database=str(tmp_path / "itsm.sqlite")),
        to=tmp_path / "data" / "incident.parquet",
        customer=ForCustomer(key="acme", title=Text(zh="甲", en="A"), binds={"customer": "acme", "entity": "acme"}),
    )


def told(tmp_path: Path, sql: str) -> list[str]:
    file = tmp_path / "incident.sql"
    file.write_text(sql, encoding="utf-8")
    found = query_problems(file, PROCESSES["incident"], DATABASE_DIALECTS, BINDS)
    return [one.message for one in found if "not taken from the rows" in one.message]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """One row of somebody else."""
    with sqlite3.connect(tmp_path / "itsm.sqlite") as connection:
        connection.execute("CREATE TABLE t (id TEXT, opened_at TEXT, owner TEXT)")
        connection.execute("INSERT INTO t VALUES ('1', '2026-09-02 08:00:00', 'globex')")
    return tmp_path


@pytest.mark.parametrize("way", MADE_UP)
def test_a_column_of_the_bind_itself_is_refused_before_anything_is_read(database: Path, way: str) -> None:
    assert told(database, MADE_UP[way]), way
    with pytest.raises(OtherCustomerError, match=r"incident\.sql, line 1: The column 'customer' is not taken from"):
        run(database, MADE_UP[way])
    assert not (database / "data").exists()


@pytest.mark.parametrize(
    ("dialect", "table"),
    [
        ("postgres", "CROSS JOIN LATERAL (SELECT :customer AS customer) AS p"),
        ("postgres", "CROSS JOIN unnest(ARRAY[:customer]) AS p(customer)"),
        ("postgres", "CROSS JOIN json_to_record(:customer) AS p(customer text)"),
        ("duckdb", "CROSS JOIN unnest([:customer]) AS p(customer)"),
        ("mysql", ", JSON_TABLE(:customer, '$[*]' COLUMNS(customer VARCHAR(9) PATH '$')) AS p"),
        ("tsql", "CROSS APPLY STRING_SPLIT(:customer, ',') AS p(customer)"),
        ("oracle", ", TABLE(sys.odcivarchar2list(:customer)) p"),
    ],
)
def test_each_database_has_functions_that_make_tables(tmp_path: Path, dialect: str, table: str) -> None:
    file = tmp_path / "incident.sql"
    sql = f"SELECT t.id, t.opened_at, p.customer FROM t {table}"
    assert made_up_customer(file, sql, [dialect]) is not None
    assert made_up_customer(file, sql.replace(":customer", "t.owners"), [dialect]) is None


@pytest.mark.parametrize("way", TAKEN)
def test_a_column_of_the_rows_is_none_of_these(tmp_path: Path, way: str) -> None:
    assert told(tmp_path, TAKEN[way]) == []


def test_a_row_of_somebody_else_is_seen_in_the_row_as_ever(database: Path) -> None:
    with pytest.raises(OtherCustomerError, match="1 are not this customer's"):
        run(database, "SELECT id, opened_at, owner AS customer FROM t WHERE :customer IS NOT NULL")


@pytest.mark.parametrize("sql", ["owner = @customer", "owner = :customer AND opened_at < @end"])
def test_a_variable_of_the_session_is_no_bind(tmp_path: Path, sql: str) -> None:
    file = tmp_path / "incident.sql"
    file.write_text(f"SELECT id, opened_at, owner AS customer FROM t WHERE {sql}", encoding="utf-8")
    found = query_problems(file, PROCESSES["incident"], DATABASE_DIALECTS, BINDS)
    assert any("is not written with a colon" in one.message for one in found)


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*/*.sql")), ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_no_query_of_the_product_makes_its_customers_up(file: Path) -> None:
    for dialects in (DATABASE_DIALECTS, FILE_DIALECTS):
        assert made_up_customer(file, file.read_text(encoding="utf-8"), dialects) is None
