"""How many there are of what, for a monitoring system: numbers alone, each of one statement.

Of the record as it is now: a figure of it is right again at the next look, whatever was lost on the way.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from itss.register.queries import UNENDED
from itss.register.schema import DeliveryRow, FindingRow, LedgerRow, NoticeRow, RevisionRow

WAITING = ("planned", "sending", "deferred", "refused")
"""States of mails that have not arrived."""


@dataclass(frozen=True)
class Counts:
    """``head`` is the number of the newest line of the ledger; the others count by state, severity or status."""

    head: int
    revisions: Mapping[str, int]
    findings: Mapping[str, int]
    deliveries: Mapping[str, int]
    notices: Mapping[str, int]


def counts(session: Session, since: dt.datetime) -> Counts:
    """Of each report and period the newest revision; findings of those that were opened after ``since``."""
    later = aliased(RevisionRow)
    follows = select(later.id).where(later.report_id == RevisionRow.report_id, later.number > RevisionRow.number)
    newest = ~follows.exists()
    states = select(RevisionRow.state, func.count()).where(newest).group_by(RevisionRow.state)
    findings = (
        select(FindingRow.severity, func.count())
        .join(RevisionRow, RevisionRow.id == FindingRow.revision_id)
        .where(RevisionRow.opened_at >= since, newest)
        .group_by(FindingRow.severity)
    )
    deliveries = (
        select(DeliveryRow.status, func.count())
        .join(RevisionRow, RevisionRow.id == DeliveryRow.revision_id)
        .where(DeliveryRow.status.in_(WAITING), RevisionRow.state.in_(UNENDED))
        .group_by(DeliveryRow.status)
    )
    notices = select(NoticeRow.status, func.count()).where(NoticeRow.status.in_(WAITING)).group_by(NoticeRow.status)

    def found(statement: Select[str, int]) -> dict[str, int]:
        return {row[0]: row[1] for row in session.execute(statement)}

    head = session.execute(select(func.max(LedgerRow.seq))).scalar() or 0
    return Counts(head, found(states), found(findings), found(deliveries), found(notices))
