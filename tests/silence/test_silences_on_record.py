"""Silences in which Airflow plays no part: a real register and a real mail server, and the clock that the test names.

A report of September 2026 is due on Tuesday 13 October 18:00 in Shanghai, the fifth working day after the holidays.
"""

from __future__ import annotations

import datetime as dt
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from itss import steps
from itss.archive.store import open_store
from itss.archive.version import folder_of
from itss.cli import main
from itss.errors import DeliveryError, ItssError
from itss.notices.causes import Failure
from itss.ref import Ref
from itss.report_list.loader import load
from itss.settings import settings
from itss.standalone.sink import MailSink
from itss.steps import watching
from itss.watch.matter import KINDS, LATE, Kind
from silence_table import ALERTS, Row, Tell, of_watch
from sqlalchemy.exc import SQLAlchemyError
from watched import (
    AUTHOR,
    HEAD,
    KEY,
    MANAGER,
    REF,
    ROOT,
    change,
    connect,
    deliver,
    found,
    mails,
    open_one,
    register,
    shanghai,
    submit,
    told,
)

OPENED, DAY, SECOND = shanghai(10, 9, 9), dt.timedelta(days=1), dt.timedelta(seconds=1)
WARNED, DUE = shanghai(10, 12, 18), shanghai(10, 13, 18)
LIST, PEOPLE, RECORD, WAY_OUT = "3 The list", "4 People and data", "5 Register, archive and key", "6 Mail and alarms"
NOTHING = "nothing"
LOOK = "at the next look, within 30 min"


def archived(ref: Ref) -> str:
    """A folder in which the files of a revision are, as an archive has them."""
    return str(folder_of(open_store(settings().workspace_url), ref))


def seal() -> None:
    deliver(open_one(OPENED), OPENED)
    register(OPENED).seal(REF, archived(REF), "5" * 64, OPENED)


def said(sink: MailSink, at: dt.datetime, kind: Kind, *who: str, words: str = "") -> None:
    """At ``at`` the watch has the matter of this kind, and mails exactly these of it, once."""
    line = found(at)[kind]
    assert words in line
    before = len(mails(sink))
    watching.watch(at)
    subjects = [str(one["X-Envelope-To"]) for one in mails(sink)[before:]]
    assert set(who) <= set(subjects)
    assert watching.watch(at + SECOND) == []


def row(group: str, cause: str, how: str, kind: Kind, who: str, default: str = LOOK, measured: str = "") -> Row:
    seen = measured or "the first look after it"
    return Row(group, cause, how, NOTHING, of_watch(kind), who, seen, default, ALERTS[kind])


def test_no_run_ever_began(mail: MailSink, tell: Tell) -> None:
    assert found(WARNED - SECOND) == {}
    said(mail, WARNED, "report_due", MANAGER, AUTHOR)
    said(mail, DUE + SECOND, "report_late", MANAGER, AUTHOR, words="no run ever opened it")
    who, how = "report manager and author", "no run of the period was ever started; the clock set to the due date"
    tell(
        row(
            PEOPLE, "no run ever began, for whatever reason", how, "report_due", who, "one working day before it is due"
        )
    )
    tell(row(PEOPLE, "the same, and it is due", how, "report_late", who, "30 min after it was due"))


def test_a_cron_that_starts_after_the_report_is_due(mail: MailSink, tell: Tell) -> None:
    change(lambda entry: entry["period"].update(schedule="0 6 28 * *"))
    change(
        lambda list_: list_["reports"].append(
            list_["reports"][0]
            | {"key": "sound_monthly", "period": list_["reports"][0]["period"] | {"schedule": "0 6 1 * *"}}
        ),
        whole=True,
    )
    assert any("schedule" in str(one) for one in load(settings().report_list).problems)
    said(mail, OPENED, "list_broken", MANAGER)
    tell(
        row(
            LIST,
            "the schedule starts the report after it is due",
            '`schedule: "0 6 28 * *"` with `due_working_days: 5`',
            "list_broken",
            "report manager; whoever runs `itss check`",
        )
    )


def test_an_entry_with_a_problem_has_no_dag(mail: MailSink, tell: Tell) -> None:
    change(lambda list_: list_["reports"].append({"key": "broken_monthly"}), whole=True)
    said(mail, OPENED, "list_broken", MANAGER, words="broken_monthly")
    shown = row(
        LIST,
        "an entry has a problem, so it has no DAG",
        "an entry with nothing but a key",
        "list_broken",
        "report manager",
    )
    tell(Row(**{**vars(shown), "airflow": "`report_list_check.py` under *Dag Import Errors*"}))


def test_an_entry_deleted_by_mistake(mail: MailSink, tell: Tell) -> None:
    seal()
    change(lambda entry: entry.update(key="another_monthly"))
    said(mail, OPENED + DAY, "entry_missing", MANAGER, AUTHOR)
    tell(
        row(
            LIST,
            "an entry was deleted by mistake, nothing of it is open",
            "the key of a sealed report taken out of the list",
            "entry_missing",
            "report manager and author",
        )
    )


def test_an_entry_deleted_while_its_report_is_open(mail: MailSink, tell: Tell) -> None:
    submit(open_one(OPENED), OPENED)
    change(lambda entry: entry.update(key="another_monthly"))
    said(mail, OPENED + SECOND, "entry_deleted", MANAGER)
    tell(
        row(
            LIST,
            "an entry was deleted while its report is open",
            "the same, with an open question",
            "entry_deleted",
            "report manager",
        )
    )


def test_an_entry_retired_by_mistake(mail: MailSink, tell: Tell) -> None:
    seal()
    change(lambda entry: entry.update(retired="2026-09-30"))
    said(mail, OPENED + DAY, "entry_ended", MANAGER, AUTHOR)
    tell(
        row(
            LIST,
            "an entry was retired by mistake",
            "`retired: 2026-09-30` written on 9 October",
            "entry_ended",
            "report manager and author",
            "the day after `retired`, within 30 min",
        )
    )


def test_a_customer_who_is_not_in_the_customers_file_any_more(
    mail: MailSink, tell: Tell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "docs" / "examples" / "customers", tmp_path / "customers")
    monkeypatch.setenv("ITSS_REPORT_LIST", str(tmp_path / "customers"))
    path = tmp_path / "customers" / "customers.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    *others, lost = load(settings().report_list).list.reports
    at = dt.datetime(2026, 11, 2, 2, tzinfo=dt.UTC)
    job = steps.open_report(lost.key, "2026-10", "run-1", at)
    ref = Ref(lost.key, "2026-10", job["revision"])
    deliver(ref, at)
    register(at).seal(ref, archived(ref), "5" * 64, at)
    name = lost.key.partition(".")[2]
    document["customers"] = without(document["customers"], name)
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    assert len(load(settings().report_list).list.reports) == len(others)
    (matter,) = [one for one in watching.look(settings(), at + DAY) if one.kind == "entry_missing"]
    assert f"the entry {lost.key} is not in the list any more" in matter.line
    assert "(or the customer)" in matter.remedy.en
    shown = row(
        LIST,
        "a customer is not in the customers' file any more",
        "deleted from `customers.yaml`",
        "entry_missing",
        "report manager and author",
    )
    tell(shown)


def without(customers: Any, name: str) -> Any:
    if isinstance(customers, dict):
        return {key: one for key, one in customers.items() if key != name}
    return [one for one in customers if one["key"] != name]


def test_a_schedule_that_begins_in_the_future(mail: MailSink, tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ITSS_SCHEDULE_FROM", "2099-01-01")
    said(mail, shanghai(12, 1), "watch_blind", MANAGER)
    assert main(["watch"]) == 1
    tell(
        row(
            RECORD,
            "`ITSS_SCHEDULE_FROM` is in the future",
            "set to 2099-01-01",
            "watch_blind",
            "report manager, by `itss watch --notify` from outside: `report_watch` is not scheduled either",
            "at the next run of `itss watch` from outside",
        )
    )


def test_data_that_nobody_hands_in(mail: MailSink, tell: Tell) -> None:
    open_one(OPENED)
    assert steps.notify_of_data("reminded", shanghai(10, 12, 9)) is not None
    line = found(WARNED)["report_due"]
    assert "it waits for data" in line
    said(mail, WARNED, "report_due", MANAGER, AUTHOR, words="it waits for data")
    tell(
        row(
            PEOPLE,
            "the data provider does not hand in",
            "an open report that waits for a file",
            "report_due",
            "its collector (reminders of `report_list`), then report manager and author",
            "reminders before, then one working day before it is due",
        )
    )


def test_an_approver_who_never_answers(mail: MailSink, tell: Tell) -> None:
    submit(open_one(OPENED), OPENED)
    due, late = shanghai(10, 12, 8), shanghai(10, 13)  # the second working day: Saturday the 10th is a make-up day
    assert "answer_due" not in kinds(due - SECOND)
    assert "answer_late" not in kinds(late - SECOND)
    assert HEAD in told(due)
    assert MANAGER in told(late)
    tell(
        row(
            PEOPLE,
            "an approver never answers, or has no delegate while away",
            "a question that nobody answers; the clock moved on",
            "answer_late",
            "the approver on the last day (`answer_due`), then the report manager",
            "the midnight after `deadline_days` working days, within 30 min",
        )
    )


def kinds(at: dt.datetime) -> set[str]:
    return {one.kind for one in watching.look(settings(), at)}


def test_a_report_that_was_delivered_and_never_sealed(mail: MailSink, tell: Tell) -> None:
    deliver(open_one(OPENED), OPENED)
    assert "report_unsealed" not in found(OPENED + DAY)
    said(mail, OPENED + DAY + SECOND, "report_unsealed", MANAGER)
    tell(
        row(
            RECORD,
            "the report was delivered and never sealed (seal killed, failed, or its run deleted)",
            "receipts on record, then nothing",
            "report_unsealed",
            "report manager",
            "24 h after the last sign of life, within 30 min; a failed seal is mailed at once, too",
        )
    )


def test_a_register_that_was_lost(mail: MailSink, tell: Tell) -> None:
    (Path(settings().var) / "archive" / KEY).mkdir(parents=True)
    said(mail, OPENED, "watch_blind", MANAGER, words="the register is empty")
    tell(
        row(
            RECORD,
            "the register was lost, or `ITSS_REGISTER_URL` names another",
            "an empty register beside an archive with a report",
            "watch_blind",
            "report manager",
        )
    )


def _as_the_dag(at: dt.datetime) -> None:
    """A look of `report_watch`, whose last failure Airflow gives to the callback."""
    with pytest.raises((ItssError, SQLAlchemyError)) as raised:
        watching.watch(at)
    steps.fail(None, Failure("report_watch", "watch", raised.value), at)


def _failed(group: str, cause: str, how: str, who: str = "report manager") -> Row:
    came = "the mail about a failed task of `report_watch`; `itss watch` ends with 1 and says why"
    return Row(
        group,
        cause,
        how,
        "the task *watch* is red",
        came,
        who,
        "the first look after it",
        "30 min and two retries of 5 min",
        "ItssOwnDagFailed",
    )


@pytest.mark.parametrize(
    ("how", "cause"),
    [("mode=ro", "the register is read-only, or its disk is full"), ("gone", "the register does not answer")],
)
def test_a_register_that_takes_nothing(
    mail: MailSink, tell: Tell, monkeypatch: pytest.MonkeyPatch, how: str, cause: str
) -> None:
    path = Path(settings().var) / "register.sqlite"
    register(OPENED)
    url = f"sqlite:///file:{path}?mode=ro&uri=true" if how == "mode=ro" else "postgresql+psycopg://x@127.0.0.1:9/x"
    monkeypatch.setenv("ITSS_REGISTER_URL", url)
    _as_the_dag(DUE + SECOND)
    assert [str(one["X-Envelope-To"]) for one in mails(mail)][-1] == MANAGER
    assert main(["watch", "--notify"]) == 1
    tell(
        _failed(
            RECORD,
            cause,
            "a register URL that cannot be written" if how == "mode=ro" else "a register URL at which nobody listens",
        )
    )


def test_a_signing_key_that_cannot_be_read(
    mail: MailSink, tell: Tell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(OPENED)
    key = tmp_path / "words.pem"
    key.write_text("no key")
    monkeypatch.setenv("ITSS_SIGNING_KEY", str(key))
    _as_the_dag(DUE + SECOND)
    assert [str(one["X-Envelope-To"]) for one in mails(mail)][-1] == MANAGER
    tell(_failed(RECORD, "the signing key cannot be read", "the key file overwritten with words"))


def test_a_list_that_cannot_be_read_at_all(mail: MailSink, tell: Tell) -> None:
    seal()
    settings().report_list.write_text("reports: [", encoding="utf-8")
    _as_the_dag(OPENED + DAY)
    assert [str(one["X-Envelope-To"]) for one in mails(mail)] == [MANAGER]
    tell(
        _failed(
            LIST,
            "the whole list cannot be read",
            "its head is no YAML",
            "report manager, by the address with which a report was last opened",
        )
    )


@pytest.mark.parametrize(("refused", "whom"), [(HEAD, MANAGER), (MANAGER, AUTHOR)])
def test_an_address_that_is_wrong(
    listed: Path, tell: Tell, monkeypatch: pytest.MonkeyPatch, refused: str, whom: str
) -> None:
    submit(open_one(OPENED), OPENED)
    last = DUE + SECOND if refused == MANAGER else shanghai(10, 12, 9)
    with MailSink(listed / "mail", refused=[refused]) as sink:
        connect(monkeypatch, sink.port)
        for hours in (0, 2):
            with suppress(DeliveryError):  # an address that was refused is tried again after 20 h
                watching.watch(last + dt.timedelta(hours=hours))
    alarm = [one for one in mails(sink) if "notices do not reach" in str(one["Subject"])]
    assert [str(one["X-Envelope-To"]) for one in alarm] == [whom]
    name = "the report manager's address" if refused == MANAGER else "an approver's address"
    tell(
        row(
            WAY_OUT,
            f"{name} is wrong",
            "the mail server refuses it with 550",
            "notice_unsent",
            "the authors" if refused == MANAGER else "report manager",
            "1 h after it was refused, within 30 min",
        )
    )


def test_a_mail_server_that_is_down(listed: Path, tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, 9)  # nobody listens there
    for hours in (0, 2):
        with pytest.raises(DeliveryError):
            watching.watch(DUE + dt.timedelta(hours=hours) + SECOND)
    assert "notice_unsent" in kinds(DUE + dt.timedelta(hours=3))
    tell(
        row(
            WAY_OUT,
            "the mail server is down, so no alarm gets out",
            "nobody listens on its port",
            "notice_unsent",
            "whoever reads the exit code of `itss watch` or Prometheus; everybody by mail once it is back",
            "1 h, or at the second attempt",
        )
    )


def test_a_mail_server_that_accepts_and_drops(mail: MailSink, tell: Tell) -> None:
    seal()
    for path in mail.mails():
        path.unlink()
    assert found(DUE + DAY) == {}, "its 250 is all that anybody outside of it can see"
    tell(
        Row(
            WAY_OUT,
            "the mail server accepts a mail and drops it",
            "receipts with 250, no mail anywhere",
            NOTHING,
            "**no alarm**: see below",
            "nobody",
            "–",
            "–",
        )
    )


def test_every_kind_of_alarm_has_its_rule() -> None:
    """A rule that does not name a kind of the watch is silent about it."""
    path = ROOT / "deploy" / "monitoring" / "alerts.yaml"
    if not path.exists():
        pytest.skip("no rules of Prometheus are here")
    groups = yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    rules = {rule["alert"]: rule["expr"] for group in groups for rule in group["rules"]}
    by_count = {"notice_unsent": "itss_notices_unsent"}  # it is counted by status, whatever the watch says
    lacking = {
        kind for kind, name in ALERTS.items() if kind in LATE and by_count.get(kind, kind) not in rules.get(name, "")
    }
    assert lacking == set()
    assert set(ALERTS) == set(KINDS)
