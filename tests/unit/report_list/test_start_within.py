"""Spread starts: each report at a minute of its own, within the time that its entry gives."""

import datetime as dt
import subprocess
import sys
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from itss.report_list.entry_parts import ReportPeriod
from itss.report_list.loader import load
from itss.report_list.models import Entry
from itss.report_list.schedule import cron_of, schedule_faults, shift_of, starts_at
from list_material import AGREEMENT, LIST, line_of

KEYS = [f"report_{number}" for number in range(1000)]


def entry_of(key: str, within: str | None, schedule: str = "0 6 1 * *", **rule: object) -> Entry:
    period = ReportPeriod.model_validate({"kind": "month", "first": "2026-01-01", "schedule": schedule, **rule})
    return Entry.model_construct(key=key, period=period, start_within=within)


def clock(cron: str) -> int:
    minute, hour, *_ = cron.split()
    return int(hour) * 60 + int(minute)


def test_a_thousand_reports_are_spread_evenly_over_two_hours() -> None:
    starts = [clock(cron_of(entry_of(key, "2h"))) for key in KEYS]
    assert min(starts) == 6 * 60
    assert max(starts) == 8 * 60 - 1, "the window ends before its last minute is over"
    tens = Counter((start - 6 * 60) // 10 for start in starts)
    assert len(tens) == 12
    # 1,000 / 12 = 83.3 expected a bucket, standard deviation 8.7: four of these to each side
    assert all(48 <= found <= 119 for found in tens.values())
    # and as a whole: chi-square with 11 degrees of freedom exceeds 31.3 in one of 1,000 draws
    assert sum((found - 1000 / 12) ** 2 / (1000 / 12) for found in tens.values()) < 31.3


def test_the_minute_of_a_key_is_the_same_in_every_process() -> None:
    code = (
        "from itss.report_list.models import Entry\n"
        "from itss.report_list.schedule import shift_of\n"
        "for number in range(20):\n"
        "    print(shift_of(Entry.model_construct(key=f'report_{number}', start_within='90m')))"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        ).stdout
        for seed in ("1", "2")
    }
    assert runs == {"".join(f"{shift_of(entry_of(key, '90m'))}\n" for key in KEYS[:20])}


def test_without_it_the_schedule_is_what_was_written() -> None:
    assert cron_of(entry_of("report_1", None, "*/5  6 1 * *")) == "*/5  6 1 * *"


def test_the_start_of_a_period_is_that_of_the_moved_cron() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    for key in KEYS[:50]:
        entry = entry_of(key, "3h", "50 20 2 * *")
        start = starts_at(entry, entry.period.parse("2026-09"))
        expected = dt.datetime(2026, 10, 2, 20, 50, tzinfo=zone) + dt.timedelta(minutes=shift_of(entry))
        assert start == expected
        assert cron_of(entry).split()[2:] == ["2", "*", "*"]


@pytest.mark.parametrize(
    ("schedule", "within", "said"),
    [
        ("0 6 1 * *", "2h", ""),
        ("0 22 1 * *", "2h", ""),  # at 23:59 at the latest
        ("1 22 1 * *", "2h", "120 minutes after 22:01 it is past midnight"),
        ("0 6 1 * *", "99h", "past midnight"),
        ("0,30 6 1 * *", "2h", "no one minute and hour"),
        ("0 6-8 1 * *", "2h", "no one minute and hour"),
        ("*/7 6 1 * *", "2h", "no one minute and hour"),
        ("* 6 1 * *", "2h", "no one minute and hour"),
        ("0 * 1 * *", "2h", "no one minute and hour"),
        ("0 6 1 * *", None, ""),
    ],
)
def test_what_cannot_be_spread_is_refused(schedule: str, within: str | None, said: str) -> None:
    found = schedule_faults(entry_of("report_1", within, schedule))
    assert [fault.loc for fault in found] == ([("start_within",)] if said else [])
    assert all(said in fault.message and fault.remedy for fault in found)


@pytest.mark.parametrize(
    ("due_time", "said"),
    [
        ("07:59", []),
        (
            "07:58",
            ["The report of 2026-W28 would start as late as 2026-07-13 07:59, but it is due on 2026-07-13 07:58."],
        ),
    ],
)
def test_the_latest_start_must_be_in_time_whatever_the_key(due_time: str, said: list[str]) -> None:
    rule = {"kind": "week", "first": "2026-07-06", "due_working_days": 1, "due_time": due_time, "holidays": "DE"}
    for key in KEYS[:5]:
        entry = entry_of(key, "2h", "0 6 * * 1", timezone="Europe/Berlin", **rule)
        assert [fault.message for fault in schedule_faults(entry)] == said


def test_the_list_says_the_line(tmp_path: Path) -> None:
    path = tmp_path / "report_list.yaml"
    (tmp_path / "agreements").mkdir()
    (tmp_path / "agreements" / "sla.yaml").write_text(AGREEMENT, encoding="utf-8")
    entry = "  - key: from_database\n    start_within: 2h\n"
    path.write_text(
        LIST.replace("  - key: from_database\n", entry).replace('"0 6 1 * *"', '"30 22 1 * *"'), encoding="utf-8"
    )
    (problem,) = load(path).problems
    assert problem.line == line_of(path, "start_within")
    assert "past midnight" in str(problem)
    assert "Write `90m` or less" in str(problem)


@pytest.mark.parametrize(
    ("schedule", "zone", "period", "at"),
    [
        ("30 1 * * 0", "America/New_York", "2026-W43", "2026-11-01T06:30+00:00"),  # twice: once more an hour later
        ("30 2 * * 0", "America/New_York", "2026-W09", "2026-03-08T07:30+00:00"),  # not at all: it is half past three
        ("30 2 * * 0", "Europe/Berlin", "2026-W42", "2026-10-25T01:30+00:00"),
    ],
)
def test_a_start_in_the_night_of_a_change_is_when_airflow_starts(
    schedule: str, zone: str, period: str, at: str
) -> None:
    rule = {"kind": "week", "first": "2026-01-05", "timezone": zone}
    entry = entry_of("report_1", None, schedule, **rule)
    assert starts_at(entry, entry.period.parse(period)).timestamp() == dt.datetime.fromisoformat(at).timestamp()
