"""Histories of a field as sources write them: read into one spelling, or refused whole."""

from types import SimpleNamespace

import pandas as pd
import pytest
from itss.processes import PROCESSES
from itss.processes.base import Column
from itss.sources.conform import conform
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


def test_a_state_outside_the_closed_set_is_refused_with_the_row():
    """Any priority will do, but `done` is no state: the cell is told, its row is quarantined, the others stay."""
    life = "2026-09-01T08:00Z=open;2026-09-02T08:00Z=solved"
    states = [life, life.replace("solved", "done"), life.replace("open", "open "), None, "2026-09-01T08:00Z=Open"]
    columns = {
        "id": pd.Series(list("12345")),
        "opened_at": pd.Series(["2026-09-01 08:00"] * 5),
        "states": pd.Series(states, dtype=object),
        "priorities": pd.Series([life] * 5),
    }
    for process in ("incident", "request", "problem", "change"):
        found = conform(PROCESSES[process], columns, "UTC")
        assert found["states"].notna().tolist() == [True, False, True, False, False]
        assert found["priorities"].notna().all()
        told = found["_unparsed"]
        assert told.isna().tolist() == [True, False, True, True, False]
        assert told[1].startswith("states='2026-09-01T08:00Z=open")
