"""The inbox in an object store: what is dropped comes onto the record once, whoever is killed or faster."""

from __future__ import annotations

import datetime as dt
import os
import signal
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from bucket import Bucket, install, left, put
from handing import BAD, NOW, REPORT, ROWS, place, register, workbook
from itss import steps
from itss.errors import ContentChangedError, SourceError
from itss.hand_in import receiving
from itss.hand_in.collecting import collect_handed_in
from itss.hand_in.inbox import scan
from itss.hand_in.judging import judge
from itss.hand_in.receiving import MOST_TRIES, MarkedRefusalError, Receipt, hand_in, marked_copy, take_up
from itss.settings import settings
from itss.standalone.sink import MailSink


@pytest.fixture
def store(house: Path, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    return install(house / "bucket", monkeypatch)


def folder() -> Path:
    return place().folder(settings().inbox)


def taken(now: dt.datetime = NOW) -> list[Receipt | MarkedRefusalError]:
    return list(take_up(settings(), register(), place(), now))


def on_record() -> list[tuple[str, str, int | None]]:
    return [(one.name, one.status, one.number) for one in register().hand_ins()]


def forked(do: Callable[[], Any]) -> int:
    """How a child ends that does it."""
    if pid := os.fork():
        return os.waitpid(pid, 0)[1]
    try:
        do()
    except BaseException:
        os._exit(70)
    os._exit(0)


def test_what_rests_is_taken_up_and_kept(store: Bucket, house: Path) -> None:
    good, bad = workbook(house / "a.xlsx", place()), workbook(house / "b.xlsx", place(), BAD)
    put(folder() / "bad.xlsx", bad.read_bytes(), 90)
    put(folder() / "容量 9月 #1 100%.xlsx", good.read_bytes(), 60)
    put(folder() / "moving.xlsx", good.read_bytes(), 1)
    put(folder() / "copy.part", good.read_bytes(), 60)
    refusal, receipt = taken()
    assert isinstance(refusal, MarkedRefusalError)
    assert isinstance(receipt, Receipt)
    assert on_record() == [("bad.xlsx", "refused", None), ("容量 9月 #1 100%.xlsx", "accepted", 1)]
    assert left(folder()) == {"moving.xlsx", "copy.part"}
    assert (settings().inbox / receipt.version.path).read_bytes() == good.read_bytes()
    assert (settings().inbox / refusal.record.path).read_bytes() == bad.read_bytes()
    with marked_copy(settings(), refusal.record).open("rb") as copy:
        assert openpyxl.load_workbook(copy).sheetnames[-1] == "错误 errors"
    assert taken() == []
    written = (dt.datetime.now(dt.UTC) - receipt.version.at).total_seconds()
    assert 60 <= written < 600, "it is on record by when it was written"


def test_what_is_handed_in_by_name_is_kept_there_and_the_report_reads_it(store: Bucket, house: Path) -> None:
    first = hand_in(settings(), register(), place(), workbook(house / "a.xlsx", place()), "data_provider", NOW)
    assert not first.warnings
    read = collect_handed_in(place(), settings(), lambda _: register().newest_hand_in(place().key))
    assert read.data == (house / "a.xlsx").read_bytes()
    assert list(read.frame["id"]) == ["S1", "S2"]
    put(settings().inbox / first.version.path, b"another")
    with pytest.raises(ContentChangedError):
        collect_handed_in(place(), settings(), lambda _: register().newest_hand_in(place().key))
    (settings().inbox / first.version.path).unlink()
    with pytest.raises(SourceError, match="backup"):
        collect_handed_in(place(), settings(), lambda _: register().newest_hand_in(place().key))


def test_a_waiting_report_takes_up_what_was_dropped_there(store: Bucket, house: Path) -> None:
    job = steps.open_report(REPORT, "2026-09", "run-1", NOW)
    assert not steps.wait_for(job, "capacity", NOW)
    file = workbook(house / "容量.xlsx", place())
    put(folder() / file.name, file.read_bytes())
    assert steps.wait_for(job, "capacity", NOW)
    steps.collect(job, "capacity")
    (kept,) = (settings().var / "workspace").rglob("handed_in/capacity/*")
    assert (kept.name, kept.read_bytes()) == (file.name, file.read_bytes())


def test_the_daily_run_mails_the_marked_copy_and_writes_the_register(
    store: Bucket, house: Path, mail: MailSink
) -> None:
    put(folder() / "bad.xlsx", workbook(house / "b.xlsx", place(), BAD).read_bytes())
    assert steps.take_up(NOW) == {"accepted": 0, "refused": 1}
    (path,) = mail.mails()
    message = message_from_bytes(path.read_bytes(), policy=default)
    assert [part.get_filename() for part in message.iter_attachments()] == ["bad.errors.xlsx"]
    assert (settings().inbox / steps.compile_register(NOW)).exists()


def test_a_worker_that_is_killed_at_any_request_leaves_what_the_next_one_finishes(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = workbook(house / "a.xlsx", place())
    bad = workbook(house / "b.xlsx", place(), BAD)
    judge(good, place(), settings())  # once here, so that every fork has what it imports
    at = 0
    while True:
        monkeypatch.setenv("ITSS_VAR", str(house / f"var{at}"))
        store = install(house / f"bucket{at}", monkeypatch)
        register()
        put(folder() / "bad.xlsx", bad.read_bytes(), 90)
        put(folder() / "good.xlsx", good.read_bytes(), 60)

        def scanned(store: Bucket = store, point: int = at) -> None:
            store.kill_at = store.seen + point
            taken()

        status = forked(scanned)
        if status == 0:
            break
        assert os.WTERMSIG(status) == signal.SIGKILL, (at, status)
        taken()
        assert on_record() == [("bad.xlsx", "refused", None), ("good.xlsx", "accepted", 1)], at
        kept = [(settings().inbox / one.path).read_bytes() for one in register().hand_ins()]
        assert kept == [bad.read_bytes(), good.read_bytes()], at
        assert left(folder()) == set(), at
        assert taken() == [], at
        at += 1
    assert at > 15


def test_a_slow_worker_makes_no_version_of_what_another_took_up(
    store: Bucket, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one judges the first file, another takes up both; the first file would come back as version 3."""
    put(folder() / "a.xlsx", workbook(house / "a.xlsx", place()).read_bytes(), 90)
    put(folder() / "b.xlsx", workbook(house / "b.xlsx", place(), ROWS[:1]).read_bytes(), 60)
    put(folder() / "c.xlsx", workbook(house / "c.xlsx", place(), BAD).read_bytes(), 45)
    pending = [lambda: taken()]

    def judged(*given: Any) -> Any:
        verdict = judge(*given)
        while pending:
            pending.pop()()
        return verdict

    monkeypatch.setattr(receiving, "judge", judged)
    taken()
    assert on_record() == [("a.xlsx", "accepted", 1), ("b.xlsx", "accepted", 2), ("c.xlsx", "refused", None)]
    assert left(folder()) == set()


def test_an_object_that_is_written_anew_while_it_is_judged_is_judged_too(
    store: Bucket, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder() / "a.xlsx"
    put(path, workbook(house / "a.xlsx", place(), BAD).read_bytes(), 90)
    pending = [workbook(house / "b.xlsx", place()).read_bytes()]

    def judged(*given: Any) -> Any:
        verdict = judge(*given)
        while pending:
            put(path, pending.pop())
        return verdict

    monkeypatch.setattr(receiving, "judge", judged)
    taken()
    assert left(folder()) == {"a.xlsx"}
    (receipt,) = taken()
    assert isinstance(receipt, Receipt)
    assert on_record() == [("a.xlsx", "refused", None), ("a.xlsx", "accepted", 1)]
    assert left(folder()) == set()


def test_an_object_at_which_the_process_dies_every_time_is_refused_unread(
    store: Bucket, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that may still be at work is no killed one: two workers at one file do not add up."""
    put(folder() / "poison.xlsx", workbook(house / "a.xlsx", place()).read_bytes(), 90)

    def dies(*_: Any) -> Any:
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(receiving, "judge", dies)
    for tried in range(MOST_TRIES):
        assert os.WTERMSIG(forked(taken)) == signal.SIGKILL
        assert len(left(folder())) == tried + 2, "the object, and a mark of each try"
    (refusal,) = taken(NOW + dt.timedelta(minutes=16))
    assert isinstance(refusal, MarkedRefusalError)
    assert "killed 3 times" in str(refusal)
    assert left(folder()) == set()


def test_what_is_too_big_and_what_looks_like_a_folder_is_refused_once_and_stays(
    store: Bucket, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder() / "good.xlsx", workbook(house / "a.xlsx", place()).read_bytes(), 90)
    monkeypatch.setattr(receiving, "MAX_BYTES", len((folder() / "good.xlsx").read_bytes()))
    put(folder() / "big.csv", bytes(receiving.MAX_BYTES + 1))
    put(folder() / "September" / "inner.xlsx", b"x")
    asked = store.seen
    for expected in ({"accepted": 1, "refused": 2}, {"accepted": 0, "refused": 0}):
        assert scan([place()], register(), settings(), NOW) == expected
    assert store.seen > asked
    assert left(folder()) == {"big.csv", "September"}
    said = {
        one.name: marked_copy(settings(), one).with_suffix(".txt").read_text(encoding="utf-8")
        for one in register().hand_ins()
        if one.status == "refused"
    }
    assert "at most" in said["big.csv"]
    assert "This is a folder, not a file" in said["September"]
    put(folder() / "big.csv", bytes(receiving.MAX_BYTES + 1), 40)
    assert scan([place()], register(), settings(), NOW)["refused"] == 1, "written anew, it is another"


def test_a_store_that_does_not_answer_stops_no_other_place(
    store: Bucket, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stores have errors of their own, which are no OSError."""
    put(folder() / "good.xlsx", workbook(house / "a.xlsx", place()).read_bytes())
    ls = store.ls

    def listed(path: str, **more: Any) -> Any:
        if "availability" in path:
            raise RuntimeError("EndpointConnectionError")
        return ls(path, **more)

    monkeypatch.setattr(store, "ls", listed)
    with pytest.raises(RuntimeError, match="Endpoint"):
        scan([place("availability"), place()], register(), settings(), NOW)
    assert on_record() == [("good.xlsx", "accepted", 1)]


def test_a_memory_store_does_too(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its information about an object is another store's: no tag, no time in it."""
    from airflow.sdk.io import attach
    from fsspec.implementations.memory import MemoryFileSystem

    made = MemoryFileSystem()
    attach(protocol="memory", conn_id=None, fs=made)
    monkeypatch.setenv("ITSS_INBOX", f"memory://inbox/{house.name}")
    (folder() / "a.xlsx").write_bytes(workbook(house / "a.xlsx", place()).read_bytes())
    assert taken() == [], "it is not at rest"
    made.store[(folder() / "a.xlsx").path].modified -= dt.timedelta(seconds=60)  # type: ignore[attr-defined]
    (receipt,) = taken()
    assert isinstance(receipt, Receipt)
    assert left(folder()) == set()
