"""That a register was restored from a backup, and what nobody can know since: what went out after the backup.

A report that was delivered between the backup and the loss is open here, or was never heard of, and the next run would
mail it once more. So no period that was over when the register was restored is opened, released or sent until a person
has said, for the record, that it may be.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from itss.errors import RegisterError
from itss.register.desk import REGISTER, Desk
from itss.register.schema import LedgerRow

RESTORED, CONFIRMED = "restored", "confirmed"


def note_restored(desk: Desk, who: str, reason: str) -> None:
    """For a register that was brought back by the means of its database, such as a point in time of PostgreSQL."""
    desk.note(REGISTER, RESTORED, who, reason=_said(reason))


def confirm(desk: Desk, report: str, period: str, who: str, reason: str) -> None:
    """A person has looked: this period (empty: every one) of this report (empty: of all) may be opened and sent."""
    if _restored(desk.session) is None:
        raise RegisterError("This register was never restored.", "There is nothing to confirm.")
    if report == REGISTER and not period:  # its line would be that of all reports
        raise RegisterError("A report that is called so is confirmed by its periods.", "Name the period, too.")
    if period and not report:
        raise RegisterError("Of which report the period is, is not said.", "Name the report, too.")
    desk.note("/".join(filter(None, (report, period))) or REGISTER, CONFIRMED, who, reason=_said(reason))


def unconfirmed_since(session: Session, report: str, period: str) -> dt.datetime | None:
    """When the register was restored, if nobody has confirmed this period since; ``None`` where all is well."""
    newest = _restored(session)
    if newest is None:
        return None
    about = (REGISTER, report, f"{report}/{period}")
    later = select(func.count()).where(LedgerRow.seq > newest[0], LedgerRow.kind == CONFIRMED, LedgerRow.ref.in_(about))
    return None if session.scalar(later) else newest[1]


def restored_at(session: Session) -> dt.datetime | None:
    """When the register was brought back last; ``None`` where it never was."""
    newest = _restored(session)
    return newest[1] if newest else None


def _restored(session: Session) -> tuple[int, Any] | None:
    found = select(LedgerRow.seq, LedgerRow.at).where(LedgerRow.ref == REGISTER, LedgerRow.kind == RESTORED)
    row = session.execute(found.order_by(LedgerRow.seq.desc()).limit(1)).one_or_none()
    return (row.seq, row.at) if row else None


def _said(reason: str) -> str:
    if not reason.strip():
        raise RegisterError("No reason is given.", "Say in one sentence what is known: it goes on record.")
    return reason.strip()
