"""Which revision a run works on: its own again, one taken over from a failed run, or the next.

Refuses two living runs on one report and period, and to go on from a rejection before its author has answered. The
entry is frozen when the revision is opened; a run that is cleared from its first task brings another one in only before
the release, and then no signature counts any more. Its one surprise: a failed revision that has already reached a
recipient is not taken over, for a second run would render other bytes under the number that somebody has in hand;
unless the run of it is gone, so that the next one goes on with those very bytes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from itss.errors import RegisterError, RevisionBusyError
from itss.register.decisions import is_reworked, refuse_rejected
from itss.register.desk import Desk
from itss.register.going_on import Kept
from itss.register.life import CLOSED, is_out, move, rank, revive
from itss.register.queries import keys_of, record_of, ref_of
from itss.register.records import Revision, State
from itss.register.schema import ReportRow, RevisionRow

_ENDED = frozenset({"sealed", "returned", "superseded"})
_TO_TAKE_OVER = frozenset({"failed", "unchanged"})


@dataclass(frozen=True)
class Opening:
    """What `open_revision` was asked for."""

    report: str
    period: str
    due_at: dt.datetime
    run: str
    entry: Mapping[str, Any]
    agreement_version: str
    code_version: str
    now: dt.datetime
    number: int | None
    gone: str = ""
    keeps: Kept = ""

    def is_after(self, row: RevisionRow | None) -> bool:
        """Whether the run that had the revision is known to be gone."""
        return row is not None and row.state == "failed" and bool(self.gone) and row.run == self.gone

    def goes_on(self, row: RevisionRow | None) -> bool:
        """Whether it keeps what was signed."""
        signed = row is not None and row.statement_sha256 is not None and row.reached not in (*CLOSED, "open")
        return self.is_after(row) and self.keeps == "statement" and signed


def open_revision(
    desk: Desk,
    *,
    report: str,
    period: str,
    due_at: dt.datetime,
    run: str,
    entry: Mapping[str, Any],
    agreement_version: str,
    code_version: str,
    now: dt.datetime,
    number: int | None = None,
    gone: str = "",
    keeps: Kept = "",
) -> Revision:
    """The revision that ``run`` is to work on.

    Its own again if it has one (a failed one is open again and keeps what it has); the latest one, with its
    number, if that failed or was unchanged in another run; the next number if the latest is sealed, superseded, or
    returned and reworked. `RevisionBusyError` when another run is at work; `RegisterError` when ``number`` is not the
    next, or a rejection waits for its author.

    ``gone`` is a run that Airflow has no more: of its revision, which must have failed, ``keeps`` says how much the new
    run goes on with. Kept is what was signed: then it is where it was, with its entry and its answers.
    """
    if number is not None and type(number) is not int:
        raise RegisterError(f"{number!r} is no number of a revision.", "Write a whole number, or none.")
    asked = Opening(report, period, due_at, run, entry, agreement_version, code_version, now, number, gone, keeps)
    return record_of(_opened(desk, asked))


def _opened(desk: Desk, asked: Opening) -> RevisionRow:
    report = _report(desk, asked)
    rows = _rows(desk, asked)
    latest = rows[-1] if rows else None
    # a run that was cleared from its start after it had ended goes on like a new one, whatever number it once asked for
    ended = {row.number for row in rows if row.run == asked.run and row.reached in CLOSED}
    asked = replace(asked, number=None) if asked.number in ended else asked
    own = [
        row for row in rows if row.run == asked.run and row.number not in ended and asked.number in (None, row.number)
    ]
    if own and not asked.is_after(latest):  # else a run of before had its id
        return _again(desk, own[-1], asked)
    if latest is not None and not asked.goes_on(latest):
        _refuse_busy(desk, latest)
        _refuse_unanswered(desk, latest)
    # what was opened under a former key keeps it, and its run: only a number follows
    takes_over = latest is not None and latest.state in _TO_TAKE_OVER and latest.report.key == asked.report
    expected = 1 if latest is None else latest.number + (0 if takes_over else 1)
    if asked.number not in (None, expected):
        raise RegisterError(
            f"Revision {asked.number} of {asked.report} {asked.period} cannot be opened; the next one is {expected}.",
            "Trigger the report with this number, or with none.",
        )
    if latest is not None and takes_over:
        return _take_over(desk, latest, asked)
    return _new(desk, report, expected, asked)


def _rows(desk: Desk, asked: Opening) -> Sequence[RevisionRow]:
    """Those of this run, and the latest; by number."""
    keys = keys_of(desk.session, asked.report)
    found = select(RevisionRow).join(ReportRow).where(ReportRow.key.in_(keys), ReportRow.period == asked.period)
    own = desk.session.scalars(found.where(RevisionRow.run == asked.run)).all()
    latest = desk.session.scalars(found.order_by(RevisionRow.number.desc()).limit(1)).all()
    return sorted({*own, *latest}, key=lambda row: row.number)


def _refuse_busy(desk: Desk, latest: RevisionRow) -> None:
    report, period, number = ref_of(latest)
    where = f"{report} {period} {number} --reason '…'"
    if latest.state not in _ENDED | _TO_TAKE_OVER:
        raise RevisionBusyError(
            f"{ref_of(latest)} is {latest.state} in run {latest.run}.",
            f"Let that run end; if it is gone for good: python -m itss.register fail {where}.",
        )
    if latest.state == "failed" and is_out(desk.session, latest):
        raise RevisionBusyError(
            f"{ref_of(latest)} failed in run {latest.run} after it had reached at least one recipient.",
            "Clear the failed task of that run: it goes on and mails nobody twice; if that run is gone for good: "
            f"python -m itss.register supersede {where}.",
        )


def _refuse_unanswered(desk: Desk, latest: RevisionRow) -> None:
    """A rejection is neither got round by another run nor left without the author's answer."""
    if latest.reached not in CLOSED:
        refuse_rejected(desk.session, latest)
    if latest.state == "returned" and not is_reworked(desk.session, latest):
        report, period, number = ref_of(latest)
        raise RegisterError(
            f"{ref_of(latest)} was returned to its author, whose answer is not on record.",
            f"Answer the form rework of run {latest.run}; if that run is gone: "
            f"python -m itss.register rework {report} {period} {number} --reason '…'.",
        )


def _report(desk: Desk, asked: Opening) -> ReportRow:
    found = select(ReportRow).where(ReportRow.key == asked.report, ReportRow.period == asked.period).with_for_update()
    report = desk.session.scalars(found).one_or_none()
    if report is not None:
        return report
    try:
        with desk.session.begin_nested():
            desk.session.add(ReportRow(key=asked.report, period=asked.period))
    except IntegrityError:
        pass  # another run was faster; its row is the one
    return desk.session.scalars(found).one()


def _again(desk: Desk, row: RevisionRow, asked: Opening) -> RevisionRow:
    """Its own: as it stands, or open again when it has failed, or when the entry is another one than it was."""
    refuse_rejected(desk.session, row)
    if is_out(desk.session, row):
        revive(desk, row)  # what somebody has in their hands keeps the entry that it was made by
        return row
    is_same = dict(row.entry) == dict(asked.entry)
    is_before_release = rank(row.reached) < rank("released")
    if row.state == "failed" or (is_before_release and not is_same):
        was = {} if is_same else {"entry": row.entry}
        _restart(desk, row, asked, "reopened", keeps_signatures=is_same, **was)
    return row


def _take_over(desk: Desk, row: RevisionRow, asked: Opening) -> RevisionRow:
    before = row.run
    is_kept, goes_on = asked.is_after(row) and asked.keeps, asked.goes_on(row)
    row.run = asked.run
    kept = {"kept": asked.keeps} if is_kept else {}
    if goes_on:
        said: dict[str, Any] = {"from_run": before, "statement_sha256": row.statement_sha256, **kept}
        move(desk, row, cast(State, row.reached), "taken_over", **said)
    else:
        _restart(desk, row, asked, "taken_over", keeps_signatures=False, from_run=before, **kept)
    return row


def _restart(
    desk: Desk, row: RevisionRow, asked: Opening, what: str, *, keeps_signatures: bool, **details: Any
) -> None:
    was: dict[str, Any] = {
        "was": row.state,
        "reached": row.reached,
        "note": row.note,
        "statement_sha256": row.statement_sha256,
    }
    move(desk, row, "open", what, **was, **details)
    if not keeps_signatures:
        row.statement_sha256 = None
    row.due_at, row.entry = asked.due_at, dict(asked.entry)
    row.agreement_version, row.code_version = asked.agreement_version, asked.code_version


def _new(desk: Desk, report: ReportRow, number: int, asked: Opening) -> RevisionRow:
    row = RevisionRow(
        report=report,
        number=number,
        state="open",
        reached="open",
        run=asked.run,
        due_at=asked.due_at,
        entry=dict(asked.entry),
        agreement_version=asked.agreement_version,
        code_version=asked.code_version,
        opened_at=asked.now,
        note="",
    )
    desk.session.add(row)
    desk.session.flush()
    desk.log(row, "open", due_at=asked.due_at.isoformat())
    return row
