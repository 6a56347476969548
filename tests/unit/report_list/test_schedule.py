"""A schedule starts once a period, whatever the kind and the zone."""

import pytest
from itss.report_list.entry_parts import ReportPeriod
from itss.report_list.models import Entry
from itss.report_list.schedule import schedule_faults


def entry_of(**rule: object) -> Entry:
    return Entry.model_construct(key="any_report", period=ReportPeriod.model_validate(rule), start_within=None)


def faults(kind: str, schedule: str, first: str, **keys: object) -> list[str]:
    return [fault.message for fault in schedule_faults(entry_of(kind=kind, schedule=schedule, first=first, **keys))]


@pytest.mark.parametrize(
    ("kind", "schedule", "first"),
    [
        ("week", "0 6 * * 1", "2026-01-05"),
        ("week", "30 7 * * mon", "2025-12-29"),
        ("month", "0 6 1 * *", "2026-01-01"),
        ("month", "0 0 3 * *", "2024-02-01"),
        ("quarter", "0 6 1 1,4,7,10 *", "2026-01-01"),
        ("quarter", "0 6 1 */3 *", "2026-01-01"),
        ("half_year", "0 6 2 1,7 *", "2026-01-01"),
        ("year", "0 6 2 1 *", "2026-01-01"),
    ],
)
def test_once_a_period(kind: str, schedule: str, first: str) -> None:
    assert faults(kind, schedule, first) == []


@pytest.mark.parametrize(
    ("kind", "schedule", "first", "example"),
    [
        ("quarter", "0 6 1 2,5,8,11 *", "2026-02-01", "0 6 1 2,5,8,11 *"),
        ("half_year", "0 6 1 2,8 *", "2026-02-01", "0 6 1 2,8 *"),
        ("year", "0 6 1 2 *", "2026-02-01", "0 6 1 2 *"),
    ],
)
def test_the_year_may_begin_in_another_month(kind: str, schedule: str, first: str, example: str) -> None:
    assert faults(kind, schedule, first, year_starts=2) == []
    entry = entry_of(kind=kind, schedule="daily", first=first, year_starts=2)
    assert [fault.remedy.endswith(f"e.g. `{example}`.") for fault in schedule_faults(entry)] == [True]


@pytest.mark.parametrize(
    ("kind", "schedule", "first", "message"),
    [
        ("week", "0 6 1 * *", "2026-01-05", "never in 2026-W03"),
        ("week", "0 6 * * 1,3", "2026-01-05", "more than once in 2026-W03"),
        ("month", "0 6 29 2 *", "2026-01-01", "never in 2026-02"),
        ("month", "0 6 31 2 *", "2026-01-01", "never in 2026-02"),
        ("month", "0 6 * * 1", "2026-01-01", "more than once in 2026-02"),
        ("quarter", "0 6 1 * *", "2026-01-01", "more than once in 2026-Q2"),
        ("quarter", "0 6 1 2 *", "2026-01-01", "never in 2026-Q2"),
        ("year", "0 6 1 1,7 *", "2026-01-01", "more than once in 2027"),
        ("month", "* * * * *", "2026-01-01", "more than once in 2026-02"),
        ("month", "0 6 1 * * *", "2026-01-01", "not a cron expression"),
        ("month", "", "2026-01-01", "not a cron expression"),
        ("month", "six o'clock", "2026-01-01", "not a cron expression"),
    ],
)
def test_seldom_often_or_never(kind: str, schedule: str, first: str, message: str) -> None:
    (told,) = faults(kind, schedule, first)
    assert message in told


@pytest.mark.parametrize(
    ("kind", "schedule", "first", "message"),
    [
        ("month", "0 6 29 * *", "2027-03-01", "never in 2029-02"),
        ("year", "0 6 29 2 *", "2027-01-01", "never in 2029"),
        ("quarter", "0 6 29 2,5,8,11 *", "2027-07-01", "never in 2029-Q1"),
    ],
)
def test_a_day_of_leap_years_is_not_there_in_the_next_one(kind: str, schedule: str, first: str, message: str) -> None:
    (told,) = faults(kind, schedule, first, due_working_days=60)
    assert message in told


def test_later_than_due_is_found_though_the_first_period_has_holidays() -> None:
    # after April 2026 the 1st to the 5th are off and Saturday the 9th is worked: the fifth working day is the 11th
    assert faults("month", "0 6 11 * *", "2026-04-01", due_working_days=5) == [
        "The report of 2026-05 would start on 2026-06-11 06:00, but it is due on 2026-06-05 18:00."
    ]
    assert faults("month", "0 6 11 * *", "2026-04-01", due_working_days=10) == []


@pytest.mark.parametrize(("due_time", "told"), [("06:00", 0), ("05:59", 1)])
def test_a_start_at_the_very_due_time_is_in_time(due_time: str, told: int) -> None:
    rule = {"due_working_days": 1, "due_time": due_time, "holidays": "DE", "timezone": "Europe/Berlin"}
    assert len(faults("week", "0 6 * * 1", "2026-07-06", **rule)) == told
