"""Whole columns are read like their cells, one by one: the quick way and the other never differ."""

import datetime as dt

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from itss.processes.base import Column
from itss.sources.conversion import convert
from itss.text import text

KINDS = ["string", "number", "integer", "boolean", "instant", "intervals", "history"]
MOMENT = st.sampled_from(
    ("2026-09-01T08:00:00Z", "2026-09-01T10:00:00Z", "2026-02-30T10:00:00Z", "2026-09-01 08:05", "2026-09-01 08:05:30",
     "9999-12-31T20:59:59Z", "0000-01-01T00:00:00Z", "2026-09-01T24:00:00Z", "2026-09-01T08:00:00.250Z",
     "2026/9/1 8:05", "2026-03-08 02:30:00", "2026-09-01 0805", "2026-11-01 01:50",
     "2026-11-01 01:10:00", "2026-09-01T08:05:00+02", "2026-09-01 08", "2026-09-01", "")
)  # fmt: skip
TEXTS = st.one_of(
    st.none(),
    st.text(max_size=5),
    MOMENT,
    st.builds("{}/{}".format, MOMENT, MOMENT),
    st.builds("{}/{};{}/".format, MOMENT, MOMENT, MOMENT),
    st.builds("{}=open;{} = solved;".format, MOMENT, MOMENT),
    st.decimals(allow_nan=False, allow_infinity=False, places=19, min_value=-1000, max_value=1000).map(str),
    st.integers().map(str),
    st.sampled_from(
        [
            " ",
            " a ",
            "yes",
            "0",
            "1",
            "1.0",
            "1e3",
            "0.0166666666666666666667",
            "\u3000x",
            "\ufeff\u200b",
            "\u200e2026-09-01 08:05\u00a0",
            "2026-09-01\u200b",
            "7\u200f",
            "-",
            "N/A",
            "4:30",
            "30:00:00",
            "None",
            "1e400",
            "9223372036854775807",
            "9223372036854775808",
        ]
    ),
)
WHOLE = st.one_of(st.none(), st.integers(-3, 3), st.integers(1 - 2**63, 2**63 - 1))


def read(kind, cells):
    found = convert(Column("effort_h", kind, text("列", "column")), cells, "America/New_York")
    again = found.instants.again.to_pylist() if found.instants else None
    return found.values.to_pylist(), found.bad.to_pylist(), found.placeholders, again


def by_cell(kind, cells):
    return read(kind, pd.Series(cells, dtype=object))


def by_column(kind, cells, arrow):
    return read(kind, pa.array(cells, arrow))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=100, deadline=None)
@given(cells=st.lists(TEXTS, max_size=8))
def test_texts(kind, cells):
    assert by_column(kind, cells, pa.string()) == by_cell(kind, cells)


@pytest.mark.parametrize("kind", ["string", "number", "integer", "boolean"])
@settings(max_examples=100, deadline=None)
@given(cells=st.lists(WHOLE, max_size=8))
def test_whole_numbers(kind, cells):
    assert by_column(kind, cells, pa.int64()) == by_cell(kind, cells)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=100, deadline=None)
@given(cells=st.lists(TEXTS, max_size=8), data=st.data())
def test_a_cell_is_read_alike_whatever_is_beside_it(kind, cells, data):
    alone = [by_column(kind, [cell], pa.string()) for cell in cells]
    values, bad, placeholders, again = by_column(kind, cells, pa.string())
    assert values == [one[0][0] for one in alone]
    assert bad == [one[1][0] for one in alone]
    assert placeholders == sum(one[2] for one in alone)
    assert (again or []) == [one[3][0] for one in alone if one[3]]


def test_moments_beyond_the_calendar_are_bad_and_the_others_are_read():
    values, bad, *_ = by_column("instant", [2**62, 0, None], pa.timestamp("us"))
    assert values == [None, pd.Timestamp(5 * 3600, unit="s", tz="UTC"), None]
    assert bad == [True, False, False]


@pytest.mark.parametrize(
    ("cells", "arrow"),
    [
        (["2026-11-01 01:30", "2026-11-01 03:30"], pa.string()),
        (["2026/11/1 1:30", "2026/11/1 3:30"], pa.string()),
        ([dt.datetime(2026, 11, 1, 1, 30), dt.datetime(2026, 11, 1, 3, 30)], pa.timestamp("s")),  # noqa: DTZ001
    ],
)
def test_the_second_reading_of_a_time_that_happened_twice_is_kept_beside_the_first(cells, arrow):
    at = [pd.Timestamp(f"2026-11-01T{hour}:30", tz="UTC") for hour in ("05", "06", "08")]
    for values, bad, _, again in (by_column("instant", cells, arrow), by_cell("instant", cells)):
        assert (values, bad, again) == ([at[0], at[2]], [False, False], [at[1], None])


def test_in_the_night_in_which_clocks_go_back_an_entry_and_an_end_are_not_before_what_they_follow():
    intervals = ["2026-11-01 01:50/2026-11-01 01:10;2026-11-01 03:00/", "2026-11-01 01:10/2026-11-01 01:50"]
    assert by_column("intervals", intervals, pa.string())[0] == [
        "2026-11-01T05:50:00Z/2026-11-01T06:10:00Z;2026-11-01T08:00:00Z/",
        "2026-11-01T05:10:00Z/2026-11-01T05:50:00Z",
    ]
    history = ["2026-11-01 01:50=open;2026-11-01 01:10=paused;2026-11-01 01:20=solved"]
    assert by_column("history", history, pa.string())[0] == [
        "2026-11-01T05:50:00Z=open;2026-11-01T06:10:00Z=paused;2026-11-01T06:20:00Z=solved"
    ]


@pytest.mark.parametrize("around", ["\u200b", "\ufeff", "\u200e", "\u00a0", " \u2060\t"])
def test_what_nobody_sees_around_a_cell_makes_no_other_value_of_it(around):
    assert read("string", pa.array([f"INC1{around}", f"{around}INC1", around])) == read(
        "string", pa.array(["INC1", "INC1", None])
    )
    for cell in ("2026-09-01 08:05", "2026-09-01"):
        deadline = Column("due_at", "instant", text("列", "column"), is_deadline=True)
        plain, marked = (
            convert(deadline, pa.array([one, "x"]), "UTC").values.to_pylist()
            for one in (cell, f"{around}{cell}{around}")
        )
        assert marked == plain
