"""Pauses as sources write them: read into one spelling, or refused whole."""

from types import SimpleNamespace

import pandas as pd
import pytest
from itss.calendars import read_pauses
from itss.processes.base import Column
from itss.sources.conversion import convert
from itss.text import text


def parse(*cells):
    found = convert(Column("x", "intervals", text("列", "column")), pd.Series(cells, dtype="object"), "Asia/Shanghai")
    return SimpleNamespace(values=found.values.to_pandas(), bad=found.bad.to_pandas())


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-09-01T08:00Z/2026-09-01T10:00Z", "2026-09-01T08:00:00Z/2026-09-01T10:00:00Z"),
        ("2026-09-01 16:00/2026-09-01 18:00", "2026-09-01T08:00:00Z/2026-09-01T10:00:00Z"),  # local to the query's zone
        ("2026-09-01T10:00+02:00/", "2026-09-01T08:00:00Z/"),
        (
            " 2026-09-03T01:00Z/ ; 2026-09-01T08:00Z/2026-09-01T10:00Z ",
            "2026-09-01T08:00:00Z/2026-09-01T10:00:00Z;2026-09-03T01:00:00Z/",
        ),
        ("2026-09-01T08:00Z/2026-09-01T08:00Z", "2026-09-01T08:00:00Z/2026-09-01T08:00:00Z"),
    ],
)
def test_what_is_read(cell, expected):
    found = parse(cell)
    assert found.values.tolist() == [expected]
    assert not found.bad.any()
    assert len(read_pauses(found.values)) == expected.count("/")


@pytest.mark.parametrize(
    "cell",
    [
        "two hours",
        "2026-09-01T08:00Z",
        "/2026-09-01T08:00Z",
        "2026-09-02T08:00Z/2026-09-01T08:00Z",
        "2026-09-01T08:00Z/2026-02-30T10:00Z",
        "2026-09-01T08:00Z/2026-09-01T10:00Z;rubbish",
        "2026-09-01T08:00Z/2026-09-01T10:00Z;",
        "2026-09-01T08:00Z/2026-09-01T10:00Z/2026-09-01T12:00Z",
        "2026-09-01T08:00Z/;2026-09-03T08:00Z/2026-09-03T10:00Z",  # it lasts, and yet another one follows
    ],
)
def test_what_is_refused_whole(cell):
    found = parse("2026-09-01T08:00Z/", cell, None)
    assert found.bad.tolist() == [False, True, False]
    assert found.values.isna().tolist() == [False, True, True]


def test_nothing_at_all():
    for cells in ((), (None, "", "  ")):
        found = parse(*cells)
        assert found.values.isna().all()
        assert not found.bad.any()
