"""Nights, half days and 23:59, against hand-counted hours and against a count of every minute."""

import datetime as dt
from zoneinfo import ZoneInfo

import holidays as public_holidays
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from itss.agreements.models import ServiceHours
from itss.calendars import elapsed_hours, open_intervals

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = dt.timedelta(days=1)
NIGHT = [["22:00", "06:00"]]


def hours(**keys: object) -> ServiceHours:
    return ServiceHours.model_validate(keys)


def elapsed(start: str, end: str, calendar: ServiceHours) -> float:
    begin, until = (
        pd.Series([pd.Timestamp(moment, tz=calendar.timezone).tz_convert("UTC")]) for moment in (start, end)
    )
    return float(elapsed_hours(begin, until, calendar).iloc[0])


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-09-14 00:00", "2026-09-15 00:00", 2),  # a Monday: its night begins at 22:00, Sunday has none
        ("2026-09-15 00:00", "2026-09-16 00:00", 6),  # and ends on Tuesday, which has none of its own
        ("2026-09-14 23:00", "2026-09-15 05:00", 6),
        ("2026-09-15 05:59", "2026-09-15 23:00", 1 / 60),
        ("2026-09-18 00:00", "2026-09-20 00:00", 8),  # Friday's night into a Saturday that is not worked
    ],
)
def test_a_night_belongs_to_the_weekday_on_which_it_begins(start: str, end: str, expected: float) -> None:
    assert elapsed(start, end, hours(weekly={"mon": NIGHT, "fri": NIGHT})) == pytest.approx(expected, abs=1e-12)


def test_a_night_runs_into_a_closed_day_and_not_out_of_one() -> None:
    nights = hours(weekly=dict.fromkeys(WEEKDAYS, NIGHT), closed_days=["2026-09-16"])  # a Wednesday
    assert elapsed("2026-09-15 12:00", "2026-09-16 12:00", nights) == 8
    assert elapsed("2026-09-16 12:00", "2026-09-17 12:00", nights) == 0
    chinese = hours(weekly=dict.fromkeys(WEEKDAYS[:5], NIGHT), holidays="CN")
    assert elapsed("2026-09-30 12:00", "2026-10-08 12:00", chinese) == 8  # the week of the national day
    assert elapsed("2026-10-10 12:00", "2026-10-12 12:00", chinese) == 8  # a Saturday that is worked


@pytest.mark.parametrize(
    ("start", "end", "hours_passed"),
    [("2026-03-28 12:00", "2026-03-29 12:00", 7), ("2026-10-24 12:00", "2026-10-25 12:00", 9)],
)
def test_a_night_on_which_the_clock_moves_has_the_hours_that_passed(start: str, end: str, hours_passed: float) -> None:
    calendar = hours(weekly=dict.fromkeys(WEEKDAYS, NIGHT), timezone="Europe/Berlin")
    assert elapsed(start, end, calendar) == hours_passed


HALF = {"2026-12-24": [["09:00", "12:00"]]}
OFFICE = {weekday: [["09:00", "18:00"]] for weekday in WEEKDAYS[:5]}


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"holidays": "US"},
        {"weekly": {"mon": [["09:00", "18:00"]]}},  # a Thursday without hours of its own
        {"holidays": "CN", "makeup_like": "tue"},
    ],
)
def test_a_half_day_wins_over_weekday_and_holiday(keys: dict[str, object]) -> None:
    assert (
        elapsed("2026-12-24 00:00", "2026-12-25 00:00", hours(**{"weekly": OFFICE, "special_days": HALF} | keys)) == 3
    )


def test_special_days_that_are_holidays_make_up_days_or_closed() -> None:
    days = {"2026-10-01": [["10:00", "11:00"]], "2026-10-10": [["09:00", "12:00"]], "2026-09-14": []}
    calendar = hours(weekly=OFFICE, holidays="CN", special_days=days)
    of_days = [elapsed(f"{day} 00:00", f"{day} 23:59", calendar) for day in days]
    assert of_days == [1, 3, 0]  # 1 October is a holiday, 10 October a Saturday that is worked
    assert elapsed("2026-10-01 00:00", "2026-10-11 00:00", calendar) == 1 + 2 * 9 + 3


def test_a_night_into_a_special_day_counts_the_shared_hours_once() -> None:
    calendar = hours(weekly={"wed": NIGHT}, special_days={"2026-12-24": [["05:00", "12:00"]]})
    assert elapsed("2026-12-23 00:00", "2026-12-25 00:00", calendar) == 2 + 12


@pytest.mark.parametrize("end", ["23:59", "23:59:59", "23:59:59.999"])
def test_the_last_minute_is_midnight(end: str) -> None:
    calendar = hours(weekly={weekday: [["00:00", end]] for weekday in WEEKDAYS})
    assert elapsed("2026-09-14 00:00", "2026-09-21 00:00", calendar) == 7 * 24
    assert elapsed("2026-09-14 23:30", "2026-09-15 00:30", calendar) == 1


def test_a_new_version_counts_from_the_midnight_of_its_first_day() -> None:
    night, office = hours(weekly=dict.fromkeys(WEEKDAYS, NIGHT)), hours(weekly=OFFICE)
    moments = (pd.Timestamp(f"2026-09-{moment}", tz="Asia/Shanghai") for moment in ("14 20:00", "15 12:00"))
    start, end = (pd.Series([moment.tz_convert("UTC")]) for moment in moments)
    first, change = dt.date(2026, 1, 1), dt.date(2026, 9, 15)  # a Tuesday
    for before, after, expected in ((night, office, 2 + 3), (office, night, 6), (night, night, 8)):
        assert elapsed_hours(start, end, [(first, before), (change, after)]).iloc[0] == expected


TIMES = st.integers(0, 23 * 4 + 3).map(lambda quarter: dt.time(quarter // 4, quarter % 4 * 15))
INTERVALS = st.lists(st.tuples(TIMES, TIMES), max_size=2)
ZONES = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York"])


def edges(day: dt.date, intervals: list[tuple[dt.time, dt.time]], zone: str) -> list[tuple[dt.datetime, dt.datetime]]:
    """Begin and end in UTC of the intervals that belong to ``day``, each moment asked of the zone by itself."""
    found = []
    for opening, closing in intervals:
        on = day if closing > opening else day + DAY
        found.append(tuple(real(dt.datetime.combine(*one), zone) for one in ((day, opening), (on, closing))))
    return found


def real(wall: dt.datetime, zone: str) -> dt.datetime:
    """The first of two, and for a time that is skipped the end of the gap."""
    local = wall.replace(tzinfo=ZoneInfo(zone))
    there = local.astimezone(dt.UTC)
    while there.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != wall:
        wall += dt.timedelta(minutes=15)
        there = wall.replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
    return there


@settings(max_examples=60, deadline=None)
@given(
    first=st.sampled_from(["2026-02-10", "2026-03-06", "2026-03-26", "2026-09-28", "2026-10-23", "2026-10-30"]),
    weekly=st.dictionaries(st.sampled_from(WEEKDAYS), INTERVALS),
    special=st.dictionaries(st.integers(-1, 5), INTERVALS, max_size=3),
    zone=ZONES,
    country=st.sampled_from(["CN", None]),
)
def test_agrees_with_a_count_of_every_quarter_of_an_hour(
    first: str,
    weekly: dict[str, list[tuple[dt.time, dt.time]]],
    special: dict[int, list[tuple[dt.time, dt.time]]],
    zone: str,
    country: str | None,
) -> None:
    begin = dt.date.fromisoformat(first)
    special_days = {begin + number * DAY: intervals for number, intervals in special.items()}
    calendar = ServiceHours(weekly=weekly, special_days=special_days, timezone=zone, holidays=country)
    known = public_holidays.country_holidays("CN", years=2026) if country else None
    spans = []
    for number in range(-1, 6):
        day = begin + number * DAY
        weekday = WEEKDAYS[day.weekday()]
        if known is not None and day in known.weekend_workdays:
            weekday = "mon"
        elif known is not None and day in known:
            weekday = ""
        spans += edges(day, special_days.get(day, weekly.get(weekday, [])), zone)
    start, end = (real(dt.datetime.combine(begin + number * DAY, dt.time()), zone) for number in (0, 6))
    quarter = dt.timedelta(minutes=15)
    moments = [start + count * quarter for count in range((end - start) // quarter)]
    counted = sum(any(opening <= moment < closing for opening, closing in spans) for moment in moments)
    fast = elapsed_hours(pd.Series([pd.Timestamp(start)]), pd.Series([pd.Timestamp(end)]), calendar).iloc[0]
    assert round(fast * 4, 6) == counted
    opens, closes = open_intervals(calendar, begin, begin + 5 * DAY)
    assert (closes - opens).sum() == counted * 900_000_000
    assert (opens < closes).all()
    assert (closes[:-1] <= opens[1:]).all()
