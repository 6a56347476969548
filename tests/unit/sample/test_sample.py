"""The sample ITSM database: equal everywhere, credible, and sound by the product's own checks."""

import datetime as dt
import hashlib
import sqlite3
from argparse import Namespace
from pathlib import Path

import pytest
import sqlalchemy as sa
from itss.checks.plausible import implausible
from itss.checks.run import check
from itss.checks.verdicts import About
from itss.measures.coverage import Collected
from itss.periods import parse_period
from itss.processes import PROCESSES
from itss.report_list.data_source import DataSource
from itss.sample import TABLES, ensure, generate, last_full_month, main
from itss.sources.collect import collect
from itss.sources.snapshot import read_frame

ROOT = Path(__file__).resolve().parents[3]
LAST = dt.date(2026, 9, 1)
JULY = "7c6c560671c7419430f27fe972a307e955f77041fcbceae4e888e7f1c09e1720"
START, END = dt.datetime(2025, 6, 30, 16, tzinfo=dt.UTC), dt.datetime(2026, 9, 30, 16, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("sample") / "var" / "itsm.sqlite"
    generate(path, LAST)
    return path


def ask(path, sql):
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def rows_of_july(path):
    tables = {"incident": "INC2607%", "changes": "CHG2607%", "satisfaction": "SV-2607%", "security": "VUL2607%"}
    return {t: ask(path, f"SELECT * FROM {t} WHERE number LIKE '{like}' ORDER BY number") for t, like in tables.items()}


def test_a_month_is_the_same_whatever_range_is_generated(path, tmp_path):
    generate(tmp_path / "other.sqlite", dt.date(2026, 11, 1), months=6)
    assert rows_of_july(path) == rows_of_july(tmp_path / "other.sqlite")
    assert len(rows_of_july(path)["incident"]) > 600


def test_the_rows_are_those_of_every_machine_and_python(path):
    # fixed once: it changes only when the generator or the Chinese calendar of July 2026 does
    written = repr(rows_of_july(path)).encode()
    assert hashlib.sha256(written).hexdigest() == JULY


def test_every_month_is_there(path):
    months = ask(path, "SELECT strftime('%Y-%m', datetime(opened, '+8 hours')), count(*) FROM incident GROUP BY 1")
    assert len(months) == 15
    assert (months[0][0], months[-1][0]) == ("2025-07", "2026-09")
    ordinary = [count for month, count in months if month != "2026-02"]
    assert 600 <= min(ordinary) <= max(ordinary) <= 900


def test_the_weekly_rhythm_and_spring_festival(path):
    by_day = dict(ask(path, "SELECT date(opened, '+8 hours'), count(*) FROM incident GROUP BY 1"))
    weekend = [n for day, n in by_day.items() if dt.date.fromisoformat(day).weekday() >= 5 and n]
    assert sum(by_day.values()) / len(by_day) > 3 * sum(weekend) / len(weekend)
    # 16 to 23 February 2026 are off, Saturday 28 February is worked, Tuesday 24 is the first day back
    assert max(by_day.get(f"2026-02-{day}", 0) for day in range(16, 24)) < 12
    assert by_day["2026-02-28"] > 10
    assert by_day["2026-02-24"] > 35


def test_september_has_a_failed_change_and_a_major_incident_after_it(path):
    [(change, ended, result)] = ask(
        path, "SELECT number, actual_end, result FROM changes WHERE major AND planned_start >= '2026-09'"
    )
    [(opened, caused_by)] = ask(path, "SELECT opened, change_number FROM incident WHERE major AND opened >= '2026-09'")
    assert (result, caused_by) == ("backed_out", change)
    assert opened < ended
    rate = "SELECT avg(sla_met) FROM incident WHERE date(opened, '+8 hours') LIKE '{}%'"
    assert ask(path, rate.format("2026-09"))[0][0] < 0.85 < 0.9 < ask(path, rate.format("2026-08"))[0][0]


def test_breaches_reopenings_and_all_scores_occur(path):
    assert {score for (score,) in ask(path, "SELECT DISTINCT score FROM satisfaction")} == {None, 1, 2, 3, 4, 5}
    [(reopened, breached, open_, cancelled)] = ask(
        path,
        "SELECT sum(reopen_count), sum(sla_met = 0), sum(closed IS NULL), sum(state = 'Cancelled') FROM incident",
    )
    assert min(reopened, breached, open_, cancelled) > 10


def test_the_states_end_as_the_row_says(path):
    """Open to the end, or solved and closed at the very times of the columns."""
    for table, done in (("incident", "resolved"), ("request", "fulfilled"), ("problem", "resolved")):
        rows = ask(path, f"SELECT opened, {done}, closed, state, state_history FROM {table}")
        for opened, resolved, closed, state, history in rows:
            entries = [entry.replace("T", " ").split("Z=") for entry in history.split(";")]
            assert entries == sorted(entries, key=lambda entry: entry[0])
            assert entries[0][0] == opened
            last = {word: at for at, word in entries}
            assert last.get("solved") == resolved
            assert last.get("cancelled" if state == "Cancelled" else "closed") == closed
            assert not closed or entries[-1][0] == closed


def test_links_lead_somewhere(path):
    changes = "SELECT count(*) FROM incident WHERE change_number NOT IN (SELECT number FROM changes)"
    surveys = "SELECT count(*) FROM satisfaction WHERE incident_number NOT IN (SELECT number FROM incident)"
    assert ask(path, changes) == ask(path, surveys) == [(0,)]


def collected_from(path, process, folder):
    return collect(
        process,
        DataSource(system="itss", connection="itsm_sample"),
        sql_file=ROOT / "include" / "sql" / "itss" / f"{process.id}.sql",
        base=ROOT,
        start=START,
        end=END,
        connection_url=lambda _: sa.URL.create("sqlite", database=str(path)),
        to=folder / f"{process.id}.parquet",
    )


@pytest.mark.parametrize("name", [name for name in PROCESSES if name != "reporting"])
def test_its_queries_give_every_column_and_pass_the_checks(path, tmp_path, name):
    process = PROCESSES[name]
    collected = collected_from(path, process, tmp_path)
    frame = read_frame(collected.path)
    lacking = {  # it knows of no review of ours, and does not log everything
        "improvement": {"report", "due_moved_at"},
        "change": {"announced_at", "outcome_at"},
        "problem": {"reopened_at", "reopen_count"},
        "satisfaction": {"expires_at"},
    }
    unknown = {"recorded_at"} | lacking.get(name, set())
    assert {column.name for column in process.columns if column.name not in frame} == unknown
    begun = "sent < '2026-09-30 16:00:00'" if name == "satisfaction" else "true"  # a survey may be sent a month later
    table = {"change": "changes", "release": "releases"}.get(name, name)  # reserved words in MariaDB
    assert collected.rows == ask(path, f"SELECT count(*) FROM {table} WHERE {begun}")[0][0]
    about = {name: About(period=parse_period("2026-09", "month", "Asia/Shanghai"))}
    checked = check([(process, frame, collected.source)], about)
    assert [finding.line() for finding in checked.findings] == []
    assert checked.quarantine.empty


def test_the_recorded_times_are_service_time(path):
    # Friday 2026-09-04 17:00 + 2 h of service time = Monday 10:00
    from itss.sample.clock import add_service_hours

    def local(text):
        return dt.datetime.fromisoformat(text)

    assert add_service_hours(local("2026-09-04 17:00"), 2) == local("2026-09-07 10:00")
    # over National Day 2026: Wednesday 30 September 17:30 + 1 h = Thursday 8 October 9:30
    assert add_service_hours(local("2026-09-30 17:30"), 1) == local("2026-10-08 09:30")


def test_it_replaces_the_file_whole_and_leaves_nothing_beside_it(tmp_path):
    target = tmp_path / "itsm.sqlite"
    target.write_text("old")
    generate(target, LAST, months=1)
    assert [file.name for file in tmp_path.iterdir()] == ["itsm.sqlite"]
    assert set(TABLES) == {name for (name,) in ask(target, "SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_ensure_makes_it_once_and_anew_when_a_month_has_passed(tmp_path):
    target = tmp_path / "itsm.sqlite"
    ensure(target, dt.date(2026, 2, 1))
    made = target.stat().st_mtime_ns
    ensure(target, dt.date(2026, 2, 1))
    assert target.stat().st_mtime_ns == made
    ensure(target, dt.date(2026, 3, 1))
    assert ask(target, "SELECT count(*) FROM incident WHERE number LIKE 'INC2603%'")[0][0] > 0


def test_ensure_makes_it_anew_when_its_tables_are_those_of_an_older_version(tmp_path):
    target = tmp_path / "itsm.sqlite"
    generate(target, dt.date(2026, 2, 1), months=1)
    with sqlite3.connect(target) as connection:
        connection.execute("DROP TABLE request")
        connection.execute("PRAGMA application_id = 0")
    ensure(target, dt.date(2026, 2, 1))
    assert ask(target, "SELECT count(*) FROM request")[0][0] > 100


@pytest.mark.parametrize(
    ("now", "last"),
    [
        ("2026-01-01T00:00", "2025-12-01"),
        ("2026-03-31T15:59", "2026-02-01"),
        ("2026-03-31T16:00", "2026-03-01"),  # in the zone of the demo's list it is April
    ],
)
def test_the_last_full_month(now, last):
    assert last_full_month(dt.datetime.fromisoformat(f"{now}Z")).isoformat() == last


def test_nothing_has_happened_after_the_day_it_is_asked(tmp_path):
    now = dt.datetime(2026, 10, 1, 0, 30, tzinfo=dt.UTC)
    generate(tmp_path / "live.sqlite", LAST, months=2, now=now)
    generate(tmp_path / "whole.sqlite", LAST, months=2)
    ahead = 0
    for name, process in PROCESSES.items():
        if name == "reporting":
            continue
        paths = [tmp_path / f"{kind}.sqlite" for kind in ("live", "whole")]
        frames = [read_frame(collected_from(one, process, tmp_path).path) for one in paths]
        about = About(collected=Collected(now))
        assert implausible(process, frames[0], about).isna().all(), name
        ahead += int(implausible(process, frames[1], about).notna().sum())
    assert ahead > 50


def test_the_command(tmp_path, capsys):
    assert main(Namespace(out=str(tmp_path / "a.sqlite"), last_month="2026-08", months=2)) == 0
    assert "a.sqlite: " in capsys.readouterr().out
    assert main(Namespace(out=str(tmp_path / "b.sqlite"), last_month="August", months=2)) == 2
    assert "'August' is not a month" in capsys.readouterr().err
    assert main(Namespace(out=str(tmp_path / "b.sqlite"), last_month=None, months=-1)) == 2
    assert not (tmp_path / "b.sqlite").exists()
