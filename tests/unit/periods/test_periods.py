"""Periods and due dates: the right period at every hour, labels both ways, working days as in the calendar."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itss.errors import PeriodError
from itss.periods import Period, PeriodKind, closed_period, due_at, last_complete, parse_period, period_of

SHANGHAI = "Asia/Shanghai"
KINDS: tuple[PeriodKind, ...] = ("week", "month", "quarter", "half_year", "year")


def local(words: str, zone: str = SHANGHAI) -> dt.datetime:
    return dt.datetime.fromisoformat(words).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("label", "kind", "first", "next_day"),
    [
        ("2026-W01", "week", "2025-12-29", "2026-01-05"),
        ("2026-W53", "week", "2026-12-28", "2027-01-04"),
        ("2024-02", "month", "2024-02-01", "2024-03-01"),
        ("2026-12", "month", "2026-12-01", "2027-01-01"),
        ("2026-Q4", "quarter", "2026-10-01", "2027-01-01"),
        ("2026-H2", "half_year", "2026-07-01", "2027-01-01"),
        ("2026", "year", "2026-01-01", "2027-01-01"),
    ],
)
def test_edges_of_a_label(label: str, kind: PeriodKind, first: str, next_day: str) -> None:
    period = parse_period(label, kind, SHANGHAI)
    assert (str(period.first_day), str(period.next_day)) == (first, next_day)
    assert period.label == label
    assert period.start == local(f"{first} 00:00")
    assert period.end == local(f"{next_day} 00:00")


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("2026-13", "month"),
        ("2026-00", "month"),
        ("2026-9", "month"),
        ("2026-09-01", "month"),
        ("2026-Q3", "month"),
        ("2026-Q5", "quarter"),
        ("2026-H3", "half_year"),
        ("2025-W53", "week"),
        ("2026-W00", "week"),
        ("26", "year"),
        ("0000", "year"),
        ("0001", "year"),  # in UTC it begins in the year before
        ("9999-12", "month"),
        ("../2026-09", "month"),
        ("", "month"),
    ],
)
def test_other_labels_are_refused_with_an_example(label: str, kind: PeriodKind) -> None:
    with pytest.raises(PeriodError, match="Write it like 20"):
        parse_period(label, kind, SHANGHAI)


@pytest.mark.parametrize(
    ("label", "kind", "starts", "first", "next_day", "before"),
    [
        ("2026-04-Q1", "quarter", 4, "2026-04-01", "2026-07-01", "2025-04-Q1"),
        ("2026-04-Q4", "quarter", 4, "2027-01-01", "2027-04-01", "2025-04-Q4"),
        ("2026-11-Q2", "quarter", 11, "2027-02-01", "2027-05-01", "2025-11-Q2"),
        ("2026-07-H1", "half_year", 7, "2026-07-01", "2027-01-01", "2025-07-H1"),
        ("2026-04-H2", "half_year", 4, "2026-10-01", "2027-04-01", "2025-04-H2"),
        ("2026-04-FY", "year", 4, "2026-04-01", "2027-04-01", "2025-04-FY"),
        ("2026-12-FY", "year", 12, "2026-12-01", "2027-12-01", "2025-12-FY"),
        ("2026-02", "month", 4, "2026-02-01", "2026-03-01", "2025-02"),  # a month is in the year of the calendar
        ("2026-W10", "week", 4, "2026-03-02", "2026-03-09", "2025-W10"),
    ],
)
def test_years_that_begin_in_another_month(
    label: str, kind: PeriodKind, starts: int, first: str, next_day: str, before: str
) -> None:
    period = parse_period(label, kind, SHANGHAI, starts)
    assert (str(period.first_day), str(period.next_day), period.label) == (first, next_day, label)
    assert period.a_year_before().label == before
    assert last_complete(period.end, kind, SHANGHAI, starts) == period
    assert closed_period("", kind, SHANGHAI, period.end, starts) == closed_period(
        label, kind, SHANGHAI, period.end, starts
    )


@pytest.mark.parametrize(
    ("label", "kind", "example"),
    [
        ("2026-Q1", "quarter", "2026-04-Q1"),
        ("2026-07-Q1", "quarter", "2026-04-Q1"),
        ("2026-04-Q5", "quarter", "2026-04-Q1"),
        ("2026-H1", "half_year", "2026-04-H1"),
        ("2026", "year", "2026-04-FY"),
        ("2026-04", "year", "2026-04-FY"),
        ("9999-04-FY", "year", "2026-04-FY"),
    ],
)
def test_a_label_says_in_which_month_the_year_begins(label: str, kind: PeriodKind, example: str) -> None:
    with pytest.raises(PeriodError, match=f"a year that begins in month 4.*Write it like {example}"):
        parse_period(label, kind, SHANGHAI, 4)


@pytest.mark.parametrize("clock", ["00:00", "00:30", "07:59", "08:00", "23:59"])
def test_the_day_in_the_zone_decides_at_every_hour(clock: str) -> None:
    """00:00–07:59 in Shanghai is still the day before in UTC: the field's classic slip."""
    moment = local(f"2026-06-01 {clock}").astimezone(dt.UTC)  # a Monday, the first of a month
    assert last_complete(moment, "month", SHANGHAI).label == "2026-05"
    assert last_complete(moment, "week", SHANGHAI).label == "2026-W22"
    assert period_of(moment, "month", SHANGHAI).label == "2026-06"


def test_a_summer_time_month_is_an_hour_short() -> None:
    march = parse_period("2026-03", "month", "Europe/Berlin")
    assert march.end - march.start == dt.timedelta(days=31, hours=-1)


@pytest.mark.parametrize(
    ("kind", "label", "before"),
    [
        ("week", "2026-W10", "2025-W10"),
        ("month", "2026-02", "2025-02"),
        ("quarter", "2026-Q1", "2025-Q1"),
        ("half_year", "2026-H2", "2025-H2"),
        ("year", "2026", "2025"),
    ],
)
def test_the_same_period_last_year(kind: PeriodKind, label: str, before: str) -> None:
    assert parse_period(label, kind, SHANGHAI).a_year_before().label == before


@given(
    moment=st.integers(631_152_000, 3_786_912_000).map(lambda second: dt.datetime.fromtimestamp(second, dt.UTC)),
    kind=st.sampled_from(KINDS),
    zone=st.sampled_from([SHANGHAI, "Europe/Berlin", "America/St_Johns", "UTC"]),
    count=st.integers(-60, 60),
    starts=st.integers(1, 12),
)
def test_periods_tile_time(moment: dt.datetime, kind: PeriodKind, zone: str, count: int, starts: int) -> None:
    period = period_of(moment, kind, zone, starts)
    assert period.start <= moment < period.end
    assert parse_period(period.label, kind, zone, starts) == period
    assert len(period.label) <= 10  # as long as the register has room for
    assert period.label < period.shift(1).label < period.shift(2).label
    assert period.shift(1).start == period.end
    assert period.shift(count).shift(-count) == period
    assert last_complete(moment, kind, zone, starts).end == period.start


def test_a_period_that_is_not_over_is_refused() -> None:
    last_moment = local("2026-09-30 23:59")
    with pytest.raises(PeriodError, match=r"2026-09 is not over before 2026-10-01 .*report 2026-08"):
        closed_period("2026-09", "month", SHANGHAI, last_moment)
    assert closed_period("2026-09", "month", SHANGHAI, last_moment + dt.timedelta(minutes=1)).label == "2026-09"
    assert closed_period("", "month", SHANGHAI, last_moment).label == "2026-08"


@pytest.mark.parametrize(
    ("label", "working_days", "country", "due"),
    [
        ("2026-09", 5, "CN", "2026-10-13"),  # 1–7 October off; 8, 9, Saturday 10 (worked), 12, 13
        ("2026-01", 5, "CN", "2026-02-06"),
        ("2026-01", 10, "CN", "2026-02-13"),
        ("2026-01", 11, "CN", "2026-02-14"),  # a Saturday that is worked
        ("2026-01", 12, "CN", "2026-02-24"),  # behind Spring Festival
        ("2025-12", 1, "CN", "2026-01-04"),  # a Sunday that is worked, after New Year
        ("2026-04", 1, "DE", "2026-05-04"),  # Friday 1 May, then a weekend
        ("2026-05", 1, "CN", "2026-06-01"),
    ],
)
def test_due_on_the_nth_working_day(label: str, working_days: int, country: str, due: str) -> None:
    period = parse_period(label, "month", SHANGHAI)
    assert due_at(period, working_days, dt.time(18), country) == local(f"{due} 18:00")


def test_a_period_is_a_value() -> None:
    assert Period("month", dt.date(2026, 9, 1), SHANGHAI) == parse_period(" 2026-09 ", "month", SHANGHAI)
