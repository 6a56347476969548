"""Whole columns are read like their cells, one by one: the quick way and the other never differ."""

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from itss.sources.intervals import parse_intervals
from itss.sources.parse import parse_boolean, parse_instant, parse_integer, parse_number, parse_text
from itss.sources.typed import typed

PARSERS = {
    "string": parse_text,
    "number": parse_number,
    "integer": parse_integer,
    "boolean": parse_boolean,
    "instant": parse_instant,
    "intervals": parse_intervals,
}
MOMENT = st.sampled_from(
    ("2026-09-01T08:00:00Z", "2026-09-01T10:00:00Z", "2026-02-30T10:00:00Z", "2026-09-01 08:05", "2026-09-01 08:05:30",
     "9999-12-31T20:59:59Z", "0000-01-01T00:00:00Z", "2026-09-01T24:00:00Z", "2026-09-01T08:00:00.250Z",
     "2026/9/1 8:05", "2026-03-08 02:30:00", "2026-09-01 0805", "")
)  # fmt: skip
TEXTS = st.one_of(
    st.none(),
    st.text(max_size=5),
    MOMENT,
    st.builds("{}/{}".format, MOMENT, MOMENT),
    st.builds("{}/{};{}/".format, MOMENT, MOMENT, MOMENT),
    st.decimals(allow_nan=False, allow_infinity=False, places=19, min_value=-1000, max_value=1000).map(str),
    st.integers().map(str),
    st.sampled_from([" ", " a ", "yes", "0", "1", "1.0", "1e3", "0.0166666666666666666667", "\u3000x"]),
)
WHOLE = st.one_of(st.none(), st.integers(-3, 3), st.integers(1 - 2**63, 2**63 - 1))


def by_cell(kind, cells):
    parsed = PARSERS[kind](pd.Series(cells, dtype=object), "America/New_York")
    return [None if pd.isna(value) else value for value in parsed.values.tolist()], parsed.bad.tolist()


def by_column(kind, cells, arrow):
    values, bad = typed(kind, pa.array(cells, arrow), "America/New_York")
    return values.to_pylist(), bad.to_pylist()


@pytest.mark.parametrize("kind", list(PARSERS))
@settings(max_examples=100, deadline=None)
@given(cells=st.lists(TEXTS, max_size=8))
def test_texts(kind, cells):
    assert by_column(kind, cells, pa.string()) == by_cell(kind, cells)


@pytest.mark.parametrize("kind", ["string", "number", "integer", "boolean"])
@settings(max_examples=100, deadline=None)
@given(cells=st.lists(WHOLE, max_size=8))
def test_whole_numbers(kind, cells):
    assert by_column(kind, cells, pa.int64()) == by_cell(kind, cells)


def test_moments_beyond_the_calendar_are_bad_and_the_others_are_read():
    values, bad = typed("instant", pa.array([2**62, 0, None], pa.timestamp("us")), "UTC")
    assert values.to_pylist() == [None, pd.Timestamp(0, tz="UTC"), None]
    assert bad.to_pylist() == [True, False, False]
