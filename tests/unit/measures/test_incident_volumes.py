"""Counts, backlog and reopening of incidents, worked by hand. September 2026 is [09-01 00:00, 10-01 00:00) local."""

import datetime as dt

import pandas as pd
import pytest
from hand_made import ALWAYS, END, LAST, OFFICE, START, agreement, frame, is_available, month, outcome, value


def test_a_period_is_half_open_in_the_reports_zone():
    rows = [
        {"id": "before", "opened_at": "2026-08-31 23:59:59.999999"},
        {"id": "first", "opened_at": START},
        {"id": "last", "opened_at": LAST},
        {"id": "after", "opened_at": END},
    ]
    assert value("incident", "opened", rows) == 2


def test_cancelled_ones_are_out_and_counted_and_unknown_is_not_cancelled():
    rows = [
        {"id": "1", "opened_at": START, "is_cancelled": True},
        {"id": "2", "opened_at": START, "is_cancelled": None},
        {"id": "3", "opened_at": START, "is_cancelled": False},
        {"id": "4", "opened_at": "2026-08-01 00:00", "is_cancelled": True},
    ]
    found = outcome("incident", "opened", rows)
    assert (found.value, found.n, found.excluded) == (2, 2, {"cancelled": 1})


def test_resolved_and_closed_count_by_their_own_date():
    rows = [
        {"id": "1", "opened_at": "2026-08-20 09:00", "resolved_at": START, "closed_at": END},
        {"id": "2", "opened_at": "2026-08-20 09:00", "resolved_at": "2026-08-31 20:00", "closed_at": LAST},
        {"id": "3", "opened_at": START, "resolved_at": None, "closed_at": "2026-09-05 10:00"},
        {"id": "4", "opened_at": START, "resolved_at": None, "closed_at": None},
    ]
    assert value("incident", "resolved", rows) == 1
    assert value("incident", "closed", rows) == 2


def test_backlog_is_what_is_open_at_the_very_end():
    rows = [
        {"id": "open", "opened_at": LAST},
        {"id": "ends at P1", "opened_at": START, "resolved_at": END},
        {"id": "ended just before", "opened_at": START, "resolved_at": LAST},
        {"id": "resolved later", "opened_at": "2026-06-01 00:00", "resolved_at": "2026-10-20 00:00"},
        {"id": "closed only", "opened_at": START, "closed_at": "2026-09-10 00:00"},
        {"id": "resolved after it was closed", "opened_at": START, "resolved_at": END, "closed_at": "2026-09-10 00:00"},
        {"id": "opened at P1", "opened_at": END},
        {"id": "cancelled", "opened_at": START, "is_cancelled": True},
    ]
    found = outcome("incident", "backlog", rows)
    assert (found.value, found.excluded) == (4, {"cancelled": 1})


def test_the_backlog_of_an_earlier_month_ignores_what_happened_later():
    rows = [{"id": "1", "opened_at": "2026-07-15 10:00", "resolved_at": "2026-09-02 10:00"}]
    assert [value("incident", "backlog", rows, month(m)) for m in ("2026-06", "2026-07", "2026-08", "2026-09")] == [
        0, 1, 1, 0,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("opened_at", "over"),
    [
        ("2026-09-24 00:00", ()),  # 7 days exactly
        ("2026-09-23 23:59", (7,)),
        ("2026-09-01 00:00", (7,)),  # 30 days exactly
        ("2026-08-31 23:59", (7, 30)),
        ("2026-07-03 00:00", (7, 30)),  # 90 days exactly
        ("2026-07-02 23:59", (7, 30, 90)),
    ],
)
def test_ageing_of_the_backlog(opened_at, over):
    rows = frame("incident", [{"id": "1", "opened_at": opened_at}], columns=["resolved_at"])
    for days in (7, 30, 90):
        found = outcome("incident", f"backlog_over_{days}d", rows)
        assert (found.value, found.against) == ((1, ("1",)) if days in over else (0, ()))


def test_without_resolution_and_closing_there_is_no_backlog_figure():
    rows = [{"id": "1", "opened_at": START}]
    assert not is_available("incident", "backlog", rows)
    assert is_available("incident", "opened", rows)


@pytest.mark.parametrize(
    ("label", "hours", "days"),
    [
        ("2026-09", OFFICE, 22),  # 22 weekdays, less Mid-Autumn (Fri 25th), plus the Sunday worked for National Day
        ("2026-02", OFFICE, 16),  # 20 weekdays, less 6 of Spring Festival, plus Saturdays 14th and 28th
        ("2026-02", ALWAYS, 20),
    ],
)
def test_volume_per_working_day_knows_the_moving_festival(label, hours, days):
    rows = [{"id": str(n), "opened_at": f"{label}-12 10:00"} for n in range(44)]
    found = outcome("incident", "volume_per_workday", rows, month(label), agreement(hours=hours))
    assert (found.value, found.denominator) == (44 / days, days)


@pytest.mark.parametrize(
    ("weekdays", "holidays", "days"),
    [
        ("sat sun", None, 8),
        ("sat sun", "CN", 8),  # Mid-Autumn is the Friday, and the Sunday made up is one of theirs anyway
        ("mon tue wed thu fri sat", None, 26),
        ("mon tue wed thu fri sat", "CN", 26),  # less Friday 25th, plus Sunday 20th
        ("mon", "CN", 5),  # and that Sunday, which stands for a working day
    ],
)
def test_working_days_are_the_weekdays_of_the_service(weekdays, holidays, days):
    shift = ((dt.time(9), dt.time(18)),)
    hours = OFFICE.model_copy(update={"weekly": dict.fromkeys(weekdays.split(), shift), "holidays": holidays})
    rows = [{"id": "1", "opened_at": "2026-09-12 10:00"}]
    assert outcome("incident", "volume_per_workday", rows, version=agreement(hours=hours)).denominator == days


def test_volume_per_working_day_counts_days_of_the_agreement_itself():
    rows = [{"id": "1", "opened_at": "2026-09-12 10:00"}]
    tuesday, saturday, october = dt.date(2026, 9, 1), dt.date(2026, 9, 5), dt.date(2026, 10, 3)
    for changed, days in (
        ({"closed_days": (tuesday, saturday)}, 21),
        ({"makeup_days": (saturday, tuesday, october)}, 23),
        ({"special_days": {saturday: ((dt.time(9), dt.time(12)),), october: ((dt.time(9), dt.time(12)),)}}, 23),
        ({"special_days": {tuesday: ((dt.time(9), dt.time(12)),), saturday: ()}}, 22),
        ({"special_days": {tuesday: ()}}, 21),
    ):
        hours = OFFICE.model_copy(update=changed)
        assert outcome("incident", "volume_per_workday", rows, version=agreement(hours=hours)).denominator == days


@pytest.mark.parametrize(
    ("states", "rate", "n"),
    [
        ("09-10 10:00=solved", 0, 1),
        ("09-10 10:00=solved;09-12 10:00=open", 1, 1),
        ("09-10 10:00=solved;09-24 10:00=open", 1, 1),  # 14 days exactly
        ("09-10 10:00=solved;09-24 10:01=open", 0, 1),
        ("09-10 10:00=closed;09-12 10:00=paused", 1, 1),
        ("09-10 10:00=solved;09-12 10:00=closed;09-13 10:00=open", 1, 1),  # one resolution
        ("09-03 10:00=solved;09-04 10:00=open;09-08 10:00=solved;09-12 10:00=closed", 1 / 2, 2),
        ("08-17 23:59=solved;08-19 10:00=open", None, 0),  # decided on 31 August
        ("08-18 00:00=solved;08-19 10:00=open", 1, 1),  # decided with the first instant of September
        ("09-16 23:59=solved;09-28 10:00=open", 1, 1),
        ("09-17 00:00=solved;09-28 10:00=open", None, 0),  # decided in October, whatever is known by now
        ("09-10 10:00=solved;09-12 10:00=cancelled", None, 0),
    ],
)
def test_resolutions_reopened_within_a_fortnight(states, rate, n):
    row = {"id": "1", "opened_at": "2026-08-01 10:00", "states": local(states)}
    found = outcome("incident", "reopen_rate", [row])
    assert (found.value, found.n, found.against) == (rate, n, ("1",) if rate else ())


def local(states):
    """Local times of 2026 in the one spelling, which is UTC."""
    entries = (entry.split("=") for entry in states.split(";"))
    return ";".join(
        f"{pd.Timestamp(f'2026-{at}', tz='Asia/Shanghai').tz_convert('UTC'):%Y-%m-%dT%H:%M:%SZ}={word}"
        for at, word in entries
    )


def test_without_the_history_of_a_ticket_nobody_knows_all_of_its_resolutions():
    told = {"opened_at": "2026-08-01 10:00", "resolved_at": "2026-09-10 10:00", "reopened_at": "2026-09-12 10:00"}
    assert not is_available("incident", "reopen_rate", [told | {"id": "1", "reopen_count": 1}])
    rows = [
        told | {"id": "1"},
        told | {"id": "2", "is_cancelled": True},
        told | {"id": "3", "resolved_at": "2026-09-20 10:00"},  # decided in October
        told | {"id": "4", "states": local("09-10 10:00=solved")},
    ]
    found = outcome("incident", "reopen_rate", rows)
    assert (found.value, found.n, found.excluded) == (0, 1, {"cancelled": 1, "no_history": 1})


def test_recorded_reopening_counts_a_ticket_once_and_leaves_out_unknown_counters():
    row = {"opened_at": START, "resolved_at": "2026-09-10 10:00"}
    rows = [
        row | {"id": "1", "reopen_count": 3},
        row | {"id": "2", "reopen_count": 0},
        row | {"id": "3", "reopen_count": None},
        row | {"id": "4", "reopen_count": 1, "resolved_at": END},
    ]
    found = outcome("incident", "reopen_rate_recorded", rows)
    assert (found.value, found.n, found.excluded, found.against) == (0.5, 2, {"no_counter": 1}, ("1",))


def test_no_case_is_no_rate():
    rows = frame("incident", [{"id": "1", "opened_at": START, "resolved_at": END}], columns=["states"])
    found = outcome("incident", "reopen_rate", rows)
    assert (found.value, found.n, found.denominator) == (None, 0, 0)


def test_a_counter_is_not_asked_where_the_first_reopening_is_later():
    row = {"id": "1", "opened_at": START, "resolved_at": "2026-09-10 10:00", "reopen_count": 1, "reopened_at": END}
    assert value("incident", "reopen_rate_recorded", [row]) == 0
    assert value("incident", "reopen_rate_recorded", [row | {"reopened_at": LAST}]) == 1
