"""In the night in which clocks go back an end that would lie before its begin is read as the second time."""

import datetime as dt

import pandas as pd
import pyarrow as pa
import pytest
from itss.processes import PROCESSES
from itss.sources.conform import conform_batch
from itss.sources.notes import Notes

ZONE = "America/New_York"


def read(process, columns):
    notes = Notes()
    return conform_batch(PROCESSES[process], columns, ZONE, notes).to_pylist(), notes


def night(hour, minute):
    return dt.datetime(2026, 11, 1, hour, minute, tzinfo=dt.UTC)


def local(time):
    return dt.datetime.fromisoformat(f"2026-11-01 {time}")


WRITTEN = {
    "text": lambda *times: pa.array([f"2026-11-01 {time}:00" for time in times]),
    "another spelling": lambda *times: pa.array([f"2026/11/1 {time}" for time in times]),
    "timestamps": lambda *times: pa.array([local(time) for time in times]),
    "objects": lambda *times: pd.Series([local(time) for time in times], dtype=object),
}  # fmt: skip


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
def test_an_end_before_its_begin(written):
    rows, notes = read(
        "incident",
        {
            "id": pa.array(["A", "B", "C"]),
            "opened_at": written("01:50", "01:10", "02:30"),
            "resolved_at": written("01:10", "01:50", "01:40"),
            "closed_at": written("01:05", "02:00", "03:00"),
        },
    )
    assert [row["resolved_at"] for row in rows] == [night(6, 10), night(5, 50), night(5, 40)]
    # after 1:10 a second time it is closed; and no reading makes 1:40 later than 2:30, so the checks find C
    assert [row["closed_at"] for row in rows] == [night(6, 5), night(7, 0), night(8, 0)]
    assert notes.second_readings == 2
    assert list(notes.words()) == ["2 end(s) in the hour that came twice read as the second time"]


@pytest.mark.parametrize(
    ("process", "begin", "end"),
    [("change", "started_at", "ended_at"), ("availability", "started_at", "ended_at"),
     ("satisfaction", "sent_at", "answered_at"), ("satisfaction", "sent_at", "expires_at"),
     ("security", "found_at", "fixed_at"), ("incident", "opened_at", "response_due_at"),
     ("request", "opened_at", "resolution_due_at")],
)  # fmt: skip
def test_every_process(process, begin, end):
    rows, _ = read(
        process, {"id": pa.array(["A"]), begin: pa.array(["2026-11-01 01:50"]), end: pa.array(["2026-11-01 01:10"])}
    )
    assert rows[0][end] - rows[0][begin] == dt.timedelta(minutes=20)


def test_a_time_with_offset_is_what_it_says():
    rows, notes = read(
        "incident",
        {
            "id": pa.array(["A"]),
            "opened_at": pa.array(["2026-11-01T01:50:00-04:00"]),
            "resolved_at": pa.array(["2026-11-01T01:10:00-04:00"]),
        },
    )
    assert (rows[0]["resolved_at"], notes.second_readings) == (night(5, 10), 0)


def test_what_is_listed_is_not_before_the_row_was_opened():
    rows, _ = read(
        "incident",
        {
            "id": pa.array(["A", "B"]),
            "opened_at": pa.array(["2026-11-01 01:50:00"] * 2),
            "pauses": pa.array(["2026-11-01 01:06/2026-11-01 01:16", "2026-11-01 01:52/2026-11-01 01:10"]),
            "states": pa.array(["2026-11-01 01:10=paused", "2026-11-01 01:50=open;2026-11-01 01:10=solved"]),
        },
    )
    assert [row["pauses"] for row in rows] == [
        "2026-11-01T06:06:00Z/2026-11-01T06:16:00Z",
        "2026-11-01T05:52:00Z/2026-11-01T06:10:00Z",
    ]
    assert [row["states"] for row in rows] == [
        "2026-11-01T06:10:00Z=paused",
        "2026-11-01T05:50:00Z=open;2026-11-01T06:10:00Z=solved",
    ]
