"""How long a sealed version is kept: never removed early nor by itself, and when it is, the chain stays whole."""

import datetime as dt
import json
import os
import sqlite3
import subprocess
import sys
from argparse import Namespace
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
import yaml
from itss.archive.retention import keep_until
from itss.audit.facts import REMOVED
from itss.audit.versions import Asked, audit
from itss.audit.words import total
from itss.cli import main
from itss.commands.retention import main as command
from itss.commands.retention import past_retention, remove
from itss.errors import ArchiveError, ConfigurationError
from itss.register import Register
from itss.settings import settings
from itss.steps import rendering, stating
from itss.steps.opened import opened
from walk import KEY, PERIOD, register

DAY = dt.timedelta(days=1)


def zone():
    listed = yaml.safe_load(settings().report_list.read_text())
    return ZoneInfo(listed["reports"][0]["period"].get("timezone", "Asia/Shanghai"))


def last_moment(years):
    """The end of the last day on which both versions are kept for so many years, in the report's zone."""
    day = register().revision((KEY, PERIOD, 2)).sealed_at.astimezone(zone()).date()
    return dt.datetime(day.year + years, day.month, day.day, 23, 59, 59, tzinfo=zone())


def past(now):
    return past_retention(settings(), now, None, None)


def ask(years, key=KEY):
    listed = settings().report_list
    document = yaml.safe_load(listed.read_text())
    document["reports"][0] |= {"retention_years": years, "key": key}
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))


def told():
    return [problem.what.en for problem in audit(settings(), Asked(sample=0)).problems]


def left(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*")) if folder.exists() else []


@pytest.mark.parametrize(
    ("sealed_at", "years", "until"),
    [
        ("2026-11-25T15:59:59+00:00", 6, "2032-11-25"),
        ("2026-11-25T16:00:00+00:00", 6, "2032-11-26"),  # midnight in Shanghai
        ("2028-02-29T01:00:00+00:00", 1, "2029-03-01"),
        ("2028-02-29T01:00:00+00:00", 4, "2032-02-29"),
    ],
)
def test_the_last_day_is_that_of_the_reports_zone(sealed_at, years, until):
    at = dt.datetime.fromisoformat(sealed_at)
    assert keep_until(at, ZoneInfo("Asia/Shanghai"), years).isoformat() == until


def test_the_manifest_says_how_long_and_nothing_is_past_its_date_before_it(sealed):
    facts = json.loads((sealed[1] / "manifest.json").read_text())["facts"]
    assert (facts["retention_years"], facts["keep_until"]) == (6, f"{last_moment(6):%Y-%m-%d}")
    assert past(last_moment(6)) == []
    found = past(last_moment(6) + DAY)
    assert [kept.ref for kept in found] == [(KEY, PERIOD, 1), (KEY, PERIOD, 2)]
    assert len(left(sealed[0])) > 10, "listing removes nothing"


def test_the_later_of_then_and_today_counts(sealed):
    ask(10)
    assert past(last_moment(10)) == []
    assert len(past(last_moment(10) + DAY)) == 2
    ask(1)
    assert past(last_moment(6)) == []
    ask(10, "another_report")
    assert len(past(last_moment(6) + DAY)) == 2, "of a withdrawn entry what it said then counts"


def test_an_instant_that_was_changed_in_the_register_brings_no_date_forward(sealed):
    with sqlite3.connect(settings().var / "register.sqlite") as database:
        database.execute("UPDATE revision SET sealed_at = '2001-01-01 00:00:00.000000'")
    assert past(last_moment(6)) == []


def test_what_is_removed_leaves_its_manifest_and_a_line_on_record(sealed, capsys):
    now = last_moment(6) + DAY
    drafts = settings().var / "workspace" / KEY / PERIOD
    assert left(drafts / "r01")
    arguments = Namespace(list=None, report=None, period=None, delete=True, reason="six years are over")
    assert command(arguments, now) == 0
    printed = capsys.readouterr().out
    assert "2 sealed version(s) past their date." in printed
    assert f"{KEY} {PERIOD} r01: sealed on" in printed
    assert f"{KEY} {PERIOD} r02: " in printed
    assert [left(folder) for folder in sealed] == [["manifest.json"]] * 2
    assert [left(drafts / name) for name in ("r01", "r02")] == [[], []]
    for number in (1, 2):
        (event,) = [one for one in register().events((KEY, PERIOD, number)) if one.what == "removed"]
        assert event.details == {"reason": "six years are over", "kept_until": f"{last_moment(6):%Y-%m-%d}"}
        assert event.who
    assert past(now) == []
    assert command(arguments, now) == 0
    assert main(["audit"]) == 1, "by the clock of today it was removed before its date"


def record_removal(kept, who, at):
    """As if it were removed then: the line has the register's clock, and its second call changes nothing."""
    Register(settings().register_url, clock=lambda: at).remove(kept.ref, who, "over", kept.until)


def removed(sealed, now, at=None):
    kept = past(now)[0]
    record_removal(kept, "auditor", at or now)
    list(remove(settings(), [kept], "auditor", "over"))


def test_the_audit_accepts_exactly_that_and_nothing_else(sealed, capsys):
    now = last_moment(6) + DAY
    removed(sealed, now)
    found = audit(settings(), Asked(sample=0, now=now))
    assert total(found).en == "2 sealed version(s), of which 1 removed after their time, 0 problem(s)."
    assert found.unjudged["approved", REMOVED] == 1
    assert main(["audit", "--sample", "0"]) == 1
    assert "the line of its removal is from the future" in capsys.readouterr().out
    (sealed[0] / "report.html").write_text("back again")
    assert told() == ["1 file(s) are there, though it was removed: cut off, or put there since"]
    (sealed[0] / "report.html").unlink()
    (sealed[1] / "report.html").unlink()
    assert told() == ["report.html: is missing"], "of the other one nobody put a removal on record"
    (sealed[0] / "manifest.json").chmod(0o644)
    (sealed[0] / "manifest.json").write_text((sealed[0] / "manifest.json").read_text().replace("2026", "2027"))
    assert any("is not the one in the register" in what for what in told())


def test_a_removal_before_its_date_is_found(sealed):
    removed(sealed, last_moment(6) + DAY, at=last_moment(6))
    (what,) = told()
    day = f"{last_moment(6):%Y-%m-%d}"
    assert what == f"was removed on {day} by auditor, and is to be kept until {day}"


def test_a_removal_on_the_day_after_is_none(sealed):
    removed(sealed, last_moment(6) + DAY, at=last_moment(6) + dt.timedelta(seconds=1))
    assert told() == [], "the day after it has begun in the report's zone"


def test_a_removed_version_keeps_the_chain_of_the_next(sealed):
    removed(sealed, last_moment(6) + DAY)
    (sealed[0] / "manifest.json").unlink()
    assert any("no version before it has the manifest" in what for what in told())


KILLED = """
import datetime as dt, os
from itss.archive import retention
from itss.settings import settings
from itss.steps import rendering
from itss.commands.retention import past_retention, remove
real, seen = retention.Path.unlink, []
def unlink(path, *rest, **more):
    if len(seen) == 3: os._exit(9)
    seen.append(path)
    real(path, *rest, **more)
retention.Path.unlink = unlink
now = dt.datetime.fromisoformat({now!r})
list(remove(settings(), past_retention(settings(), now, None, None), 'clerk', 'over'))
"""


def test_killed_in_the_middle_it_is_told_and_finished_by_the_next_call(sealed):
    now = last_moment(6) + DAY
    before = len(left(sealed[0]))
    record_removal(past(now)[0], "clerk", now)
    code = KILLED.format(now=now.isoformat())
    done = subprocess.run([sys.executable, "-c", code], check=False, env=dict(os.environ))
    assert done.returncode == 9
    assert len(left(sealed[0])) == before - 3
    assert any("cut off" in what for what in told())
    first, second = past(now)
    assert (first.is_cut_off, second.is_cut_off) == (True, False)
    assert len(list(remove(settings(), [first], "another", "over"))) == 1
    assert left(sealed[0]) == ["manifest.json"]
    (event,) = [one for one in register().events((KEY, PERIOD, 1)) if one.what == "removed"]
    assert event.who == "clerk", "it is the first who put it on record"
    assert told() == []


def test_what_was_tampered_with_is_evidence_and_stays(sealed):
    now = last_moment(6) + DAY
    (sealed[0] / "report.html").chmod(0o644)
    (sealed[0] / "report.html").write_text("forged")
    with pytest.raises(ArchiveError, match=r"r01 is not what was sealed, so its files stay: report\.html: was changed"):
        list(remove(settings(), past(now), "clerk", "over"))
    assert len(left(sealed[0])) > 10
    assert list(register().removed()) == [(KEY, PERIOD, 2)], "the other one is done all the same"


def test_a_broken_list_removes_nothing(sealed):
    now = last_moment(6) + DAY
    found = past(now)
    listed = settings().report_list
    listed.write_text(listed.read_text().replace("retention_years", "x") + "\nmore: 1\n")
    with pytest.raises(ConfigurationError, match="how long its entries want to be kept"):
        list(remove(settings(), found, "clerk", "over"))
    assert len(left(sealed[0])) > 10


def test_the_command_wants_a_reason_and_removes_nothing_by_itself(sealed, capsys):
    assert main(["retention", "--delete"]) == 2
    assert "--reason" in capsys.readouterr().err
    assert main(["retention"]) == 0
    assert capsys.readouterr().out == "0 sealed version(s) past their date.\n"
    assert main(["retention", "--delete", "--reason", "to tidy up"]) == 0
    assert all(len(left(folder)) > 10 for folder in sealed)


def test_how_long_it_is_kept_is_nothing_that_the_report_says(sealed):
    """So that a rerun, after the list asks for more years, is unchanged, and nobody is asked to approve it again."""
    job, _ = opened({"report": KEY, "period": PERIOD, "revision": 2})
    parts = stating.said(job, rendering.inputs(job, preview=False))

    def with_entry(**changes):
        entry = {**job.recorded["entry"], **changes}
        return stating.said(
            replace(job, recorded={**job.recorded, "entry": entry}), rendering.inputs(job, preview=False)
        )

    assert with_entry(retention_years=10) == parts
    assert with_entry(history=4) != parts
