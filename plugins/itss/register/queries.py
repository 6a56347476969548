"""What can be asked of the register, but for frames (`itss.register.published`): plain functions on a session.

Nothing here grows with the years: each question is one or two statements over what it is about. A report's key means
the key and all that it had before (`keys_of`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from itss.errors import RegisterError
from itss.ref import Ref
from itss.register.records import Event, FoundAt, Revision, State, Submission
from itss.register.schema import (
    DeliveryRow,
    FindingRow,
    LedgerRow,
    PayloadRow,
    RenamingRow,
    ReportRow,
    RevisionRow,
    SubmissionRow,
)

if TYPE_CHECKING:
    from itss.checks.findings import Finding

UNENDED: tuple[State, ...] = ("open", "rendered", "submitted", "released", "delivered", "failed", "returned")
"""States of revisions that may have something before them; a returned one only until its author has answered."""


_OWN = [one.name for one in fields(Revision)[2:]]
_RECORD = [ReportRow.key, ReportRow.period, *(getattr(RevisionRow, name) for name in _OWN)]
"""The columns of a `Revision`, in its order: rows of a report are read without the objects that a change needs."""


def ref_of(row: RevisionRow) -> Ref:
    """The key of a row."""
    return Ref(row.report.key, row.report.period, row.number)


def find(session: Session, ref: Ref) -> RevisionRow:
    """The revision's row, also where it was opened under a former key; `RegisterError` when it was never opened."""
    key, period, number = ref = Ref(*ref)
    numbered = select(RevisionRow).join(ReportRow).where(ReportRow.period == period, RevisionRow.number == number)
    row = session.scalars(numbered.where(ReportRow.key == key)).one_or_none()
    if row is None:
        row = session.scalars(numbered.where(ReportRow.key.in_(keys_of(session, key)))).first()
    if row is None:
        raise RegisterError(f"{ref} is not in the register.", "Clear the run from its first task on.")
    return row


def renamings(session: Session) -> dict[str, str]:
    """The newest key by each former one."""
    new = dict(session.execute(select(RenamingRow.old, RenamingRow.new)).all())
    return {old: _end(new, old) for old in new}


def keys_of(session: Session, report: str) -> list[str]:
    """The key, and every key that the report had before it."""
    return former_keys(dict(session.execute(select(RenamingRow.old, RenamingRow.new)).all()), report)


def former_keys(new: Mapping[str, str], report: str) -> list[str]:
    """The same by the ``new`` key that each was renamed to."""
    found = [report]
    for key in found:
        found += [old for old, to in new.items() if to == key and old not in found]
    return found


def record_of(row: RevisionRow) -> Revision:
    """The row as a frozen record."""
    told: list[Any] = [getattr(row, name) for name in _OWN]
    return Revision(row.report.key, row.report.period, *told)


def revision(_session: Session, row: RevisionRow) -> Revision:
    """One revision."""
    return record_of(row)


def revisions(session: Session, report: str, period: str) -> list[Revision]:
    """All revisions of one report and period, by number."""
    return _records(session, _of(session, report, period).order_by(RevisionRow.number))


def latest(session: Session, report: str, period: str) -> Revision | None:
    """The newest revision of one report and period, if any."""
    newest = session.scalars(_of(session, report, period).order_by(RevisionRow.number.desc()).limit(1)).first()
    return record_of(newest) if newest else None


def of_run(session: Session, report: str, run: str) -> Revision | None:
    """The revision that a run works on: the living one, else the newest that it has ended.

    Run ids are chosen by people and can be used again. Of a closed revision nothing can be changed any more.
    """
    found = _of(session, report).where(RevisionRow.run == run)
    rows = session.scalars(found.order_by(ReportRow.id, RevisionRow.number)).all()
    living = [row for row in rows if row.reached not in ("sealed", "returned", "superseded", "unchanged")]
    return record_of((living or rows)[-1]) if rows else None


def sealed(session: Session, report: str | None = None, period: str | None = None) -> list[Revision]:
    """Every sealed revision, of one report or one period of it where named, in order."""
    found = _of(session, report, period).where(RevisionRow.state == "sealed")
    return _records(session, found.order_by(ReportRow.key, ReportRow.period, RevisionRow.number))


def last_sealed(session: Session, report: str, period: str, before: int | None = None) -> Revision | None:
    """The newest sealed revision of the period, if any; with ``before``, the newest below that number."""
    found = _of(session, report, period).where(RevisionRow.state == "sealed")
    if before is not None:
        found = found.where(RevisionRow.number < before)
    newest = session.scalars(found.order_by(RevisionRow.number.desc()).limit(1)).first()
    return record_of(newest) if newest else None


def unsealed(session: Session, before: dt.datetime) -> list[Revision]:
    """Every revision that was delivered before that instant and has not been sealed since."""
    found = _of(session).where(
        RevisionRow.state.in_(("delivered", "failed")),
        RevisionRow.reached == "delivered",
        RevisionRow.delivered_at < before,
    )
    return _records(session, found.order_by(RevisionRow.id))


def living(session: Session, report: str | None = None) -> list[tuple[Ref, dict[str, Any]]]:
    """The revisions that have not ended, each with its entry as it was opened; asked whenever DAGs are parsed.

    A returned one has ended once its author has answered, or another has followed.
    """
    found = _of(session, report).where(RevisionRow.state.in_(UNENDED), not_followed()).add_columns(RevisionRow.entry)
    rows = session.execute(found.order_by(RevisionRow.id)).all()
    returned = [ref_of(row).path for row, _ in rows if row.state == "returned"]
    answered = set(session.scalars(_lines(returned, "reworked").with_only_columns(LedgerRow.ref)))
    return [(ref_of(row), dict(entry)) for row, entry in rows if ref_of(row).path not in answered]


def drafts(session: Session) -> list[Ref]:
    """The revisions whose folder in the workspace is still needed.

    They are those that have not ended, and a returned one until one after it has ended for good: that one keeps its
    data, may be taken over although it was unchanged, and says what it has otherwise.
    """
    found = _of(session).where(RevisionRow.state.in_(UNENDED), not_followed("sealed", "returned", "superseded"))
    return [one.ref for one in _records(session, found.order_by(RevisionRow.id))]


def not_followed(*states: State) -> ColumnElement[bool]:
    """That a revision is not a returned one which another has followed: most of those that were ever returned.

    With ``states``, one that has come to one of these.
    """
    later = aliased(RevisionRow)
    follows = select(later.id).where(later.report_id == RevisionRow.report_id, later.number > RevisionRow.number)
    follows = follows.where(later.state.in_(states)) if states else follows
    return (RevisionRow.state != "returned") | ~follows.exists()


def keys_on_record(session: Session) -> dict[str, str]:
    """By report key, under which it goes now, the label of its newest period on record."""
    now = renamings(session)
    found: dict[str, str] = {}
    for key, period in session.execute(select(ReportRow.key, func.max(ReportRow.period)).group_by(ReportRow.key)):
        name = now.get(key, key)
        found[name] = max(period, found.get(name, ""))
    return found


def count(session: Session) -> int:
    """How many revisions are on record."""
    return session.scalar(select(func.count()).select_from(RevisionRow)) or 0


def newest_opening(session: Session) -> dict[str, Any]:
    """The entry and the people with which the newest of all revisions was opened; empty where there is none."""
    return dict(session.scalars(select(RevisionRow.entry).order_by(RevisionRow.id.desc()).limit(1)).first() or {})


def removed(session: Session) -> dict[Ref, Event]:
    """The sealed versions whose files were removed after their time, with who did it and why."""
    rows = session.execute(
        select(LedgerRow, PayloadRow.body).join(PayloadRow).where(LedgerRow.kind == "removed").order_by(LedgerRow.seq)
    )
    return {_ref(line.ref): event_of(line, body) for line, body in rows}


def events(session: Session, row: RevisionRow) -> list[Event]:
    """The log of one revision, oldest first; what was emptied has no details any more."""
    return [event_of(line, body) for line, body in session.execute(_lines([ref_of(row).path]))]


def event_of(line: LedgerRow, body: str | None) -> Event:
    """A line, as those who ask for the log of a revision are given it."""
    import json

    return Event(line.at, line.who, line.kind, json.loads(body)["details"] if body else {})


def entry(_session: Session, row: RevisionRow) -> dict[str, Any]:
    """The list's entry as it stood when the revision was opened."""
    return dict(row.entry)


def corrects(session: Session, ref: Ref, since: int = 0) -> bool:
    """Whether an earlier revision of the period has reached anybody, so that this one is a correction to them.

    Asked of those after the revision ``since``.
    """
    report, period, number = ref
    found = _of(session, report, period).join(DeliveryRow, DeliveryRow.revision_id == RevisionRow.id)
    earlier = found.where(RevisionRow.number < number, DeliveryRow.status.in_(("accepted", "sending")))
    earlier = earlier.where(RevisionRow.number > since)
    return session.scalars(earlier.with_only_columns(DeliveryRow.id).limit(1)).first() is not None


def submissions(session: Session, row: RevisionRow) -> list[Submission]:
    """What was handed in, in the order it was recorded."""
    rows = session.scalars(select(SubmissionRow).where(SubmissionRow.revision_id == row.id).order_by(SubmissionRow.id))
    return [Submission(r.process, r.source, r.rows, r.sha256, r.missing, r.collected_at) for r in rows]


def reworked(session: Session, row: RevisionRow) -> Mapping[str, Any]:
    """What the author said last to a returned revision: ``comments`` by section and ``keep_data``; or nothing."""
    said = [event.details for event in events_of(session, row, "reworked")]
    return said[-1] if said else {}


def addresses(session: Session, row: RevisionRow) -> dict[str, str]:
    """The addresses that were corrected after the revision was opened, by key of the person."""
    told = [event.details.get("addresses", {}) for event in events_of(session, row, "resent")]
    return {key: address for addresses in told for key, address in addresses.items()}


def released_files(session: Session, row: RevisionRow) -> dict[str, str]:
    """The sha256 of each file that was released, by its name; nothing before the release.

    Of a revision that was released before the ledger began, they are those that its draft was bound to.
    """
    if row.released_at is None:
        return {}
    said = [
        event.details["files"] for event in events_of(session, row, "released", "rendered") if "files" in event.details
    ]
    return dict(said[-1]) if said else {}


def events_of(session: Session, row: RevisionRow, *kinds: str) -> list[Event]:
    """The lines of some kinds about a revision, oldest first."""
    return events_about(session, [row], *kinds)


def events_about(session: Session, rows: Sequence[RevisionRow], *kinds: str) -> list[Event]:
    """The lines of some kinds about several revisions, oldest first."""
    found = _lines([ref_of(row).path for row in rows], *kinds)
    return [event_of(line, body) for line, body in session.execute(found)]


def findings(session: Session, row: RevisionRow) -> list[Finding]:
    """The findings as they were made."""
    rows = session.scalars(select(FindingRow).where(FindingRow.revision_id == row.id).order_by(FindingRow.position))
    return [_finding(row) for row in rows]


def findings_by_revision(session: Session, report: str, process: str = "") -> list[FoundAt]:
    """What was found in every revision of a report, oldest first; those in which nothing was found are in it, too."""
    revisions = session.scalars(_of(session, report).order_by(ReportRow.period, RevisionRow.number)).all()
    rows = session.scalars(
        select(FindingRow)
        .join(RevisionRow, RevisionRow.id == FindingRow.revision_id)
        .join(ReportRow)
        .where(ReportRow.key.in_(keys_of(session, report)))
        .order_by(FindingRow.position)
    )
    found: dict[int, list[Finding]] = {revision.id: [] for revision in revisions}
    for row in rows:
        if process in ("", row.process):
            found[row.revision_id].append(_finding(row))
    return [FoundAt(record_of(revision), tuple(found[revision.id])) for revision in revisions]


def _of(session: Session, report: str | None = None, period: str | None = None) -> Select[RevisionRow]:
    """The revisions of a report under any of its keys, of a period, or all."""
    found = select(RevisionRow).join(ReportRow)
    if report is not None:
        found = found.where(ReportRow.key.in_(keys_of(session, report)))
    return found if period is None else found.where(ReportRow.period == period)


def _records(session: Session, found: Select[RevisionRow]) -> list[Revision]:
    return [Revision(*row) for row in session.execute(found.with_only_columns(*_RECORD, maintain_column_froms=True))]


def _lines(refs: Sequence[str], *kinds: str) -> Select[LedgerRow, str | None]:
    found = select(LedgerRow, PayloadRow.body).join(PayloadRow).where(LedgerRow.ref.in_(refs))
    return (found.where(LedgerRow.kind.in_(kinds)) if kinds else found).order_by(LedgerRow.seq)


def _ref(path: str) -> Ref:
    report, period, number = path.split("/")
    return Ref(report, period, int(number[1:]))


def _end(new: Mapping[str, str], key: str) -> str:
    while key in new:
        key = new[key]
    return key


def _finding(row: FindingRow) -> Finding:
    from itss.checks.findings import Finding
    from itss.text import Text

    return Finding(
        process=row.process,
        rule=row.rule,
        severity=cast(Any, row.severity),
        column=row.column_name,
        failed=row.failed,
        total=row.total,
        rows=tuple(row.sample),
        why=Text(zh=row.why_zh, en=row.why_en),
        remedy=Text(zh=row.remedy_zh, en=row.remedy_en),
        source=row.source,
    )
