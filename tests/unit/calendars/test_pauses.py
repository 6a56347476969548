"""Pauses taken out of service time: by hand on office hours, and against a minute-by-minute count."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from itss.agreements.models import ServiceHours
from itss.calendars import elapsed_hours, read_pauses
from itss.calendars.pauses import written_pauses

ZONE = "Asia/Shanghai"
OFFICE = ServiceHours(
    weekly={day: ((dt.time(9), dt.time(18)),) for day in ("mon", "tue", "wed", "thu", "fri")}, holidays="CN"
)
ALWAYS = ServiceHours(always=True)


def instants(*moments: str | None) -> pd.Series:
    return pd.Series(pd.to_datetime(list(moments), format="ISO8601").tz_localize(ZONE).tz_convert("UTC").as_unit("us"))


def table(*pauses: tuple[int, str, str | None]) -> pd.DataFrame:
    rows, begins, ends = zip(*pauses, strict=True)
    return pd.DataFrame({"row": rows, "started_at": instants(*begins), "ended_at": instants(*ends)})


def elapsed(start: str, end: str, *pauses: tuple[str, str | None], hours: ServiceHours = OFFICE) -> float:
    given_pauses = table(*((0, *pause) for pause in pauses)) if pauses else None
    return float(elapsed_hours(instants(start), instants(end), hours, given_pauses).iloc[0])


def test_a_pause_over_a_weekend_costs_its_open_hours_only() -> None:
    # Friday 16:00 to Monday 16:00 are 9 h; paused Friday 17:00 to Monday 10:00 are 2 of them
    assert elapsed("2026-09-11 16:00", "2026-09-14 16:00", ("2026-09-11 17:00", "2026-09-14 10:00")) == 7
    assert elapsed("2026-09-11 16:00", "2026-09-14 16:00", ("2026-09-11 18:00", "2026-09-14 09:00")) == 9


def test_overlapping_pauses_count_once() -> None:
    day = ("2026-09-14 09:00", "2026-09-14 18:00")
    first, second, inside = ("10:00", "12:00"), ("11:00", "14:00"), ("11:15", "11:30")
    pauses = [tuple(f"2026-09-14 {time}" for time in pause) for pause in (second, inside, first)]
    assert elapsed(*day, *pauses) == 5  # 10:00 to 14:00
    assert elapsed(*day, ("2026-09-14 10:00", "2026-09-14 11:00"), ("2026-09-14 11:00", "2026-09-14 12:00")) == 7


def test_a_pause_is_cut_to_the_interval_and_one_without_an_end_runs_on() -> None:
    day = ("2026-09-14 10:00", "2026-09-14 16:00")
    assert elapsed(*day, ("2026-09-01 10:00", "2026-09-14 11:00")) == 5
    assert elapsed(*day, ("2026-09-14 15:00", "2026-09-20 11:00")) == 5
    assert elapsed(*day, ("2026-09-14 15:00", None)) == 5
    assert elapsed(*day, ("2026-09-20 15:00", None)) == 6
    assert elapsed(*day, ("2026-09-01 10:00", None)) == 0
    assert elapsed(*day, ("2026-09-01 10:00", "2026-09-02 10:00")) == 6


def test_pauses_belong_to_their_row() -> None:
    start, end = instants("2026-09-14 10:00", "2026-09-14 10:00", None), instants(*["2026-09-14 12:00"] * 3)
    pauses = table((1, "2026-09-14 11:00", "2026-09-14 13:00"), (2, "2026-09-14 11:00", None))
    result = elapsed_hours(start, end, OFFICE, pauses)
    assert result.tolist()[:2] == [2, 1]
    assert np.isnan(result[2])


def test_inverted_and_endless_on_the_left_pauses_are_refused() -> None:
    day = instants("2026-09-14 10:00"), instants("2026-09-14 12:00")
    for pause in ((0, "2026-09-14 11:00", "2026-09-14 10:00"), (0, None, "2026-09-14 10:00")):
        with pytest.raises(ValueError, match="pause"):
            elapsed_hours(*day, OFFICE, table(pause))


@settings(max_examples=40, deadline=None)
@given(
    pauses=st.lists(st.tuples(st.integers(-200, 3000), st.integers(0, 900) | st.none()), max_size=6),
    length=st.integers(0, 3000),
    hours=st.sampled_from([OFFICE, ALWAYS]),
)
def test_agrees_with_a_minute_by_minute_count(
    pauses: list[tuple[int, int | None]], length: int, hours: ServiceHours
) -> None:
    begin = pd.Timestamp("2026-09-11 14:00", tz=ZONE)  # a Friday
    minutes = [begin + pd.Timedelta(minutes=n) for n in range(length)]
    is_open = [hours.always or (moment.weekday() < 5 and 9 <= moment.hour < 18) for moment in minutes]
    is_paused = [any(a <= n and (b is None or n < a + b) for a, b in pauses) for n in range(length)]
    expected = sum(a and not b for a, b in zip(is_open, is_paused, strict=True))
    drawn = pd.DataFrame(
        {
            "row": [0] * len(pauses),
            "started_at": pd.Series([begin + pd.Timedelta(minutes=a) for a, _ in pauses], dtype="datetime64[us, UTC]"),
            "ended_at": pd.Series(
                [pd.NaT if b is None else begin + pd.Timedelta(minutes=a + b) for a, b in pauses],
                dtype="datetime64[us, UTC]",
            ),
        }
    )
    start, end = (pd.Series([moment]).dt.tz_convert("UTC") for moment in (begin, begin + pd.Timedelta(minutes=length)))
    assert round(float(elapsed_hours(start, end, hours, drawn).iloc[0]) * 60, 6) == expected


def test_hours_that_change_inside_an_interval_each_count_in_their_own_time() -> None:
    # office hours until Tuesday, round the clock from Wednesday the 16th on, 8 to 20 from Friday the 18th on
    long = ServiceHours(weekly={"fri": ((dt.time(8), dt.time(20)),)})
    versions = ((dt.date(2026, 1, 1), OFFICE), (dt.date(2026, 9, 16), ALWAYS), (dt.date(2026, 9, 18), long))

    def hours(start: str, end: str) -> float:
        return float(elapsed_hours(instants(start), instants(end), versions).iloc[0])

    assert hours("2026-09-14 17:00", "2026-09-15 10:00") == 2
    assert hours("2026-09-15 17:00", "2026-09-16 10:00") == 1 + 10
    assert hours("2026-09-17 22:00", "2026-09-18 09:00") == 2 + 1
    assert hours("2026-09-15 00:00", "2026-09-20 00:00") == 9 + 48 + 12
    assert hours("2025-09-15 00:00", "2025-09-16 00:00") == 9  # before the first version its hours count too


def test_hours_that_overlap_count_once() -> None:
    day = instants("2026-09-14 10:00"), instants("2026-09-14 20:00")  # a Monday
    weekly = {"mon": ((dt.time(9), dt.time(12)), (dt.time(11), dt.time(18)))}
    assert elapsed_hours(*day, ServiceHours(weekly=weekly)).iloc[0] == 8


def test_times_to_the_second_are_counted_too() -> None:
    # no common grid but the second: the table would be too long, so edges are searched
    weekly = {"mon": ((dt.time(9, 0, 1), dt.time(17, 59, 58)),)}
    start, end = instants("2020-09-14 00:00"), instants("2026-09-15 00:00")
    assert elapsed_hours(start, end, ServiceHours(weekly=weekly)).iloc[0] == pytest.approx(314 * (9 - 3 / 3600))


def test_written_pauses_are_read_again() -> None:
    pauses = table(
        (2, "2026-09-14 10:00", "2026-09-14 11:00"), (2, "2026-09-15 10:00:30", None), (5, "2026-09-14", None)
    )
    texts = written_pauses(pauses).reindex(range(6)).astype("str")
    assert texts[2] == "2026-09-14T02:00:00Z/2026-09-14T03:00:00Z;2026-09-15T02:00:30Z/"
    pd.testing.assert_frame_equal(read_pauses(texts), pauses)
    assert read_pauses(texts.iloc[:2]).empty
