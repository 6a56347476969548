"""What a page asks about many revisions: one statement a question, however many there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session

from itss.ref import Ref
from itss.register.schema import DecisionRow, FigureRow, ReportRow, RevisionRow

_REF = (ReportRow.key, ReportRow.period, RevisionRow.number)


def entries(session: Session, refs: Collection[Ref]) -> dict[Ref, Mapping[str, Any]]:
    """The document of the list with which each revision was opened: its entry, and the people of that day."""
    found = select(*_REF, RevisionRow.entry).join(ReportRow).where(_is_one_of(refs))
    return {Ref(key, period, number): dict(entry) for key, period, number, entry in session.execute(found)}


def target_counts(session: Session, refs: Collection[Ref]) -> dict[Ref, tuple[int, int]]:
    """How many targets each revision has, and how many of them were missed."""
    missed = func.count().filter(FigureRow.status == "missed")
    found = (
        select(*_REF, func.count(), missed)
        .select_from(FigureRow)
        .join(RevisionRow, RevisionRow.id == FigureRow.revision_id)
        .join(ReportRow)
        .where(_is_one_of(refs), FigureRow.target.is_not(None))
        .group_by(*_REF)
    )
    rows = session.execute(found)
    return {Ref(key, period, number): (total, lost) for key, period, number, total, lost in rows}


def decided_by(session: Session, refs: Collection[Ref]) -> dict[Ref, list[tuple[str, str]]]:
    """Level and user of each answer that somebody gave to the present statement of each revision."""
    found = (
        select(*_REF, DecisionRow.level, DecisionRow.who_id)
        .select_from(DecisionRow)
        .join(RevisionRow, RevisionRow.id == DecisionRow.revision_id)
        .join(ReportRow)
        .where(
            _is_one_of(refs),
            DecisionRow.who_id.is_not(None),
            DecisionRow.statement_sha256 == RevisionRow.statement_sha256,
        )
        .order_by(DecisionRow.id)
    )
    given: dict[Ref, list[tuple[str, str]]] = {}
    for key, period, number, level, who in session.execute(found):
        given.setdefault(Ref(key, period, number), []).append((level, str(who)))
    return given


def _is_one_of(refs: Collection[Ref]) -> ColumnElement[bool]:
    return tuple_(*_REF).in_([tuple(ref) for ref in refs])
