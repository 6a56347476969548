"""What a run is called: by the period that it reports on, wherever Airflow makes it from the schedule."""

from __future__ import annotations

import pendulum
import pytest
from airflow.timetables.base import DataInterval, TimeRestriction
from airflow.utils.types import DagRunType
from itss.airflow_plugin import ItssPlugin
from itss.flow.output_link import anchor
from itss.flow.timetable import PeriodTimetable


def named(timetable: PeriodTimetable, kind: DagRunType, start: str, end: str, zone: str) -> str:
    first, last = (pendulum.parse(one, tz=zone).in_timezone("UTC") for one in (start, end))
    interval = DataInterval(first, last)  # type: ignore[arg-type]
    return timetable.generate_run_id(run_type=kind, run_after=last, data_interval=interval)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cron", "kind", "starts", "start", "end", "label"),
    [
        ("0 6 1 * *", "month", 1, "2026-10-01T06:00", "2026-11-01T06:00", "2026-10"),
        ("0 6 5 * *", "month", 1, "2026-12-05T06:00", "2027-01-05T06:00", "2026-12"),
        ("0 6 1 1,4,7,10 *", "quarter", 4, "2026-04-01T06:00", "2026-07-01T06:00", "2026-04-Q1"),
        ("0 6 * * 1", "week", 1, "2026-09-07T06:00", "2026-09-14T06:00", "2026-W37"),
    ],
)
def test_scheduled_and_backfilled_runs_are_named_by_their_period(
    cron: str, kind: str, starts: int, start: str, end: str, label: str
) -> None:
    made = PeriodTimetable(cron, "Asia/Shanghai", kind, starts)  # type: ignore[arg-type]
    read = PeriodTimetable.deserialize(made.serialize())
    after = pendulum.parse(end, tz="Asia/Shanghai").in_timezone("UTC").isoformat()  # type: ignore[union-attr]
    for timetable in (made, read):
        for run_type in (DagRunType.SCHEDULED, DagRunType.BACKFILL_JOB):
            run = named(timetable, run_type, start, end, "Asia/Shanghai")
            assert run == f"{run_type.value}__{label}__{after}"
        assert named(timetable, DagRunType.MANUAL, start, end, "Asia/Shanghai") == f"manual__{after}"


def test_it_runs_when_airflows_own_would() -> None:
    made = PeriodTimetable("0 6 1 * *", "Asia/Shanghai", "month")
    window = TimeRestriction(pendulum.datetime(2026, 1, 1), None, True)
    ends, last = [], None
    for _ in range(3):
        info = made.next_dagrun_info(last_automated_data_interval=last, restriction=window)
        assert info is not None
        last = info.data_interval
        ends.append(last.end.in_timezone("Asia/Shanghai").isoformat())
    assert ends == [f"2026-0{month}-01T06:00:00+08:00" for month in (3, 4, 5)]


def run_times(timetable: PeriodTimetable, last: DataInterval, count: int = 2) -> list[str]:
    window, ends = TimeRestriction(pendulum.datetime(2026, 1, 1), None, True), []
    for _ in range(count):
        info = timetable.next_dagrun_info(last_automated_data_interval=last, restriction=window)
        assert info is not None
        last = info.data_interval
        ends.append(last.end.in_timezone("Asia/Shanghai").format("YYYY-MM-DD HH:mm"))
    return ends


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("0 6 1 * *", ["2026-07-01 06:00", "2026-08-01 06:00"]),
        ("40 6 1 * *", ["2026-07-01 06:40", "2026-08-01 06:40"]),  # as `start_within` moves it
        ("0 6 3 * *", ["2026-07-03 06:00", "2026-08-03 06:00"]),
        ("0 5 1 * *", ["2026-07-01 05:00", "2026-08-01 05:00"]),
    ],
)
def test_a_moved_cron_starts_no_period_a_second_time(cron: str, expected: list[str]) -> None:
    begin, end = (pendulum.datetime(2026, month, 1, 6, tz="Asia/Shanghai") for month in (5, 6))
    last = DataInterval(begin.in_timezone("UTC"), end.in_timezone("UTC"))  # of May, run on 1 June at six
    assert run_times(PeriodTimetable(cron, "Asia/Shanghai", "month"), last) == expected


def test_the_scheduler_knows_it_by_the_plugin() -> None:
    assert ItssPlugin.timetables == [PeriodTimetable]


@pytest.mark.parametrize(
    ("task", "part"),
    [
        *(("open", ""), ("render", ""), ("collect_incident", "#data"), ("wait_capacity", "#data")),
        *(("check", "#checks"), ("measure", "#figures"), ("comment", "#figures"), ("initial_review", "#decisions")),
        *(("release", "#decisions"), ("deliver", "#receipts"), ("seal", "#receipts")),
    ],
)
def test_a_task_leads_to_the_part_of_the_page_that_it_makes(task: str, part: str) -> None:
    assert anchor(task) == part
