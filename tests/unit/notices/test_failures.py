"""One cause, one mail: over the demo list, with a real register and a real mail server."""

from __future__ import annotations

import datetime as dt
import inspect
import json
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import yaml
from itss import errors, steps
from itss.notices.causes import Failure
from itss.notices.remedies import remedy
from itss.ref import Ref
from itss.register import Register
from itss.settings import settings
from itss.standalone.sink import MailSink
from itss.steps import watching

ROOT = Path(__file__).resolve().parents[3]
MORNING = dt.datetime(2026, 10, 1, 6, 10, tzinfo=dt.timezone(dt.timedelta(hours=8)))
CUSTOMER, INTERNAL = "customer_monthly", "internal_monthly"
OPENED = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
PROCESSES = ["incident", "request", "change", "availability", "service_level", "capacity"]
GONE = errors.SourceUnreachableError("connection itsm_sample, sql/itss/incident.sql: no answer.", "Look after it.")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ITSS_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("ITSS_UI_URL", "https://reports.example.com/")
    monkeypatch.delenv("ITSS_REPORT_LIST", raising=False)
    return tmp_path


@pytest.fixture
def mail(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailSink]:
    with MailSink(place / "mail") as sink:
        connect(monkeypatch, sink.port)
        yield sink


def connect(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    extra = {"disable_ssl": True, "disable_tls": True, "from_email": "reports@example.com", "timeout": 5}
    connection = {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(connection))


def begin(report: str, run: str = "run-1") -> dict[str, Any]:
    return steps.open_report(report, "2026-09", run, OPENED)


def fail(job: dict[str, Any], task: str, error: BaseException | None, at: dt.datetime = MORNING) -> None:
    steps.fail(job, Failure(job["report"], task, error, "run-1"), at)


def mails(sink: MailSink) -> list[EmailMessage]:
    return [message_from_bytes(path.read_bytes(), policy=default) for path in sink.mails()]


def words(message: EmailMessage) -> str:
    body = message.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def on_record(job: dict[str, Any]) -> list[str]:
    events = Register(settings().register_url).events((job["report"], job["period"], job["revision"]))
    return [event.details["reason"] for event in events if event.what == "failed"]


def test_six_tasks_of_one_source_are_one_mail_and_six_lines_on_record(mail: MailSink) -> None:
    job = begin(CUSTOMER)
    for process in PROCESSES:
        error = errors.SourceChangedError(
            f"sql/itss/{process}.sql, line 3: no such column: {process}_no.", "Correct it."
        )
        fail(job, f"collect_{process}", error)
    (one,) = mails(mail)
    assert one["X-Envelope-To"] == "report_manager@example.com"
    assert "sql/itss/incident.sql, line 3: no such column: incident_no" in words(one), "the file and the column"
    assert "correct its name in the query file" in words(one)
    assert "not mailed one by one" in words(one)
    assert [reason.split(":")[0] for reason in on_record(job)] == [f"collect_{process}" for process in PROCESSES]


def test_a_source_that_is_down_is_one_mail_that_names_all_its_reports(mail: MailSink) -> None:
    for report in (CUSTOMER, INTERNAL):
        fail(begin(report), "collect_incident", GONE)
    (one,) = mails(mail)
    listed = yaml.safe_load((ROOT / "include" / "report_list.yaml").read_text(encoding="utf-8"))["reports"]
    for entry in listed:
        uses = any(source.get("connection") == "itsm_sample" for source in entry["data_source"].values())
        assert (entry["title"]["en"] in words(one), entry["title"]["zh-CN"] in words(one)) == (uses, uses), entry["key"]
    assert "connection itsm_sample" in str(one["Subject"])
    for link in ("/dags/customer_monthly/runs/run-1", "/itss/reports/customer_monthly/2026-09/r01"):
        assert f'href="https://reports.example.com{link}"' in words(one)


def test_another_error_of_the_same_source_is_another_cause(mail: MailSink) -> None:
    job = begin(CUSTOMER)
    fail(job, "collect_incident", GONE)
    fail(job, "collect_change", errors.SourceDeniedError("connection itsm_sample: access denied.", "Correct it."))
    assert ["did not answer several times" in words(one) for one in mails(mail)] == [True, False]
    assert "Waiting does not cure it" in words(mails(mail)[1])


def test_a_cause_that_comes_again_is_mailed_again_from_the_next_midnight_of_the_list_on(mail: MailSink) -> None:
    job = begin(CUSTOMER)
    midnight = dt.datetime(2026, 10, 1, 16, tzinfo=dt.UTC)  # in Shanghai
    second = dt.timedelta(seconds=1)
    for at, count in ((MORNING, 1), (midnight - second, 1), (midnight, 2), (midnight + second, 2)):
        fail(job, "collect_incident", GONE, at)
        assert len(mails(mail)) == count, at
    first, again = (one["Message-ID"] for one in mails(mail))
    assert first != again, "a server that drops a repeated id would turn a failure into silence"


def test_what_concerns_one_run_alone_is_mailed_for_it(mail: MailSink) -> None:
    customer, internal = begin(CUSTOMER), begin(INTERNAL)
    refused = errors.DataRefusedError("1 critical finding(s): opened_at.", "Correct the source.")
    answered = errors.DecisionMissingError("answered by nobody named.", "Clear this task.")
    fail(customer, "check", refused)
    fail(customer, "check", refused)
    fail(internal, "check", refused)
    fail(customer, "initial_review", answered)
    fail(customer, "approval", answered)
    tasks = ["customer_monthly 2026-09 (check)", "internal_monthly 2026-09 (check)"]
    tasks += [f"customer_monthly 2026-09 ({level})" for level in ("initial_review", "approval")]
    assert [str(one["Subject"]).split("Report failed: ")[1] for one in mails(mail)] == tasks
    assert "check alone would judge the same rows" in words(mails(mail)[0])


def test_tasks_that_were_killed_side_by_side_are_one_mail(mail: MailSink) -> None:
    job = begin(CUSTOMER)
    for process in PROCESSES:
        fail(job, f"collect_{process}", None)
    (one,) = mails(mail)
    assert "killed before it could say why" in words(one)
    assert "memory of the worker" in words(one)


def test_who_may_have_taken_too_long_is_told_of_with_the_limit(mail: MailSink) -> None:
    job = begin(CUSTOMER)
    steps.fail(job, Failure("customer_monthly", "check", None, "run-1", limit="2 h"), MORNING)
    late = errors.TimeLimitError("The step render was ended: it took longer than its limit of 2 h.", "See the log.")
    fail(job, "render", late)
    killed, ended = (words(one) for one in mails(mail))
    assert "killed before it could say why, or it took longer than its limit of 2 h, and no try is left" in killed
    assert "where the log of the task ends with Timeout" in killed
    assert "took longer than its limit of 2 h" in ended
    assert "raise task_limit of the entry" in ended


def test_a_failure_of_the_products_own_dag_is_mailed_once_a_day(mail: MailSink) -> None:
    own = errors.DeliveryError("no <mail> to b@example.com", "Look.")
    for task in ("announce", "remind"):
        for hours in (0, 1):
            steps.fail(None, Failure("report_list", task, own), MORNING + dt.timedelta(hours=hours))
    steps.fail(None, Failure("report_list", "remind", own), MORNING + dt.timedelta(days=1))
    assert len(mails(mail)) == 2
    assert "no &lt;mail&gt; to b@example.com" in words(mails(mail)[0])


def test_of_many_workers_at_the_same_moment_one_mails(mail: MailSink) -> None:
    begin(CUSTOMER), begin(INTERNAL)
    script = (
        "import datetime as dt, sys\n"
        "from itss import errors, steps\n"
        "from itss.notices.causes import Failure\n"
        "report = sys.argv[1]\n"
        "job = {'report': report, 'period': '2026-09', 'revision': 1}\n"
        "gone = errors.SourceUnreachableError('connection itsm_sample: no answer.')\n"
        f"at = dt.datetime.fromisoformat('{MORNING.isoformat()}')\n"
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "steps.fail(job, Failure(report, 'collect_incident', gone, 'run-1'), at)\n"
    )
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", script, report], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for report in (CUSTOMER, INTERNAL, CUSTOMER, INTERNAL)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("\n")
        worker.stdin.flush()
    for worker in workers:
        worker.communicate(timeout=300)
        assert worker.returncode == 0
    assert len(mails(mail)) == 1


def test_what_could_not_be_sent_goes_out_with_the_next_failure_of_the_cause(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, port = begin(CUSTOMER), closed_port(place)
    connect(monkeypatch, port)
    fail(job, "collect_incident", GONE)
    with MailSink(place / "mail", port) as sink:
        fail(job, "collect_request", GONE)
        fail(job, "collect_change", GONE)
        (one,) = mails(sink)
    assert "collect_request" in str(one["Subject"])
    assert len(on_record(job)) == 3


def test_the_watch_sends_what_could_not_be_sent_once(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job, port = begin(CUSTOMER), closed_port(place)
    connect(monkeypatch, port)
    unopened = Failure(INTERNAL, "open", errors.ConfigurationError("line 3: no such agreement.", "Add it."), "run-2")
    fail(job, "collect_incident", GONE)
    fail(job, "collect_change", GONE)
    steps.fail(None, unopened, MORNING)
    for later in (1, 2):
        with pytest.raises(errors.DeliveryError):
            watch(MORNING + dt.timedelta(hours=later))
    with MailSink(place / "mail", port) as sink:
        for later in (3, 4, 30):
            watch(MORNING + dt.timedelta(hours=later))
        first, second = (one for one in mails(sink) if "Report" in str(one["Subject"]) and "failed" in one["Subject"])
    assert "connection itsm_sample, customer_monthly 2026-09 (collect_incident)" in str(first["Subject"])
    assert str(second["Subject"]).endswith("Report failed: internal_monthly (open)")
    for message, said, cure, link in (
        (first, GONE.what, "did not answer several times", "/itss/reports/customer_monthly/2026-09/r01"),
        (second, "no such agreement. Add it.", "Correct the file", "/dags/internal_monthly/runs/run-2"),
    ):
        assert said in words(message)
        assert cure in words(message)
        assert f'href="https://reports.example.com{link}"' in words(message)
    assert "(internal_monthly)" in words(first), "of the other reports that use the source"
    assert {one.status for one in Register(settings().register_url).notices(kind="failed")} == {"accepted"}


def test_the_watch_waives_a_failure_that_is_over(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    customer, internal, port = begin(CUSTOMER), begin(INTERNAL), closed_port(place)
    connect(monkeypatch, port)
    register = Register(settings().register_url)
    for job, task in ((customer, "check"), (internal, "check"), (internal, "render")):
        fail(job, task, errors.DataRefusedError("1 critical finding(s).", "Correct the source."))
    steps.fail(None, Failure("report_watch", "watch", errors.DeliveryError("1 notice could not be sent.")), MORNING)
    register.record_submissions(Ref(CUSTOMER, "2026-09", 1), [])  # its check was cleared, and has gone on
    with MailSink(place / "mail", port) as sink:
        watch(MORNING + dt.timedelta(hours=1))
        failed = [str(one["Subject"]).split("failed: ")[1] for one in mails(sink) if "failed: " in one["Subject"]]
    assert failed == ["internal_monthly 2026-09 (check)", "internal_monthly 2026-09 (render)"]
    stands = {(one.report, one.status) for one in register.notices(kind="failed")}
    assert stands == {(CUSTOMER, "waived"), (INTERNAL, "accepted"), ("report_watch", "waived")}


def test_a_cause_stands_as_long_as_one_of_its_reports_has_not_gone_on(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = closed_port(place)
    connect(monkeypatch, port)
    for report in (CUSTOMER, INTERNAL):
        fail(begin(report), "collect_incident", GONE)
    Register(settings().register_url).record_submissions(Ref(CUSTOMER, "2026-09", 1), [])
    with MailSink(place / "mail", port) as sink:
        watch(MORNING + dt.timedelta(hours=1))
        (subject,) = (str(one["Subject"]) for one in mails(sink) if "failed: " in one["Subject"])
    assert subject.endswith("connection itsm_sample, internal_monthly 2026-09 (collect_incident)")


def watch(at: dt.datetime) -> None:
    """As the command does, of what is on record alone: the demo's list owes more than these tests are about."""
    watching.notify_all(settings(), [], at)


def test_a_mail_that_was_begun_and_never_ended_is_sent_once_more_after_a_while(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, port = begin(CUSTOMER), closed_port(place)
    connect(monkeypatch, port)
    fail(job, "collect_incident", GONE)
    record = Register(settings().register_url)
    (planned,) = record.notices(kind="failed")
    record.record_notice(planned.message_id, "sending", "", MORNING)  # and then its worker was killed
    with MailSink(place / "mail", port) as sink:
        for minutes, count in ((1, 0), (9, 0), (11, 1), (12, 1)):
            fail(job, "collect_request", GONE, MORNING + dt.timedelta(minutes=minutes))
            assert len(mails(sink)) == count, minutes


def closed_port(place: Path) -> int:
    with MailSink(place / "mail") as sink:
        return sink.port


def test_a_register_that_is_away_silences_nothing(mail: MailSink, monkeypatch: pytest.MonkeyPatch) -> None:
    job = begin(CUSTOMER)
    monkeypatch.setenv("ITSS_REGISTER_URL", "postgresql+psycopg://nobody@127.0.0.1:9/register")
    away = errors.RegisterUnreachableError("the register refused: no answer.", "Look after it.")
    fail(job, "check", away)
    (one,) = mails(mail)
    assert "Wait until the register answers again" in words(one)


KINDS = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, errors.ItssError)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_has_a_remedy_in_both_languages(kind: type[Exception]) -> None:
    made = kind.__new__(kind)
    said = remedy(made)
    assert said.zh.endswith("。")
    assert said.en.endswith(".")
    # what no clearing cures must not be said to be cured by it
    incurable = (errors.PeriodError, errors.LedgerError, errors.ContentChangedError, errors.RunGoneError)
    cured = not issubclass(kind, incurable)
    assert ("clear the" in said.en.lower()) == cured


@pytest.mark.parametrize("error", [ZeroDivisionError("x"), None])
def test_what_nobody_foresaw_has_one_too(error: BaseException | None) -> None:
    assert ("killed" in remedy(error).en) == (error is None)
