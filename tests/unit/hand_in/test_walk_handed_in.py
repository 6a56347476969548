"""A supplier's report step by step: waiting, refused, accepted, a second version, signed, mailed and sealed."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from handing import NOW, REPORT, ROWS, place, register, wall, workbook
from itss import steps
from itss.audit.seals import verify
from itss.errors import ContentChangedError, DataMissingError, SourceError
from itss.hand_in.receiving import hand_in
from itss.settings import settings
from itss.sources.register_source import collect_reporting
from itss.standalone.sink import MailSink

# working days after September 2026: 8, 9, 10 (a make-up Saturday), 12 and 13 October; the data by the fourth
DUE = dt.datetime(2026, 10, 12, 10, tzinfo=dt.UTC)
LEVEL = ({"id": "L1", "service": "云平台", "measured_at": wall(9, 30, 20), "target": 0.99, "achieved": 0.995},)
SECOND = dt.timedelta(seconds=1)


def opened(run: str = "run-1") -> dict[str, Any]:
    return steps.open_report(REPORT, "2026-09", run, NOW)


def give(
    house: Path, process: str = "capacity", rows: Any = ROWS, at: dt.datetime = NOW, period: str = "2026-09"
) -> Path:
    where = place(process, period)
    path = workbook(house / f"{process} {period}.xlsx", where, rows)
    hand_in(settings(), register(), where, path, "data_provider", at)
    return path


def give_all(house: Path) -> None:
    give(house)
    give(house, "service_level", LEVEL)


def produced(job: dict[str, Any]) -> Any:
    for process in ("capacity", "service_level", "availability"):
        steps.collect(job, process)
    steps.check(job)
    steps.measure(job)
    return steps.render(job)


def sign(job: dict[str, Any]) -> None:
    for level, who in (("initial_review", "head_of_department"), ("approval", "management_representative")):
        shown = steps.ask(job, level)
        payload = {
            "chosen_options": ["Approve"],
            "params_input": {"comment": None, "content": shown},
            "responded_at": NOW,
            "responded_by_user": {"id": who, "name": who},
        }
        steps.decide(job, level, payload)


def mails(sink: MailSink) -> list[EmailMessage]:
    """What came in, but for the mails that ask an approver."""
    messages = [message_from_bytes(path.read_bytes(), policy=default) for path in sink.mails()]
    return [one for one in messages if not one["Message-ID"].startswith("<asked.")]


def test_the_report_waits_until_the_data_is_due_and_then_says_who_owes_it(mail: MailSink) -> None:
    job = opened()
    assert register().revision((REPORT, "2026-09", 1)).due_at == dt.datetime(2026, 10, 13, 10, tzinfo=dt.UTC)
    assert not steps.wait_for(job, "capacity", NOW)
    assert not steps.wait_for(job, "capacity", DUE - SECOND)
    with pytest.raises(
        DataMissingError, match=r"capacity: .*2026-10-12 18:00.*Data provider <data_provider@example\.com>"
    ):
        steps.wait_for(job, "capacity", DUE)
    assert steps.wait_for(job, "availability", DUE), "optional data is waited for, and then done without"
    assert not steps.wait_for(job, "availability", DUE - SECOND)


def test_late_data_still_lets_the_report_go_on(house: Path, mail: MailSink) -> None:
    job = opened()
    give(house, at=DUE + SECOND)
    assert steps.wait_for(job, "capacity", DUE + 2 * SECOND)


def test_waiting_takes_up_what_is_dropped_and_tells_of_a_refusal_once(house: Path, mail: MailSink) -> None:
    job = opened()
    folder = place().folder(settings().inbox)
    folder.mkdir(parents=True)

    def drop(rows: Any) -> None:
        path = workbook(folder / "容量.xlsx", place(), rows)
        os.utime(path, (time.time() - 60,) * 2)

    drop([ROWS[0] | {"utilisation": 7.5}])
    assert not steps.wait_for(job, "capacity", NOW)
    assert not steps.wait_for(job, "capacity", NOW)
    (told,) = mails(mail)
    assert told["X-Envelope-To"] == "data_provider@example.com"
    assert [part.get_filename() for part in told.iter_attachments()] == ["容量.errors.xlsx"]
    assert "utilisation" in str(told.get_body(("html",)).get_content())
    drop([ROWS[0] | {"utilisation": 0.75}])
    assert steps.wait_for(job, "capacity", NOW)
    assert [(one.status, one.number, one.who) for one in register().hand_ins()] == [
        ("refused", None, "dropped"),
        ("accepted", 1, "dropped"),
    ]
    assert len(mails(mail)) == 1


def test_a_refusal_that_could_not_be_mailed_is_told_by_the_daily_run(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from handing import connect

    with MailSink(house / "mail") as sink:
        port = sink.port
    connect(monkeypatch, port)
    job = opened()
    folder = place().folder(settings().inbox)
    folder.mkdir(parents=True)
    os.utime(workbook(folder / "a.xlsx", place(), []), (time.time() - 60,) * 2)
    assert not steps.wait_for(job, "capacity", NOW), "a mail server that is down does not stop the report"
    with MailSink(house / "mail") as sink:
        connect(monkeypatch, sink.port)
        assert steps.notify_of_data("refused", NOW) == ["data_provider@example.com"]
        assert steps.notify_of_data("refused", NOW) == []
        assert len(mails(sink)) == 1


def test_the_newest_version_becomes_the_report_and_goes_out_with_it(house: Path, mail: MailSink) -> None:
    give_all(house)
    second = give(house, rows=[ROWS[0], ROWS[1] | {"utilisation": 0.85}])
    job = opened()
    assert not produced(job)["unchanged"]
    (submission, *_) = register().submissions((REPORT, "2026-09", 1))
    assert (submission.process, submission.rows) == ("capacity", 2)
    assert "version 2 by data_provider" in submission.source
    figures = register().figures((REPORT, "2026-09", 1)).set_index(["measure", "member"])
    assert figures.loc[("utilisation_max", ""), "value"] == pytest.approx(0.85)
    sign(job)
    assert steps.release(job) == "deliver"
    steps.deliver(job)
    first = mails(mail)[0]
    names = [part.get_filename() for part in first.iter_attachments()]
    assert names[2:] == ["capacity capacity 2026-09.xlsx", "service_level service_level 2026-09.xlsx"]
    sent = [part.get_content() for part in first.iter_attachments()]
    assert sent[2] == second.read_bytes(), "the supplier's own file, as it came"
    sealed = steps.seal(job)
    folder = Path(sealed["archive"])
    assert (folder / "handed_in" / "capacity" / second.name).read_bytes() == second.read_bytes()
    assert verify(folder, sealed["manifest_sha256"]) == []
    files = {one["name"]: one["sha256"] for one in json.loads((folder / "manifest.json").read_bytes())["files"]}
    assert files[f"handed_in/capacity/{second.name}"] == hashlib.sha256(second.read_bytes()).hexdigest()


def test_what_was_handed_in_is_bound_to_the_approval(house: Path, mail: MailSink) -> None:
    give_all(house)
    job = opened()
    produced(job)
    sign(job)
    (kept,) = (settings().var / "workspace" / REPORT / "2026-09" / "r01" / "handed_in" / "capacity").iterdir()
    kept.write_bytes(kept.read_bytes() + b" ")
    with pytest.raises(ContentChangedError, match="capacity"):
        steps.release(job)
    assert mails(mail) == []


def test_collecting_anew_leaves_no_file_of_an_older_version(house: Path, mail: MailSink) -> None:
    give_all(house)
    job = opened()
    produced(job)
    where = place()
    path = workbook(house / "other name.xlsx", where, [ROWS[0]])
    hand_in(settings(), register(), where, path, "report_author", NOW)
    produced(job)
    folder = settings().var / "workspace" / REPORT / "2026-09" / "r01" / "handed_in" / "capacity"
    assert [one.name for one in folder.iterdir()] == ["other name.xlsx"]


def test_a_kept_file_that_somebody_changed_is_refused(house: Path, mail: MailSink) -> None:
    give(house)
    kept = settings().inbox / register().hand_ins()[0].path
    kept.chmod(0o644)
    kept.write_bytes(kept.read_bytes() + b" ")
    with pytest.raises(ContentChangedError, match="version 1"):
        steps.collect(opened(), "capacity")


def test_nothing_handed_in_stops_mandatory_and_spares_optional_data(house: Path, mail: MailSink) -> None:
    job = opened()
    with pytest.raises(SourceError, match=r"python -m itss hand-in supplier_monthly 2026-09 capacity"):
        steps.collect(job, "capacity")
    assert "nothing was handed in" in steps.collect(job, "availability")["missing"]


def test_earlier_periods_come_from_their_own_files_and_the_newest_says_how_a_record_is(
    house: Path, mail: MailSink
) -> None:
    august = [
        {"id": "S0", "resource": "A", "sampled_at": wall(8, 5, 8), "utilisation": 0.25},
        {"id": "S1", "resource": "A", "sampled_at": wall(8, 31, 8), "utilisation": 0.25},
    ]
    give(house, rows=august, period="2026-08")
    give_all(house)
    job = opened()
    done = steps.collect(job, "capacity")
    assert "1 earlier period" in done["source"]
    rows = pd.read_parquet(settings().var / "workspace" / REPORT / "2026-09" / "r01" / "data" / "capacity.parquet")
    assert dict(zip(rows["id"], rows["utilisation"], strict=True)) == {"S0": 0.25, "S1": 0.5, "S2": 0.75}
    produced(job)
    history = pd.read_parquet(settings().var / "workspace" / REPORT / "2026-09" / "r01" / "history.parquet")
    line = history[history["measure"] == "utilisation_max"].set_index("period")["value"]
    assert line.to_dict() == {"2026-08": 0.25, "2026-09": 0.75}


def test_on_time_is_when_it_was_first_accepted(house: Path, mail: MailSink) -> None:
    give(house, at=DUE)
    give(house, rows=[ROWS[0]], at=DUE + SECOND)
    give(house, "service_level", LEVEL, at=DUE + SECOND)

    def row() -> pd.Series[Any]:
        from itss.report_list.loader import load

        people = load(settings().report_list).list
        window = dt.datetime(2026, 10, 1, tzinfo=dt.UTC), dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
        frame = collect_reporting(people, register().delivered_reports(), *window)
        return frame.set_index("id").loc[f"{REPORT} 2026-09"]

    before = row()
    assert (before["status"], before["submissions_due"], before["submissions_on_time"]) == ("missing", 3, 1)
    assert before["submissions_due_at"] == pd.Timestamp(DUE)
    job = opened()
    produced(job)  # the data are collected now, long after they were due
    after = row()
    assert (after["status"], after["submissions_on_time"]) == ("rendered", 1)
