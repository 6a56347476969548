"""Histories of a field as sources write them: read into one spelling, or refused whole."""

from types import SimpleNamespace

import pandas as pd
import pytest
from itss.processes.base import Column
from itss.sources.conversion import convert
from itss.text import text


def parse(*cells):
    found = convert(Column("x", "history", text("列", "column")), pd.Series(cells, dtype="object"), "Asia/Shanghai")
    return SimpleNamespace(values=found.values.to_pandas(), bad=found.bad.to_pandas())


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-09-01T08:00Z=open", "2026-09-01T08:00:00Z=open"),
        ("2026-09-01 16:00=open;2026/9/2 8:00=In Work ", "2026-09-01T08:00:00Z=open;2026-09-02T00:00:00Z=In Work"),
        ("2026-09-03T08:00Z=b; 2026-09-01T08:00Z = open;", "2026-09-01T08:00:00Z=open;2026-09-03T08:00:00Z=b"),
        ("2026-09-01T08:00Z=b;2026-09-01T08:00Z=a", "2026-09-01T08:00:00Z=b;2026-09-01T08:00:00Z=a"),
    ],
)
def test_what_is_read(cell, expected):
    found = parse(cell)
    assert found.values.tolist() == [expected]
    assert not found.bad.any()


@pytest.mark.parametrize(
    "cell",
    [
        "open",
        "2026-09-01T08:00Z",
        "2026-09-01T08:00Z=",
        "2026-02-30T08:00Z=open",
        "2026-09-01T08:00Z=open;;2026-09-02T08:00Z=solved",
        "2026-09-01T08:00Z=open=solved",
        "yesterday=open",
    ],
)
def test_what_is_refused_whole(cell):
    found = parse("2026-09-01T08:00Z=open", cell, None)
    assert found.bad.tolist() == [False, True, False]
    assert found.values.isna().tolist() == [False, True, True]


def test_nothing_at_all():
    for cells in ((), (None, "", "  ")):
        found = parse(*cells)
        assert found.values.isna().all()
        assert not found.bad.any()
