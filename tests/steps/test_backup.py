"""A backup is one state, whole, taken while reports run."""

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

import pytest
from backup_kept import hand_in, lose, state, states
from itss.cli import main
from itss.commands.retention import past_retention, remove
from itss.register import Register, signing
from itss.register.__main__ import main as decide
from itss.settings import settings
from walk import KEY, NOW, PERIOD, register


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


def test_the_key_is_in_it_only_if_asked(sealed, backup, kept, capsys):
    assert backup() == 0
    assert f"is not in it: it is {settings().signing_key}" in capsys.readouterr().out
    assert not list(kept.rglob("*.pem"))
    assert backup("--with-key") == 0
    (key,) = kept.rglob("*.pem")
    assert key.stat().st_mode & 0o777 == 0o600
    assert signing.load(str(key)).public == register().key().public


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


def test_two_backups_at_once_do_not_remove_each_others_state(sealed, backup, kept, capsys):
    kept.mkdir()
    with (kept / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert backup() == 1
    assert "Another backup" in capsys.readouterr().err
    assert backup() == 0


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
