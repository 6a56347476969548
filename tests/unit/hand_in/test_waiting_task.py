"""The task that waits for handed-in data, without a server: what it defers with, and how it goes on."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from airflow.sdk.bases.operator import TriggerFailureReason
from airflow.sdk.exceptions import TaskDeferralError, TaskDeferred
from handing import REPORT, register
from itss import steps
from itss.errors import DataMissingError
from itss.flow.hand_in_trigger import HandInTrigger
from itss.flow.waiting import GRACE, WaitForHandIn
from itss.periods import last_complete
from itss.register.hand_ins import Handed
from itss.report_list.due import data_due_at
from itss.report_list.loader import load
from itss.settings import settings

NOW = dt.datetime.now(dt.UTC)
LABEL = last_complete(NOW, "month", "Asia/Shanghai").label
LATE = "2026-07"  # long overdue
TIMED_OUT = {"error": TriggerFailureReason.TRIGGER_TIMEOUT.value}


@pytest.fixture(autouse=True)
def due_late(house: Path) -> None:
    """The data of the last complete month is not due yet, whenever the tests run."""
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    document["reports"][0]["period"] |= {"due_working_days": 60, "first": "2026-01-01"}
    listed.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False))


def waiting(process: str = "capacity", label: str = LABEL) -> tuple[WaitForHandIn, dict[str, Any]]:
    """The task, and the context of a run that has opened a revision."""
    if register().of_run(REPORT, "run-1") is None:
        steps.open_report(REPORT, label, "run-1", NOW)
    task = WaitForHandIn(task_id="wait", process=process)
    task.limit_s = 600  # as the DAG of a report gives it
    return task, {"dag": SimpleNamespace(dag_id=REPORT), "run_id": "run-1"}


def give(process: str = "capacity", label: str = LABEL) -> None:
    file = Handed("a.csv", "a" * 64, 1, "data_provider", NOW, "x/a.csv")
    register().accept_hand_in((REPORT, label, process), file)


def test_it_leaves_a_trigger_that_ends_when_the_data_is_due(house: Path) -> None:
    task, context = waiting()
    with pytest.raises(TaskDeferred) as left:
        task.execute(context)
    entry = load(settings().report_list).list.entry(REPORT)
    due = data_due_at(entry.period, last_complete(NOW, "month", "Asia/Shanghai"))
    trigger = left.value.trigger
    assert isinstance(trigger, HandInTrigger)
    assert trigger.places == {(REPORT, LABEL, "capacity")}
    assert dt.datetime.fromisoformat(trigger.until) == due
    assert trigger.poke_s == settings().poke_s
    patience = dt.datetime.now(dt.UTC) + left.value.timeout - due
    assert abs(patience - GRACE) < dt.timedelta(minutes=1), "then the scheduler ends it without a triggerer"
    assert left.value.method_name == "execute"


@pytest.mark.parametrize("given", ["0", "0.01"])
def test_no_setting_makes_the_triggerer_ask_without_a_pause(
    house: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("ITSS_POKE_S", given)
    task, context = waiting()
    with pytest.raises(TaskDeferred) as left:
        task.execute(context)
    trigger = left.value.trigger
    assert isinstance(trigger, HandInTrigger)
    assert trigger.poke_s == 1.0


def test_it_ends_at_once_where_the_data_is_there(house: Path) -> None:
    give()
    task, context = waiting()
    task.execute(context)


def test_what_ended_the_wait_is_not_believed(house: Path) -> None:
    task, context = waiting()
    with pytest.raises(TaskDeferred):
        task.resume_execution("execute", {"event": "accepted"}, context)
    give()
    task.resume_execution("execute", {"event": "due"}, context)


def test_overdue_mandatory_data_fails_it_and_optional_data_does_not(house: Path) -> None:
    task, context = waiting(label=LATE)
    with pytest.raises(DataMissingError, match="nothing was handed in by"):
        task.resume_execution("execute", {"event": "due"}, context)
    optional, _ = waiting("availability", LATE)
    optional.resume_execution("execute", {"event": "due"}, context)
    give(label=LATE)  # late, and the task is cleared
    task.execute(context)


def test_without_a_triggerer_the_scheduler_ends_the_wait_and_the_record_is_asked(house: Path) -> None:
    task, context = waiting(label=LATE)
    with pytest.raises(DataMissingError):
        task.resume_execution("__fail__", TIMED_OUT, context)
    give(label=LATE)
    task.resume_execution("__fail__", TIMED_OUT, context)


def test_a_trigger_that_could_not_run_is_an_error_that_is_tried_again(house: Path) -> None:
    from itss.flow.retrying import RETRY_POLICY

    task, context = waiting()
    with pytest.raises(TaskDeferralError) as failed:
        task.resume_execution("__fail__", {"error": TriggerFailureReason.TRIGGER_FAILURE.value}, context)
    assert RETRY_POLICY.evaluate(failed.value, 1, 3).action.value == "retry"


def test_an_entry_that_did_not_await_it_when_it_was_opened_waits_for_nothing(house: Path) -> None:
    task, context = waiting("incident")
    task.execute(context)
