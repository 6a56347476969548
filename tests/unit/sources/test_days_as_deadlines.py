"""A day without a time of day: of a deadline it is meant to its end, of anything else it is its begin."""

import datetime as dt

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from itss.processes import PROCESSES
from itss.sources.cells import read_moment
from itss.sources.conversion import convert

DEADLINES = [
    (process.id, column.name)
    for process in PROCESSES.values()
    for column in process.columns
    if column.name.endswith(("due_at", "expires_at", "due_moved_at", "planned_end_at")) or column.name == "planned_at"
]


def column(process, name):
    return next(one for one in PROCESSES[process].columns if one.name == name)


def read(process, name, cells, zone="Europe/Berlin"):
    return convert(column(process, name), cells, zone).values.to_pylist()


@pytest.mark.parametrize(("process", "name"), DEADLINES)
def test_what_is_due_on_a_day_is_in_time_at_any_hour_of_it(process, name):
    (due,) = read(process, name, pa.array(["2026-09-30"]))
    assert due == dt.datetime(2026, 9, 30, 21, 59, 59, 999_999, tzinfo=dt.UTC)


@pytest.mark.parametrize("name", ["opened_at", "started_at", "planned_start_at", "ended_at"])
def test_any_other_day_is_its_begin(name):
    assert read("change", name, pa.array(["2026-09-30"])) == [dt.datetime(2026, 9, 29, 22, tzinfo=dt.UTC)]


@pytest.mark.parametrize(
    "cells",
    [
        pa.array(["2026-09-30", "2026-09-30 00:00"]),
        pa.array([" 2026/9/30", "2026-09-30T00:00:00"]),
        pa.array(["2026年9月30日", "2026-09-29T22:00Z"]),
        pd.Series([dt.date(2026, 9, 30), dt.datetime(2026, 9, 30)], dtype=object),  # noqa: DTZ001 - local
        pd.Series(["2026-09-30", dt.datetime(2026, 9, 30)], dtype=object),  # noqa: DTZ001 - local
    ],
)
def test_a_midnight_that_is_written_is_a_time(cells):
    day, midnight = read("improvement", "due_at", cells)
    assert midnight == dt.datetime(2026, 9, 29, 22, tzinfo=dt.UTC)
    assert day - midnight == dt.timedelta(days=1, microseconds=-1)


def test_a_column_of_days_is_days():
    assert read("security", "due_at", pa.array([dt.date(2026, 9, 30), None])) == [
        dt.datetime(2026, 9, 30, 21, 59, 59, 999_999, tzinfo=dt.UTC),
        None,
    ]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_the_night_of_a_clock_change_belongs_to_its_day(day, hours):
    begin, end = (read("change", name, pa.array([day]))[0] for name in ("planned_start_at", "planned_end_at"))
    assert end - begin == dt.timedelta(hours=hours, microseconds=-1)


DAYS = st.dates(dt.date(1990, 1, 1)).map(str)


@given(st.lists(st.one_of(st.none(), DAYS, st.builds("{} {}".format, DAYS, st.times().map("{:%H:%M:%S}".format)))))
def test_days_and_times_of_one_column_are_told_apart(cells):
    found = read("incident", "resolution_due_at", pa.array(cells, pa.string()), "UTC")
    for cell, value in zip(cells, found, strict=True):
        expected = None if cell is None else read_moment(cell).replace(tzinfo=dt.UTC)
        last = dt.timedelta(days=1, microseconds=-1) if cell and ":" not in cell else dt.timedelta(0)
        assert value == (expected and expected + last)
