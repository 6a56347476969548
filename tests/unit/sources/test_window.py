"""Rows that concern none of the periods are left out whatever a query returns, counted, and never the untrue ones."""

import datetime as dt

import pandas as pd
import pytest
from itss.processes import PROCESSES
from itss.sources.conform import conform, conform_batch
from itss.sources.window import Window

START, END = dt.datetime(2026, 8, 1, tzinfo=dt.UTC), dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
NOW = dt.datetime(2026, 10, 20, tzinfo=dt.UTC)


def ids(process, rows):
    """The ids that remain, and the counts; as a frame and as batches alike."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names}
    windows = [Window(PROCESSES[process], START, END, NOW, dt.date(2000, 1, 1)) for _ in range(2)]
    framed = windows[0].frame(conform(PROCESSES[process], columns, "UTC"))["id"].tolist()
    batch = conform_batch(PROCESSES[process], columns, "UTC")
    batched = [one for part in windows[1].batches(iter([batch])) for one in part["id"].to_pylist()]
    assert (sorted(batched), windows[0].outside) == (sorted(framed), windows[1].outside)
    return framed, windows[0].outside.counts


@pytest.mark.parametrize(
    ("row", "kept"),
    [
        ({"opened_at": "2026-09-30 23:59"}, True),
        ({"opened_at": "2026-10-01 00:00"}, False),
        ({"opened_at": "2026-07-01"}, True),
        ({"opened_at": "2026-07-01", "resolved_at": "2026-07-31 23:59"}, False),
        ({"opened_at": "2026-07-01", "resolved_at": "2026-08-01 00:00"}, True),
        ({"opened_at": "2026-07-01", "closed_at": "2026-07-31"}, False),
        # resolved before, closed or reopened in it: of the period all the same
        ({"opened_at": "2026-07-01", "resolved_at": "2026-07-30", "closed_at": "2026-08-05"}, True),
        ({"opened_at": "2026-07-01", "resolved_at": "2026-07-30", "reopened_at": "2026-08-05"}, True),
        ({"opened_at": "2026-07-01", "resolved_at": "2026-07-30", "recorded_at": "2026-08-05"}, False),
        # open while the periods lasted; and over, with something that came after them
        ({"opened_at": "2026-07-01", "resolved_at": "2026-10-05"}, True),
        ({"opened_at": "2026-07-01", "resolved_at": "2026-07-30", "responded_at": "2026-10-05"}, False),
        # what cannot be true is kept, so that the checks tell it
        ({"opened_at": "2062-09-04"}, True),
        ({"opened_at": "0206-09-04", "resolved_at": "0206-09-05"}, True),
        ({"opened_at": None}, True),
    ],
)
def test_incidents(row, kept):
    found, counts = ids("incident", [{"id": "other", "opened_at": "2026-09-01"}, {"id": "asked", **row}])
    assert ("asked" in found) is kept
    assert sum(counts.values()) == (not kept)
    assert "other" in found


def test_a_reopened_ticket_has_not_ended():
    if "states" not in {one.name for one in PROCESSES["incident"].columns}:
        pytest.skip("incidents have no such column yet")
    row = {"opened_at": "2026-07-01", "resolved_at": "2026-07-03"}
    first = "2026-07-01T08:00Z=open;2026-07-03T08:00Z=solved"
    again = {
        "open": f"{first};2026-07-05T08:00Z=open",
        "solved": first,
        "closed_later": f"{first};2026-08-05T08:00Z=closed",
        "none": None,
    }
    found, counts = ids("incident", [{"id": key, **row, "states": words} for key, words in again.items()])
    assert set(found) == {"open", "closed_later"}
    assert counts == {"after": 0, "before": 2}


@pytest.mark.parametrize(
    ("process", "row", "kept"),
    [
        ("availability", {"started_at": "2026-07-01"}, True),
        ("availability", {"started_at": "2026-07-01", "ended_at": "2026-07-02"}, False),
        ("availability", {"started_at": "2026-12-01", "is_planned": True}, False),
        ("security", {"found_at": "2026-07-01", "fixed_at": "2026-07-02"}, False),
        ("security", {"found_at": "2026-07-01", "due_at": "2026-12-02"}, True),
        ("satisfaction", {"sent_at": "2026-10-02"}, False),
        ("capacity", {"sampled_at": "2026-10-01"}, False),
        ("change", {"opened_at": "2026-09-01", "planned_start_at": "2026-11-01"}, True),
        ("change", {"opened_at": "2026-06-01", "ended_at": "2026-07-01", "planned_end_at": "2026-11-01"}, False),
        ("problem", {"opened_at": "2026-06-01", "resolved_at": "2026-07-01"}, False),
    ],
)
def test_other_processes(process, row, kept):
    leading = PROCESSES[process].leading
    found, _ = ids(process, [{"id": "other", leading: "2026-09-01"}, {"id": "asked", **row}])
    assert ("asked" in found) is kept
