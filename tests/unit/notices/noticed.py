"""A list of one report whose questions are asked at instants that the test names, and what people are notified of."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import yaml
from itss import steps
from itss.archive.folder import RevisionFolder
from itss.archive.statement import STATEMENT, Statement
from itss.notices import asked
from itss.ref import Ref
from itss.register import Notice, Register
from itss.report_list.loader import load
from itss.settings import settings
from itss.standalone.sink import MailSink
from itss.steps import watching

ROOT = Path(__file__).resolve().parents[3]
KEY, PERIOD = "supplier_monthly", "2026-10"
REF = Ref(KEY, PERIOD, 1)
MANAGER, AUTHOR = "report_manager@example.com", "report_author@example.com"
HEAD, CHIEF = "head_of_department@example.com", "management_representative@example.com"
PAGE = f"http://localhost:8080/itss/reports/{KEY}/{PERIOD}/r01"
# Thursday in Shanghai; of two working days to answer in, Friday 27 and Monday 30, the last ends with the 30th
ASKED = dt.datetime(2026, 11, 26, 2, tzinfo=dt.UTC)
LAST_DAY = dt.datetime(2026, 11, 30, 0, tzinfo=dt.UTC)  # 08:00 there
DEADLINE = LAST_DAY + dt.timedelta(hours=16)
SECOND = dt.timedelta(seconds=1)
SAID = {
    "agreed": 27,
    "met": 26,
    "headline": "27 targets: 26 met, 1 missed.",
    "wrong": ["Utilisation – 91 % of disk at http://evil.example, <b>target</b> 80 %."],
    "moved": [],
    "more": 2,
}


def lay_out(folder: Path, monkeypatch: Any) -> None:
    """The supplier's list in ``folder``, owed from October 2026 on, and due long after."""
    shutil.copytree(ROOT / "docs" / "examples" / "supplier", folder / "list")
    monkeypatch.setenv("ITSS_VAR", str(folder / "var"))
    monkeypatch.setenv("ITSS_REPORT_LIST", str(folder / "list" / "report_list.yaml"))
    change(lambda document: document["reports"][0]["period"].update(first="2026-10-01", due_working_days=60))


def change(how: Callable[[dict[str, Any]], Any]) -> None:
    """Edit the list, as a person does."""
    path = settings().report_list
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    how(document)
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")


def connect(monkeypatch: Any, port: int) -> None:
    extra = {"disable_ssl": True, "disable_tls": True, "from_email": "reports@example.com", "timeout": 5}
    connection = {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(connection))


def register(at: dt.datetime = ASKED) -> Register:
    """The register, whose log is stamped with ``at``."""
    made = Register(settings().register_url, lambda: at)
    made.upgrade()
    return made


def draft(at: dt.datetime = ASKED, said: dict[str, Any] | None = None, run: str = "run-1") -> Ref:
    """A revision with a statement that carries the summary, handed in for approval."""
    job = steps.open_report(KEY, PERIOD, run, at)
    ref, record = Ref(KEY, PERIOD, job["revision"]), register(at)
    folder = RevisionFolder(settings().var / "workspace" / ref.path)
    sha256 = folder.write_json("summary.json", SAID if said is None else said)
    statement = Statement({"figures": sha256}, {"files": {"summary.json": {"bytes": 1, "sha256": sha256}}})
    folder.write(STATEMENT, statement.to_bytes())
    record.record_draft(ref, said_sha256=statement.said_sha256, statement_sha256=statement.sha256)
    record.submit(ref)
    return ref


def ask(ref: Ref = REF, level: str = "initial_review", at: dt.datetime = ASKED) -> None:
    """Ask, and go no further: as a process that is killed before it sends."""
    people = load(settings().report_list).list
    register(at).ask(ref, level, asked.plan(ref, level, people, register(at), at))


def send(ref: Ref = REF, level: str = "initial_review") -> None:
    """Send what was planned with a question."""
    asked.send(ref, level, load(settings().report_list).list, register())


def answer(ref: Ref, at: dt.datetime, level: str, said: Any = "approve", comment: str = "") -> None:
    register(at).record_decision(
        ref,
        level=level,
        title={"initial_review": "Initial review", "approval": "Approval"}[level],
        answer=said,
        who={"id": "head_of_department", "name": "Head"},
        at=at,
        comment=comment,
        statement_sha256=register().revision(ref).statement_sha256,
    )


def watch(at: dt.datetime) -> list[str]:
    """The addresses that are notified by the watch at ``at``, sorted."""
    return sorted(watching.watch(at))


def statuses() -> dict[tuple[str, str], str]:
    """How each notice stands, by kind and address."""
    return {(one.kind, one.address): one.status for one in register().notices()}


def receipts(kind: str) -> list[Notice]:
    return [one for one in register().notices() if one.kind == kind]


def mails(sink: MailSink) -> list[EmailMessage]:
    return [message_from_bytes(path.read_bytes(), policy=default) for path in sink.mails()]


def to(sink: MailSink) -> list[str]:
    """The addresses that have got mails, in order."""
    return [str(message["X-Envelope-To"]) for message in mails(sink)]


def words(message: EmailMessage) -> str:
    body = message.get_body(("html",))
    assert body is not None
    return str(body.get_content())
