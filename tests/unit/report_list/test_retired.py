"""An entry that has ended, and one that has another key than before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from itss.periods import parse_period
from itss.report_list.due import has_ended, is_owed, last_owed, owed, recent_periods
from itss.report_list.loader import Loaded, load
from itss.report_list.models import Entry
from itss.report_list.on_record import record_faults
from list_material import LIST, line_of

Change = Callable[..., Loaded]
FIRST = "    kind: customer\n"


def utc(year: int, month: int, day: int, hour: int = 0) -> dt.datetime:
    return dt.datetime(year, month, day, hour, tzinfo=dt.UTC)


def monthly(with_change: Change, retired: str) -> Entry:
    loaded = with_change(FIRST, f"{FIRST}    retired: {retired}\n")
    assert loaded.problems == ()
    return loaded.list.entry("from_database")


@pytest.mark.parametrize(
    ("retired", "last"),
    [("2026-03-31", "2026-03"), ("2026-03-30", "2026-02"), ("2026-04-01", "2026-03"), ("2026-01-31", "2026-01")],
)
def test_no_period_that_ends_after_the_day_is_owed(with_change: Change, retired: str, last: str) -> None:
    entry = monthly(with_change, retired)
    labels = [period.label for period, _ in owed(entry, utc(2026, 1, 1), utc(2027, 1, 1))]
    everything = [f"2026-{month:02d}" for month in range(1, 13)]
    assert labels == everything[: everything.index(last) + 1]
    found = last_owed(entry)
    assert found is not None
    assert found.label == last
    assert not is_owed(entry, found.shift(1))
    # on the last day of its month the running period is not asked for any more
    running = [period.label for period in recent_periods(entry, found.end + dt.timedelta(days=3))]
    assert running[-1] == last


def test_it_has_ended_when_its_last_report_was_due(with_change: Change) -> None:
    entry = monthly(with_change, "2026-03-31")
    # Qingming is on Sunday 5 April 2026 and kept on Monday, so the fifth working day is 8 April, 18:00 in Shanghai
    assert not has_ended(entry, utc(2026, 4, 8, 10))
    assert has_ended(entry, utc(2026, 4, 8, 11))


def test_an_entry_without_an_end_goes_on(written: Path) -> None:
    entry = load(written).list.entry("from_database")
    assert last_owed(entry) is None
    assert not has_ended(entry, utc(2099, 1, 1))
    assert is_owed(entry, parse_period("2098-12", "month", "Asia/Shanghai"))


def test_an_end_before_the_first_report_is_refused(with_change: Change, written: Path) -> None:
    (problem,) = with_change(FIRST, f"{FIRST}    retired: 2026-01-30\n").problems
    assert problem.line == line_of(written, "retired:")
    assert "none would ever be owed" in problem.message


def test_the_former_key_is_nobody_elses(with_change: Change, written: Path) -> None:
    (problem,) = with_change(FIRST, f"{FIRST}    was: from_files\n").problems
    assert problem.line == line_of(written, "was: from_files")
    assert "'from_files' is the key of an entry" in problem.message


def test_two_entries_cannot_have_been_one(written: Path) -> None:
    words = LIST.replace("    language: en\n", "    language: en\n    was: older\n")
    written.write_text(words, encoding="utf-8")
    loaded = load(written)
    assert [problem.where.split(".")[-1] for problem in loaded.problems] == ["was", "was"]
    assert [entry.key for entry in loaded.list.reports] == ["from_database"]
    assert loaded.keys == {"from_database", "from_files", "from_register"}


ON_RECORD = {"from_database": "2026-03", "from_files": "2026-Q1"}


@pytest.mark.parametrize(
    ("was", "recorded", "loc", "said"),
    [
        (None, {}, None, ""),
        (None, ON_RECORD, None, ""),
        (None, {**ON_RECORD, "older": "2025"}, ("reports", 2, "key"), "'older' (newest period 2025)"),
        ("older", {**ON_RECORD, "older": "2025"}, None, ""),
        ("older", {**ON_RECORD, "from_register": "2026"}, None, ""),  # it is renamed already
        ("older", ON_RECORD, ("reports", 2, "was"), "No report 'older' is on record"),
        ("older", {**ON_RECORD, "older": "2025", "from_register": "2026"}, ("reports", 2, "was"), "Both 'older' and"),
    ],
)
def test_keys_are_compared_with_those_on_record(
    written: Path, was: str | None, recorded: dict[str, str], loc: tuple[str, int, str] | None, said: str
) -> None:
    reports = load(written).list.reports
    entries = {("reports", number): entry for number, entry in enumerate(reports)}
    entries["reports", 2] = reports[2].model_copy(update={"was": was})
    faults = list(record_faults(entries, {entry.key for entry in reports}, recorded))
    assert [fault.loc for fault in faults] == ([loc] if loc else [])
    assert all(said in fault.message for fault in faults)
    if loc and loc[-1] == "key":
        assert "`was: older`" in faults[0].remedy
        assert "`retired: <day>`" in faults[0].remedy


@pytest.mark.parametrize(
    ("period", "recorded", "said"),
    [
        ({"year_starts": 4}, "2026-Q1", "2026-Q1: '2026-Q1' is not a quarter of a year that begins in month 4."),
        ({"year_starts": 7}, "2026-04-Q1", "is not a quarter of a year that begins in month 7."),
        ({"kind": "half_year", "schedule": "0 6 2 1,7 *"}, "2026-Q1", "'2026-Q1' is not a half-year."),
        ({"year_starts": 4}, "2026-04-Q1", ""),
    ],
)
def test_periods_on_record_keep_their_length_and_the_begin_of_their_year(
    written: Path, period: dict[str, object], recorded: str, said: str
) -> None:
    entry = load(written).list.reports[1]
    changed = entry.model_copy(update={"period": entry.period.model_copy(update=period)})
    faults = list(record_faults({("reports", 1): changed}, {entry.key}, {entry.key: recorded}))
    assert [fault.loc for fault in faults] == ([("reports", 1, "period")] if said else [])
    assert all(said in fault.message and "a new key" in fault.remedy for fault in faults)
    renamed = changed.model_copy(update={"key": "renamed", "was": entry.key})
    assert len(list(record_faults({("reports", 1): renamed}, {"renamed"}, {entry.key: recorded}))) == len(faults)
