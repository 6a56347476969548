"""Answers, runs, jobs and lists: what somebody sends to a running system without writing into register or archive."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from attack import GateAttack
from building import CHIEF, CLERK, CORRECTED, KEY, RETURNED, WAITING, draft, produce, said
from gate import Way, waiting, walked
from itss import steps
from itss.errors import DeliveryError, ItssError
from itss.notices.causes import Failure


def attacks() -> Iterator[GateAttack]:
    """Every one."""
    for what, forged in _PAYLOADS.items():
        walk = partial(waiting, write=partial(_answer, forged=forged))
        yield GateAttack(what, "answers: one that does not count", walk)
    for what, write in _DONE.items():
        yield GateAttack(what, "answers: without an answer", partial(waiting, write=write))
    for what, write in _RUNS.items():
        yield GateAttack(what, "runs and jobs", partial(waiting, write=write))
    for stage in ("first answer", "second question", "second answer"):
        for what, change in _LISTS.items():
            walk = partial(walked, stage=stage, write=partial(_relisted, change=change))
            yield GateAttack(f"after {stage}: {what}, and open cleared", "list edited, open cleared", walk, stage)
            walk = partial(walked, stage=stage, write=partial(_taken_over, change=change))
            yield GateAttack(f"after {stage}: {what}, and taken over", "list edited, taken over", walk, stage)
            walk = partial(walked, stage=stage, write=partial(_run_gone, change=change))
            yield GateAttack(f"after {stage}: {what}, and its run deleted", "list edited, its run gone", walk, stage)
    for what, way in _REJECTED.items():
        yield GateAttack(what, "a rejected revision", partial(waiting, write=way))


def _answer(way: Way, forged: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    good = said(CHIEF, comment="", content=way.shown)
    steps.decide(way.job, "approval", forged(good))


def _by(who: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    user = {"id": who, "name": who} if isinstance(who, str) else who
    return lambda good: good | {"responded_by_user": user}


def _given(**params: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda good: good | {"params_input": good["params_input"] | params}


def _chosen(*options: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda good: good | {"chosen_options": list(options)}


_PAYLOADS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "content is null": _given(content=None),
    "content is empty": _given(content=""),
    "content is another statement's": _given(content="0" * 64),
    "content is the first sixteen digits": lambda good: _given(content=good["params_input"]["content"][:16])(good),
    "content in capital letters": lambda good: _given(content=good["params_input"]["content"].upper())(good),
    "content is a list": lambda good: _given(content=[good["params_input"]["content"]])(good),
    "content is true": _given(content=True),
    "no content at all": lambda good: good | {"params_input": {"comment": ""}},
    "no form at all": lambda good: good | {"params_input": None},
    "answered by nobody": _by(None),
    "answered by somebody without an id": _by({"name": CHIEF}),
    "answered by an empty id": _by({"id": "", "name": CHIEF}),
    "answered by the author": _by("report_author"),
    "answered by the author, in capital letters": _by("REPORT_AUTHOR"),
    "answered by the author under the approver's name": _by({"id": "report_author", "name": CHIEF}),
    "answered by who answered the first level": _by(CLERK),
    "answered by who answered the first level, in capital letters": _by(CLERK.upper()),
    "answered by who answered the first level, with a blank": _by(CLERK + " "),
    "answered by the approver in capital letters": _by(CHIEF.upper()),
    "answered by the approver in full width": _by("ｍ" + CHIEF[1:]),
    "answered by the approver's mail address": _by(f"{CHIEF}@example.com"),
    "answered by the approver's title": _by("Management representative"),
    "answered by a reader": _by("process_manager"),
    "an id that is a list": _by({"id": [CHIEF], "name": CHIEF}),
    "an id that is a number": _by({"id": 7, "name": CHIEF}),
    "named in the form only": lambda good: _given(responded_by_user=good["responded_by_user"])(_by(None)(good)),
    "both answers": _chosen("Approve", "Reject"),
    "no answer": _chosen(),
    "an answer twice": _chosen("Approve", "Approve"),
    "an answer in other letters": _chosen("approve"),
    "an answer that is a text": lambda good: good | {"chosen_options": "Approve"},
    "an answer that is null": lambda good: good | {"chosen_options": None},
    "an instant that is none": lambda good: good | {"responded_at": "yesterday"},
}


def _expired(way: Way) -> None:
    with suppress(ItssError):
        steps.expire(way.job, "approval")


_DONE: dict[str, Callable[[Way], Any]] = {
    "nobody answers": lambda way: None,
    "the task is marked as done": lambda way: steps.release(way.job, ["initial_review", "approval"]),
    "every task is marked as done": lambda way: steps.release(way.job, ["approval", "release", "deliver", "seal"]),
    "the question expires": _expired,
    "a level that the entry does not have is answered": lambda way: steps.decide(
        way.job, "approval2", said(CHIEF, content=way.shown)
    ),
    "a level that is no text is answered": lambda way: steps.decide(way.job, "", said(CHIEF, content=way.shown)),
    "the first level answers twice": lambda way: steps.decide(
        way.job, "initial_review", said(CLERK, comment="again", content=way.shown)
    ),
}


def _reused(way: Way, run: str) -> None:
    """A run with an id that was used before: its tasks must not come upon what is closed."""
    job = steps.job_of_run(KEY, run)
    way.job = job
    steps.release(job)
    steps.deliver(job)
    steps.seal(job)


def _as(**job: Any) -> Callable[[Way], None]:
    def write(way: Way) -> None:
        forged = way.job | job
        for step in (steps.release, steps.deliver, steps.seal, lambda one: steps.ask(one, "approval")):
            with suppress(Exception):
                step(forged)

    return write


def _another_run(way: Way, **more: Any) -> None:
    way.job = draft(WAITING, "run-9", **more)


def _resent(way: Way) -> None:
    steps.resend(WAITING.report, WAITING.period, None, None, "x")


_RUNS: dict[str, Callable[[Way], Any]] = {
    **{
        f"the id of {run} is used again": partial(_reused, run=run) for run in ("run-1", "run-2", "run-3", "backfill-1")
    },
    "a run that never was": partial(_reused, run="run-99"),
    "a job that names a sealed revision": _as(period=CORRECTED.period, revision=CORRECTED.number),
    "a job that names a returned revision": _as(period=RETURNED.period, revision=RETURNED.number),
    "a job that names a revision that is not": _as(revision=9),
    "a job that names revision 0": _as(revision=0),
    "a job that names another report": _as(report="../" + KEY),
    "a job made for the archive alone": _as(archive_only=True),
    "a job with a due date of its own": _as(due_at="2020-01-01T00:00:00+00:00"),
    "another run while it waits": _another_run,
    "another run asks for the next number": partial(_another_run, number=2),
    "another run, as a backfill": partial(_another_run, backfill=True),
    "it is sent again before it was sent": _resent,
}


def _relisted(way: Way, change: Callable[[Any], Any]) -> None:
    """The list is edited, and only `open` is cleared."""
    way.house.relist(change)
    with suppress(ItssError):
        way.job = steps.open_report(*way.ref[:2], "run-fresh", dt.datetime.now(dt.UTC))


def _taken_over(way: Way, change: Callable[[Any], Any]) -> None:
    """The run fails, the list is edited, and another run takes the revision over; nobody signs again."""
    steps.fail(way.job, Failure(way.ref.report, "release", None, "run-1"), dt.datetime.now(dt.UTC))
    way.house.relist(change)
    with suppress(ItssError):
        way.job = steps.open_report(*way.ref[:2], "run-other", dt.datetime.now(dt.UTC))
        produce(way.job)


def _run_gone(way: Way, change: Callable[[Any], Any]) -> None:
    """The run is deleted in Airflow, the list is edited, and another run takes the revision over."""
    way.house.relist(change)
    with suppress(ItssError):
        way.job = _after_gone(way, "run-other")
        produce(way.job)


def _after_gone(way: Way, run: str) -> dict[str, Any]:
    return steps.open_report(*way.ref[:2], run, dt.datetime.now(dt.UTC), ask_run=lambda *_: "gone")


def _entry(document: Any) -> Any:
    return document["reports"][1]


_LISTS: dict[str, Callable[[Any], Any]] = {
    "a recipient fewer": lambda document: _entry(document)["distribution"].update(recipients=["report_manager"]),
    "an address": lambda document: document["people"]["data_provider"].update(email="evil@example.com"),
    "a level fewer": lambda document: _entry(document).update(approval=_entry(document)["approval"][:1]),
    "marked done is accepted": lambda document: [
        level.update(accept_marked_done=True) for level in _entry(document)["approval"]
    ],
    "another approver": lambda document: _entry(document)["approval"][1].update(approvers=["report_manager"]),
}


def _reject(way: Way) -> None:
    steps.decide(way.job, "approval", said(CHIEF, "Reject", comment="no", content=way.shown))


def _rejected_then(way: Way, then: Callable[[Way], Any]) -> None:
    _reject(way)
    then(way)


def _approve(way: Way) -> None:
    steps.decide(way.job, "approval", said(CHIEF, comment="after all", content=way.shown))


def _fail_and(way: Way, run: str) -> None:
    away = DeliveryError("the mail server is away")
    steps.fail(way.job, Failure(KEY, "notify_author", away, run), dt.datetime.now(dt.UTC))
    way.job = draft(WAITING, run)
    way.shown = steps.ask(way.job, "approval")
    _approve(way)


def _gone_and(way: Way) -> None:
    way.job = _after_gone(way, "run-9")
    way.shown = steps.ask(way.job, "approval")
    _approve(way)


_REJECTED: dict[str, Callable[[Way], Any]] = {
    "and released all the same": _reject,
    "and then approved": partial(_rejected_then, then=_approve),
    "and taken over by another run": partial(_rejected_then, then=partial(_fail_and, run="run-9")),
    "and its run deleted, then approved in the next": partial(_rejected_then, then=_gone_and),
    "and opened again by its own run": partial(_rejected_then, then=partial(_fail_and, run="run-oct")),
    "and followed by another before its author has answered": partial(
        _rejected_then, then=lambda way: (steps.return_to_author(way.job), _another_run(way))
    ),
    "and made anew from other data": partial(_rejected_then, then=lambda way: produce(way.job)),
}
