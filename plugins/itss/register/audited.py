"""What audits found, on record: lines of the ledger about `AUDIT`, so that the last protocol can be read by all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from itss.register.desk import Desk
from itss.register.queries import event_of
from itss.register.records import Event
from itss.register.schema import LedgerRow, PayloadRow

AUDIT, AUDITED = "audit", "audited"


def record_audit(desk: Desk, who: str, protocol: Mapping[str, Any]) -> None:
    """Put the protocol of one audit on record: plain JSON that `itss.audit.protocol` writes and reads."""
    desk.note(AUDIT, AUDITED, who, protocol=json.loads(json.dumps(protocol)))


def last_audit(session: Session) -> Event | None:
    """The newest protocol on record; ``None`` where no audit has run."""
    newest = (
        select(LedgerRow, PayloadRow.body)
        .join(PayloadRow)
        .where(LedgerRow.ref == AUDIT, LedgerRow.kind == AUDITED)
        .order_by(LedgerRow.seq.desc())
        .limit(1)
    )
    return next((event_of(line, body) for line, body in session.execute(newest)), None)
