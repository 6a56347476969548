"""The way of a report, step by step, on a small list of its own."""

import datetime as dt
import json
from email import message_from_bytes
from pathlib import Path

from itss import steps
from itss.choices import COLLECT
from itss.errors import ItssError
from itss.notices.causes import Failure
from itss.register import Register
from itss.settings import settings

ROOT = Path(__file__).resolve().parents[2]
NOW = dt.datetime(2026, 10, 2, 8, tzinfo=dt.UTC)
CLERK = {"id": "head_of_department", "name": "head_of_department"}
AUTHOR = {"id": "report_author", "name": "report_author"}
CHIEF = {"id": "management_representative", "name": "management_representative"}
KEY, PERIOD = "servicenow_incidents", "2026-09"
GOOD = "number,opened,resolved\nINC1,2026-09-01 08:00,2026-09-01 12:00\nINC2,2026-09-02 08:00,\n"


def connect(monkeypatch, port):
    extra = {"disable_ssl": True, "disable_tls": True, "from_email": "reports@example.com", "timeout": 5}
    connection = {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(connection))


def draft(run="run-1"):
    job = steps.open_report(KEY, PERIOD, run, NOW)
    steps.collect(job, "incident")
    steps.check(job)
    steps.measure(job)
    return job, steps.render(job)


def answer(job, level, who, option="Approve", comment=None):
    shown = steps.ask(job, level)
    payload = {
        "chosen_options": [option],
        "params_input": {"comment": comment, "content": shown},
        "responded_at": NOW,
        "responded_by_user": who,
    }
    return steps.decide(job, level, payload)


def sign(job):
    answer(job, "initial_review", CLERK)
    answer(job, "approval", CHIEF)


def rework(job, **given):
    """The author's form after a rejection, as Airflow hands it over."""
    form = {"data": COLLECT} | {f"section_{key}": None for key in "abcdef"} | given
    return steps.rework(
        job, {"chosen_options": ["OK"], "params_input": form, "responded_at": NOW, "responded_by_user": AUTHOR}
    )


def fail(job, task, error=None):
    """As the flow tells of a task that failed for good."""
    steps.fail(job, Failure(KEY, task, error or ItssError("refused"), "run-1"), NOW)


def seal(run):
    job, _ = draft(run)
    sign(job)
    steps.release(job)
    steps.deliver(job)
    return steps.seal(job)


def register():
    return Register(settings().register_url)


def to(mail):
    """Who got what, in order; but not the mails that ask somebody."""
    return [address for address, is_question in _received(mail) if not is_question]


def asked(mail):
    """Who was notified of their turn, in order."""
    return [address for address, is_question in _received(mail) if is_question]


def _received(mail):
    for path in mail.mails():
        message = message_from_bytes(path.read_bytes())
        yield message["X-Envelope-To"], message["Message-ID"].startswith("<asked.")
