"""Rows of an entry for one customer: their binds reach the query as they are written, and nobody else's row gets by."""

import datetime as dt
import json
import sqlite3
from dataclasses import replace

import pyarrow as pa
import pytest
import sqlalchemy as sa
from itss.errors import OtherCustomerError, SourceError
from itss.processes import PROCESSES
from itss.report_list.customers import ForCustomer
from itss.report_list.data_source import DataSource
from itss.sources.collect import collect
from itss.sources.of_customer import count_others
from itss.sources.postgresql import _literals
from itss.sources.snapshot import read_frame
from itss.text import text

START, END = dt.datetime(2026, 9, 1, tzinfo=dt.UTC), dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
CANARY = "canary-of-somebody-else"
HOSTILE = [
    "Acme Ltd",
    "O'Brien; DROP TABLE ticket --",
    'a\\b"c',
    "100% :start %s %(x)s",
    "甲公司",
    "$1 ?",
    "\\' OR 1=1 --",
]
SQL = "SELECT id, opened AS opened_at, customer FROM ticket WHERE customer = :customer"
EVERYBODY = "SELECT id, opened AS opened_at, customer, title FROM ticket WHERE :customer IS NOT NULL"


def customer(value, **binds):
    return ForCustomer(key="acme", title=text("甲", "A"), binds={"customer": value, **binds})


@pytest.fixture
def tickets(tmp_path):
    """``tickets(rows)``: a database of (id, customer, title), and a file of the same."""

    def make(rows):
        path = tmp_path / "itsm.sqlite"
        path.unlink(missing_ok=True)
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE ticket (id TEXT, opened TEXT, customer, title TEXT)")
            database.executemany("INSERT INTO ticket VALUES (?, '2026-09-02 08:00:00', ?, ?)", rows)
        lines = [{"id": a, "opened": "2026-09-02 08:00:00", "customer": b, "title": c} for a, b, c in rows]
        (tmp_path / "ticket.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")
        return path

    return make


@pytest.fixture
def gather(tmp_path):
    def run(sql, whose, process="incident", **given):
        file = tmp_path / "include" / "sql" / "itss" / f"{process}.sql"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(sql, encoding="utf-8")
        known = PROCESSES[process]
        if given.pop("without_column", False):
            known = replace(known, columns=tuple(one for one in known.columns if one.name != "customer"))
        collected = collect(
            known,
            DataSource(system="itss", **(given or {"connection": "itsm"})),
            sql_file=file,
            base=tmp_path,
            start=START,
            end=END,
            connection_url=lambda _: sa.URL.create("sqlite", database=str(tmp_path / "itsm.sqlite")),
            to=tmp_path / "data" / f"{process}.parquet",
            customer=whose,
        )
        return read_frame(collected.path)

    return run


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_reaches_a_database_and_a_file_as_it_is_written(tickets, gather, value):
    tickets([("1", value, "theirs"), ("2", "other", CANARY)])
    frame = gather(SQL, customer(value))
    assert (list(frame["id"]), list(frame["customer"])) == (["1"], [value])
    frame = gather(SQL, customer(value), file="ticket.jsonl")
    assert (list(frame["id"]), list(frame["customer"])) == (["1"], [value])


def test_a_whole_number_stays_one(tickets, gather):
    tickets([("1", 12, "theirs"), ("2", 13, CANARY), ("3", "12", CANARY)])
    # SQLite tells 12 from '12', so that only a number finds the number
    assert list(gather(SQL, customer(12))["id"]) == ["1"]
    frame = gather(SQL.replace(":customer", "-:entity"), customer(12, entity=-12))
    assert (list(frame["id"]), list(frame["customer"])) == (["1"], ["12"])


def test_postgresql_gets_literals_that_no_setting_reads_otherwise():
    binds = {"start": START, "customer": "O'B\\ri:end%", "n": -1}
    assert _literals(binds) == {
        "start": "TIMESTAMPTZ '2026-09-01 00:00:00+00:00'",
        "customer": "E'O''B\\\\ri:end%'",
        "n": "(-1)",
    }


@pytest.mark.parametrize("source", [{"connection": "itsm"}, {"file": "ticket.jsonl"}])
@pytest.mark.parametrize("other", ["other", None, "", "  ", "N/A", "ACME", "acme x", "Acme\u200b"])
def test_a_row_of_anybody_else_stops_the_run_and_nothing_is_kept(tickets, gather, tmp_path, source, other):
    tickets([("1", "acme", "theirs"), ("2", other, CANARY), ("3", "acme", "theirs")])
    with pytest.raises(OtherCustomerError) as caught:
        gather(EVERYBODY, customer("acme"), **source)
    told = str(caught.value)
    assert "incident: " in told
    assert "include/sql/itss/incident.sql" in told
    assert "of the 3 rows read so far, 1 are not this customer's by their column 'customer'" in told
    chain = [told, *(str(one) for one in (caught.value.__cause__, caught.value.__context__) if one)]
    assert all(CANARY not in one and "other" not in one.replace("another", "") for one in chain)
    assert not list((tmp_path / "data").iterdir())
    assert not isinstance(caught.value, SourceError)


def test_a_later_batch_is_looked_at_as_well(tickets, gather, tmp_path):
    rows = [(f"{n:06d}", "acme", "theirs") for n in range(45_000)]
    tickets([*rows, ("x", "other", CANARY)])
    with pytest.raises(OtherCustomerError, match=r"of the 45,001 rows read so far, 1 are not"):
        gather(EVERYBODY, customer("acme"))
    assert not list((tmp_path / "data").iterdir())


def test_blanks_that_a_column_is_padded_with_do_not_count(tickets, gather):
    tickets([("1", "acme   ", "theirs")])
    assert list(gather(EVERYBODY, customer("acme"))["customer"]) == ["acme"]


@pytest.mark.parametrize("source", [{"connection": "itsm"}, {"file": "ticket.jsonl"}])
def test_the_column_is_dropped_where_the_process_has_none(tickets, gather, tmp_path, source):
    tickets([("1", "acme", "theirs")])
    frame = gather(
        SQL.replace("customer FROM", "customer AS CUSTOMER FROM"), customer("acme"), without_column=True, **source
    )
    assert list(frame.columns) == ["id", "opened_at", "_unparsed"]
    tickets([("1", "other", CANARY)])
    with pytest.raises(OtherCustomerError):
        gather(EVERYBODY.replace(", title", ""), customer("acme"), without_column=True, **source)


@pytest.mark.parametrize("selected", ["id", "id, customer, customer AS Customer"])
def test_without_the_column_nobody_knows_whose_they_are(tickets, gather, selected):
    tickets([("1", "acme", "theirs")])
    with pytest.raises(OtherCustomerError, match=r"column 'customer', so that nobody knows whose the rows are"):
        gather(f"SELECT {selected}, opened AS opened_at FROM ticket WHERE customer = :customer", customer("acme"))


def test_an_unknown_parameter_stays_an_error(tickets, gather):
    tickets([("1", "acme", "theirs")])
    with pytest.raises(SourceError, match=r"unknown parameter :customer\. .* than :start, :end\.$"):
        gather(SQL, None)
    with pytest.raises(SourceError, match=r"unknown parameter :entity\. .* than :start, :end, :customer\.$"):
        gather(SQL + " AND x = :entity", customer("acme"))


@pytest.mark.parametrize(
    ("cells", "value", "others"),
    [
        (pa.array([1, 2, None]), 1, 2),
        (pa.array([1.0, 1.5]), "1", 1),
        (pa.array([], pa.string()), "1", 0),
        (pa.array([None, None]), "1", 2),
        (pa.array([True]), "true", 0),
        (pa.array(["e\u0301"]), "é", 1),
    ],
)
def test_texts_are_compared_letter_by_letter(cells, value, others):
    assert count_others(cells, customer(value)) == others
