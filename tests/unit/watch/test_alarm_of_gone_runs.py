"""An open revision whose run Airflow has no more is an alarm, sent once, with what takes it over."""

from __future__ import annotations

import datetime as dt

import pytest
from itss import steps
from itss.standalone.sink import MailSink
from itss.steps.watching import watch_runs
from watched import KEY, MANAGER, PERIOD, REF, answer, change, open_one, register, shanghai, submit

OPENED, LATER = shanghai(10, 9, 8), shanghai(10, 9, 9)


def test_it_is_an_alarm_once(mail: MailSink, caplog: pytest.LogCaptureFixture) -> None:
    submit(open_one(OPENED), OPENED)
    runs: list[tuple[str, str]] = []

    def gone(dag: str, run: str, _since: dt.datetime) -> str:
        runs.append((dag, run))
        return "gone"

    assert watch_runs(lambda *_: "alive", LATER) == []
    assert watch_runs(gone, LATER) == [MANAGER]
    assert runs == [(KEY, "run-1")]
    assert f"Trigger the DAG {KEY} with period={PERIOD}" in caplog.text
    assert watch_runs(gone, LATER) == [], "each person is notified once"


def test_what_has_failed_or_ended_is_none(mail: MailSink) -> None:
    ref = open_one(OPENED)
    register(OPENED).fail(ref, "check: the source did not answer")
    assert watch_runs(lambda *_: "gone", LATER) == []


def test_one_that_came_to_its_end_while_airflow_was_asked_is_none(mail: MailSink) -> None:
    """Its run goes on meanwhile: between the list of what is open and the question, or between question and answer."""
    ref = open_one(OPENED)
    submit(ref, OPENED)
    answer(ref, OPENED, "initial_review", "reject")

    def returned(*_: object) -> str:
        register(OPENED).return_revision(ref, "列 3 有误")
        register(OPENED).rework(ref, {}, keep_data=False, who="report_author")
        return "ended"

    assert watch_runs(returned, LATER) == []


def test_one_that_another_run_took_over_while_airflow_was_asked_is_none(mail: MailSink) -> None:
    submit(open_one(OPENED), OPENED)

    def taken_over(*_: object) -> str:
        steps.open_report(KEY, PERIOD, "run-2", LATER, ask_run=lambda *_: "gone")
        return "gone"

    assert watch_runs(taken_over, LATER) == []


def test_one_that_was_returned_names_its_author_first(mail: MailSink, caplog: pytest.LogCaptureFixture) -> None:
    ref = open_one(OPENED)
    submit(ref, OPENED)
    answer(ref, OPENED, "initial_review", "reject")
    register(OPENED).return_revision(ref, "列 3 有误")
    assert watch_runs(lambda *_: "ended", LATER) == [MANAGER]
    assert "First its author answers on its page." in caplog.text


def test_of_a_renamed_report_the_dag_of_today_is_named_and_goes_on(
    mail: MailSink, caplog: pytest.LogCaptureFixture
) -> None:
    submit(open_one(OPENED), OPENED)
    change(lambda entry: entry.update(key="another_monthly", was=KEY))
    assert watch_runs(lambda *_: "gone", LATER) == [MANAGER]
    assert f"Trigger the DAG another_monthly with period={PERIOD}" in caplog.text
    job = steps.open_report("another_monthly", PERIOD, "run-2", LATER, ask_run=lambda *_: "gone")
    assert (job["report"], job["revision"]) == ("another_monthly", 2)
    assert register(LATER).revision(REF).state == "superseded"
