"""A list of one supplier's report, taken along its way at instants that the test names, and the mails about it."""

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

import pytest
import yaml
from itss import steps
from itss.archive.store import open_store
from itss.archive.version import folder_of
from itss.ref import Ref
from itss.register import Register
from itss.settings import settings
from itss.standalone.sink import MailSink
from itss.steps import watching

ROOT = Path(__file__).resolve().parents[3]
KEY, PERIOD = "supplier_monthly", "2026-09"
REF: Ref = (KEY, PERIOD, 1)
MANAGER, AUTHOR = "report_manager@example.com", "report_author@example.com"
HEAD, CHIEF = "head_of_department@example.com", "management_representative@example.com"
SECOND = dt.timedelta(seconds=1)


def shanghai(month: int, day: int, hour: int = 0, minute: int = 0) -> dt.datetime:
    """A time of 2026 on the clocks of Shanghai, which have stood at UTC+8 all year round since 1991."""
    return dt.datetime(2026, month, day, hour, minute, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def change(how: Callable[[dict[str, Any]], Any], *, whole: bool = False) -> None:
    """Edit the entry in the list, or the ``whole`` list, as a person does."""
    path = settings().report_list
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    how(document if whole else document["reports"][0])
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")


def register(at: dt.datetime) -> Register:
    """The register, whose log is stamped with ``at``."""
    made = Register(settings().register_url, lambda: at)
    made.upgrade()
    return made


def archived() -> str:
    """A folder in which the files of the first revision are, as an archive has them: its form is that of a rerun."""
    return str(folder_of(open_store(settings().workspace_url), REF))


def open_one(at: dt.datetime, run: str = "run-1", period: str = PERIOD) -> Ref:
    job = steps.open_report(KEY, period, run, at)
    return KEY, period, job["revision"]


def submit(ref: Ref, at: dt.datetime, level: str = "initial_review", content: str = "c" * 64) -> None:
    """Show the revision to a level at ``at``."""
    record = register(at)
    record.record_draft(ref, said_sha256=content, statement_sha256=content)
    record.submit(ref)
    record.ask(ref, level)


def answer(ref: Ref, at: dt.datetime, level: str, said: Any = "approve") -> None:
    record = register(at)
    record.record_decision(
        ref,
        level=level,
        title=level,
        answer=said,
        who=None if said == "expired" else {"id": "head_of_department", "name": "Head"},
        at=at,
        comment="列 3 有误",
        statement_sha256=record.revision(ref).statement_sha256 or "",
    )


def deliver(ref: Ref, at: dt.datetime, **statuses: Any) -> None:
    """Release it and write the receipts; all are accepted unless named otherwise."""
    record = register(at)
    submit(ref, at)
    for level in ("initial_review", "approval"):
        record.ask(ref, level)
        answer(ref, at, level)
    record.release(ref, ["initial_review", "approval"], statement_sha256="c" * 64, files={})
    served = {"supplier_manager": "accepted", "report_manager": "accepted"} | statuses
    record.plan_deliveries(ref, [(who, f"{who}@example.com", who) for who in served], at)
    for who, status in served.items():
        for step in dict.fromkeys(("sending", status)):
            record.record_delivery(ref, who, f"{who}@example.com", step, "450 try later", who, at)
    if set(served.values()) == {"accepted"}:
        record.delivered(ref, at)


def found(now: dt.datetime) -> dict[str, str]:
    """What is to be told, in English, by kind; there must be one of each kind only."""
    matters = watching.look(settings(), now)
    assert len({one.kind for one in matters}) == len(matters)
    return {one.kind: one.line for one in matters}


def told(now: dt.datetime) -> list[str]:
    """The addresses that are mailed at ``now``, sorted."""
    return sorted(watching.watch(now))


def mails(sink: MailSink) -> list[EmailMessage]:
    return [message_from_bytes(path.read_bytes(), policy=default) for path in sink.mails()]


def words(message: EmailMessage) -> str:
    body = message.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def connect(monkeypatch: Any, port: int) -> None:
    extra = {"disable_ssl": True, "disable_tls": True, "from_email": "reports@example.com", "timeout": 5}
    connection = {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(connection))


def lay_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The supplier's list with a state of its own; its report is owed for September 2026 and after."""
    shutil.copytree(ROOT / "docs" / "examples" / "supplier", folder / "list")
    monkeypatch.setenv("ITSS_VAR", str(folder / "var"))
    monkeypatch.setenv("ITSS_REPORT_LIST", str(folder / "list" / "report_list.yaml"))
    change(lambda entry: entry["period"].update(first="2026-09-01"))
    return folder
