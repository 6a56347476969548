"""Cells as instants, numbers, whole numbers, booleans and text; expected values are written out by hand."""

import datetime as dt
from decimal import Decimal

import pandas as pd
import pytest
from itss.sources.parse import parse_boolean, parse_instant, parse_integer, parse_number, parse_text


def one(parser, value, zone="UTC"):
    """The parsed value (``None`` for null) and whether it was bad."""
    parsed = parser(pd.Series([value], dtype=object), zone)
    cell = parsed.values.iloc[0]
    return (None if pd.isna(cell) else cell), bool(parsed.bad.iloc[0])


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
    value, bad = one(parse_instant, written, "Asia/Shanghai")
    assert (value, bad) == (pd.Timestamp(utc, tz="UTC"), False)


@pytest.mark.parametrize(
    "written",
    ["31/12/2016", "1/2/2016 01:16", "2026-13-01", "2026-02-30", "2026-09-01 25:00", "2026", "20260901", "?", "45123.5",
     "yesterday", "2026-09-01 08:05 PM", 1756684800, "2026-9", "0000-00-00 00:00:00"],
)  # fmt: skip
def test_what_is_no_year_first_time_is_bad_and_null(written):
    assert one(parse_instant, written) == (None, True)


def test_a_local_time_that_never_was_is_bad_and_one_that_was_twice_is_the_first():
    assert one(parse_instant, "2026-03-08 02:30", "America/New_York") == (None, True)
    assert one(parse_instant, "2026-11-01 01:30", "America/New_York") == (
        pd.Timestamp("2026-11-01T05:30", tz="UTC"),
        False,
    )


def test_times_with_and_without_zone_in_one_column():
    given = pd.Series(["2026-09-01 08:00", "2026-09-01T08:00:00Z", None, "", "x"], dtype=object)
    parsed = parse_instant(given, "Asia/Shanghai")
    assert [None if pd.isna(cell) else cell.hour for cell in parsed.values] == [0, 8, None, None, None]
    assert list(parsed.bad) == [False, False, False, False, True]
    assert str(parsed.values.dtype) == "datetime64[us, UTC]"


@pytest.mark.parametrize(
    ("written", "number"),
    [("3.5", 3.5), (" -2 ", -2.0), ("+1e3", 1000.0), (".5", 0.5), (Decimal("2.50"), 2.5), (7, 7.0), ("007", 7.0)],
)
def test_numbers(written, number):
    assert one(parse_number, written) == (number, False)


@pytest.mark.parametrize(
    "written", ["3,5", "1,234", "95%", "1_000", "inf", "NaN", "1e999", "0x10", "-", dt.date(2026, 1, 1)]
)
def test_what_is_no_number_is_bad(written):
    assert one(parse_number, written) == (None, True)


@pytest.mark.parametrize(
    ("written", "whole"), [("3", 3), ("3.0", 3), (3.0, 3), ("9007199254740993", 2**53 + 1), (True, 1)]
)
def test_whole_numbers(written, whole):
    assert one(parse_integer, written) == (whole, False)


@pytest.mark.parametrize("written", ["3.5", 3.5, "9223372036854775808", "x"])
def test_what_is_no_whole_number_is_bad(written):
    assert one(parse_integer, written) == (None, True)


@pytest.mark.parametrize(
    "written", ["true", "TRUE", "t", "Yes", "y", "1", "是", "on", True, 1, 1.0, Decimal(1), b"\x01"]
)
def test_yes(written):
    assert one(parse_boolean, written) == (True, False)


@pytest.mark.parametrize("written", ["false", "F", "no", "N", "0", "否", "off", False, 0, b"\x00"])
def test_no(written):
    assert one(parse_boolean, written) == (False, False)


@pytest.mark.parametrize("written", ["maybe", "?", 2, "met", -1])
def test_neither_yes_nor_no_is_bad(written):
    assert one(parse_boolean, written) == (None, True)


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
    assert one(parse_text, value) == (text, False)


@pytest.mark.parametrize("parser", [parse_text, parse_number, parse_integer, parse_boolean, parse_instant])
@pytest.mark.parametrize("nothing", [None, "", "  ", float("nan"), pd.NA, pd.NaT])
def test_nothing_is_null_and_not_bad(parser, nothing):
    assert one(parser, nothing) == (None, False)


@pytest.mark.parametrize("parser", [parse_text, parse_number, parse_integer, parse_boolean, parse_instant])
def test_no_rows_at_all(parser):
    parsed = parser(pd.Series([], dtype=object), "UTC")
    assert len(parsed.values) == len(parsed.bad) == 0
