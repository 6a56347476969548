"""The audit finds what somebody did to the archive, and finds nothing where nobody did."""

import datetime as dt
import json
import shutil
import sqlite3

import pandas as pd
import pytest
from itss import steps
from itss.archive.store import digest
from itss.audit.again import made_again
from itss.audit.facts import FOR_ARCHIVE, Version
from itss.audit.files import VersionFiles
from itss.audit.versions import Asked
from itss.audit.versions import audit as audited
from itss.cli import main
from itss.ref import Ref
from itss.settings import settings
from walk import KEY, NOW, PERIOD, draft, sign


def audit(capsys, *arguments):
    code = main(["audit", *arguments])
    return code, capsys.readouterr().out


def forge(path, change):
    path.chmod(0o644)
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def test_what_nobody_touched_is_as_sealed_and_comes_out_again(sealed, capsys):
    code, told = audit(capsys, "--all")
    assert code == 0, told
    assert "2 sealed version(s), 0 problem(s)." in told
    assert f"again from their own data: {KEY} {PERIOD} r01, {KEY} {PERIOD} r02." in told
    assert "Not judged" not in told


def test_a_changed_page_is_told_with_what_must_hold_and_what_to_do(sealed, capsys):
    forge(sealed[0] / "report.html", lambda text: text + " ")
    code, told = audit(capsys)
    assert code == 1
    where, must, do, total, *checked = told.splitlines()
    assert where == f"{KEY} {PERIOD} r01: report.html: was changed"
    assert must.startswith("    must hold: its files are those of its manifest, byte by byte")
    assert do == "    what to do: Find out who changed it, and restore the version from a backup."
    assert total == "2 sealed version(s), 1 problem(s)."
    assert f"Computed and rendered again from their own data: {KEY} {PERIOD} r02." in checked


def test_a_page_changed_together_with_its_manifest_is_found(sealed, capsys):
    page, before = sealed[1] / "report.html", digest(sealed[1] / "report.html")
    size = page.stat().st_size
    forge(page, lambda text: text.replace("2026", "2027", 1))
    assert page.stat().st_size == size
    forge(sealed[1] / "manifest.json", lambda text: text.replace(before, digest(page)))
    code, told = audit(capsys)
    assert code == 1
    assert "its sha256 is not the one in the register" in told


def test_figures_that_do_not_follow_from_the_data_are_found_when_made_again(sealed):
    """Whoever has the key can sign anything; that figures follow from the data they cannot."""
    figures, before = sealed[1] / "figures.parquet", digest(sealed[1] / "figures.parquet")
    frame = pd.read_parquet(figures)
    frame.loc[frame["measure"] == "resolved", "value"] += 1
    figures.chmod(0o644)
    frame.to_parquet(figures, engine="pyarrow", compression="zstd", index=False)
    forge(sealed[1] / "statement.json", lambda text: text.replace(before, digest(figures)))
    found = made_again(settings(), Version(Ref(KEY, PERIOD, 2), VersionFiles(sealed[1])))
    assert found.verdict == "no"
    assert "incident.resolved: value was 3.0 and is 2.0 now" in [what.en for what in found.wrong]


def test_a_version_that_is_gone_and_one_that_nobody_registered_are_found(sealed, capsys):
    count = sum(path.is_file() for path in sealed[0].rglob("*"))
    sealed[0].rename(sealed[0].with_name("r07"))
    code, told = audit(capsys)
    assert code == 1
    assert f"{KEY} {PERIOD} r01: is not complete" in told
    assert "no version before it has the manifest" in told
    assert f"{KEY}/{PERIOD}/r07: {count} file(s) of no sealed version" in told


FILES = [
    *("report.xlsx", "report.html", "brief.md", "checks.html", "job.json", "revisions.json", "summary.json"),
    "improvements.json",
    *("figures.parquet", "figures.csv", "findings.parquet", "findings.csv", "published.parquet", "baselines.parquet"),
    *("data/incident.parquet", "data/incident.json", "sql/incident.sql", "decisions.json", "receipts.json"),
    *("statement.json", "ledger.json", "past.json", "mails/report_manager.html", "mails/process_manager.html"),
    *("released/mails/report_manager.html", "released/mails/process_manager.html", "released/sign_off.html"),
    *("template/0_internal/report.en.md.j2", "template/0_internal/report.zh-CN.md.j2", "template/0_internal/look.yaml"),
    *("previous_form.json", "manifest.json"),
]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["changed", "removed"])
def test_every_kind_of_file_is_watched(sealed, capsys, name, damage):
    path = sealed[1] / name
    path.chmod(0o644)
    if damage == "removed":
        path.unlink()
    else:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    code, told = audit(capsys, "--sample", "0")
    assert code == 1
    assert told.startswith(f"{KEY} {PERIOD} r02: ")
    assert "2 sealed version(s), " in told
    if name != "manifest.json":
        assert f"{name}: {'is missing' if damage == 'removed' else 'was changed'}" in told


def test_the_files_above_are_all_kinds_that_there_are(sealed):
    manifest = json.loads((sealed[1] / "manifest.json").read_text())
    others = {"previous.parquet", "before.parquet", "history.parquet", "restatements.parquet", "trends.parquet"}
    others |= {"nonconformities.parquet", "major_events.parquet", "quarantine.parquet"}
    others |= {"coverage.parquet", "redefined.parquet", "proposals.parquet", "allowances.parquet", "exclusions.parquet"}
    others |= {"previous_findings.parquet", "previous_nonconformities.parquet"}
    assert {entry["name"] for entry in manifest["files"]} - others <= set(FILES)


@pytest.mark.parametrize("where", ["r02/note.txt", "r02/data/extra.parquet", "r03/report.xlsx", "../2026-10/r01/a"])
def test_a_file_that_was_added_is_found(sealed, capsys, where):
    path = sealed[0].parent / where
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("?")
    code, told = audit(capsys, "--sample", "0")
    assert code == 1
    assert "1 problem(s)" in told
    assert "was not sealed" in told or "of no sealed version" in told


def test_a_version_that_was_removed_wholly_is_missed(sealed, capsys):
    shutil.rmtree(sealed[1])
    code, told = audit(capsys, "--sample", "0")
    assert code == 1
    assert f"{KEY} {PERIOD} r02: " in told
    assert "is not complete" in told


def test_a_version_that_was_taken_off_the_record_too_is_missed(sealed, capsys):
    """The row says that it was given up; the line of its seal says otherwise, and the second follows it."""
    shutil.rmtree(sealed[0])
    with sqlite3.connect(settings().var / "register.sqlite") as register:
        register.execute("UPDATE revision SET state = 'superseded' WHERE number = 1")
    code, told = audit(capsys, "--sample", "0")
    assert code == 1
    assert f"{KEY} {PERIOD} r01: is not complete" in told
    assert f"{KEY} {PERIOD} r01: revision 1: state are not as the ledger says" in told
    assert "no version before it has the manifest" in told


def test_a_version_that_was_moved_to_another_period_is_found(sealed, capsys):
    moved = sealed[1].parent.with_name("2026-08")
    moved.mkdir()
    sealed[1].rename(moved / "r02")
    code, told = audit(capsys, "--sample", "0")
    assert code == 1
    assert f"{KEY} {PERIOD} r02: " in told
    assert f"{KEY}/2026-08/r02: " in told


CHANGES = [
    ("UPDATE revision SET said_sha256 = 'x'", "revision 2: said_sha256 are not"),
    ("UPDATE revision SET agreement_version = 'x'", "revision 2: agreement_version are not"),
    ("UPDATE revision SET due_at = '2027-01-01 00:00:00.000000'", "revision 2: due_at are not"),
    ("UPDATE revision SET due_at = 'x'", "cannot be read"),
    ("UPDATE revision SET delivered_at = '2026-01-01 00:00:00.000000'", "revision 2: delivered_at are not"),
    ("UPDATE revision SET manifest_sha256 = 'x'", "its sha256 is not the one in the register"),
    ("UPDATE revision SET entry = '{}'", "revision 2: entry are not"),
    ("UPDATE revision SET entry = '{'", "cannot be judged"),
    ("UPDATE revision SET state = 'delivered', reached = 'delivered'", "reached, state are not"),
    ("UPDATE revision SET state = 'nonsense'", "revision 2: state are not"),
    ("UPDATE decision SET comment = 'never said'", "decision 4: comment are not"),
    ("UPDATE decision SET who_id = 'somebody'", "decision 4: who_id are not"),
    ("DELETE FROM decision WHERE id = 4", "decision 4: the row is gone"),
    ("UPDATE delivery SET address = 'somebody@example.com'", "delivery 4: address are not"),
    ("UPDATE submission SET rows = 7", "submission 2: rows are not"),
    ("UPDATE figure SET value = value + 1", "figure 2: the rows of this revision"),
    ("UPDATE figure SET status = 'met'", "figure 2: the rows of this revision"),
    ("DELETE FROM figure", "figure 2: the rows of this revision"),
    (
        "INSERT INTO finding SELECT 99, revision_id, 99, process, 'rule', 'info', '', 1, 1, '[]', 'x', 'x', 'x', 'x', "
        "'' FROM submission LIMIT 1",
        "finding 1: the rows of this revision",
    ),
]


@pytest.mark.parametrize(("change", "said"), CHANGES)
def test_a_row_of_the_register_that_was_changed_is_found(sealed, capsys, change, said):
    with sqlite3.connect(settings().var / "register.sqlite") as register:
        assert register.execute(change).rowcount
    code, told = audit(capsys, "--sample", "0")
    assert code == 1
    assert said in told


def test_what_was_delivered_and_never_sealed_is_missing_from_the_archive(mail):
    """Delivered today, it may still wait for its review; the same a month later is a gap."""
    job, _ = draft()
    sign(job)
    steps.release(job)
    steps.deliver(job)
    now = dt.datetime.now(dt.UTC)
    assert audited(settings(), Asked(now=now)).problems == []
    (gap,) = audited(settings(), Asked(now=now + dt.timedelta(days=32))).problems
    assert (gap.where, gap.rule.id) == (f"{KEY} {PERIOD} r01", "unsealed")


def test_one_period_is_audited_alone(sealed, capsys):
    forge(sealed[0] / "report.html", lambda text: text + " ")
    code, told = audit(capsys, KEY, "2026-08")
    assert code == 0
    assert told.startswith("0 sealed version(s), 0 problem(s).\n")
    assert "one report alone was asked for" in told


def test_what_a_backfill_made_for_the_archive_alone_is_judged_without_an_approval(mail):
    job = steps.open_report(KEY, PERIOD, "backfill", NOW, backfill=True)
    steps.collect(job, "incident")
    steps.check(job)
    steps.measure(job)
    steps.render(job)
    steps.seal(job)
    found = audited(settings(), Asked(sample=1))
    assert (found.problems, found.made_again) == ([], (f"{KEY} {PERIOD} r01",))
    assert {rule for rule, reason in found.unjudged if reason == FOR_ARCHIVE} >= {
        "approved",
        "receipts",
        "filled_mails",
    }
    assert {"statement_on_record", "order", "composition"} <= {rule for rule, count in found.held.items() if count}
