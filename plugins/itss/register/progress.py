"""How far the reports of some periods have come: one statement for all of them, however many there are.

Owns the question of the board. Surprise: the first delivery of a period counts, as in `published.delivered_reports`,
while number and state are those of its newest revision.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from itss.ref import Ref
from itss.register.queries import renamings
from itss.register.records import State
from itss.register.schema import ReportRow, RevisionRow


@dataclass(frozen=True)
class Progress:
    """The newest revision of one report and period, and when any of them was delivered first."""

    ref: Ref
    state: State
    opened_at: dt.datetime
    delivered_at: dt.datetime | None


def progress(
    session: Session, reports: Collection[str], periods: Collection[str], released: Collection[str] = ()
) -> dict[tuple[str, str], Progress]:
    """By report (under its present key) and period, for every one of ``reports`` and ``periods`` that is on record.

    Of those in ``released``, too, only revisions count that were released.
    """
    now = renamings(session)
    keys = _ever(reports, now)
    counts = ReportRow.key.not_in(_ever(released, now)) | RevisionRow.released_at.is_not(None)
    rows = session.execute(
        select(
            ReportRow.key,
            ReportRow.period,
            RevisionRow.number,
            RevisionRow.state,
            RevisionRow.opened_at,
            RevisionRow.delivered_at,
        )
        .join(RevisionRow, RevisionRow.report_id == ReportRow.id)
        .where(ReportRow.key.in_(keys), ReportRow.period.in_(periods), counts)
        .order_by(RevisionRow.number)
    )
    found: dict[tuple[str, str], Progress] = {}
    for key, period, number, state, opened_at, delivered_at in rows:
        place = now.get(key, key), period
        newest = Progress(Ref(key, period, number), cast(State, state), opened_at, delivered_at)
        before = found.get(place)
        found[place] = replace(newest, delivered_at=before.delivered_at or delivered_at) if before else newest
    return found


def _ever(reports: Collection[str], renamed: Mapping[str, str]) -> set[str]:
    """The keys that reports have and had."""
    return {*reports, *(old for old, new in renamed.items() if new in reports)}


def opened_with(session: Session, refs: Collection[Ref]) -> dict[Ref, tuple[list[dict[str, Any]], str]]:
    """The approval levels, as plain data, and the author of the entry with which each revision was opened.

    Only these are taken out of the entries, by the database: whole ones are the largest by far.
    """
    entry = RevisionRow.entry["entry"]
    rows = session.execute(
        select(ReportRow.key, ReportRow.period, RevisionRow.number, entry["approval"], entry["author"])
        .join(RevisionRow, RevisionRow.report_id == ReportRow.id)
        .where(tuple_(ReportRow.key, ReportRow.period, RevisionRow.number).in_([tuple(ref) for ref in refs]))
    )
    return {Ref(key, period, number): (levels or [], author or "") for key, period, number, levels, author in rows}
