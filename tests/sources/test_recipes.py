"""The recipes of docs/sources.md for a read-only account, run on real servers: enough for every query, and no more."""

import contextlib
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from measured import ROOT, SEPTEMBER, statements
from znuny.rows import statements as znuny_statements

HERE = Path(__file__).parent
PROCESSES = ("incident", "request", "problem", "change", "satisfaction")
SECRET = "CREATE TABLE users (login varchar(200), pw varchar(128))"


def recipe(opening):
    (found,) = [
        block
        for block in re.findall(r"```sql\n(.*?)```", (ROOT / "docs" / "sources.md").read_text(), re.DOTALL)
        if block.startswith(opening)
    ]
    return [statement for statement in found.split(";\n") if statement]


@contextlib.contextmanager
def connected(url):
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture(scope="module", params=["znuny", "glpi"])
def account(request):
    """The system, and the address of the account that its recipe makes."""
    if request.param == "znuny":
        server, opening, ddl = request.getfixturevalue("postgresql"), "CREATE ROLE", znuny_statements()
    else:
        server, opening = request.getfixturevalue("mariadb"), "CREATE USER"
        ddl = statements(HERE / "glpi" / "schema.sql", HERE / "glpi" / "rows.sql")
    name = f"{request.param}_recipe"
    server.database(name, [*ddl, SECRET])
    place = server.admin.set(database=name)
    with connected(place) as admin:
        for statement in recipe(opening):
            here = statement.replace("DATABASE znuny", f"DATABASE {name}").replace("ON glpi.", f"ON {name}.")
            admin.exec_driver_sql(here.replace("10.0.0.%", "%").replace("%", "%%"))
    yield request.param, place.set(username="itss_reader", password="choose one")
    with connected(place) as admin:
        if opening == "CREATE ROLE":
            admin.exec_driver_sql("DROP OWNED BY itss_reader")
        admin.exec_driver_sql("DROP USER itss_reader")


@pytest.mark.parametrize("process", PROCESSES)
def test_it_is_enough(rows_of, account, process):
    system, url = account
    rows_of(system, process, url, "Asia/Shanghai", SEPTEMBER.shift(-12).start, SEPTEMBER.end)


@pytest.mark.parametrize(
    "statement",
    ["SELECT pw FROM users", "DELETE FROM {ticket}", "UPDATE {ticket} SET id = 1", "CREATE TABLE x (id INT)"],
)
def test_it_is_no_more(account, statement):
    system, url = account
    ticket = {"znuny": "ticket", "glpi": "glpi_tickets"}[system]
    with connected(url) as connection, pytest.raises(sa.exc.DBAPIError, match="denied"):
        connection.exec_driver_sql(statement.format(ticket=ticket))
