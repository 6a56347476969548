"""Which revision a run works on: its own again, one taken over from a failed run, or the next.

Refuses two living runs on one report and period. Its one surprise: a failed revision that has already reached a
recipient is not taken over either, for a second run would render other bytes under the number he has in his hands.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from itss.errors import RegisterError, RevisionBusyError
from itss.register.life import CLOSED, Desk, is_out, rank, ref_of
from itss.register.schema import ReportRow, RevisionRow

_ENDED = frozenset({"sealed", "returned", "superseded"})
_TO_TAKE_OVER = frozenset({"failed", "unchanged"})
_BEFORE_RELEASE = range(rank("open"), rank("released"))


@dataclass(frozen=True)
class Opening:
    """What `Register.open_revision` was asked for."""

    report: str
    period: str
    due_at: dt.datetime
    run: str
    entry: Mapping[str, Any]
    agreement_version: str
    code_version: str
    now: dt.datetime
    number: int | None


def open_revision(desk: Desk, asked: Opening) -> RevisionRow:
    """The revision that ``asked.run`` is to work on; see `Register.open_revision`."""
    if asked.number is not None and type(asked.number) is not int:
        raise RegisterError(f"{asked.number!r} is no number of a revision.", "Write a whole number, or none.")
    report = _report(desk, asked)
    rows = desk.session.scalars(
        select(RevisionRow).where(RevisionRow.report_id == report.id).order_by(RevisionRow.number)
    ).all()
    # a run that was cleared from its start after it had ended goes on like a new one, whatever number it once asked for
    ended = {row.number for row in rows if row.run == asked.run and row.reached in CLOSED}
    asked = replace(asked, number=None) if asked.number in ended else asked
    own = [
        row for row in rows if row.run == asked.run and row.number not in ended and asked.number in (None, row.number)
    ]
    if own:
        return _again(desk, own[-1], asked)
    latest = rows[-1] if rows else None
    if latest is not None:
        _refuse_busy(desk, latest)
    takes_over = latest is not None and latest.state in _TO_TAKE_OVER
    expected = 1 if latest is None else latest.number + (0 if takes_over else 1)
    if asked.number not in (None, expected):
        raise RegisterError(
            f"Revision {asked.number} of {asked.report} {asked.period} cannot be opened; the next one is {expected}.",
            "Trigger the report with this number, or with none.",
        )
    if latest is not None and takes_over:
        return _take_over(desk, latest, asked)
    return _new(desk, report, expected, asked)


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
    if row.state == "failed":
        _restart(desk, row, asked, "reopened")
    elif rank(row.reached) in _BEFORE_RELEASE and dict(row.entry) != dict(asked.entry):
        desk.log(row, "entry_changed", reached=row.reached)
        _describe(row, asked)
    return row


def _take_over(desk: Desk, row: RevisionRow, asked: Opening) -> RevisionRow:
    before = row.run
    row.run = asked.run
    _restart(desk, row, asked, "taken_over", from_run=before)
    return row


def _restart(desk: Desk, row: RevisionRow, asked: Opening, what: str, **details: Any) -> None:
    desk.log(row, what, was=row.state, reached=row.reached, note=row.note, **details)
    row.state = row.reached = "open"
    row.note = ""
    _describe(row, asked)


def _describe(row: RevisionRow, asked: Opening) -> None:
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
        files={},
        note="",
    )
    desk.session.add(row)
    desk.session.flush()
    desk.log(row, "open", due_at=asked.due_at.isoformat())
    return row
