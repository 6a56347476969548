"""Service time against hand-counted hours, and against a minute-by-minute count."""

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import holidays as public_holidays
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from itss.agreements.models import ServiceHours
from itss.calendars import elapsed_hours, open_intervals

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NINE_TO_SIX = [["09:00", "18:00"]]
OFFICE = dict.fromkeys(WEEKDAYS[:5], NINE_TO_SIX)


def hours(**keys: object) -> ServiceHours:
    return ServiceHours.model_validate({"weekly": OFFICE, **keys})


def elapsed(start: str, end: str, calendar: ServiceHours, zone: str = "Asia/Shanghai") -> float:
    def instants(moment: str) -> pd.Series:
        return pd.Series([pd.Timestamp(moment, tz=zone).tz_convert("UTC")])

    return float(elapsed_hours(instants(start), instants(end), calendar).iloc[0])


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-09-11 16:00", "2026-09-14 16:00", 9.0),  # Friday to Monday, the example of measures.md
        ("2026-09-14 10:15", "2026-09-14 10:45", 0.5),
        ("2026-09-14 03:00", "2026-09-14 23:00", 9.0),  # night on both sides
        ("2026-09-12 08:00", "2026-09-13 22:00", 0.0),  # a weekend
        ("2026-09-14 18:00", "2026-09-15 09:00", 0.0),  # from closing to opening
        ("2026-09-14 17:59", "2026-09-15 09:01", 2 / 60),
        ("2026-09-14 10:00", "2026-09-14 10:00", 0.0),
    ],
)
def test_office_week(start: str, end: str, expected: float) -> None:
    assert elapsed(start, end, hours()) == pytest.approx(expected, abs=1e-12)


def test_national_day_week_is_closed_and_its_make_up_saturday_is_open() -> None:
    # 2026: 1–7 October off, Saturday 10 October worked
    chinese = hours(holidays="CN")
    assert elapsed("2026-09-30 17:00", "2026-10-08 10:00", chinese) == 2.0
    assert elapsed("2026-10-10 00:00", "2026-10-11 00:00", chinese) == 9.0
    assert elapsed("2026-10-10 00:00", "2026-10-11 00:00", hours()) == 0.0


def test_spring_festival_2026() -> None:
    # off 15–23 February, worked on the Saturdays 14 and 28
    assert elapsed("2026-02-14 17:00", "2026-02-24 10:00", hours(holidays="CN")) == 2.0


def test_a_make_up_day_has_the_hours_of_the_named_weekday() -> None:
    weekly = {**OFFICE, "fri": [["09:00", "12:00"]]}
    calendar = hours(weekly=weekly, holidays="CN", makeup_like="fri")
    assert elapsed("2026-10-10 00:00", "2026-10-11 00:00", calendar) == 3.0


def test_days_of_the_agreement_win_over_those_of_the_country() -> None:
    assert elapsed("2026-10-10 00:00", "2026-10-11 00:00", hours(holidays="CN", closed_days=["2026-10-10"])) == 0.0
    assert elapsed("2026-10-01 00:00", "2026-10-02 00:00", hours(holidays="CN", makeup_days=["2026-10-01"])) == 9.0
    assert elapsed("2026-09-14 00:00", "2026-09-15 00:00", hours(closed_days=["2026-09-14"])) == 0.0
    assert elapsed("2026-09-13 00:00", "2026-09-14 00:00", hours(makeup_days=["2026-09-13"])) == 9.0


def test_lunch_break() -> None:
    calendar = hours(weekly={"mon": [["13:00", "17:30"], ["08:30", "12:00"]]})
    assert elapsed("2026-09-14 11:00", "2026-09-14 14:00", calendar) == 2.0
    assert elapsed("2026-09-14 12:10", "2026-09-14 12:50", calendar) == 0.0


def test_an_interval_that_ends_at_midnight_ends_with_its_day() -> None:
    calendar = hours(weekly={"mon": [["22:00", "00:00"]], "tue": [["00:00", "06:00"]]})
    assert elapsed("2026-09-14 21:00", "2026-09-15 07:00", calendar) == 8.0
    assert elapsed("2026-09-14 00:00", "2026-09-15 00:00", hours(weekly={"mon": [["00:00", "00:00"]]})) == 24.0


def test_round_the_clock_is_plain_elapsed_time() -> None:
    calendar = hours(weekly={}, always=True)
    assert elapsed("2026-02-14 17:00", "2026-02-24 10:00", calendar) == 9 * 24 + 17


@pytest.mark.parametrize(("day", "length"), [("2026-03-29", 23.0), ("2026-10-25", 25.0), ("2026-06-01", 24.0)])
def test_days_on_which_the_clock_moves_have_their_real_length(day: str, length: float) -> None:
    next_day = str(dt.date.fromisoformat(day) + dt.timedelta(days=1))
    whole = {weekday: [["00:00", "00:00"]] for weekday in WEEKDAYS}
    calendar = hours(weekly=whole, timezone="Europe/Berlin")
    assert elapsed(day, next_day, calendar, "Europe/Berlin") == length
    # the same day cut inside the hour that is skipped or doubled
    cut = {weekday: [["00:00", "02:30"], ["02:30", "00:00"]] for weekday in WEEKDAYS}
    assert elapsed(day, next_day, hours(weekly=cut, timezone="Europe/Berlin"), "Europe/Berlin") == length


def test_hours_are_those_of_the_agreements_zone_not_of_the_instants() -> None:
    assert elapsed("2026-09-14 00:00", "2026-09-14 02:00", hours(), "UTC") == 1.0  # 09:00 in Shanghai is 01:00 UTC


def test_missing_and_inverted_pairs_are_nan_and_the_index_is_kept() -> None:
    instants = pd.to_datetime(["2026-09-14 01:00", None, "2026-09-14 03:00"], utc=True)
    start = pd.Series(instants, index=["a", "b", "c"])
    end = pd.Series(pd.to_datetime(["2026-09-14 02:00", "2026-09-14 02:00", "2026-09-14 02:00"], utc=True), start.index)
    result = elapsed_hours(start, end, hours())
    assert list(result.index) == ["a", "b", "c"]
    assert result["a"] == 1.0
    assert result[["b", "c"]].isna().all()


def test_nothing_at_all() -> None:
    empty = pd.Series([], dtype="datetime64[us, UTC]")
    assert elapsed_hours(empty, empty, hours()).empty
    missing = pd.Series([pd.NaT, pd.NaT])
    assert elapsed_hours(missing, missing, hours()).isna().all()


def test_naive_instants_and_foreign_indexes_are_refused() -> None:
    naive = pd.Series(pd.to_datetime(["2026-09-14 01:00"]))
    with pytest.raises(TypeError, match="aware"):
        elapsed_hours(naive, naive, hours())
    aware = naive.dt.tz_localize("UTC")
    with pytest.raises(ValueError, match="index"):
        elapsed_hours(aware, aware.set_axis([7]), hours())


def test_nanosecond_and_other_zone_columns_count_the_same() -> None:
    start = pd.Series(pd.to_datetime(["2026-09-14 09:30"])).dt.tz_localize("Asia/Shanghai")
    end = start.dt.tz_convert("America/New_York").astype("datetime64[ns, America/New_York]") + pd.Timedelta(hours=2)
    assert elapsed_hours(start, end, hours()).tolist() == [2.0]


def test_a_sentinel_end_does_not_break_the_count() -> None:
    assert elapsed("2026-09-14 09:00", "2100-01-01 00:00", hours(holidays="CN")) > 100_000


def minutes_open(start: dt.datetime, end: dt.datetime, zone: str, weekly: dict[str, list[list[str]]], cn: bool) -> int:
    """The slow way: look at every minute on the wall clock."""
    calendar = public_holidays.country_holidays("CN", years=(2026, 2027))  # without years it knows no make-up days yet
    count, moment = 0, start
    while moment < end:
        local = moment.astimezone(ZoneInfo(zone))
        day, weekday = local.date(), WEEKDAYS[local.weekday()]
        if cn and day in calendar.weekend_workdays:
            weekday = "mon"
        elif cn and day in calendar:
            weekday = "none"
        wall = f"{local:%H:%M}"
        count += any(opening <= wall < closing for opening, closing in weekly.get(weekday, []))
        moment += dt.timedelta(minutes=1)
    return count


@settings(max_examples=25, deadline=None)
@given(
    begin=st.integers(0, 60 * 24 * 330),
    length=st.integers(0, 60 * 24 * 5),
    zone=st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York"]),
    country=st.sampled_from(["CN", None]),
)
def test_agrees_with_a_minute_by_minute_count(begin: int, length: int, zone: str, country: str | None) -> None:
    weekly = {**OFFICE, "tue": [["07:30", "11:15"], ["12:00", "20:45"]], "sat": [["10:00", "14:00"]]}
    start = dt.datetime(2026, 1, 2, tzinfo=dt.UTC) + dt.timedelta(minutes=begin)
    end = start + dt.timedelta(minutes=length)
    calendar = hours(weekly=weekly, timezone=zone, holidays=country)
    fast = elapsed_hours(pd.Series([pd.Timestamp(start)]), pd.Series([pd.Timestamp(end)]), calendar).iloc[0]
    assert round(fast * 60, 6) == minutes_open(start, end, zone, weekly, country == "CN")


def test_parts_add_up_to_the_whole_for_many_pairs() -> None:
    moments = pd.Series(pd.date_range("2025-12-01", "2027-01-31", freq="97min", tz="UTC", unit="us"))
    calendar = hours(holidays="CN")
    parts = elapsed_hours(moments[:-1].reset_index(drop=True), moments[1:].reset_index(drop=True), calendar)
    whole = elapsed_hours(moments[:1].reset_index(drop=True), moments[-1:].reset_index(drop=True), calendar)
    assert parts.sum() == pytest.approx(whole.iloc[0], abs=1e-6)


def test_intervals_ascend_and_never_overlap() -> None:
    calendar = hours(
        weekly={day: [["00:00", "02:15"], ["02:15", "00:00"]] for day in WEEKDAYS}, timezone="Europe/Berlin"
    )
    opens, closes = open_intervals(calendar, dt.date(2026, 3, 1), dt.date(2026, 11, 1))
    assert (opens <= closes).all()
    assert all(closing <= opening for (_, closing), (opening, _) in pairwise(zip(opens, closes, strict=True)))
    assert len(opens) == 2 * len(np.arange("2026-03-01", "2026-11-02", dtype="datetime64[D]"))
