"""The life of a revision: which state may follow which, and nothing about how it is stored.

    open → rendered → submitted → released → delivered → sealed
                         └→ returned          (each until sealed) → failed
            rendered → unchanged              partly delivered, then changed → superseded

A failure is not a place in that line: ``reached`` keeps how far the revision had come, so that the step which
failed can be run again and goes on from there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from itss.errors import RegisterError
from itss.ref import Ref
from itss.register.records import State
from itss.register.schema import DeliveryRow, EventRow, ReportRow, RevisionRow

LINE: tuple[State, ...] = ("open", "rendered", "submitted", "released", "delivered", "sealed")
CLOSED: frozenset[str] = frozenset({"sealed", "returned", "superseded", "unchanged"})

Clock = Callable[[], dt.datetime]


@dataclass(frozen=True)
class Desk:
    """One writing transaction, and the clock its log lines are stamped with."""

    session: Session
    clock: Clock

    def revision(self, ref: Ref) -> RevisionRow:
        """The revision, locked against every other writer of the same report and period."""
        key, period, _ = ref
        # two statements: PostgreSQL would hand out a joined row as it was before the wait for the lock
        self.session.execute(
            select(ReportRow.id).where(ReportRow.key == key, ReportRow.period == period).with_for_update()
        )
        return find(self.session, ref)

    def log(self, revision: RevisionRow, what: str, who: str = "", **details: Any) -> None:
        """Append one line to the log; ``who`` is the revision's run unless a person is named."""
        self.session.add(
            EventRow(
                revision_id=revision.id, at=self.clock(), who=who or f"run {revision.run}", what=what, details=details
            )
        )


def find(session: Session, ref: Ref) -> RevisionRow:
    """The revision's row; `RegisterError` when it was never opened."""
    key, period, number = ref = Ref(*ref)
    row = session.scalars(
        select(RevisionRow)
        .join(ReportRow)
        .where(ReportRow.key == key, ReportRow.period == period, RevisionRow.number == number)
    ).one_or_none()
    if row is None:
        raise RegisterError(f"{ref} is not in the register.", "Clear the run from its first task on.")
    return row


def ref_of(row: RevisionRow) -> Ref:
    """The key of a row."""
    return Ref(row.report.key, row.report.period, row.number)


def rank(state: str) -> int:
    """How far along the line a state is; closed side ways count as before the line."""
    return LINE.index(state) if state in LINE else -1


def advance(desk: Desk, row: RevisionRow, to: State, *, after: State) -> bool:
    """Move ``row`` from ``after`` to ``to``; ``False`` when it was there already (a failed one is revived).

    `RegisterError` when the step before has not been done, or the revision is closed.
    """
    if row.reached in CLOSED and row.reached != to:
        raise closed(row, f"cannot become {to}")
    if rank(row.reached) >= rank(to):
        _revive(desk, row)
        return False
    if row.reached != after:
        raise RegisterError(f"{ref_of(row)} is {row.reached}, so it cannot become {to}.", f"It must be {after} first.")
    row.state = row.reached = to
    row.note = ""
    desk.log(row, to)
    return True


def closed(row: RevisionRow, what: str) -> RegisterError:
    """The refusal for a revision that has come to its end."""
    return RegisterError(
        f"{ref_of(row)} is {row.reached} and {what}.", "Trigger the report anew: it gets the next revision."
    )


def is_out(session: Session, row: RevisionRow) -> bool:
    """Whether a mail of this revision has left, or may have."""
    found = select(DeliveryRow.id).where(
        DeliveryRow.revision_id == row.id, DeliveryRow.status.in_(("accepted", "sending"))
    )
    return session.scalars(found.limit(1)).first() is not None


def _revive(desk: Desk, row: RevisionRow) -> None:
    if row.state == "failed":
        row.state, row.note = row.reached, ""
        desk.log(row, "resumed", reached=row.reached)
