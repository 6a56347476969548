"""What was handed in, by whom and when: versions that are only ever added, and the refusals beside them.

The key is (report, period, process), for data is handed in before any revision of its report exists.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from itss.register.desk import Desk
from itss.register.queries import former_keys, keys_of
from itss.register.records import HandIn
from itss.register.schema import HandInRow, RenamingRow

Place = tuple[str, str, str]
"""Report key, period label, process id."""

_LOCK = text("SELECT pg_advisory_xact_lock(hashtext(:place))")


@dataclass(frozen=True)
class Handed:
    """A file as it is handed in: its name, hash and rows, who brought it, and where it lies below the inbox."""

    name: str
    sha256: str
    rows: int
    who: str
    at: dt.datetime
    path: str


def accept(desk: Desk, place: Place, file: Handed) -> tuple[HandIn, bool]:
    """The next version, and ``True``; or the newest one, and ``False``, if that has the very same bytes.

    The same file of the same instant is on record once, also when two workers hand it in at the same time.
    """
    _lock(desk.session, place)
    if (known := _known(desk.session, place, file, "accepted")) is not None:
        return record_of(known), False
    newest = _newest(desk.session, place)
    if newest is not None and newest.sha256 == file.sha256:
        return record_of(newest), False
    return _add(desk, _row(place, file, "accepted", (newest.number or 0) + 1 if newest else 1)), True


def refuse(desk: Desk, place: Place, file: Handed, errors: int) -> HandIn:
    """Put on record that ``file`` was refused for ``errors`` reasons; the same file of the same instant once."""
    _lock(desk.session, place)
    if (known := _known(desk.session, place, file, "refused")) is not None:
        return record_of(known)
    return _add(desk, _row(place, file, "refused", None, errors))


def newest(session: Session, place: Place) -> HandIn | None:
    """The newest accepted version, if any."""
    row = _newest(session, place)
    return record_of(row) if row else None


def accepted(session: Session, places: Collection[Place]) -> set[Place]:
    """Those of ``places`` for which there is a `newest` version: one statement, however many wait."""
    periods, processes = ({place[at] for place in places} for at in (1, 2))
    found = select(HandInRow.report, HandInRow.period, HandInRow.process).where(
        HandInRow.status == "accepted", HandInRow.period.in_(periods), HandInRow.process.in_(processes)
    )
    known = {tuple(row) for row in session.execute(found.distinct())}
    new = dict(session.execute(select(RenamingRow.old, RenamingRow.new)).all())
    return {place for place in places if any((key, *place[1:]) in known for key in former_keys(new, place[0]))}


def hand_ins(
    session: Session,
    report: str | None = None,
    period: str | None = None,
    *,
    periods: Collection[str] | None = None,
    since: dt.datetime | None = None,
) -> list[HandIn]:
    """What was handed in, refused or not, in the order in which it came: of a report, of periods, since an instant."""
    found = select(HandInRow).order_by(HandInRow.id)
    if report is not None:
        found = found.where(HandInRow.report.in_(keys_of(session, report)))
    if period is not None:
        found = found.where(HandInRow.period == period)
    if periods is not None:
        found = found.where(HandInRow.period.in_(periods))
    if since is not None:
        found = found.where(HandInRow.at >= since)
    return [record_of(row) for row in session.scalars(found)]


def record_of(row: HandInRow) -> HandIn:
    """The row as a frozen record."""
    return HandIn(
        report=row.report,
        period=row.period,
        process=row.process,
        number=row.number,
        status=cast(Literal["accepted", "refused"], row.status),
        name=row.name,
        sha256=row.sha256,
        rows=row.rows,
        errors=row.errors,
        who=row.who,
        at=row.at,
        path=row.path,
    )


def _newest(session: Session, place: Place) -> HandInRow | None:
    report, period, process = place
    found = select(HandInRow).where(
        HandInRow.report.in_(keys_of(session, report)),
        HandInRow.period == period,
        HandInRow.process == process,
        HandInRow.status == "accepted",
    )
    rows: Sequence[HandInRow] = session.scalars(found.order_by(HandInRow.number.desc()).limit(1)).all()
    return rows[0] if rows else None


def _known(session: Session, place: Place, file: Handed, status: str) -> HandInRow | None:
    report, period, process = place
    found = select(HandInRow).filter_by(period=period, process=process, name=file.name, sha256=file.sha256)
    found = found.filter_by(status=status, who=file.who, at=file.at).where(
        HandInRow.report.in_(keys_of(session, report))
    )
    return session.scalars(found.limit(1)).first()


def _add(desk: Desk, row: HandInRow) -> HandIn:
    desk.session.add(row)
    desk.session.flush()
    said = {name: getattr(row, name) for name in ("process", "status", "number", "name", "sha256")}
    desk.note(f"{row.report}/{row.period}", "hand_in", row.who, **said)
    return record_of(row)


def _lock(session: Session, place: Place) -> None:
    """Two people may hand in at once. On SQLite a writer is alone anyhow."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_LOCK, {"place": " ".join(place)})


def _row(place: Place, file: Handed, status: str, number: int | None, errors: int = 0) -> HandInRow:
    report, period, process = place
    return HandInRow(
        report=report,
        period=period,
        process=process,
        number=number,
        status=status,
        name=file.name,
        sha256=file.sha256,
        rows=file.rows,
        errors=errors,
        who=file.who,
        at=file.at,
        path=file.path,
    )
