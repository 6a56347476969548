"""A report that is made after another one, and the runs that a load and a cron start, step by step without Airflow."""

import datetime as dt

import pytest
import yaml
from itss import steps
from itss.errors import ConfigurationError, VersionsMissingError
from itss.register import Register
from itss.report_list.loader import load
from itss.settings import settings
from itss.steps import watching
from itss.watch.board import board
from walk import GOOD, KEY, NOW, PERIOD, draft, fail, seal

AFTER = "after_it"
DUE = dt.datetime(2026, 10, 7, 18, tzinfo=dt.UTC)
"""18:00 on the fifth working day of October, in a list of UTC and a country without a holiday in it."""


def edit(house, how):
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    how({entry["key"]: entry for entry in document["reports"]}, document["reports"])
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))


@pytest.fixture
def after(house, mail):
    def add(entries, reports):
        reports.append(entries[KEY] | {"key": AFTER, "after": KEY})

    edit(house, add)
    return Register(settings().register_url)


def open_after(run="run-9", now=NOW):
    return steps.open_report(AFTER, PERIOD, run, now)


def awaited_lines(register, number=1):
    return [one.details["versions"] for one in register.events((AFTER, PERIOD, number)) if one.what == "awaited"]


def test_nothing_is_missing_once_the_version_is_sealed_and_that_is_on_record(house, after):
    job = open_after()
    assert steps.missing_versions(job, NOW) == [(KEY, PERIOD)]
    assert awaited_lines(after) == []
    sealed = seal("run-1")
    assert steps.missing_versions(job, NOW) == []
    known = {f"{KEY}/{PERIOD}/r01": {"manifest_sha256": sealed["manifest_sha256"], "archive_only": False}}
    assert awaited_lines(after) == [known]
    (house / "list" / "log.csv").write_text(GOOD + "INC3,2026-09-03 08:00,2026-09-03 10:00\n")
    seal("run-2")
    steps.collect(job, "incident")
    assert awaited_lines(after) == [known], "what is restated later is no matter of it"


def test_a_version_that_a_backfill_made_for_the_archive_counts(house, after):
    job = open_after()
    archived = steps.open_report(KEY, PERIOD, "run-1", NOW, backfill=True)
    steps.collect(archived, "incident")
    steps.check(archived)
    steps.measure(archived)
    steps.render(archived)
    steps.release(archived)
    steps.seal(archived)
    assert steps.sealed_as(archived)["archive_only"] is True
    assert steps.missing_versions(job, NOW) == []
    (line,) = awaited_lines(after)
    assert line[f"{KEY}/{PERIOD}/r01"]["archive_only"] is True


def test_once_it_is_due_it_says_which_versions_are_missing_and_how_far_they_are(house, after):
    job = open_after()
    assert steps.missing_versions(job, DUE - dt.timedelta(seconds=1)) != []
    with pytest.raises(VersionsMissingError, match=rf"{KEY} {PERIOD} \(no run has opened it\)"):
        steps.missing_versions(job, DUE)
    steps.open_report(KEY, PERIOD, "run-1", NOW)
    said = rf"{AFTER} {PERIOD} r01 is made after .* due \(2026-10-07 18:00 UTC\): {KEY} {PERIOD} \(r01 is open\)"
    with pytest.raises(VersionsMissingError, match=said):
        steps.missing_versions(job, DUE)


def test_what_it_waits_for_is_frozen_until_it_is_opened_anew(house, after):
    job = open_after()
    edit(house, lambda entries, _: entries[AFTER].pop("after"))
    assert steps.missing_versions(job, NOW) == [(KEY, PERIOD)]
    after.fail((AFTER, PERIOD, 1), "await_versions: not sealed")
    again = open_after("run-10")
    assert again["revision"] == 1
    assert steps.missing_versions(again, DUE) == []
    assert awaited_lines(after) == []


def test_a_report_that_cannot_be_waited_for_opens_nothing(house, after):
    edit(house, lambda entries, _: entries[KEY].update(after=AFTER))
    with pytest.raises(ConfigurationError, match=f"in a circle: {AFTER} → {KEY} → {AFTER}"):
        open_after()
    assert after.revisions(AFTER, PERIOD) == []


def test_watch_and_board_say_what_it_waits_for(house, after):
    open_after()
    now = DUE - dt.timedelta(hours=6)
    matters = {one.report: one for one in watching.look(settings(), now) if one.kind == "report_due"}
    said = f"revision 1 waits for versions of other reports to be sealed before it collects: {KEY} {PERIOD} (–)"
    assert matters[AFTER].what.en == said
    assert matters[AFTER].what.zh == f"第 1 版等待其他报告存档后再收集数据：{KEY} {PERIOD} (–)"
    people = load(settings().report_list).list

    def cell():
        (table,) = board(people.reports, people, after, now)
        return next(row for row in table.rows if row.entry.key == AFTER).cells[PERIOD].state

    assert cell() == "waiting_versions"
    seal("run-1")
    assert cell() == "collecting"
    matters = {one.report: one for one in watching.look(settings(), now) if one.kind == "report_due"}
    assert matters[AFTER].what.en.startswith("revision 1 is open; its last sign of life")


def needs(run, kind, label=PERIOD, state="alive", report=KEY):
    return steps.why_not_needed(report, label, run, kind, lambda *_: state)


LOAD, CRON = "asset_triggered__2026-10-01T01:00:00+00:00_x", "scheduled__2026-09__x"


def test_the_first_load_and_no_other_opens_a_period(house, mail):
    assert needs(LOAD, "asset_triggered") == ""
    steps.open_report(KEY, PERIOD, LOAD, NOW)
    assert needs(LOAD, "asset_triggered") == "", "cleared, it goes on"
    for run, kind in (("asset_triggered__later", "asset_triggered"), (CRON, "scheduled")):
        assert needs(run, kind).startswith(f"{KEY} {PERIOD} r01 is open, opened by run {LOAD}")
    for run, kind in (("manual__1", "manual"), ("backfill__1", "backfill")):
        assert needs(run, kind) == "", "as ever"


@pytest.mark.parametrize("opened_by", [CRON, "manual__1"])
def test_a_load_finds_opened_what_anybody_has_opened(house, mail, opened_by):
    seal(opened_by)
    assert needs(LOAD, "asset_triggered").startswith(f"{KEY} {PERIOD} r01 is sealed, opened by run {opened_by}")
    assert needs("scheduled__other", "scheduled") == "", "what no load has opened is a cron's as ever"


def test_a_cron_takes_over_what_a_load_began_and_nobody_goes_on_with(house, mail):
    job = steps.open_report(KEY, PERIOD, LOAD, NOW)
    assert needs(CRON, "scheduled") != ""
    assert needs(CRON, "scheduled", state="gone") == ""
    fail(job, "collect_incident")
    assert needs(CRON, "scheduled") == ""
    assert needs("asset_triggered__later", "asset_triggered") != "", "a later load does not"
    assert steps.open_report(KEY, PERIOD, CRON, NOW)["revision"] == 1


def test_a_load_of_a_period_that_is_not_owed_opens_nothing(house, mail, monkeypatch):
    assert "2025-12 is no period that" in needs(LOAD, "asset_triggered", "2025-12")
    edit(house, lambda entries, _: entries[KEY].update(retired="2026-08-31"))
    assert f"{PERIOD} is no period that" in needs(LOAD, "asset_triggered")
    assert needs(LOAD, "asset_triggered", "2026-08") == ""
    monkeypatch.setenv("ITSS_SCHEDULE_FROM", "2026-10-01")
    assert "2026-08 was due before 2026-10-01" in needs(LOAD, "asset_triggered", "2026-08")
    assert needs(LOAD, "asset_triggered", PERIOD, report="nobody") == "", "opening says what is wrong"


def test_a_rerun_says_the_same_whatever_it_waits_for_or_is_started_by(house, after):
    seal("run-1")
    edit(
        house, lambda entries, reports: (reports.remove(entries[AFTER]), entries[KEY].update(when={"asset": "loaded"}))
    )
    edit(house, lambda entries, reports: reports.append({**entries[KEY], "key": "before_it"}))
    edit(house, lambda entries, _: entries[KEY].update(after="before_it"))
    assert draft("run-2")[1]["unchanged"] is True
