"""The guard before Airflow's answers: what a person answers to a human task of ours is on record before Airflow has it.

A middleware of the API server. It judges who answers what (`itss.steps.answering`), puts it on record, and passes the
request on; what Airflow then refuses is taken back by a line. Fails closed for our DAGs (503 while the register is
down) and leaves every other request alone. Surprise: where Airflow fails with an error of its own, the person gets 200:
the answer is on record, and the task is resumed with it (`itss.portal.resumer`).
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from fastapi import HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool

from itss.errors import AnswerRefusedError
from itss.portal import airflow_api
from itss.portal.page import language_of
from itss.steps import answering
from itss.text import Text, printable, text

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MOST_BYTES = 1_000_000
_PATH = re.compile(r"^/api/v2/dags/([^/]+)/dagRuns/([^/]+)/taskInstances/([^/]+)/([^/]+)/hitlDetails$")
_INDEX = TypeAdapter(int)
"""As Airflow's own route reads them: -01 is -1, and so is -1.0."""
_UNREADABLE = text("无法读取您的答复。", "Your answer cannot be read: it is JSON with chosen_options and params_input.")
_TOO_LARGE = text("您的答复太大（最多 1 MB）。", "Your answer is too large: at most 1 MB is taken.")
_DOWN = text(
    "登记册暂时无法记录您的答复，因此没有接受。请稍后再试。",
    "The register cannot put your answer on record now, so it was not taken. Try again in a while.",
)
_OVER = text(
    "此任务已结束，不再等待答复。请报告经理清除（Clear）该任务后再答复。",
    "This task has ended and waits for no answer. Have the report manager clear it; then answer again.",
)
_NOT_YOURS = text("您没有权限答复此报告的问题。", "You may not answer the questions of this report.")


@dataclass(frozen=True)
class Question:
    """Which human task a request answers."""

    dag: str
    run: str
    task: str


class AnswerGuard:
    """The middleware."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take in an answer to one of our human tasks; pass on everything else as it is."""
        asked = question_of(scope)
        if asked is None:
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            is_ours = await run_in_threadpool(airflow_api.is_report, asked.dag)
        except Exception:
            airflow_api.log.exception("It is not known whose DAG %s is", asked.dag)
            for message in _refusal(request, 503, _DOWN):
                await send(message)
            return
        if not is_ours:
            await self.app(scope, receive, send)
            return
        response = await self._answered(asked, request)
        for message in response:
            await send(message)

    async def _answered(self, asked: Question, request: Request) -> list[Message]:
        """The response to an answer to a task of ours."""
        try:
            user = await _user(asked, request)
            body = _clean(await _body(request))
            answer = _read(body, airflow_api.user_name(user))
            received, is_airflows = await run_in_threadpool(_receive, asked, answer, user)
        except AnswerRefusedError as error:
            return _refusal(request, error.status, error.said, error.problems)
        except HTTPException as error:  # not signed in: Airflow's own words
            return _messages(JSONResponse({"detail": error.detail}, error.status_code))
        except Exception:
            airflow_api.log.exception("The answer to %s could not be put on record", asked)
            return _refusal(request, 503, _DOWN)
        if not is_airflows:
            return _taken(received)
        return await self._passed_on(asked, received, request.scope, _again(body, request.receive)) or _taken(received)

    async def _passed_on(
        self, asked: Question, received: answering.Received | None, scope: Scope, receive: Receive
    ) -> list[Message]:
        """What Airflow says; nothing where the answer stands although Airflow did not take it now."""
        said: list[Message] = []

        async def keep(message: Message) -> None:
            said.append(message)

        try:
            await self.app(scope, receive, keep)
        except Exception:
            if received is None:
                raise
            airflow_api.log.exception("Airflow failed to take an answer; it is on record, and is taken later")
            return []
        status = said[0]["status"] if said else 500
        if received is None or status < 400:
            return said
        if status >= 500:
            airflow_api.log.error("Airflow said %s to an answer; it is on record, and is taken later", status)
            return []
        return [] if await run_in_threadpool(_stands, asked, received, status) else said


def question_of(scope: Scope) -> Question | None:
    """The human task that a request answers, if Airflow takes it as an answer; the path is decoded."""
    if scope["type"] != "http" or scope["method"].upper() != "PATCH":
        return None
    found = _PATH.search(scope["path"].removeprefix(scope.get("root_path", "")))
    if found is None or not _is_unmapped(found[4]):  # no human task of ours is mapped
        return None
    return Question(*found.groups()[:3])


def _is_unmapped(index: str) -> bool:
    try:
        return _INDEX.validate_python(index) == -1
    except ValidationError:
        return False


async def _user(asked: Question, request: Request) -> Any:
    """Who is signed in, and may answer something here; before a byte of what they send is read."""
    user = await airflow_api.whoever(request)
    if not await run_in_threadpool(airflow_api.may_answer, user, asked.dag):
        raise AnswerRefusedError(403, _NOT_YOURS)
    return user


def _receive(asked: Question, answer: answering.Answer, user: Any) -> tuple[answering.Received | None, bool]:
    """The answer on record, and whether Airflow is to have it.

    ``None`` where Airflow has no such question, which it says itself. Where it has not even the task, for somebody
    deleted the run, the answer is for the run that takes the revision over.
    """
    is_waiting = airflow_api.waits(asked.dag, asked.run, asked.task)
    is_airflows = is_waiting is not None or airflow_api.has_task(asked.dag, asked.run, asked.task)
    if is_waiting is None and is_airflows:
        return None, True
    if is_airflows and not is_waiting:
        raise AnswerRefusedError(409, _OVER)
    received = answering.receive(asked.dag, asked.run, asked.task, answer, dt.datetime.now(dt.UTC))
    if not is_airflows:
        airflow_api.log.warning("Airflow has no task for %s any more; the next run takes the answer", asked)
        return received, False
    try:
        airflow_api.offer(asked.dag, asked.run, asked.task, user)
    except Exception:  # it is on record: the resumer asks nobody's permission
        airflow_api.log.exception("%s could not be named as an assignee of %s", answer.user, asked)
    return received, True


def _stands(asked: Question, received: answering.Received, status: int) -> bool:
    """Take back what Airflow has refused; ``True`` where the answer stands all the same."""
    try:
        if airflow_api.took(asked.dag, asked.run, asked.task, received.user, received.chosen):
            return True  # the resumer was faster
        return not answering.cancel(received, f"Airflow answered {status}")
    except Exception:
        airflow_api.log.exception("Airflow said %s to an answer that stays on record", status)
        return True


def _clean(body: bytes) -> bytes:
    """The same JSON without characters that no database, page or workbook can hold, such as half of a pair."""
    try:
        return json.dumps(_printable(json.loads(body)), allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise AnswerRefusedError(422, _UNREADABLE) from error


def _printable(sent: Any) -> Any:
    if isinstance(sent, str):
        return printable(sent)
    if isinstance(sent, list):
        return [_printable(one) for one in sent]
    return {_printable(name): _printable(one) for name, one in sent.items()} if isinstance(sent, dict) else sent


def _read(body: bytes, user: str) -> answering.Answer:
    try:
        sent = json.loads(body)
        chosen, given = sent["chosen_options"], sent.get("params_input", {})
        if not isinstance(given, dict) or not all(isinstance(one, str) for one in chosen) or isinstance(chosen, str):
            raise TypeError
    except (TypeError, KeyError, AttributeError) as error:
        raise AnswerRefusedError(422, _UNREADABLE) from error
    return answering.Answer(user, tuple(chosen), given)


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise AnswerRefusedError(413, _TOO_LARGE)
    return body


def _again(body: bytes, receive: Receive) -> Receive:
    """The request's body once more, for it can be read only once."""
    rest: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def once_more() -> Message:
        return rest.pop() if rest else await receive()

    return once_more


def _refusal(request: Request, status: int, said: Text, problems: tuple[str, ...] = ()) -> list[Message]:
    words = {"detail": said.of(language_of(request)), "detail_zh": said.zh, "detail_en": said.en}
    return _messages(JSONResponse(words | {"problems": list(problems)}, status))


def _taken(received: answering.Received | None) -> list[Message]:
    """What Airflow would have said: the answer is on record."""
    if received is None:
        return []
    said = {
        "responded_by": {"id": received.user, "name": received.user},
        "responded_at": received.at.isoformat(),
        "chosen_options": list(received.chosen),
        "params_input": dict(received.given),
    }
    return _messages(JSONResponse(said, headers={"X-ITSS-Answer": "on record"}))


def _messages(response: JSONResponse) -> list[Message]:
    start = {"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers}
    return [start, {"type": "http.response.body", "body": bytes(response.body)}]
