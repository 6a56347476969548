"""What is restored is audited clean and goes on; what is not whole is refused before anything is written."""

import hashlib
import json
import shutil
import sqlite3

import fsspec
import pytest
import sqlalchemy as sa
from backup_kept import confirm, hand_in, lose, rows, state, states
from itss import steps
from itss.audit.versions import Asked, audit
from itss.choices import KEEP
from itss.cli import main
from itss.commands.retention import past_retention, remove
from itss.errors import ArchiveError, RegisterError
from itss.notices.causes import Failure
from itss.register import Register, signing
from itss.register.__main__ import main as decide
from itss.settings import settings
from sqlalchemy.pool import NullPool
from walk import CLERK, KEY, NOW, PERIOD, answer, draft, register, rework, seal


def refused(capsys, kept, *options):
    capsys.readouterr()
    assert main(["restore", str(kept), *options]) == 1
    return capsys.readouterr().err


def register_is_there():
    engine = sa.create_engine(settings().register_url, poolclass=NullPool)
    try:
        return "ledger" in sa.inspect(engine).get_table_names()
    except sa.exc.OperationalError:
        return False
    finally:
        engine.dispose()


@pytest.mark.parametrize("new_url", ["sqlite", "postgresql"], indirect=True)
def test_what_is_restored_elsewhere_is_audited_clean_and_goes_on(
    mail, sealed, backup, kept, elsewhere, new_url, capsys
):
    before, head = rows(settings().register_url), register().head()
    assert backup() == 0
    said = state(kept)
    assert (said["head"], said["head_sha256"]) == (head.seq, head.sha256)
    assert sorted(said["versions"]) == [f"{KEY}/{PERIOD}/r01", f"{KEY}/{PERIOD}/r02"]
    elsewhere()
    assert main(["restore", str(kept), "--dry-run"]) == 0
    assert not (settings().var / "archive").exists()
    assert main(["restore", str(kept)]) == 0
    after = rows(new_url)
    assert after == before | {"ledger": before["ledger"] + 1, "payload": before["payload"] + 1}
    newest = list(register().lines())[-1]
    assert (newest.kind, newest.details["head"], newest.details["head_sha256"]) == ("restored", head.seq, head.sha256)
    assert newest.details["from"] == said["name"]
    assert main(["audit", "--all"]) == 0
    assert decide(["rebuild", "--check"]) == 0
    engine = sa.create_engine(new_url, poolclass=NullPool)
    with pytest.raises(sa.exc.DBAPIError, match="a line of the ledger stays"), engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM ledger WHERE seq = 1"))
    confirm(KEY, PERIOD)
    log = settings().report_list.parent / "log.csv"
    log.write_text(log.read_text() + "INC4,2026-09-04 08:00,2026-09-04 10:00\n")
    seal("run-3")
    made = register().revisions(KEY, PERIOD)[-1]
    assert (made.number, made.state) == (3, "sealed")
    manifest = json.loads((settings().var / "archive" / made.ref.path / "manifest.json").read_text())
    assert manifest["previous_manifest_sha256"] == said["versions"][f"{KEY}/{PERIOD}/r02"]
    assert main(["audit", "--all"]) == 0


def test_nothing_is_restored_over_anything(backed_up, kept, capsys):
    said = refused(capsys, kept)
    assert "register: it has something on record" in said
    assert "archive: " in said
    assert "is not empty" in said
    assert "register: it has something on record" in refused(capsys, kept, "--register-only")


def test_a_register_that_setup_has_just_made_counts_as_empty(backed_up, kept, elsewhere):
    elsewhere()
    register().upgrade()
    assert [line.kind for line in register().lines()] == ["key", "genesis"]
    assert main(["restore", str(kept)]) == 0
    assert register().verify() == []


def test_without_the_key_nothing_is_restored_and_none_is_made(
    backed_up, kept, elsewhere, tmp_path, monkeypatch, capsys
):
    elsewhere()
    right = settings().signing_key
    monkeypatch.setenv("ITSS_SIGNING_KEY", other := str(tmp_path / "other.pem"))
    signing.make(tmp_path / "other.pem")
    assert f"{other} is" in refused(capsys, kept)
    monkeypatch.delenv("ITSS_SIGNING_KEY")
    said = refused(capsys, kept)
    assert signing.fingerprint(signing.load(right).public) in said
    assert not settings().default_signing_key.exists()
    assert not (settings().var / "archive").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hand_ins", {"../../escaped": "0" * 64}),
        ("versions", {"a/../../b": "0" * 64}),
        ("drafts", [f"{KEY}/{PERIOD}/r02"]),
        ("removed", [f"{KEY}/{PERIOD}/r01"]),
    ],
)
def test_what_a_state_names_is_what_its_register_names(backed_up, kept, elsewhere, capsys, name, value):
    said = json.loads((backed_up / "backup.json").read_text())
    (backed_up / "backup.json").write_text(json.dumps(said | {name: value}))
    elsewhere()
    assert f"backup.json: {name} are not those of the register" in refused(capsys, kept)
    assert not (settings().var / "archive").exists()


def test_a_file_that_the_backup_lacks_is_named_before_anything_is_written(backed_up, kept, elsewhere, capsys):
    (kept / "archive" / KEY / PERIOD / "r02" / "report.html").unlink()
    elsewhere()
    assert f"archive: {KEY}/{PERIOD}/r02/report.html is not in the backup" in refused(capsys, kept)
    assert not (settings().var / "archive").exists()


def test_a_byte_that_was_changed_in_the_backup_is_named_before_anything_is_written(
    sealed, backup, kept, elsewhere, capsys
):
    hand_in(b"rows")
    assert backup() == 0
    page = kept / "archive" / KEY / PERIOD / "r02" / "report.html"
    page.chmod(0o644)
    page.write_bytes(page.read_bytes().swapcase())
    (kept / "inbox" / KEY / "handed.csv").write_bytes(b"ROWS")
    elsewhere()
    for options in (["--dry-run"], []):
        said = refused(capsys, kept, *options)
        assert f"archive: {KEY}/{PERIOD}/r02/report.html is not in the backup as it was sealed" in said
        assert f"inbox: {KEY}/handed.csv is not in the backup as it was handed in" in said
        assert "nothing was written" in said
        assert not (settings().var / "archive").exists()


@pytest.mark.parametrize("error", [OSError("no room"), ArchiveError("It was changed.", "Find out.")])
def test_a_restore_that_fails_half_way_says_what_to_empty(backed_up, kept, elsewhere, monkeypatch, error, capsys):
    def fail(*_):
        raise error

    elsewhere()
    with monkeypatch.context() as cut:
        cut.setattr(Register, "load", fail)
        said = refused(capsys, kept)
        assert f"It is not restored: {str(error).rstrip('.')}." in said
        assert "Correct this, empty the archive and the inbox, then begin again." in said
        assert "is not empty" in refused(capsys, kept)
        assert "Correct this, then begin again." in refused(capsys, kept, "--register-only"), "its archive has survived"
    shutil.rmtree(settings().var / "archive")
    assert main(["restore", str(kept)]) == 0


def test_a_watch_beside_a_restore_makes_no_register_and_mails_nobody(mail, house, backup, kept, elsewhere, capsys):
    seal("run-1")
    assert backup() == 0
    before = list(mail.mails())
    elsewhere()
    assert main(["watch", "--notify"]) == 1
    assert "The register is not there, or has no tables" in capsys.readouterr().err
    assert not register_is_there()
    assert list(mail.mails()) == before
    assert main(["restore", str(kept)]) == 0


@pytest.mark.parametrize("is_opened", [False, True])
def test_data_that_the_next_revision_keeps_are_in_the_backup(mail, house, backup, kept, elsewhere, is_opened):
    """The author has answered *rework, keep the data*; their next revision has not begun, or not collected."""
    job, _ = draft()
    answer(job, "initial_review", CLERK, "Reject", "wrong words")
    steps.release(job)
    steps.return_to_author(job)
    rework(job, data=KEEP)
    if is_opened:
        steps.open_report(KEY, PERIOD, "run-2", NOW)
    rows = (settings().var / "workspace" / KEY / PERIOD / "r01" / "data" / "incident.parquet").read_bytes()
    assert backup() == 0
    elsewhere()
    assert main(["restore", str(kept)]) == 0
    confirm()
    again = steps.open_report(KEY, PERIOD, "run-2", NOW)
    assert again["revision"] == 2
    steps.collect(again, "incident")
    assert (settings().var / "workspace" / KEY / PERIOD / "r02" / "data" / "incident.parquet").read_bytes() == rows
    steps.fail(again, Failure(KEY, "check", RegisterError("x"), "run-2"), NOW)
    decide(["supersede", KEY, PERIOD, "2", "--reason", "x"])
    assert register().drafts() == [], "the next revision collects again"


def test_drafts_of_a_workspace_that_has_survived_are_set_aside(
    mail, house, backup, kept, monkeypatch, tmp_path, capsys
):
    draft()
    assert backup() == 0
    folder = settings().var / "workspace" / KEY / PERIOD / "r01"
    saved = (folder / "figures.csv").read_bytes()
    aside = settings().var / "workspace" / "set-aside"
    capsys.readouterr()
    assert lose(kept, monkeypatch, tmp_path / "same") == 0
    assert not aside.exists(), "the very same files"
    (folder / "figures.csv").write_bytes(b"newer")
    (folder / "note.txt").write_bytes(b"of today")
    assert lose(kept, monkeypatch, tmp_path / "other") == 0
    said = capsys.readouterr().out
    assert (folder / "figures.csv").read_bytes() == saved
    assert not (folder / "note.txt").exists()
    (found,) = aside.glob(f"*/{KEY}/{PERIOD}/r01")
    assert f"was there with other files; they are in {found} now" in said
    assert ((found / "figures.csv").read_bytes(), (found / "note.txt").read_bytes()) == (b"newer", b"of today")
    (folder / "figures.csv").write_bytes(b"newer still")
    assert lose(kept, monkeypatch, tmp_path / "third") == 0
    kept_apart = {one.read_bytes() for one in aside.glob("*/*/*/*/figures.csv")}
    assert kept_apart == {b"newer", b"newer still"}, "an earlier restore's is not written over"


def test_a_state_that_cannot_be_read_hides_no_other(backed_up, kept, backup, elsewhere, capsys):
    assert backup() == 0
    (kept / "states" / states(kept)[-1] / "backup.json").write_text("{")
    elsewhere()
    assert "cannot be read" in refused(capsys, kept)
    assert main(["restore", str(kept), "--at", states(kept)[0]]) == 0


@pytest.mark.parametrize("what", ["register", "line", "version"])
def test_a_backup_that_somebody_has_changed_is_not_restored(backed_up, kept, elsewhere, capsys, what):
    file = backed_up / "register.sqlite"
    if what == "version":
        shutil.rmtree(kept / "archive" / KEY / PERIOD / "r01")
    else:
        with sqlite3.connect(file) as by_hand:
            by_hand.execute("UPDATE decision SET comment = 'x' WHERE id = 1")
    if what == "line":
        said = json.loads((backed_up / "backup.json").read_text())
        said["register_sha256"] = hashlib.sha256(file.read_bytes()).hexdigest()
        (backed_up / "backup.json").write_text(json.dumps(said))
    elsewhere()
    words = {
        "register": "was changed",
        "line": "comment are not as the ledger says",
        "version": "r01 is not in the backup",
    }
    assert words[what] in refused(capsys, kept)
    assert not (settings().var / "archive").exists()
    assert not register_is_there()


def test_what_retention_has_removed_comes_back_as_removed_and_leaves_the_backup(
    sealed, backup, kept, elsewhere, monkeypatch
):
    assert backup() == 0
    later = NOW.replace(year=NOW.year + 20)
    past = past_retention(settings(), later, None, None)
    assert len(list(remove(settings(), past, "manager", "six years are over"))) == 2
    assert backup("--keep", "1") == 0
    assert len([path for path in (kept / "archive").rglob("*") if path.is_file()]) == 2, "two manifests"
    elsewhere()
    assert main(["restore", str(kept)]) == 0
    found = audit(settings(), Asked(sample=0))
    assert found.removed == 2
    assert {one.rule.id for one in found.problems} == {"removed"}, "they were removed before their date, for this test"


@pytest.fixture
def store():
    """A store ``memory://`` of Airflow's interface, with nothing in it."""
    from airflow.sdk.io import attach

    files = fsspec.filesystem("memory")
    attach("memory", fs=files)
    yield files
    for name in ("/archive", "/backups"):
        if files.exists(name):
            files.rm(name, recursive=True)


def test_archive_and_backup_may_be_in_an_object_store(mail, sealed, store, elsewhere, monkeypatch, capsys):
    """From a folder into a store, and from there into an archive that is itself in a store."""
    place = "memory://backups/itss"
    assert main(["backup", place]) == main(["backup", place, "--keep", "1"]) == 0
    assert "2 versions, 2 of them there already" in capsys.readouterr().out
    assert main(["backup", place, "--with-key"]) == 1
    assert "A key is not put into an object store" in capsys.readouterr().err
    store.rm(f"/backups/itss/archive/{KEY}/{PERIOD}/r02/report.html")
    assert main(["backup", place]) == 0
    assert f"{KEY}/{PERIOD}/r02 was not whole in the backup" in capsys.readouterr().out
    elsewhere()
    monkeypatch.setenv("ITSS_ARCHIVE_URL", "memory://archive")
    assert main(["restore", place]) == 0
    assert main(["audit", "--all"]) == 0
    assert main(["backup", str(settings().var / "backups")]) == 0
    assert len(state(settings().var / "backups")["versions"]) == 2
