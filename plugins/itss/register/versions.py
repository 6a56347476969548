"""The versions of other reports that a report is made after: which are there, and the line that names them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from itss.register.desk import Desk
from itss.register.queries import events_of, record_of, renamings
from itss.register.records import Revision
from itss.register.schema import ReportRow, RevisionRow

Place = tuple[str, str]
"""Report key and period label."""
AWAITED = "awaited"


def newest_versions(session: Session, places: Collection[Place], *, is_sealed: bool = True) -> dict[Place, Revision]:
    """The newest sealed revision of each of ``places``, where there is one; without ``is_sealed`` of any state.

    One statement, however many places; a report's key means every key that it has had.
    """
    now = renamings(session)
    asked = {now.get(report, report) for report, _ in places}
    keys = asked | {old for old, new in now.items() if new in asked}
    found = (
        select(RevisionRow)
        .join(ReportRow)
        .where(ReportRow.period.in_({period for _, period in places}), ReportRow.key.in_(keys))
    )
    if is_sealed:
        found = found.where(RevisionRow.state == "sealed")
    rows = session.scalars(found.order_by(RevisionRow.number)) if places else ()
    newest = {(now.get(row.report.key, row.report.key), row.report.period): row for row in rows}
    known = {place: newest.get((now.get(place[0], place[0]), place[1])) for place in places}
    return {place: record_of(row) for place, row in known.items() if row is not None}


def record_awaited(desk: Desk, row: RevisionRow, versions: Collection[Revision]) -> None:
    """Put on record after which sealed versions a revision is made, once; one that nobody released was a backfill's."""
    said = {
        one.ref.path: {"manifest_sha256": one.manifest_sha256, "archive_only": one.released_at is None}
        for one in versions
    }
    before = events_of(desk.session, row, AWAITED)
    if not before or before[-1].details != {"versions": said}:
        desk.log(row, AWAITED, versions=said)
