"""The guard before Airflow's answers: what it takes in, what it leaves alone, and what becomes of Airflow's word.

Register, list and report are real; Airflow's side is played here, for it cannot be made to fail at a wanted moment.
What a running Airflow makes of it: ``tests/flow/test_answers_in_airflow.py``.
"""

import asyncio
import json
from types import SimpleNamespace

import pytest
from fastapi import HTTPException
from itss import steps
from itss.portal import airflow_api, resumer
from itss.portal.answers import MOST_BYTES, AnswerGuard, question_of
from walk import AUTHOR, CLERK, KEY, NOW, PERIOD, draft, register

REF = (KEY, PERIOD, 1)
PATH = f"/api/v2/dags/{KEY}/dagRuns/run-1/taskInstances/initial_review/-1/hitlDetails"
TAKEN = {"responded_by": {"id": "x", "name": "x"}}


class Airflow:
    """Airflow's side: who is signed in, what it knows, and what it says to an answer."""

    def __init__(self, monkeypatch):
        self.user, self.ours, self.may, self.waits, self.took = CLERK["id"], True, True, True, False
        self.has_task = True
        self.status, self.error, self.bodies, self.offered = 200, None, [], []
        monkeypatch.setattr(airflow_api, "whoever", self.whoever)
        monkeypatch.setattr(airflow_api, "is_report", lambda _dag: self.ours)
        monkeypatch.setattr(airflow_api, "may_answer", lambda _user, _dag: self.may)
        monkeypatch.setattr(airflow_api, "waits", lambda *_: self.waits)
        monkeypatch.setattr(airflow_api, "has_task", lambda *_: self.has_task)
        monkeypatch.setattr(airflow_api, "took", lambda *_: self.took)
        monkeypatch.setattr(airflow_api, "offer", lambda *given: self.offered.append(given[-1].get_name()))

    async def whoever(self, _request):
        if not self.user:
            raise HTTPException(401, "Not authenticated")
        return SimpleNamespace(get_name=lambda: self.user)

    async def __call__(self, _scope, receive, send):
        message = await receive()
        self.bodies.append(message["body"])
        if self.error:
            raise self.error
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(TAKEN).encode()})

    def asked(self, body, path=PATH, method="PATCH", language="en"):
        """Status and body of the answer to a request."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        parts = [{"type": "http.request", "body": data[:9], "more_body": True}]
        parts += [{"type": "http.request", "body": data[9:], "more_body": False}]
        if not path.endswith("hitlDetails") or not self.ours:
            parts = [{"type": "http.request", "body": data, "more_body": False}]
        said = []

        async def receive():
            return parts.pop(0)

        async def send(message):
            said.append(message)

        scope = {"type": "http", "method": method, "path": path, "query_string": b"", "state": {}}
        scope |= {"headers": [(b"accept-language", language.encode())]}
        asyncio.run(AnswerGuard(self)(scope, receive, send))
        return said[0]["status"], json.loads(said[1]["body"])


@pytest.fixture
def airflow(monkeypatch):
    return Airflow(monkeypatch)


@pytest.fixture
def shown(mail):
    job, _ = draft()
    return steps.ask(job, "initial_review")


def approval(shown, **more):
    return {"chosen_options": ["Approve"], "params_input": {"comment": "ok", "content": shown} | more}


def kinds():
    return [one.what for one in register().events(REF) if one.what.startswith("answer")]


def test_an_answer_is_on_record_before_airflow_has_it_and_reaches_it_as_it_was_sent(airflow, shown):
    assert airflow.asked(approval(shown)) == (200, TAKEN)
    assert [json.loads(body) for body in airflow.bodies] == [approval(shown)]
    assert airflow.offered == [CLERK["id"]]
    assert kinds() == ["answered"]
    status, said = airflow.asked(approval(shown))
    assert status == 409
    assert CLERK["id"] in said["detail"]
    assert said["detail"] == said["detail_en"]
    assert CLERK["id"] in said["detail_zh"]
    assert len(airflow.bodies) == 1, "the second does not reach Airflow"


@pytest.mark.parametrize("failure", [500, 503, RuntimeError("database is locked")])
def test_where_airflow_fails_the_answer_stands_and_the_person_is_told_so(airflow, shown, failure):
    airflow.error, airflow.status = (None, failure) if isinstance(failure, int) else (failure, 200)
    status, said = airflow.asked(approval(shown))
    assert status == 200
    assert (said["responded_by"]["id"], said["chosen_options"]) == (CLERK["id"], ["Approve"])
    assert kinds() == ["answered"]


@pytest.mark.parametrize("refusal", [400, 403, 404, 409, 422])
def test_what_airflow_refuses_is_taken_back(airflow, shown, refusal):
    airflow.status = refusal
    assert airflow.asked(approval(shown)) == (refusal, TAKEN)
    assert kinds() == ["answered", "answer_cancelled"]
    airflow.status = 200
    assert airflow.asked(approval(shown))[0] == 200


def test_an_answer_that_airflow_or_the_task_has_already_is_not_taken_back(airflow, shown):
    airflow.status, airflow.took = 409, True
    assert airflow.asked(approval(shown))[0] == 200
    assert kinds() == ["answered"], "the resumer was faster"


def test_other_requests_and_other_dags_are_left_alone(airflow, shown):
    airflow.error = RuntimeError("of its own")
    others = [(PATH, "GET"), (PATH.removesuffix("Details"), "PATCH"), ("/api/v2/variables/x", "PATCH")]
    for path, method in others:
        with pytest.raises(RuntimeError, match="of its own"):
            airflow.asked({}, path, method)
    airflow.ours = False
    with pytest.raises(RuntimeError, match="of its own"):
        airflow.asked({})
    assert len(airflow.bodies) == 4
    assert kinds() == []


def test_whoever_may_not_gets_no_further(airflow, shown):
    airflow.user = ""
    assert airflow.asked(approval(shown)) == (401, {"detail": "Not authenticated"})
    airflow.user, airflow.may = CLERK["id"], False
    assert airflow.asked(approval(shown))[0] == 403
    airflow.user, airflow.may = AUTHOR["id"], True
    assert airflow.asked(approval(shown))[0] == 403
    airflow.user, airflow.waits = CLERK["id"], False
    assert airflow.asked(approval(shown))[0] == 409
    airflow.waits, airflow.status = None, 404
    assert airflow.asked(approval(shown)) == (404, TAKEN), "Airflow says itself that there is no such question"
    assert kinds() == []
    assert len(airflow.bodies) == 1


def test_where_airflow_has_the_task_no_more_the_answer_is_kept_for_the_next_run(airflow, shown):
    airflow.waits, airflow.has_task = None, False
    status, said = airflow.asked(approval(shown))
    assert (status, said["responded_by"]["id"], said["chosen_options"]) == (200, CLERK["id"], ["Approve"])
    assert (kinds(), airflow.bodies) == (["answered"], []), "Airflow would say that there is no such question"
    assert airflow.asked(approval(shown))[0] == 409
    steps.open_report(KEY, PERIOD, "run-2", NOW, ask_run=lambda *_: "gone")
    assert [(one.level, one.answer) for one in register().decisions(REF)] == [("initial_review", "approve")]
    assert airflow.asked(approval(shown))[0] == 404, "of a run that has the revision no more"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"chosen_options": "Approve"}',
        b'{"chosen_options": [1], "params_input": {}}',
        b'{"chosen_options": ["Approve"], "params_input": []}',
        b'{"params_input": {}}',
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"chosen_options": ["Approve"], "params_input": null}',
        b'{"chosen_options": ["Approve"], "params_input": {"comment": NaN}}',
        b'{"chosen_options": ["Approve"], "params_input": {"comment": 1e999}}',
    ],
)
def test_what_cannot_be_read_is_refused(airflow, shown, body):
    assert airflow.asked(body)[0] == 422
    assert airflow.asked(b" " * (MOST_BYTES + 1))[0] == 413
    assert airflow.bodies == []


def test_what_no_database_and_no_page_can_hold_is_replaced_before_it_is_on_record(airflow, shown):
    """Half of a pair, which people paste: Airflow's list of questions could not be sent to anybody any more."""
    status, _ = airflow.asked(approval(shown, comment="well\x00 done \ud83d \u202eenod"))
    assert status == 200
    (body,) = airflow.bodies
    said = json.loads(body)["params_input"]["comment"]
    assert said == "well\ufffd done \ufffd \ufffdenod"
    (given,) = register().unsettled()
    assert given.comment == said
    assert steps.settle({"report": KEY, "period": PERIOD, "revision": 1}, "initial_review") == {"answer": "approve"}
    assert [one.comment for one in register().decisions(REF)] == [said]


def test_refusals_are_in_the_language_of_the_reader(airflow, shown):
    sent = {"chosen_options": ["Reject"], "params_input": {"content": shown}}
    chinese, english = (airflow.asked(sent, language=language)[1] for language in ("zh-CN", "en"))
    assert chinese["detail"] == chinese["detail_zh"] != english["detail"] == english["detail_en"]
    assert chinese["problems"] == []


def test_without_the_register_it_fails_closed(airflow, shown, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("ITSS_REGISTER_URL", f"sqlite:///{tmp_path / 'file' / 'register.sqlite'}")
    status, said = airflow.asked(approval(shown))
    assert status == 503
    assert str(tmp_path) not in json.dumps(said)
    assert airflow.bodies == []


@pytest.mark.parametrize(
    ("path", "is_question"),
    [
        (PATH, True),
        (f"/root{PATH}", True),
        (PATH.replace("/-1/", "/-01/"), True),
        (PATH.replace("/-1/", "/-1.0/"), True),
        (PATH.replace("/-1/", "/0/"), False),
        (PATH.replace("/-1/", "/~/"), False),
        (f"/{PATH}", False),
        (f"/itss{PATH}", False),
        (f"{PATH}\n", True),
        (f"{PATH}/", False),
        (f"{PATH}/tries/1", False),
        (PATH.replace("/-1/", "/"), False),
    ],
)
def test_which_requests_answer_a_question(path, is_question):
    """As Airflow's own route matches them; a slash behind it is a redirection there."""
    scope = {"type": "http", "method": "PATCH", "path": path, "root_path": "/root"}
    assert (question_of(scope) is not None) is is_question
    assert question_of({"type": "http", "method": "GET", "path": path}) is None
    assert question_of({"type": "websocket", "path": path}) is None


def test_one_task_that_cannot_be_resumed_hinders_no_other(airflow, shown, monkeypatch):
    airflow.status = 500
    airflow.asked(approval(shown))
    (given,) = register().unsettled()
    resumed = []

    def resume(one):
        resumed.append(one)
        if len(resumed) == 1:
            raise RuntimeError("locked")
        return True

    monkeypatch.setattr(airflow_api, "resume", resume)
    later = given.at + resumer.PATIENCE
    assert resumer.resume_all(given.at) == 0, "the request itself comes first"
    assert [resumer.resume_all(later) for _ in range(2)] == [0, 1]
    assert resumed == [given, given]
