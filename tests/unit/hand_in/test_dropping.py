"""What is dropped is taken once, whatever happens meanwhile: nothing is lost, and nobody's file stops another's."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from handing import BAD, NOW, ROWS, drop, place, register, rest, workbook
from itss import steps
from itss.hand_in import receiving
from itss.hand_in.inbox import scan
from itss.hand_in.judging import judge
from itss.hand_in.receiving import MOST_TRIES, MarkedRefusalError, Receipt, take_up
from itss.register import Register
from itss.settings import settings
from itss.standalone.sink import MailSink
from sqlalchemy.engine.default import DefaultDialect

_FILES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "shutil.copyfile", "open")


def folder() -> Path:
    return place().folder(settings().inbox)


def taken() -> list[Receipt | MarkedRefusalError]:
    return list(take_up(settings(), register(), place(), NOW))


def left() -> set[str]:
    """What lies in the drop folder, and what was moved away and not finished."""
    found = [path for path in folder().iterdir() if path.name not in ("accepted", "refused", ".taken")]
    return {path.name for path in (*found, *(folder() / ".taken").glob("*/*"))}


def on_record() -> list[tuple[str, str]]:
    return sorted((one.name, one.status) for one in register().hand_ins())


def while_judged(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], Any]) -> None:
    """Let something happen once, when the first file has been judged."""
    pending = [happens]

    def judged(*given: Any) -> Any:
        verdict = judge(*given)
        while pending:
            pending.pop()()
        return verdict

    monkeypatch.setattr(receiving, "judge", judged)


@pytest.mark.parametrize("first", [ROWS, BAD], ids=["accepted", "refused"])
def test_a_file_that_its_owner_replaces_while_it_is_judged_is_judged_too(
    house: Path, monkeypatch: pytest.MonkeyPatch, first: Any
) -> None:
    drop("a.xlsx", workbook(house / "first.xlsx", place(), first))
    second = workbook(house / "second.xlsx", place(), ROWS[:1])
    while_judged(monkeypatch, lambda: drop("a.xlsx", second))
    taken()
    assert left() == {"a.xlsx"}
    (receipt,) = taken()
    assert isinstance(receipt, Receipt)
    assert (settings().inbox / receipt.version.path).read_bytes() == second.read_bytes()
    assert len(on_record()) == 2
    assert left() == set()


def test_a_file_that_is_written_to_while_it_is_judged_is_judged_again(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that has it open writes into what was moved away."""
    path = drop("a.csv", workbook(house / "x.xlsx", place()))
    path.write_text("id,sampled_at,utilisation\nS1,2026-09-01 08:00,0.5\n")
    rest(path)
    with path.open("a") as program:

        def write() -> None:
            program.write("S2,2026-09-02 08:00,0.5\n")
            program.flush()

        while_judged(monkeypatch, write)
        (receipt,) = taken()
    assert isinstance(receipt, Receipt)
    assert receipt.version.rows == 1
    assert taken() == [], "it is not at rest"
    (moved,) = (folder() / ".taken").glob("*/a.csv")
    rest(moved)
    (again,) = taken()
    assert isinstance(again, Receipt)
    assert (again.version.number, again.version.rows) == (2, 2)
    assert left() == set()


class Killed:
    """Ends this process with SIGKILL before the ``at``-th thing that it does to a file or the register."""

    def __init__(self, at: int) -> None:
        self.at, self.seen, self.root = at, 0, str(settings().inbox)
        commit = DefaultDialect.do_commit

        def do_commit(dialect: Any, connection: Any) -> None:
            self.reach()
            commit(dialect, connection)
            self.reach()

        DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]
        sys.addaudithook(self.audit)

    def audit(self, event: str, args: tuple[Any, ...]) -> None:
        path = args[0] if event in _FILES and isinstance(args[0], (str, bytes, os.PathLike)) else ""
        if os.fsdecode(path).startswith(self.root):
            self.reach()

    def reach(self) -> None:
        if self.seen == self.at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.seen += 1


def forked(do: Callable[[], Any]) -> int:
    """The process id of a child that does it."""
    if pid := os.fork():
        return pid
    try:
        do()
    except BaseException:
        os._exit(70)
    os._exit(0)


def test_what_a_killed_scan_moved_away_is_finished_by_the_next_one(house: Path, monkeypatch: Any) -> None:
    """Killed at every point; the files of both kinds come onto the record once each, and nothing is left."""
    good = workbook(house / "a.xlsx", place())
    bad = workbook(house / "b.xlsx", place(), BAD)
    judge(good, place(), settings())  # once here, so that every fork has what it imports
    at = 0
    while True:
        monkeypatch.setenv("ITSS_VAR", str(house / f"var{at}"))
        register()
        drop("bad.xlsx", bad, 90)
        drop("good.xlsx", good)

        def scanned(point: int = at) -> None:
            Killed(point)
            taken()

        _, status = os.waitpid(forked(scanned), 0)
        if status == 0:
            break
        assert os.WTERMSIG(status) == signal.SIGKILL, (at, status)
        taken()
        assert on_record() == [("bad.xlsx", "refused"), ("good.xlsx", "accepted")], at
        kept = {one.status: settings().inbox / one.path for one in register().hand_ins()}
        assert kept["accepted"].read_bytes() == good.read_bytes(), at
        assert kept["refused"].read_bytes() == bad.read_bytes(), at
        assert openpyxl.load_workbook(kept["refused"].with_name("bad.errors.xlsx")).sheetnames[-1] == "错误 errors"
        assert left() == set(), at
        assert taken() == [], at
        at += 4 if at > 12 else 1  # all of what moves the files away; then every fourth
    assert at > 20


def test_two_scans_at_once_take_each_file_once(house: Path) -> None:
    names = [f"{number}.xlsx" for number in range(6)]
    for number, name in enumerate(names):
        drop(name, workbook(house / name, place(), [ROWS[0] | {"id": f"S{number}"}]), 90 - number)
    judge(house / "0.xlsx", place(), settings())
    register()
    children = [forked(taken) for _ in range(3)]
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
    assert [(one.name, one.number) for one in register().hand_ins()] == list(zip(names, range(1, 7), strict=True))
    assert left() == set()


def test_a_file_at_which_the_process_dies_every_time_is_refused_unread(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop("poison.xlsx", workbook(house / "a.xlsx", place()), 90)
    drop("good.xlsx", workbook(house / "b.xlsx", place(), ROWS[:1]))

    def dies(copy: Path, *given: Any) -> Any:
        if copy.name == "poison.xlsx":
            os.kill(os.getpid(), signal.SIGKILL)
        return judge(copy, *given)

    monkeypatch.setattr(receiving, "judge", dies)
    for _ in range(MOST_TRIES):
        _, status = os.waitpid(forked(taken), 0)
        assert os.WTERMSIG(status) == signal.SIGKILL
    refusal, receipt = taken()
    assert isinstance(refusal, MarkedRefusalError)
    assert "killed 3 times" in str(refusal)
    assert "3 次" in str(refusal)
    assert isinstance(receipt, Receipt)


NAMES = {
    "容量.xlsx": "容量 9月.xlsx".encode("gb18030"),
    "utf-8": "容量.xlsx".encode(),
    "no encoding": b"caf\xe9\xff\xfe.xlsx",
    "signs": b"a\x01\x80\n*?<b>.xlsx",
    "long": b"\xb0\xa1" * 120 + b".xlsx",
}


@pytest.mark.parametrize("rows", [ROWS, BAD], ids=["accepted", "refused"])
@pytest.mark.parametrize("raw", NAMES.values(), ids=NAMES)
def test_any_bytes_are_a_name(house: Path, mail: MailSink, raw: bytes, rows: Any) -> None:
    drop(raw, workbook(house / "a.xlsx", place(), rows), 90)
    drop("other.xlsx", workbook(house / "b.xlsx", place(), ROWS[:1]))
    first, other = taken()
    assert isinstance(other, Receipt)
    record = first.version if isinstance(first, Receipt) else first.record
    assert isinstance(first, Receipt) == (rows is ROWS)
    assert record.name.encode().decode() == record.name, "it can be written anywhere"
    assert record.name.endswith(".xlsx")
    assert (settings().inbox / record.path).read_bytes() == (house / "a.xlsx").read_bytes()
    assert left() == set()


def test_a_name_in_gbk_is_read_as_such(house: Path) -> None:
    drop("容量 9月.xlsx".encode("gb18030"), workbook(house / "a.xlsx", place()))
    (receipt,) = taken()
    assert isinstance(receipt, Receipt)
    assert receipt.version.name == "容量 9月.xlsx"


def link(path: Path) -> None:
    path.symlink_to("/etc/hostname")


def dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def subfolder(path: Path) -> None:
    workbook(path.parent.parent / "inner.xlsx", place())
    path.mkdir()
    (path.parent.parent / "inner.xlsx").rename(path / "inner.xlsx")


STRANGE = {"a link": link, "a dangling link": dangling, "a folder": subfolder, "a pipe": os.mkfifo}


@pytest.mark.parametrize("kind", STRANGE)
@pytest.mark.parametrize("name", ["strange.xlsx", os.fsdecode("容量".encode("gb18030"))], ids=["plain", "gbk"])
def test_what_is_no_file_is_told_once_and_not_followed(house: Path, mail: MailSink, kind: str, name: str) -> None:
    drop("good.xlsx", workbook(house / "a.xlsx", place()))
    STRANGE[kind](folder() / name)
    rest(folder() / name)
    for expected in ({"accepted": 1, "refused": 1}, {"accepted": 0, "refused": 0}):
        assert scan([place()], register(), settings(), NOW) == expected
    assert left() == {name}
    (record,) = (one for one in register().hand_ins() if one.status == "refused")
    said = (settings().inbox / record.path).with_name(f"{Path(record.name).stem}.errors.txt").read_text()
    assert f"This is {kind.replace('dangling ', '').replace('pipe', 'pipe or device')}, not a file" in said
    assert "这是" in said
    assert not (settings().inbox / record.path).exists()


def test_it_is_mailed_like_a_refusal_once(house: Path, mail: MailSink) -> None:
    folder().mkdir(parents=True)
    subfolder(folder() / "September")
    rest(folder() / "September")
    for _ in range(2):
        steps.take_up(NOW)
        steps.notify_of_data("refused", NOW)
    assert len(mail.mails()) == 1


@pytest.mark.parametrize("name", ["accepted", "refused", ".taken"])
@pytest.mark.parametrize("make", [link, dangling, os.mkfifo, Path.touch], ids=["link", "dangling", "pipe", "file"])
def test_a_thing_under_the_name_of_our_folders_stops_nothing(house: Path, name: str, make: Any) -> None:
    drop("bad.xlsx", workbook(house / "a.xlsx", place(), BAD), 90)
    drop("good.xlsx", workbook(house / "b.xlsx", place()))
    make(folder() / name)
    rest(folder() / name)
    taken()
    assert {("bad.xlsx", "refused"), ("good.xlsx", "accepted")} <= set(on_record())
    assert not (folder() / name).is_symlink()
    assert len(on_record()) == 3, "the thing is told under another name"
    assert taken() == []


def test_a_folder_that_cannot_be_used_stops_no_other(
    house: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    drop("good.xlsx", workbook(house / "a.xlsx", place()))
    other = place("availability").folder(settings().inbox)
    (other / ".taken" / ".lock").mkdir(parents=True)
    with caplog.at_level(logging.ERROR), pytest.raises(OSError, match="lock"):
        scan([place("availability"), place()], register(), settings(), NOW)
    assert on_record() == [("good.xlsx", "accepted")]
    assert "availability" in caplog.text


def test_nobody_hands_in_under_the_name_of_a_dropped_file(house: Path) -> None:
    with pytest.raises(receiving.HandInRefusedError, match="may not hand in"):
        receiving.hand_in(settings(), Register(settings().register_url), place(), house / "a", "dropped", NOW)
