"""The binds of a customer on real servers: every letter of a value arrives, and rows of others stop the run."""

import datetime as dt

import pytest
import sqlalchemy as sa
from itss.errors import OtherCustomerError
from itss.processes import PROCESSES
from itss.report_list.customers import ForCustomer
from itss.report_list.data_source import DataSource
from itss.sources.collect import collect
from itss.sources.snapshot import read_frame
from itss.text import text

START, END = dt.datetime(2026, 9, 1, tzinfo=dt.UTC), dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
HOSTILE = [
    "Acme Ltd",
    "O'Brien; DROP TABLE t --",
    'a\\b"c\\',
    "100% :start %s %(x)s",
    "甲公司",
    "$1 ? ''",
    "\\' OR 1=1 --",
]
SQL = "SELECT id, opened AS opened_at, customer FROM t WHERE customer = :customer AND n >= -:least"
EVERYBODY = "SELECT id, opened AS opened_at, customer FROM t WHERE :customer IS NOT NULL"


@pytest.fixture(scope="module", params=["postgresql", "postgresql without standard strings", "mariadb"])
def url(request):
    """A database with two tickets of each customer, and two of somebody else in a padded column."""
    server = request.getfixturevalue(request.param.split()[0])
    name = "customers_" + str(len(request.param))
    server.database(name, ["CREATE TABLE t (id VARCHAR(9), opened TIMESTAMP, customer CHAR(40), n INTEGER)"])
    made = server.admin.set(database=name)
    engine = sa.create_engine(made.set(drivername="postgresql+psycopg") if "postgresql" in request.param else made)
    with engine.begin() as connection:
        rows = [
            {"id": f"{n}{copy}", "whose": whose, "n": -12}
            for n, whose in enumerate([*HOSTILE, "other"])
            for copy in "ab"
        ]
        insert = sa.text("INSERT INTO t VALUES (:id, '2026-09-02 08:00:00', :whose, :n)")
        connection.execute(insert, rows)
        if "without" in request.param:
            connection.execute(sa.text(f"ALTER DATABASE {name} SET standard_conforming_strings = off"))
    engine.dispose()
    return made


@pytest.fixture
def gather(url, tmp_path):
    def run(sql, whose):
        path = tmp_path / "sql" / "itsm" / "incident.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(sql, encoding="utf-8")
        collected = collect(
            PROCESSES["incident"],
            DataSource(system="itsm", connection="itsm"),
            sql_file=path,
            base=tmp_path,
            start=START,
            end=END,
            connection_url=lambda _: url,
            to=tmp_path / "data" / "incident.parquet",
            customer=ForCustomer(key="acme", title=text("甲", "A"), binds={"customer": whose, "least": 12}),
        )
        return read_frame(collected.path)

    return run


@pytest.mark.parametrize("value", HOSTILE)
def test_every_letter_arrives(gather, value):
    frame = gather(SQL, value)
    number = HOSTILE.index(value)
    assert list(frame["id"]) == [f"{number}a", f"{number}b"]
    assert set(frame["customer"]) == {value}


def test_a_row_of_another_customer_stops_the_run(gather, tmp_path):
    with pytest.raises(OtherCustomerError) as caught:
        gather(EVERYBODY, HOSTILE[0])
    assert f"of the {2 * len(HOSTILE) + 2} rows read so far, {2 * len(HOSTILE)} are not" in str(caught.value)
    assert "Brien" not in str(caught.value)
    assert not list((tmp_path / "data").iterdir())
