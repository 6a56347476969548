"""The audit finds what somebody did to the archive, and finds nothing where nobody did."""

import json
import sqlite3
from pathlib import Path

import pytest
from itss import steps
from itss.archive.store import digest
from itss.cli import main
from itss.settings import settings
from walk import GOOD, KEY, PERIOD, draft, sign


@pytest.fixture
def sealed(mail, house):
    """Two sealed revisions of one period."""
    folders = []
    for run, rows in (("run-1", GOOD), ("run-2", GOOD + "INC3,2026-09-03 08:00,2026-09-03 10:00\n")):
        (house / "list" / "log.csv").write_text(rows)
        job, _ = draft(run)
        sign(job)
        steps.release(job)
        steps.deliver(job)
        folders.append(Path(steps.seal(job)["archive"]))
    return folders


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


def test_a_decision_that_was_taken_off_the_record_is_found(sealed, capsys):
    with sqlite3.connect(settings().var / "register.sqlite") as register:
        register.execute("DELETE FROM decision WHERE id = (SELECT max(id) FROM decision)")
    code, told = audit(capsys)
    assert code == 1
    assert f"{KEY} {PERIOD} r02: decisions.json: is not what the register says" in told


def test_one_period_is_audited_alone(sealed, capsys):
    forge(sealed[0] / "report.html", lambda text: text + " ")
    assert audit(capsys, KEY, "2026-08") == (0, "0 sealed version(s), 0 problem(s).\n")
