"""In a running Airflow: an answer is judged as it is sent, on record before Airflow has it, and never needed twice.

Kills, and what they do to an answer: ``tests/faults/test_answers_in_running_airflow.py``.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from house import ASKING, USERS, House
from itss.register import Register
from itss.standalone.progress import Watch
from itss.standalone.rest import RestError, run_path

pytestmark = pytest.mark.flow

PERIOD = "2026-07"
REF = (ASKING, PERIOD, 1)
LEVELS = ("initial_review", "approval")
QUESTIONS = ["comment", *LEVELS]


def task(house: House, watch: Watch, name: str) -> dict[str, Any]:
    (found,) = (one for one in house.airflow.client().tasks(watch.dag, watch.run) if one["task_id"] == name)
    return found


def waits(house: House, watch: Watch, name: str) -> None:
    house.airflow.wait(lambda: task(house, watch, name)["state"] == "awaiting_input", 400, name)
    watch.until_parked(task(house, watch, name))


def minutes(watch: Watch, task: dict[str, Any]) -> None:
    """Write the minutes when they are asked for; nothing else is to be answered."""
    if task["task_id"] != "review_meeting":
        return
    day = dt.datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()
    said = {
        "held_on": day,
        "attendees": ["report_author"],
        "gaps": "无",
        "trends": "无",
        "measures": "无",
        "items": None,
    }
    watch.answer(task, "report_manager", "OK", None, said)


def lines(house: House, kind: str) -> list[str]:
    return [
        one.details.get("level", one.details.get("question", ""))
        for one in house.register.events(REF)
        if one.what == kind
    ]


@pytest.fixture(scope="module")
def watch(house: House) -> Watch:
    started = house.start(ASKING, PERIOD)
    waits(house, started, "comment")
    house.airflow.client("report_author").answer(ASKING, started.run, "comment", "OK", "nothing to add")
    waits(house, started, "initial_review")
    return started


@pytest.fixture
def send(house: House, watch: Watch) -> Callable[..., int]:
    """Answer the first level as somebody; the status."""

    def sent(user: str, option: str = "Approve", **given: object) -> int:
        path = f"{run_path(ASKING, watch.run)}/taskInstances/initial_review/-1/hitlDetails"
        try:
            house.airflow.client(user).patch(path, {"chosen_options": [option], "params_input": given})
        except RestError as error:
            said = json.loads(str(error)[str(error).index("{") :])
            assert {"detail", "detail_zh", "detail_en", "problems"} <= said.keys(), said
            return error.status
        return 200

    return sent


def test_what_may_not_count_is_refused_at_once(house: House, send: Callable[..., int]) -> None:
    shown = house.register.revision(REF).statement_sha256
    assert send(USERS["approval"], content=shown) == 403
    assert send("report_author", content=shown) == 403
    assert send(USERS["initial_review"]) == 422, "without the content that was shown"
    assert send(USERS["initial_review"], content=None, comment="") == 422
    assert send(USERS["initial_review"], "Reject", content=shown) == 422, "without a word why"
    assert lines(house, "answered") == ["comment"]
    assert [one.level for one in house.register.asked() if one.ref == REF] == ["initial_review"]


def test_of_two_clicks_at_once_one_counts(house: House, watch: Watch, send: Callable[..., int]) -> None:
    shown = house.register.revision(REF).statement_sha256
    said: list[int] = []
    clicks = [
        threading.Thread(target=lambda: said.append(send(USERS["initial_review"], content=shown, comment="once")))
        for _ in range(2)
    ]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()
    assert sorted(said) == [200, 409]
    house.airflow.wait(lambda: lines(house, "decision") == ["initial_review"], 300, "the decision")
    assert lines(house, "asked")[:2] == QUESTIONS[:2]
    (decision,) = house.register.all_decisions(REF)
    assert (decision.who_id, decision.comment) == (USERS["initial_review"], "once")


def test_an_answer_that_airflow_forgot_is_taken_from_the_record(house: House, watch: Watch) -> None:
    """Whatever became of Airflow's own row, the waiting task goes on with what is on record."""
    waits(house, watch, "approval")
    shown = house.register.revision(REF).statement_sha256
    Register(house.place.register_url, key=house.place.signing_key).receive_answer(
        REF,
        "approval",
        task="approval",
        user=USERS["approval"],
        content=shown,
        chosen=["Approve"],
        given={"comment": "on record alone", "content": shown},
    )
    assert watch.until_end(minutes, lambda: None) == "success"
    assert lines(house, "asked") == QUESTIONS, "nobody was asked twice"
    assert [one.comment for one in house.register.decisions(REF)] == ["once", "on record alone"]
    assert house.register.unsettled() == []
    with closing(sqlite3.connect(house.place.var / "airflow" / "airflow.db")) as database:
        rows = database.execute(
            "SELECT responded_by FROM hitl_detail JOIN task_instance ON task_instance.id = ti_id "
            "WHERE task_id = 'approval' AND run_id = ?",
            (watch.run,),
        ).fetchall()
    assert [json.loads(row[0])["id"] for row in rows] == [USERS["approval"]]


def test_a_task_that_is_cleared_after_it_was_answered_asks_nobody(house: House, watch: Watch) -> None:
    house.airflow.client().post(
        f"/dags/{ASKING}/clearTaskInstances",
        {"dry_run": False, "dag_run_id": watch.run, "task_ids": ["approval"], "only_failed": False,
         "include_downstream": False, "reset_dag_runs": True},
    )  # fmt: skip
    assert house.watch(ASKING, watch.run).until_end(minutes, lambda: None) == "success"
    assert task(house, watch, "approval")["try_number"] > 1
    assert lines(house, "asked") == QUESTIONS
    assert lines(house, "reviewed") == [""], "neither for the minutes"
