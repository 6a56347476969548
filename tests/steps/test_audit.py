"""The audit finds what somebody did to the archive, and finds nothing where nobody did."""

import json
import shutil
import sqlite3

import pytest
from itss.archive.store import digest
from itss.cli import main
from itss.settings import settings
from walk import KEY, PERIOD


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
    assert {f"{KEY} {PERIOD} r01", f"{KEY} {PERIOD} r02"} == set(told.split("data: ")[1].strip(".\n").split(", "))


def test_a_changed_page_is_found(sealed, capsys):
    forge(sealed[0] / "report.html", lambda text: text + " ")
    assert audit(capsys) == (
        1,
        f"{KEY} {PERIOD} r01: report.html: was changed\n2 sealed version(s), 1 problem(s).\n"
        f"Computed and rendered again from their own data: {KEY} {PERIOD} r02.\n",
    )


def test_a_page_changed_together_with_its_manifest_is_found(sealed, capsys):
    page, before = sealed[1] / "report.html", digest(sealed[1] / "report.html")
    size = page.stat().st_size
    forge(page, lambda text: text.replace("2026", "2027", 1))
    assert page.stat().st_size == size
    forge(sealed[1] / "manifest.json", lambda text: text.replace(before, digest(page)))
    code, told = audit(capsys)
    assert code == 1
    assert "its sha256 is not the one in the register" in told


def test_figures_that_do_not_follow_from_the_data_are_found(sealed, capsys):
    """Forged throughout, register and all: only computing them again tells."""
    import pandas as pd

    figures = sealed[1] / "figures.parquet"
    before = digest(figures)
    frame = pd.read_parquet(figures)
    frame.loc[frame["measure"] == "resolved", "value"] += 1
    figures.chmod(0o644)
    frame.to_parquet(figures, engine="pyarrow", compression="zstd", index=False)
    manifest = sealed[1] / "manifest.json"
    old = digest(manifest)
    forge(manifest, lambda text: text.replace(before, digest(figures)))
    document = json.loads(manifest.read_text())
    for entry in document["files"]:
        entry["bytes"] = (sealed[1] / entry["name"]).stat().st_size
    with sqlite3.connect(settings().var / "register.sqlite") as register:
        assert register.execute(
            "UPDATE revision SET manifest_sha256 = ? WHERE manifest_sha256 = ?", (digest(manifest), old)
        ).rowcount
        register.execute(
            "UPDATE figure SET value = value + 1 WHERE measure = 'resolved' AND revision_id = "
            "(SELECT max(revision_id) FROM figure)"
        )
    code, told = audit(capsys, "--all")
    assert code == 1
    assert f"{KEY} {PERIOD} r02: incident.resolved: value was 3.0 and is 2.0 now" in told


def test_a_version_that_is_gone_and_one_that_nobody_registered_are_found(sealed, capsys):
    sealed[0].rename(sealed[0].with_name("r07"))
    code, told = audit(capsys)
    assert code == 1
    gone, follower, stray, *_ = told.splitlines()
    assert gone.startswith(f"{KEY} {PERIOD} r01: ")
    assert "is not complete" in gone
    assert "no version before it has the manifest" in follower
    assert stray.startswith(f"{KEY}/{PERIOD}/r07: ")
    assert "of no sealed version" in stray


FILES = [
    *("report.xlsx", "report.html", "brief.md", "checks.html", "job.json", "revisions.json"),
    "improvements.json",
    *("figures.parquet", "figures.csv", "findings.parquet", "findings.csv", "published.parquet", "baselines.parquet"),
    *("data/incident.parquet", "data/incident.json", "sql/incident.sql", "decisions.json", "receipts.json"),
    "manifest.json",
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


def test_a_version_that_was_taken_off_the_record_too_is_missed_by_the_next(sealed, capsys):
    """Not even the register knows of the first one any more; the second follows one that is not there."""
    shutil.rmtree(sealed[0])
    with sqlite3.connect(settings().var / "register.sqlite") as register:
        register.execute("UPDATE revision SET state = 'superseded' WHERE number = 1")
    code, told = audit(capsys, "--sample", "0")
    assert code == 1
    assert "1 sealed version(s)" in told
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
    ("UPDATE revision SET content_sha256 = 'x'", "content_sha256: was"),
    ("UPDATE revision SET agreement_version = 'x'", "agreement_version: was"),
    ("UPDATE revision SET due_at = '2027-01-01 00:00:00.000000'", "due_at: was"),
    ("UPDATE revision SET delivered_at = '2026-01-01 00:00:00.000000'", "delivered_at: is not when"),
    ("UPDATE revision SET manifest_sha256 = 'x'", "its sha256 is not the one in the register"),
    ('UPDATE revision SET files = \'{"report.xlsx": "x"}\'', "report.xlsx: is not the file"),
    ("UPDATE revision SET entry = '{}'", "job.json: is not what"),
    ("UPDATE revision SET state = 'delivered', reached = 'delivered'", "of no sealed version"),
    ("UPDATE decision SET comment = 'never said'", "decisions.json: is not what"),
    ("UPDATE decision SET who_id = 'somebody'", "decisions.json: is not what"),
    ("UPDATE delivery SET address = 'somebody@example.com'", "receipts.json: is not what"),
    ("UPDATE submission SET rows = 7", "data/*.json: is not what"),
    ("UPDATE figure SET value = value + 1", "figures.parquet: is not what"),
    ("UPDATE figure SET status = 'met'", "figures.parquet: is not what"),
    ("DELETE FROM figure", "figures.parquet: is not what"),
    (
        "INSERT INTO finding SELECT 99, revision_id, 99, process, 'rule', 'info', '', 1, 1, '[]', 'x', 'x', 'x', 'x', "
        "'' FROM submission LIMIT 1",
        "findings.parquet: is not what",
    ),
]


@pytest.mark.parametrize(("change", "said"), CHANGES)
def test_a_row_of_the_register_that_was_changed_is_found(sealed, capsys, change, said):
    with sqlite3.connect(settings().var / "register.sqlite") as register:
        assert register.execute(change).rowcount
    code, told = audit(capsys, "--sample", "0")
    assert code == 1
    assert said in told


def test_a_decision_that_was_taken_off_the_record_is_found(sealed, capsys):
    with sqlite3.connect(settings().var / "register.sqlite") as register:
        register.execute("DELETE FROM decision WHERE id = (SELECT max(id) FROM decision)")
    code, told = audit(capsys)
    assert code == 1
    assert f"{KEY} {PERIOD} r02: decisions.json: is not what the register says" in told


def test_what_was_delivered_and_never_sealed_is_missing_from_the_archive(sealed, capsys):
    """Delivered today, it may still wait for its review; the same a month later is a gap."""
    with sqlite3.connect(settings().var / "register.sqlite") as register:
        register.execute("UPDATE revision SET state = 'delivered', reached = 'delivered' WHERE number = 2")
    shutil.rmtree(sealed[1])
    assert audit(capsys, "--sample", "0")[0] == 0
    with sqlite3.connect(settings().var / "register.sqlite") as register:
        register.execute("UPDATE revision SET delivered_at = '2026-10-12 10:00:00.000000' WHERE number = 2")
    code, told = audit(capsys, "--sample", "0")
    assert code == 1
    assert told.startswith(f"{KEY} {PERIOD} r02: was delivered on 2026-10-12 and never sealed\n")


def test_one_period_is_audited_alone(sealed, capsys):
    forge(sealed[0] / "report.html", lambda text: text + " ")
    assert audit(capsys, KEY, "2026-08") == (0, "0 sealed version(s), 0 problem(s).\n")
