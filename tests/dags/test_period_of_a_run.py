"""Which period a run is for that names none: for each way to start it, on each day from a period's end to its schedule.

The intervals are those that Airflow's own timetable infers; the expected periods are written down or counted by hand.
"""

import datetime as dt
from zoneinfo import ZoneInfo

import pendulum
import pytest
from airflow.timetables.interval import CronDataIntervalTimetable
from itss.flow.tasks import period_asked
from itss.periods import PeriodKind

ZONE = "Asia/Shanghai"
CASES: list[tuple[PeriodKind, int, str, str, str, str]] = [
    # kind, year_starts, schedule, last day of the period, first day it is scheduled on, label
    ("week", 1, "0 6 * * 3", "2026-09-13", "2026-09-16", "2026-W37"),
    ("month", 1, "0 6 10 * *", "2026-09-30", "2026-10-10", "2026-09"),
    ("month", 1, "30 23 28 * *", "2026-01-31", "2026-02-28", "2026-01"),
    ("quarter", 1, "0 6 20 1,4,7,10 *", "2026-09-30", "2026-10-20", "2026-Q3"),
    ("quarter", 2, "0 6 20 2,5,8,11 *", "2026-10-31", "2026-11-20", "2026-02-Q3"),
    ("half_year", 1, "0 6 15 1,7 *", "2026-06-30", "2026-07-15", "2026-H1"),
    ("year", 4, "0 6 15 4 *", "2026-03-31", "2026-04-15", "2025-04-FY"),
]


def local(day: dt.date, at: dt.time = dt.time()) -> pendulum.DateTime:
    return pendulum.instance(dt.datetime.combine(day, at, tzinfo=ZoneInfo(ZONE)))


@pytest.mark.parametrize(("kind", "starts", "schedule", "last", "scheduled", "label"), CASES)
@pytest.mark.parametrize("way", ["manual", "operator_triggered", "asset_triggered"])
def test_a_run_by_hand_is_for_the_period_that_was_complete_when_it_was_triggered(
    kind: PeriodKind, starts: int, schedule: str, last: str, scheduled: str, label: str, way: str
) -> None:
    timetable = CronDataIntervalTimetable(schedule, timezone=ZONE)
    first, until = (dt.date.fromisoformat(day) for day in (last, scheduled))
    for number in range((until - first).days + 1):
        for clock in (dt.time(0), dt.time(7, 59), dt.time(23, 59)):
            triggered = local(first + dt.timedelta(days=number), clock)
            inferred = timetable.infer_manual_data_interval(run_after=triggered)
            found = period_asked(way, inferred.end, triggered, kind, ZONE, starts)
            assert (found.label == label) == (number > 0), triggered  # on its last day the period is not complete
            assert found == period_asked(way, None, triggered, kind, ZONE, starts)  # triggered without a logical date


@pytest.mark.parametrize(("kind", "starts", "schedule", "last", "scheduled", "label"), CASES)
@pytest.mark.parametrize("way", ["scheduled", "backfill"])
def test_a_planned_run_is_for_the_period_of_its_own_interval(
    kind: PeriodKind, starts: int, schedule: str, last: str, scheduled: str, label: str, way: str
) -> None:
    timetable = CronDataIntervalTimetable(schedule, timezone=ZONE)
    end = timetable.infer_manual_data_interval(run_after=local(dt.date.fromisoformat(scheduled), dt.time(23, 59))).end
    a_year_later = end.add(years=1)  # when a backfill runs
    assert period_asked(way, end, a_year_later, kind, ZONE, starts).label == label
