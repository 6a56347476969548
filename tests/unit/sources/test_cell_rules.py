"""Cells as instants, numbers, whole numbers, booleans and text; expected values are written out by hand."""

import datetime as dt
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest
from itss.processes.base import Column
from itss.sources.conversion import convert
from itss.text import text


def one(kind, value, zone="UTC", name="x"):
    """The value of one cell (``None`` for null) and whether it could not be read."""
    found = convert(Column(name, kind, text("列", "column")), pd.Series([value], dtype=object), zone)
    return found.values[0].as_py(), found.bad[0].as_py()


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-09-01 08:05", "2026-09-01T00:05:00"),
        ("2026-09-01T08:05:30.25", "2026-09-01T00:05:30.250000"),
        ("2026-09-01", "2026-08-31T16:00:00"),
        ("2026-09-01T08:05:00Z", "2026-09-01T08:05:00"),
        ("2026-09-01 08:05:00+0100", "2026-09-01T07:05:00"),
        ("2026-09-01 08:05:00 -05:30", "2026-09-01T13:35:00"),
        ("2026-09-01 00:00:00+00", "2026-09-01T00:00:00"),
        ("2026/9/1 8:05", "2026-09-01T00:05:00"),
        ("2026.09.01 8:5:3", "2026-09-01T00:05:03"),
        ("2026年9月1日 08:05", "2026-09-01T00:05:00"),
        ("2026年9月1日 8时5分30秒", "2026-09-01T00:05:30"),
        ("2026年9月1日", "2026-08-31T16:00:00"),
        ("  2026-09-01 08:05  ", "2026-09-01T00:05:00"),
        ("2026-09-01 08:05:00 UTC", "2026-09-01T08:05:00"),
        ("9999-12-31 23:59:59", "9999-12-31T15:59:59"),
        (dt.datetime(2026, 9, 1, 8, 5), "2026-09-01T00:05:00"),  # noqa: DTZ001 - a database's local time
        (dt.datetime(2026, 9, 1, 8, 5, tzinfo=dt.UTC), "2026-09-01T08:05:00"),
        (dt.date(2026, 9, 1), "2026-08-31T16:00:00"),
    ],
)
def test_instants(written, utc):
    value, bad = one("instant", written, "Asia/Shanghai")
    assert (value, bad) == (pd.Timestamp(utc, tz="UTC"), False)


@pytest.mark.parametrize(
    "written",
    ["31/12/2016", "1/2/2016 01:16", "2026-13-01", "2026-02-30", "2026-09-01 25:00", "2026", "20260901", "?", "45123.5",
     "yesterday", "2026-09-01 08:05 PM", 1756684800, "2026-9", "0000-00-00 00:00:00"],
)  # fmt: skip
def test_what_is_no_year_first_time_is_bad_and_null(written):
    assert one("instant", written) == (None, True)


def test_a_local_time_that_never_was_is_bad_and_one_that_was_twice_is_the_first():
    assert one("instant", "2026-03-08 02:30", "America/New_York") == (None, True)
    assert one("instant", "2026-11-01 01:30", "America/New_York") == (
        pd.Timestamp("2026-11-01T05:30", tz="UTC"),
        False,
    )


def test_times_with_and_without_zone_in_one_column():
    given = pd.Series(["2026-09-01 08:00", "2026-09-01T08:00:00Z", None, "", "x"], dtype=object)
    found = convert(Column("at", "instant", text("列", "column")), given, "Asia/Shanghai")
    assert [None if cell is None else cell.hour for cell in found.values.to_pylist()] == [0, 8, None, None, None]
    assert found.bad.to_pylist() == [False, False, False, False, True]


@pytest.mark.parametrize(
    ("written", "number"),
    [("3.5", 3.5), (" -2 ", -2.0), ("+1e3", 1000.0), (".5", 0.5), (Decimal("2.50"), 2.5), (7, 7.0), ("007", 7.0)],
)
def test_numbers(written, number):
    assert one("number", written) == (number, False)


@pytest.mark.parametrize(
    "written", ["3,5", "1,234", "95%", "1_000", "inf", "NaN", "1e999", "4:30", "0x10", dt.date(2026, 1, 1)]
)
def test_what_is_no_number_is_bad(written):
    assert one("number", written) == (None, True)


@pytest.mark.parametrize(
    ("written", "whole"), [("3", 3), ("3.0", 3), (3.0, 3), ("9007199254740993", 2**53 + 1), (True, 1)]
)
def test_whole_numbers(written, whole):
    assert one("integer", written) == (whole, False)


@pytest.mark.parametrize("written", ["3.5", 3.5, "9223372036854775808", "x"])
def test_what_is_no_whole_number_is_bad(written):
    assert one("integer", written) == (None, True)


@pytest.mark.parametrize(
    "written", ["true", "TRUE", "t", "Yes", "y", "1", "是", "on", True, 1, 1.0, Decimal(1), b"\x01"]
)
def test_yes(written):
    assert one("boolean", written) == (True, False)


@pytest.mark.parametrize("written", ["false", "F", "no", "N", "0", "否", "off", False, 0, b"\x00"])
def test_no(written):
    assert one("boolean", written) == (False, False)


@pytest.mark.parametrize("written", ["maybe", "?", 2, "met", -1])
def test_neither_yes_nor_no_is_bad(written):
    assert one("boolean", written) == (None, True)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12.0, "12"),
        (12345678901234567890, "12345678901234567890"),
        (Decimal("1234567890123456789.00"), "1234567890123456789"),
        (Decimal("1.50"), "1.50"),
        (1.5, "1.5"),
        (" a ", "a"),
        (True, "true"),
        ("007", "007"),
        ([1, "邮"], '[1, "邮"]'),
    ],
)
def test_text(value, text):
    assert one("string", value) == (text, False)


KINDS = ["string", "number", "integer", "boolean", "instant", "intervals", "history"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("nothing", [None, "", "  ", float("nan"), pd.NA, pd.NaT])
def test_nothing_is_null_and_not_bad(kind, nothing):
    assert one(kind, nothing) == (None, False)


@pytest.mark.parametrize("kind", KINDS)
def test_no_rows_at_all(kind):
    found = convert(Column("x", kind, text("列", "column")), pd.Series([], dtype=object), "UTC")
    assert len(found.values) == len(found.bad) == found.placeholders == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("word", ["-", " -- ", "- -", "—", "N/A", "n/a", "#N/A", "NULL", "null", "(null)"])
def test_a_placeholder_is_nothing_and_counted(kind, word):
    found = convert(Column("x", kind, text("列", "column")), pd.Series([word, None], dtype=object), "UTC")
    assert (found.values.to_pylist(), found.bad.to_pylist(), found.placeholders) == ([None, None], [False, False], 1)


@pytest.mark.parametrize("word", ["None", "无", "nil"])
def test_a_word_that_may_be_an_answer_is_nothing_except_in_a_text(word):
    assert one("string", word) == (word, False)
    assert [one(kind, word) for kind in ("instant", "number", "integer", "boolean")] == [(None, False)] * 4


@pytest.mark.parametrize("kind", ["instant", "number", "integer", "boolean"])
def test_a_question_mark_is_no_placeholder(kind):
    assert one(kind, "?") == (None, True)


@pytest.mark.parametrize(
    ("written", "hours"),
    [
        ("4:30", 4.5),
        ("30:00", 30),
        ("30:00:00", 30),
        ("0:00:36", 0.01),
        ("-1:30", -1.5),
        ("100:15:00", 100.25),
        ("1 day 06:00:00", 30),
        ("2 days, 0:30:00", 48.5),
        (dt.timedelta(days=1, hours=6), 30),
        (dt.time(4, 30), 4.5),
        ("2.5", 2.5),
        (pa.scalar(dt.timedelta(hours=5)).cast(pa.duration("us")).as_py(), 5),
        (pa.MonthDayNano([0, 1, 1_800_000_000_000]), 24.5),
    ],
)
def test_a_duration_in_a_column_of_hours(written, hours):
    assert one("number", written, name="effort_h") == (pytest.approx(hours), False)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("effort_h", "4:75"),
        ("effort_h", "4:30 PM"),
        ("effort_h", "2026-09-01 04:30:00"),
        ("effort_h", "1 mon 04:30:00"),
        ("effort_h", pa.MonthDayNano([1, 0, 0])),
        ("downtime_min", "4:30"),  # hours and minutes, or minutes and seconds
        ("score", "4:30:00"),
        ("score", dt.timedelta(hours=1)),
    ],
)
def test_what_is_no_plain_duration_is_bad(name, written):
    assert one("number", written, name=name) == (None, True)


def test_a_duration_in_a_column_of_minutes():
    assert one("number", "1:30:30", name="downtime_min") == (90.5, False)
    assert one("number", dt.timedelta(minutes=7), name="downtime_min") == (7, False)
