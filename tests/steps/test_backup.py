"""A backup is one state, taken while reports run, and what is restored from it goes on as if nothing had happened."""

import datetime as dt
import errno
import fcntl
import hashlib
import json
import multiprocessing
import os
import shutil
import sqlite3
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import fsspec
import pytest
import sqlalchemy as sa
from itss import steps
from itss.audit.versions import Asked, audit
from itss.choices import KEEP
from itss.cli import main
from itss.commands.retention import past_retention, remove
from itss.errors import ArchiveError, RegisterError
from itss.notices.causes import Failure
from itss.periods import Period
from itss.register import Register, signing
from itss.register.__main__ import main as decide
from itss.register.hand_ins import Handed
from itss.settings import settings
from sqlalchemy.pool import NullPool
from walk import CLERK, KEY, NOW, PERIOD, answer, draft, register, rework, seal, sign, to


def states(folder):
    return sorted(path.parent.name for path in (folder / "states").glob("*/backup.json"))


def state(folder, at=-1):
    return json.loads((folder / "states" / states(folder)[at] / "backup.json").read_text())


@pytest.fixture
def kept(tmp_path):
    return tmp_path / "backups"


@pytest.fixture
def backup(kept):
    return lambda *options: main(["backup", str(kept), *options])


@pytest.fixture
def new_url(request, tmp_path):
    """Where an empty register is to be: in a file, unless a test says otherwise."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'register.sqlite'}"
    server = request.getfixturevalue("postgresql")
    server.database("restored", [])
    return str(server.admin.set(database="restored").render_as_string(hide_password=False))


@pytest.fixture
def elsewhere(tmp_path, monkeypatch, new_url):
    """Point everything at an empty place; what was there before is gone."""

    def move():
        shutil.rmtree(settings().var)
        monkeypatch.setenv("ITSS_VAR", str(tmp_path / "new"))
        monkeypatch.setenv("ITSS_REGISTER_URL", new_url)

    return move


def rows(url):
    engine = sa.create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        names = sorted(sa.inspect(engine).get_table_names())
        return {name: connection.execute(sa.text(f"SELECT count(*) FROM {name}")).scalar() for name in names}


def confirm(*words):
    assert decide(["confirm", *words, "--reason", "nothing was mailed after the backup"]) == 0


def test_a_report_that_nothing_is_on_record_of_is_pointed_out_when_it_is_confirmed(
    sealed, backup, kept, tmp_path, monkeypatch, capsys
):
    assert backup() == 0
    assert lose(kept, monkeypatch, tmp_path) == 0
    capsys.readouterr()
    confirm(KEY)
    assert "is it spelt so" not in capsys.readouterr().out
    confirm(KEY + "s")
    assert f"{KEY}s may go on. Nothing of it is on record: is it spelt so?" in capsys.readouterr().out


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


def lose(backup_of, monkeypatch, tmp_path):
    """The register alone is lost, and brought back into a new file."""
    monkeypatch.setenv("ITSS_REGISTER_URL", f"sqlite:///{tmp_path / 'again' / 'register.sqlite'}")
    return main(["restore", str(backup_of), "--register-only"])


def gone(*_asked):
    return "gone"


def test_what_was_mailed_after_the_backup_is_not_mailed_again_before_somebody_has_looked(
    mail, house, backup, kept, tmp_path, monkeypatch, capsys
):
    """Neither by the run that the register believes in, nor by the next, nor by hand: the archive is lost, too."""
    job, _ = draft()
    sign(job)
    assert backup() == 0
    steps.release(job)
    steps.deliver(job)
    before = to(mail)
    assert len(before) == 2
    assert lose(kept, monkeypatch, tmp_path) == 0
    assert register().revision((KEY, PERIOD, 1)).state == "submitted"
    for attempt in (
        lambda: steps.release(job),
        lambda: steps.open_report(KEY, PERIOD, "run-2", NOW, ask_run=gone),
    ):
        with pytest.raises(RegisterError, match="cannot know whether servicenow_incidents 2026-09 went out"):
            attempt()
    assert to(mail) == before
    letters = sorted(str(path) for path in mail.mails())
    capsys.readouterr()
    assert main(["audit", "--witness", *letters]) == 1, "the mails hold a line that this register has never written"
    assert "line" in capsys.readouterr().out
    confirm(KEY, PERIOD)
    again = steps.open_report(KEY, PERIOD, "run-2", NOW, ask_run=gone)
    assert register().kept((KEY, PERIOD, 1)) == "statement", "its draft came with the backup, or was there"
    assert steps.settle(again, "approval") == {"answer": "approve"}, "nobody is asked twice"
    assert steps.release(again) == "deliver"
    assert main(["audit", "--all"]) == 0


def test_a_release_that_was_half_sent_when_the_backup_was_made_waits_too(
    mail, house, backup, kept, tmp_path, monkeypatch
):
    job, _ = draft()
    sign(job)
    steps.release(job)
    assert backup() == 0
    steps.deliver(job)
    before = to(mail)
    assert lose(kept, monkeypatch, tmp_path) == 0
    with pytest.raises(RegisterError, match="cannot know"):
        steps.deliver(job)
    assert main(["resend", KEY, PERIOD]) == 1
    assert to(mail) == before


def test_a_period_that_was_not_over_needs_nobodys_word(mail, house, backup, kept, tmp_path, monkeypatch):
    seal("run-1")
    assert backup() == 0
    assert lose(kept, monkeypatch, tmp_path) == 0
    at = register().unconfirmed_since(KEY, "2099-01")
    assert at is not None
    assert steps.after_restore.refuse_unconfirmed(register(), KEY, month(2099)) is None
    with pytest.raises(RegisterError, match="cannot know"):
        steps.after_restore.refuse_unconfirmed(register(), KEY, month(2026))
    confirm(KEY)
    steps.after_restore.refuse_unconfirmed(register(), KEY, month(2026))
    with pytest.raises(RegisterError, match="cannot know"):
        steps.after_restore.refuse_unconfirmed(register(), "another", month(2026))
    confirm()
    steps.after_restore.refuse_unconfirmed(register(), "another", month(2026))


def month(year):
    return Period("month", dt.date(year, 1, 1), "UTC")


def test_an_archive_that_is_newer_than_the_backup_stops_the_report(
    mail, house, backup, kept, tmp_path, monkeypatch, capsys
):
    """Whatever a person has confirmed: the version itself says that it went out."""
    job, _ = draft()
    sign(job)
    assert backup() == 0
    steps.release(job)
    steps.deliver(job)
    steps.seal(job)
    assert lose(kept, monkeypatch, tmp_path) == 0
    assert f"{KEY}/{PERIOD}/r01 is newer than this state" in capsys.readouterr().out
    confirm()
    with pytest.raises(RegisterError, match="is sealed, and the register has it as submitted"):
        steps.open_report(KEY, PERIOD, "run-2", NOW, ask_run=gone)
    assert main(["audit", "--archive-only", str(settings().var / "archive"), "--public-key", public_key(tmp_path)]) == 0


def public_key(folder):
    file = folder / "public.txt"
    file.write_text(register().key().public)
    return str(file)


def test_a_seal_that_was_cut_off_before_its_line_goes_on(mail, house, monkeypatch):
    job, _ = draft()
    sign(job)
    steps.release(job)
    steps.deliver(job)
    with monkeypatch.context() as cut:
        cut.setattr(Register, "seal", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            steps.seal(job)
    again = steps.open_report(KEY, PERIOD, "run-2", NOW, ask_run=gone)
    steps.render(again)
    steps.release(again)
    steps.deliver(again)
    steps.seal(again)
    assert register().revision((KEY, PERIOD, 1)).state == "sealed"
    assert main(["audit", "--all"]) == 0


def test_what_is_there_is_not_copied_again_and_older_states_go(sealed, backup, kept, capsys):
    assert backup() == 0
    files = {path: path.stat().st_mtime_ns for path in (kept / "archive").rglob("*") if path.is_file()}
    assert len(files) > 80
    capsys.readouterr()
    assert backup("--keep", "2") == backup("--keep", "2") == 0
    assert "2 versions, 2 of them there already" in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in files} == files
    assert len(states(kept)) == 2
    assert len(list((kept / "states").iterdir())) == 2


def test_a_clock_that_was_set_back_does_not_remove_what_was_just_made(sealed, backup, kept):
    assert backup("--keep", "1") == 0
    (newest,) = states(kept)
    later = "2999" + newest[4:]
    document = state(kept) | {"name": later}
    (kept / "states" / newest).rename(kept / "states" / later)
    (kept / "states" / later / "backup.json").write_text(json.dumps(document))
    assert backup("--keep", "1") == 0
    made, *others = states(kept)
    assert made < later
    assert others == [later]
    assert backup("--keep", "1") == 0
    assert len(states(kept)) == 2
    assert made not in states(kept)


def note():
    """One line more in the ledger."""
    register().record_audit("manager", {"problems": 0})


@pytest.mark.parametrize("is_longer", [False, True])
def test_an_empty_or_another_register_removes_no_state(sealed, backup, kept, monkeypatch, tmp_path, is_longer, capsys):
    """As after a lost volume, when `itss setup` or a task has made a new one."""
    assert backup("--keep", "2") == backup("--keep", "2") == 0
    good, head = states(kept), state(kept)["head"]
    for file in settings().var.glob("register.sqlite*"):
        file.unlink()
    register().upgrade()
    while is_longer and register().head().seq <= head:
        note()
    capsys.readouterr()
    assert backup("--keep", "2") == backup("--keep", "2") == 1
    said = capsys.readouterr().err
    assert f"This is another register than that of {good[-1]}" in said
    assert f"line {head} of its ledger is {'another one' if is_longer else 'not in it'}" in said
    assert states(kept) == good
    assert not list((kept / "states").glob("*/register.sqlite.*"))
    assert lose(kept, monkeypatch, tmp_path) == 0
    assert backup("--keep", "1") == 0, "what was restored goes on"
    assert len(states(kept)) == 1


def test_a_register_of_before_the_newest_state_has_to_say_that_it_was_restored(
    sealed, backup, kept, monkeypatch, tmp_path, capsys
):
    assert backup() == 0
    note()
    assert backup() == 0
    older, newest = states(kept)
    register_file = settings().var / "register.sqlite"
    shutil.copy(register_file, tmp_path / "newest.sqlite")
    shutil.copy(kept / "states" / older / "register.sqlite", register_file)  # as a snapshot of its disk
    assert backup("--keep", "1") == 1
    assert "register restored --reason" in capsys.readouterr().err
    assert states(kept) == [older, newest]
    assert decide(["restored", "--reason", "a snapshot of its disk"]) == 0
    assert backup("--keep", "2") == 0
    made = states(kept)
    assert made[0] == newest
    shutil.copy(tmp_path / "newest.sqlite", register_file)
    assert backup("--keep", "1") == 1, "it was restored before this state was made, or never"
    monkeypatch.setenv("ITSS_REGISTER_URL", f"sqlite:///{tmp_path / 'again' / 'register.sqlite'}")
    assert main(["restore", str(kept), "--register-only", "--at", newest]) == 0
    assert backup("--keep", "1") == 0, "the restore itself is on record"
    assert len(states(kept)) == 1


@pytest.mark.parametrize("how", ["missing", "cut", "no manifest"])
def test_what_is_not_whole_in_the_backup_is_copied_again(sealed, backup, kept, how, capsys):
    assert backup() == 0
    at = kept / "archive" / KEY / PERIOD / "r02"
    files = {path: path.read_bytes() for path in at.rglob("*") if path.is_file()}
    lost = at / ("manifest.json" if how == "no manifest" else "report.html")
    lost.unlink()
    if how == "cut":
        lost.write_bytes(files[lost][:100])
    capsys.readouterr()
    assert backup() == 0
    said = capsys.readouterr().out
    assert how == "no manifest" or f"{KEY}/{PERIOD}/r02 was not whole in the backup: {len(files[lost]):,} bytes" in said
    assert {path: path.read_bytes() for path in at.rglob("*") if path.is_file()} == files
    assert not os.access(lost, os.W_OK) or os.geteuid() == 0
    lost.unlink()
    page = sealed[1] / lost.name
    page.chmod(0o644)
    page.write_bytes(page.read_bytes() + b" ")
    assert backup() == 1, "neither archive nor backup has it any more"
    assert not lost.exists()


def hand_in(name=b"rows"):
    file = settings().var / "inbox" / KEY / "handed.csv"
    file.parent.mkdir(parents=True)
    file.write_bytes(name)
    handed = Handed("handed.csv", hashlib.sha256(name).hexdigest(), 1, "collector", NOW, f"{KEY}/handed.csv")
    register().accept_hand_in((KEY, PERIOD, "incident"), handed)
    return file


def test_an_accepted_file_that_is_not_whole_in_the_backup_is_copied_again(sealed, backup, kept):
    file = hand_in(b"rows")
    assert backup() == 0
    copy = kept / "inbox" / KEY / "handed.csv"
    copy.write_bytes(b"ro")
    assert backup() == 0
    assert copy.read_bytes() == b"rows"
    file.write_bytes(b"other rows")
    assert backup() == 0
    assert copy.read_bytes() == b"rows", "the one that was accepted"


def test_a_backup_without_room_says_so(sealed, backup, kept, monkeypatch, capsys):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as cut:
        cut.setattr("itss.backup.saving.sizes", full)
        assert backup() == 1
    assert "This backup is not complete: [Errno 28] No space left on device. Correct this" in capsys.readouterr().err
    assert states(kept) == []
    assert backup() == 0


def test_a_version_that_is_not_whole_is_named_and_the_others_are_copied(sealed, backup, kept, tmp_path, capsys):
    page = sealed[0] / "report.html"
    page.chmod(0o644)
    page.write_bytes(page.read_bytes() + b" ")
    assert backup() == 1
    said = capsys.readouterr()
    assert f"{KEY}/{PERIOD}/r01" in said.err
    assert (kept / "archive" / KEY / PERIOD / "r02" / "manifest.json").exists()
    assert not (kept / "archive" / KEY / PERIOD / "r01" / "manifest.json").exists()
    assert states(kept) == []
    assert main(["restore", str(kept)]) == 1
    assert "has no state that is complete" in capsys.readouterr().err
    page.write_bytes(page.read_bytes()[:-1])
    assert backup() == 0
    assert len(list((kept / "states").iterdir())) == 1, "what was cut off is removed"


def test_a_backup_that_has_the_version_stays_whole_whatever_becomes_of_it(sealed, backup, kept, elsewhere):
    assert backup() == 0
    shutil.rmtree(sealed[0])
    assert backup() == 0
    elsewhere()
    assert main(["restore", str(kept)]) == 0
    assert main(["audit", "--all"]) == 0


def test_a_register_that_was_changed_by_hand_makes_no_complete_backup(sealed, backup, kept, capsys):
    with sqlite3.connect(settings().var / "register.sqlite") as by_hand:
        by_hand.execute("UPDATE decision SET comment = 'x' WHERE id = 1")
    assert backup() == 1
    assert "register: decision 1: comment are not as the ledger says" in capsys.readouterr().err
    assert states(kept) == []


def test_a_version_that_was_forged_with_its_row_does_not_take_the_place_of_the_one_in_the_backup(
    sealed, backup, kept, elsewhere, capsys
):
    """The backup is what brings the right one back."""
    assert backup() == 0
    for name in ("manifest.json", "report.html"):
        (sealed[0] / name).chmod(0o644)
    page, manifest = sealed[0] / "report.html", sealed[0] / "manifest.json"
    before = hashlib.sha256(page.read_bytes()).hexdigest()
    page.write_bytes(page.read_bytes() + b" ")
    document = json.loads(manifest.read_bytes())
    for one in document["files"]:
        if one["sha256"] == before:
            one["sha256"] = hashlib.sha256(page.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(document))
    with sqlite3.connect(settings().var / "register.sqlite") as by_hand:
        sha256 = hashlib.sha256(manifest.read_bytes()).hexdigest()
        by_hand.execute("UPDATE revision SET manifest_sha256 = ? WHERE number = 1", (sha256,))
    capsys.readouterr()
    assert backup() == 1
    assert "r01 is another version than the one that the register names, and stays" in capsys.readouterr().err
    elsewhere()
    assert main(["restore", str(kept)]) == 0
    assert main(["audit", "--all"]) == 0


def test_a_path_on_record_that_leads_out_of_the_inbox_is_not_followed(sealed, backup, kept, capsys):
    place = settings().var
    (place / "inbox").mkdir(exist_ok=True)
    (place / "theirs.txt").write_text("x")
    os.mkfifo(place / "inbox" / "pipe")
    sha256 = hashlib.sha256(b"x").hexdigest()
    with sqlite3.connect(place / "register.sqlite") as by_hand:
        for number, path in enumerate(("../theirs.txt", "pipe"), 1):
            by_hand.execute(
                "INSERT INTO hand_in (report, period, process, number, status, name, sha256, rows, errors, who, at, "
                "path) VALUES (?, ?, 'incident', ?, 'accepted', 'x', ?, 1, 0, 'x', '2026-10-01 00:00:00', ?)",
                (KEY, PERIOD, number, sha256, path),
            )
    assert backup() == 1
    said = capsys.readouterr().err
    assert "inbox: ../theirs.txt: '../theirs.txt' cannot be a file" in said
    assert "inbox/pipe is no file" in said
    assert not (kept / "theirs.txt").exists()


@pytest.fixture
def backed_up(sealed, backup, kept, capsys):
    assert backup() == 0
    return kept / "states" / states(kept)[0]


def refused(capsys, kept, *options):
    capsys.readouterr()
    assert main(["restore", str(kept), *options]) == 1
    return capsys.readouterr().err


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


def test_the_key_is_in_it_only_if_asked(sealed, backup, kept, capsys):
    assert backup() == 0
    assert f"is not in it: it is {settings().signing_key}" in capsys.readouterr().out
    assert not list(kept.rglob("*.pem"))
    assert backup("--with-key") == 0
    (key,) = kept.rglob("*.pem")
    assert key.stat().st_mode & 0o777 == 0o600
    assert signing.load(str(key)).public == register().key().public


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
    assert register().drafts() == [], "the next one collects anew"


def test_a_state_that_cannot_be_read_stops_no_backup_and_keeps_its_versions(sealed, backup, kept, capsys):
    assert backup() == 0
    (damaged,) = states(kept)
    (kept / "states" / damaged / "backup.json").write_text("{")
    past = past_retention(settings(), NOW.replace(year=NOW.year + 20), None, None)
    assert len(list(remove(settings(), past, "manager", "six years are over"))) == 2
    files = sorted((kept / "archive").rglob("*"))
    capsys.readouterr()
    assert backup("--keep", "1") == backup("--keep", "1") == 0
    assert f"{damaged}/backup.json cannot be read" in capsys.readouterr().out
    assert len(states(kept)) == 2, "it, and the newest"
    assert states(kept)[0] == damaged
    assert sorted((kept / "archive").rglob("*")) == files
    shutil.rmtree(kept / "states" / damaged)
    assert backup("--keep", "1") == 0
    assert len([path for path in (kept / "archive").rglob("*") if path.is_file()]) == 2, "two manifests"


def test_a_state_that_cannot_be_read_hides_no_other(backed_up, kept, backup, elsewhere, capsys):
    assert backup() == 0
    (kept / "states" / states(kept)[-1] / "backup.json").write_text("{")
    elsewhere()
    assert "cannot be read" in refused(capsys, kept)
    assert main(["restore", str(kept), "--at", states(kept)[0]]) == 0


def test_two_backups_at_once_do_not_remove_each_others_state(sealed, backup, kept, capsys):
    kept.mkdir()
    with (kept / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert backup() == 1
    assert "Another backup" in capsys.readouterr().err
    assert backup() == 0


def test_a_report_that_is_called_as_the_register_confirms_no_other(sealed, backup, kept, tmp_path, monkeypatch, capsys):
    assert backup() == 0
    assert lose(kept, monkeypatch, tmp_path) == 0
    assert decide(["confirm", "register", "--reason", "x"]) == 1
    confirm("register", PERIOD)
    with pytest.raises(RegisterError, match="cannot know"):
        steps.after_restore.refuse_unconfirmed(register(), KEY, month(2026))


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


def register_is_there():
    engine = sa.create_engine(settings().register_url, poolclass=NullPool)
    try:
        return "ledger" in sa.inspect(engine).get_table_names()
    except sa.exc.OperationalError:
        return False
    finally:
        engine.dispose()


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


def _write(url, until):
    made, at = Register(url), 0
    while not Path(until).exists():
        at += 1
        made.open_revision(
            report=f"report_{at}", period="2026-09", due_at=NOW, run="run", entry={"key": "x"}, agreement_version="",
            code_version="", now=NOW, number=None,
        )  # fmt: skip
    return at


@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
def test_a_copy_made_while_others_write_is_one_state(tmp_path, request, where):
    url = f"sqlite:///{tmp_path / 'register.sqlite'}"
    if where == "postgresql":
        server = request.getfixturevalue("postgresql")
        server.database("busy", [])
        url = str(server.admin.set(database="busy").render_as_string(hide_password=False))
    made, end = Register(url), tmp_path / "end"
    made.upgrade()
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        writer = pool.submit(_write, url, str(end))
        heads = []
        while len(heads) < 5:
            file = tmp_path / f"{len(heads)}.sqlite"
            made.save(file)
            copy = Register(f"sqlite:///{file}")
            assert copy.problems() == []
            if heads[-1:] != [copy.head().seq]:
                heads.append(copy.head().seq)
            else:
                file.unlink()
            assert not writer.done()
        end.touch()
        assert writer.result() > 0
    assert heads == sorted(heads)


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
