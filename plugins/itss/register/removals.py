"""What outlives the use of a version: that its files and its data were removed after their time, and by whom.

The lines about it stay in the ledger and their payloads are emptied. The line that says so holds a hash of every row of
the revision, so that the tables can still be compared with what they were. Refuses a revision whose rows are not what
its lines say: they would be signed as they are, and what they were is gone with the payloads.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.orm import Session

from itss.errors import RegisterError
from itss.register.canonical import frame_sha256, row_sha256
from itss.register.desk import Desk, frame_rows
from itss.register.ledger import REMOVED
from itss.register.projection import refuse_other_rows, rows_about
from itss.register.queries import events_of, ref_of
from itss.register.schema import FRAMES, Base, LedgerRow, PayloadRow, RevisionRow
from itss.register.verification import verify_lines


def remove(desk: Desk, row: RevisionRow, who: str, reason: str, kept_until: dt.date) -> None:
    """Put on record that the files of a sealed version are removed from now on; its second call changes nothing."""
    if row.state != "sealed":
        raise RegisterError(f"{ref_of(row)} is {row.state}, not sealed.", "There is nothing to remove.")
    if events_of(desk.session, row, REMOVED):
        return
    path = ref_of(row).path
    verify_lines(desk.session, path, desk.key().public)
    refuse_other_rows(desk.session, path, row.id)
    own = select(LedgerRow.seq).where(LedgerRow.ref == path)
    payload = Base.metadata.tables[PayloadRow.__tablename__]
    desk.session.connection().execute(payload.update().where(payload.c.seq.in_(own)).values(body=None))
    holds = _holdings(desk.session, row)
    desk.note(path, REMOVED, who, holds=holds, reason=reason, kept_until=kept_until.isoformat())


def _holdings(session: Session, row: RevisionRow) -> dict[str, dict[str, str]]:
    """The hash of every row, and of every frame, that a line about the revision may have made."""
    tables = Base.metadata.tables
    wanted = {"report": tables["report"].c.id == row.report_id, **rows_about(row.id)}
    held = {name: _hashes(session, tables[name], which) for name, which in wanted.items()}
    for name in (one.__tablename__ for one in FRAMES):
        rows = frame_rows(session, name, row.id)
        held[name] = {str(row.id): frame_sha256(rows)} if rows else {}
    return {name: hashes for name, hashes in held.items() if hashes}


def _hashes(session: Session, table: Table, which: ColumnElement[bool]) -> dict[str, Any]:
    rows = session.execute(select(table).where(which).order_by(table.c.id)).mappings()
    return {str(one["id"]): row_sha256(one) for one in rows}
