"""The list of today beside the record: keys that vanished, entries that were deleted too early, and what has changed.

A revision goes on as it was opened, whatever the list says meanwhile; here people are notified of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from itss.links import revision_path
from itss.problems import Problem
from itss.ref import Ref
from itss.register import Register
from itss.report_list.changes import differences
from itss.report_list.loader import Loaded
from itss.report_list.models import Entry, ReportList
from itss.report_list.on_record import record_faults
from itss.sources.connections import is_absent, register_url
from itss.text import text
from itss.watch.matter import Matter


def existing_register(url: str) -> Register | None:
    """The register, or nothing where a SQLite file is not there: to ask it would make an empty one."""
    return None if is_absent(register_url(url)) else Register(url)


def record_problems(loaded: Loaded, register: Register) -> list[Problem]:
    """What the record says against the keys of the list, each problem with its line."""
    entries = {loaded.loc(entry.key): entry for entry in loaded.list.reports}
    return [loaded.problem(fault) for fault in record_faults(entries, loaded.keys, register.keys_on_record())]


def notes(loaded: Loaded, register: Register) -> Iterator[str]:
    """A line for each open revision whose entry has changed since, and how it is reopened with the new list."""
    entries = {entry.was: entry for entry in loaded.list.reports} | {entry.key: entry for entry in loaded.list.reports}
    for ref, document in register.living():
        opened = opened_with(document)
        if ref.report not in entries or opened is None:
            continue
        changed = differences(*opened, entries[ref.report], loaded.list)
        if changed:
            run = register.revision(ref).run
            yield (
                f"{ref} goes on as it was opened; the next revision will differ in {', '.join(changed)}. "
                f"To ask everybody again by the new list: set run {run} to failed, python -m itss.register fail "
                f"{ref.report} {ref.period} {ref.number} --reason '…', then trigger the DAG with period={ref.period}."
            )


def deleted_matters(loaded: Loaded, register: Register) -> Iterator[Matter]:
    """An alarm for each open revision whose entry is neither in the list nor was renamed."""
    people = loaded.list
    known = loaded.keys | {entry.was for entry in people.reports}
    for ref, document in register.living():
        opened = opened_with(document)
        if ref.report not in known and opened is not None:
            yield _deleted(ref, opened[0], people)


def _deleted(ref: Ref, entry: Entry, people: ReportList) -> Matter:
    return Matter(
        kind="entry_deleted",
        report=ref.report,
        title=entry.title,
        period=ref.period,
        about=f"r{ref.number:02d}",
        due_at=None,
        zone=entry.period.timezone,
        language=entry.language,
        what=text(
            f"第 {ref.number} 版尚未结束，而条目 {ref.report} 已从列表中删除；该版本按登记时的条目继续",
            f"revision {ref.number} has not ended, and its entry {ref.report} was deleted from the list; it goes on as "
            "it was opened",
        ),
        remedy=text(
            "请恢复该条目：报告已终止的写 retired: <日期>；报告已改名的，在新条目中写 was: " + f"{ref.report}。",
            "Restore the entry, with retired: <day> if the report has ended; if it was renamed, write "
            f"was: {ref.report} in the new entry.",
        ),
        people=(people.people[people.report_manager],),
        page=revision_path(ref),
    )


def opened_with(document: Mapping[str, Any]) -> tuple[Entry, ReportList] | None:
    """The entry and the people of a revision; nothing where another release wrote them otherwise."""
    try:
        return Entry.model_validate(document["entry"]), ReportList.model_validate(document["people"])
    except (KeyError, ValidationError):
        return None
