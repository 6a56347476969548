"""Reports that have reached their recipients and were never sealed: nobody misses them, and the archive lacks them.

A day after the last sign of life, and not while people are asked for the minutes of their review. Surprise: one that
failed is among them; the mail about its failure was one, and may be overlooked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from itss.links import revision_path
from itss.register import Register, Revision
from itss.report_list.due import FORGOTTEN
from itss.report_list.models import Entry, ReportList
from itss.text import text
from itss.watch.list_and_record import opened_with
from itss.watch.matter import Matter, local
from itss.watch.questions import Question

UNSEALED_AFTER = dt.timedelta(days=1)
"""So long may a delivered report be without a sign of life."""


def unsealed_matters(
    people: ReportList, register: Register, questions: Sequence[Question], now: dt.datetime
) -> Iterator[Matter]:
    """An alarm for each delivered revision that does not go on to the archive."""
    asked = {one.ref for one in questions}
    for ref, document in register.living():
        revision = register.revision(ref)
        if revision.delivered_at is None or ref in asked:
            continue
        last, opened = register.events(ref)[-1].at, opened_with(document)
        if opened is not None and now - FORGOTTEN <= last < now - UNSEALED_AFTER:
            yield _unsealed(revision, opened[0], last, people)


def _unsealed(revision: Revision, entry: Entry, last: dt.datetime, people: ReportList) -> Matter:
    since = local(last, entry.period.timezone)
    cause_zh, cause_en = (
        (f"，停止原因：{revision.note}", f": {revision.note}") if revision.state == "failed" else ("", "")
    )
    return Matter(
        kind="report_unsealed",
        report=revision.report,
        title=entry.title,
        period=revision.period,
        about=f"r{revision.number:02d}",
        due_at=None,
        zone=entry.period.timezone,
        language=entry.language,
        what=text(
            f"第 {revision.number} 版已交付，但没有存档，最后一次进展在 {since}{cause_zh}",
            f"revision {revision.number} was delivered and not sealed; its last sign of life was at {since}{cause_en}",
        ),
        remedy=text(
            f"请在运行 {revision.run} 中清除（Clear）失败或被标记的任务 seal；如该运行已不存在，请以 "
            f"period={revision.period} 触发 DAG {revision.report}：不会再次发送。",
            f"Clear the task seal of run {revision.run}, failed or marked; if that run is gone, trigger the DAG "
            f"{revision.report} with period={revision.period}: nothing is sent again.",
        ),
        people=(people.people[people.report_manager],),
        page=revision_path(revision.ref),
    )
