"""The whole question in one: what should have happened by now, and did not. Asked by the DAG and by the command."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable

from itss.register import Register
from itss.report_list.loader import Loaded
from itss.text import text
from itss.watch.blind import blind_matters
from itss.watch.entries_gone import gone_entries
from itss.watch.list_and_record import deleted_matters
from itss.watch.matter import KINDS, Matter
from itss.watch.not_sealed import unsealed_matters
from itss.watch.questions import answer_matters, open_questions, stuck_matters
from itss.watch.reports import report_matters


def matters(
    loaded: Loaded,
    register: Register,
    now: dt.datetime,
    since: dt.datetime | None = None,
    has_archive: Callable[[], bool] = lambda: False,
) -> list[Matter]:
    """Everything that somebody is to be notified of by now, notified already or not, by kind.

    Nothing that was due before ``since``, or more than `itss.report_list.due.FORGOTTEN` ago.
    """
    people = loaded.list
    questions = open_questions(people, register)
    found = [
        *answer_matters(questions, people, register, now, since),
        *report_matters(people, register, questions, now, since),
    ]
    found += [*stuck_matters(people, register, now), *deleted_matters(loaded, register)]
    found += [*unsealed_matters(people, register, questions, now), *gone_entries(loaded, register, now, since)]
    found += blind_matters(people, register, now, since, has_archive)
    return sorted([*found, *_broken(loaded, now)], key=lambda one: KINDS.index(one.kind))


def _broken(loaded: Loaded, now: dt.datetime) -> list[Matter]:
    """Entries with problems have no DAG and cannot be watched: of that itself they are notified, each month."""
    lines = [str(problem) for problem in loaded.problems]
    if not lines:
        return []
    said, people = "; ".join(lines), loaded.list
    return [
        Matter(
            kind="list_broken",
            report="report_list",
            title=text("服务报告列表", "Service report list"),
            period="",
            about=hashlib.sha256(f"{now:%Y-%m}\n{said}".encode()).hexdigest()[:32],
            due_at=None,
            zone="UTC",
            language=people.reports[0].language,
            what=text(
                f"列表有 {len(lines)} 处问题，相关报告不运行，也不受监控：{said}",
                f"{len(lines)} problem(s); the reports concerned neither run nor are they watched: {said}",
            ),
            remedy=text("请更正后检查：python -m itss check。", "Correct them, then look again: python -m itss check."),
            people=(people.people[people.report_manager],),
        )
    ]
