"""Review meetings (回顾) and the improvement items they raise: said once, and open until a person closes them.

Refuses a second, different review of one revision, and to close an item twice. Surprise: a date that is moved replaces
nothing; the one agreed first stays in its row and judges the item, moves are lines of the log. What was refused because
of a wrong line is kept there too, so that nobody writes the minutes again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from itss.errors import RegisterError
from itss.register.desk import Desk
from itss.register.life import rank
from itss.register.queries import events_about, events_of, keys_of, ref_of
from itss.register.records import Improvement, ImprovementState, Item, Review
from itss.register.schema import ImprovementRow, ReviewRow, RevisionRow

if TYPE_CHECKING:
    import pandas as pd

REFUSED, MOVED = "review_refused", "improvement_moved"
IMPROVEMENT_COLUMNS = [
    "key",
    "report",
    "title",
    "owner",
    "state",
    "opened_at",
    "due_at",
    "moves",
    "closed_at",
    "result",
]
_Moves = Mapping[str, tuple[tuple[dt.datetime, dt.date], ...]]


def record(desk: Desk, row: RevisionRow, review: Review, items: Sequence[Item], zone: str) -> None:
    """Put the minutes of a delivered revision's review and its items on record; their days are those of ``zone``.

    The same again changes nothing; another review of the revision is refused.
    """
    if rank(row.reached) < rank("delivered") or row.delivered_at is None:
        raise RegisterError(f"{ref_of(row)} is {row.reached}; nobody has it yet.", "Deliver it first.")
    known = _row(desk.session, row)
    if known is not None:
        if (_said(known), _items(desk.session, known)) == (_said(_new(row, review)), list(items)):
            return
        raise RegisterError(
            f"{ref_of(row)} was reviewed already, by {known.who} at {known.at:%Y-%m-%d %H:%M} UTC.",
            "These minutes stand; close an item by: python -m itss.register improvement.",
        )
    if row.reached == "sealed":
        raise RegisterError(f"{ref_of(row)} is sealed; its review is over.", "Review the next report.")
    new = _new(row, review)
    desk.session.add(new)
    desk.session.flush()
    first = 1 + _last_number(desk.session, row)
    for number, item in enumerate(items, first):
        desk.session.add(_new_item(row, new, number, item, zone))
    keys = [key_of(row, first + at) for at in range(len(items))]
    stands_in = {"on_behalf": review.on_behalf, "delegation": dict(review.delegation)} if review.on_behalf else {}
    desk.log(row, "reviewed", who=review.who, items=keys, **stands_in)


def refuse(desk: Desk, row: RevisionRow, who: str, given: Mapping[str, str], problems: Sequence[str]) -> None:
    """Keep what was written into a form that has wrong lines, for its next try."""
    desk.log(row, REFUSED, who=who, given=dict(given), problems=list(problems))


def refused(session: Session, row: RevisionRow) -> tuple[dict[str, str], list[str]]:
    """What was written last, and what is wrong with it; nothing where no form was refused."""
    last = events_of(session, row, REFUSED)[-1:]
    return (dict(last[0].details["given"]), list(last[0].details["problems"])) if last else ({}, [])


def record_files(desk: Desk, row: RevisionRow, files: Mapping[str, str]) -> None:
    """Bind the review to the documents made of it: the sha256 of each by its name."""
    review = _row(desk.session, row)
    if review is None:
        raise RegisterError(f"{ref_of(row)} was not reviewed.", "Clear the task of the review meeting.")
    if dict(review.files) not in ({}, dict(files)):
        raise RegisterError(f"The minutes of {ref_of(row)} would have other bytes now.", "The first ones stand.")
    if not review.files:
        review.files = dict(files)
        desk.log(row, "minutes", files=dict(files))


def review(session: Session, row: RevisionRow) -> Review | None:
    """The minutes of a revision's review, if it was held."""
    found = _row(session, row)
    if found is None:
        return None
    said = [event.details for event in events_of(session, row, "reviewed")][-1:]
    return replace(_record_of(found), **stood_in(said[0] if said else {}))


def stood_in(details: Mapping[str, Any]) -> dict[str, Any]:
    """On whose behalf, and by which delegation, as the line of a review says; empty where it says nothing."""
    return {name: details[name] for name in ("on_behalf", "delegation") if details.get(name)}


def raised(session: Session, row: RevisionRow) -> list[Improvement]:
    """The items that the review of this revision raised, in its order."""
    found = _row(session, row)
    return [] if found is None else _with_moves(session, _item_rows(session, found))


def improvements(
    session: Session, report: str | None = None, *, is_open: bool = False, open_at: dt.datetime | None = None
) -> list[Improvement]:
    """Every item (of one report), in the order in which they were raised; or those not closed (before ``open_at``)."""
    found = select(ImprovementRow).order_by(ImprovementRow.id)
    if report is not None:
        found = found.where(ImprovementRow.report.in_(keys_of(session, report)))
    if is_open:
        found = found.where(ImprovementRow.state == "open")
    if open_at is not None:
        found = found.where(or_(ImprovementRow.closed_at.is_(None), ImprovementRow.closed_at >= open_at))
    return _with_moves(session, session.scalars(found).all())


def close(desk: Desk, key: str, state: ImprovementState, result: str, who: str) -> Improvement:
    """Close an open item as done or cancelled, and log who did; the same again changes nothing."""
    item = _found(desk, key)
    if (item.state, item.result) == (state, result):
        return _with_moves(desk.session, [item])[0]
    if item.state != "open":
        raise RegisterError(f"{key} is {item.state} already ({item.result}), by {item.closed_by}.", "That stands.")
    if not result.strip():
        raise RegisterError(f"{key}: what came of it is not said.", "Give it: --result '…'.")
    item.state, item.result, item.closed_by, item.closed_at = state, result, who, desk.clock()
    desk.log(_raised_by(desk, item), "improvement", who=who, key=key, state=state, result=result)
    return _with_moves(desk.session, [item])[0]


def move(desk: Desk, key: str, day: dt.date, reason: str, who: str) -> None:
    """Log that the date of an open item was moved to ``day``, and why; the same again changes nothing.

    It is shown beside the date agreed first, which judges the item all the same.
    """
    item = _found(desk, key)
    moves = _moves(desk.session, [item]).get(key, ())
    if moves and moves[-1][1] == day:
        return
    if item.state != "open":
        raise RegisterError(f"{key} is {item.state} already ({item.result}), by {item.closed_by}.", "That stands.")
    if not reason.strip():
        raise RegisterError(f"{key}: why its date is moved is not said.", "Give it: --result '…'.")
    if day < item.raised_on:
        raise RegisterError(f"{key} was raised on {item.raised_on}, after {day}.", "Give a later day.")
    desk.log(_raised_by(desk, item), MOVED, who=who, key=key, day=day.isoformat(), reason=reason)


def _found(desk: Desk, key: str) -> ImprovementRow:
    item = desk.session.scalars(select(ImprovementRow).where(ImprovementRow.key == key).with_for_update()).one_or_none()
    if item is None:
        raise RegisterError(
            f"There is no improvement item '{key}'.", "List them: python -m itss.register improvements."
        )
    return item


def _raised_by(desk: Desk, item: ImprovementRow) -> RevisionRow:
    """The revision whose review raised it."""
    return desk.session.scalars(
        select(RevisionRow)
        .join(ReviewRow, ReviewRow.revision_id == RevisionRow.id)
        .where(ReviewRow.id == item.review_id)
    ).one()


def _with_moves(session: Session, items: Sequence[ImprovementRow]) -> list[Improvement]:
    moves = _moves(session, items)
    return [_improvement(item, moves) for item in items]


def _moves(session: Session, items: Sequence[ImprovementRow]) -> _Moves:
    """By item, when its date was moved and to which day; they are logged about the revision that raised it."""
    reviews = {item.review_id for item in items}
    raised_by = session.scalars(select(RevisionRow).join(ReviewRow).where(ReviewRow.id.in_(reviews))).all()
    found: dict[str, tuple[tuple[dt.datetime, dt.date], ...]] = {}
    for event in events_about(session, raised_by, MOVED) if raised_by else ():
        key, day = str(event.details["key"]), dt.date.fromisoformat(event.details["day"])
        found[key] = (*found.get(key, ()), (event.at, day))
    return found


def improvement_rows(session: Session) -> pd.DataFrame:
    """Every item as a row of the process *improvement*, by `IMPROVEMENT_COLUMNS`.

    It is raised as its day begins and due as its day ends, in its own zone; ``moves`` are pairs of when its date was
    moved and what it is due then.
    """
    import pandas as pd

    table = []
    rows = session.scalars(select(ImprovementRow).order_by(ImprovementRow.id)).all()
    moves = _moves(session, rows)
    for row in rows:
        zone = ZoneInfo(row.zone)
        opened = dt.datetime.combine(row.raised_on, dt.time(), tzinfo=zone).astimezone(dt.UTC)
        due, moved = _ends(row.due_on, zone), [(at, _ends(day, zone)) for at, day in moves.get(row.key, ())]
        table.append(
            (row.key, row.report, row.title, row.owner, row.state, opened, due, moved, row.closed_at, row.result)
        )
    return pd.DataFrame(table, columns=IMPROVEMENT_COLUMNS)


def _ends(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(23, 59, 59), tzinfo=zone).astimezone(dt.UTC)


def key_of(row: RevisionRow, number: int) -> str:
    """The name of an item for ever: ``customer_monthly-2026-09-1``."""
    return f"{row.report.key}-{row.report.period}-{number}"


def _row(session: Session, row: RevisionRow) -> ReviewRow | None:
    return session.scalars(select(ReviewRow).where(ReviewRow.revision_id == row.id)).one_or_none()


def _item_rows(session: Session, row: ReviewRow) -> Sequence[ImprovementRow]:
    found = select(ImprovementRow).where(ImprovementRow.review_id == row.id).order_by(ImprovementRow.number)
    return session.scalars(found).all()


def _items(session: Session, row: ReviewRow) -> list[Item]:
    return [Item(item.title, item.owner, item.due_on) for item in _item_rows(session, row)]


def _last_number(session: Session, row: RevisionRow) -> int:
    found = select(func.max(ImprovementRow.number)).where(
        ImprovementRow.report == row.report.key, ImprovementRow.period == row.report.period
    )
    return session.scalars(found).one() or 0


def _new(row: RevisionRow, review: Review) -> ReviewRow:
    return ReviewRow(
        revision_id=row.id,
        held_on=review.held_on,
        attendees=list(review.attendees),
        gaps=review.gaps,
        trends=review.trends,
        measures=review.measures,
        who=review.who,
        at=review.at,
        files={},
    )


def _said(row: ReviewRow) -> tuple[Any, ...]:
    return row.held_on, list(row.attendees), row.gaps, row.trends, row.measures, row.who


def _new_item(row: RevisionRow, review: ReviewRow, number: int, item: Item, zone: str) -> ImprovementRow:
    return ImprovementRow(
        review_id=review.id,
        key=key_of(row, number),
        report=row.report.key,
        period=row.report.period,
        number=number,
        title=item.title,
        owner=item.owner,
        raised_on=review.held_on,
        due_on=item.due_on,
        zone=zone,
        state="open",
        closed_at=None,
        closed_by="",
        result="",
    )


def _record_of(row: ReviewRow) -> Review:
    return Review(
        held_on=row.held_on,
        attendees=tuple(row.attendees),
        gaps=row.gaps,
        trends=row.trends,
        measures=row.measures,
        who=row.who,
        at=row.at,
        files=dict(row.files),
    )


def _improvement(row: ImprovementRow, moves: _Moves) -> Improvement:
    return Improvement(
        title=row.title,
        owner=row.owner,
        due_on=row.due_on,
        key=row.key,
        report=row.report,
        period=row.period,
        raised_on=row.raised_on,
        zone=row.zone,
        state=cast(ImprovementState, row.state),
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        result=row.result,
        moves=moves.get(row.key, ()),
    )
