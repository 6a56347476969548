"""Open revisions whose run Airflow has no more: nobody is asked there, and nothing goes on until another run begins.

Asked of Airflow by whoever can: a task, through its own connection to the API. Pure but for the question that is handed
in. Surprise: a revision that has failed is none of these; its failure was notified of by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Literal

from itss.links import revision_path
from itss.register import Register, Revision
from itss.report_list.models import Entry, ReportList
from itss.text import text
from itss.watch.list_and_record import opened_with
from itss.watch.matter import Kind, Matter

RUN_GONE: Kind = "run_gone"
RunState = Literal["alive", "ended", "gone"]
AskRun = Callable[[str, str, dt.datetime], RunState]
"""Of a DAG, the id of a run, and since when it has had its revision, what Airflow has of it now."""


def gone_matters(people: ReportList, register: Register, ask_run: AskRun) -> Iterator[Matter]:
    """An alarm for each, with what takes it over."""
    for ref, document in register.living():
        revision = register.revision(ref)
        if revision.state == "failed" or ask_run(ref.report, revision.run, register.held_since(ref)) == "alive":
            continue
        opened = opened_with(document)
        if opened is not None and _stands(register, revision):
            yield _gone(revision, opened[0], people)


def _stands(register: Register, revision: Revision) -> bool:
    """Whether it is as it was before Airflow was asked: its run may have come to its end meanwhile, and sealed it."""
    living = {ref for ref, _ in register.living(revision.report)}
    return revision.ref in living and register.revision(revision.ref) == revision


def _gone(revision: Revision, entry: Entry, people: ReportList) -> Matter:
    run, period, key = revision.run, revision.period, revision.report
    now = {one.was: one.key for one in people.reports if one.was}.get(key, key)
    zh, en = "", ""
    if revision.state == "returned":
        zh, en = "请先由编制人在其页面上答复；", "First its author answers on its page. "
    return Matter(
        kind=RUN_GONE,
        report=key,
        title=entry.title,
        period=period,
        about=f"r{revision.number:02d} {run}"[:120],
        due_at=None,
        zone=entry.period.timezone,
        language=entry.language,
        what=text(
            f"第 {revision.number} 版处于 {revision.state}，但其运行 {run} 在 Airflow 中已结束或被删除，"
            "报告不会自行继续",
            f"revision {revision.number} is {revision.state}, and its run {run} has ended or was deleted in Airflow: "
            "the report does not go on by itself",
        ),
        remedy=text(
            f"{zh}请以 period={period} 触发 DAG {now}：新的运行接管该版，已作的答复仍然有效。",
            f"{en}Trigger the DAG {now} with period={period}: the new run takes the revision over, and no answer "
            "is lost.",
        ),
        people=(people.people[people.report_manager],),
        page=revision_path(revision.ref),
    )
