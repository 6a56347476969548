"""Improvement items and proposals: who sees which, and what they may do with one.

Items: their owner, the report's author and the report manager close or move them; whoever sees the report reads them.
Proposals: whoever sees a report makes them, the report manager answers. Surprise: what is refused comes back as the
same page with the reason beside the form and everything that was typed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, BackgroundTasks, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from itss import links
from itss.errors import RegisterError
from itss.model import LATEST
from itss.portal import proposing
from itss.portal.forgery import Ours
from itss.portal.page import page
from itss.portal.state import register, report_list
from itss.portal.upload import FormRoute
from itss.portal.viewer import Viewer, Who
from itss.register import Improvement
from itss.register.proposals import LONGEST
from itss.report_list.models import Entry, ReportList
from itss.text import Text, printable, text

router = APIRouter(route_class=FormRoute)
SHOWN_FOR = dt.timedelta(days=400)
"""Items that were closed longer ago are shown when all are asked for."""

Words = Annotated[str, Form()]


@dataclass(frozen=True)
class Refused:
    """That the form at ``key`` was refused because of ``why`` (a word of the catalogue), and what it held."""

    key: str
    why: str
    given: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """One item as a reader sees it."""

    item: Improvement
    title: Text
    owner: Text
    may_change: bool

    @property
    def due_on(self) -> dt.date:
        """The day that it was moved to last, or the first one."""
        return self.item.moves[-1][1] if self.item.moves else self.item.due_on

    def is_late(self, now: dt.datetime) -> bool:
        """Whether the date that was agreed first is over: that one judges the item, wherever it was moved."""
        return self.item.due_on < now.astimezone(ZoneInfo(self.item.zone)).date()


@router.get("/improvements")
def show(request: Request, who: Who, *, all: bool = False, done: str = "") -> HTMLResponse:  # noqa: A002 - a word of the address
    """Items and proposals; ``all``: those closed long ago, too; ``done``: the key of what was changed just now."""
    return _page(request, who, shows_all=all, done=done)


@router.post("/improvements/items/{key}")
def change(
    request: Request,
    who: Ours,
    key: str,
    state: Annotated[Literal["done", "cancelled", "moved"], Form()],
    result: Words = "",
    day: Words = "",
) -> Response:
    """Close an item with its result, cancel it with a reason, or move its date with a reason."""
    people = report_list()
    line = next((one for one in _lines(who, people, register().improvements()) if one.item.key == key), None)
    if line is None or not line.may_change:
        raise HTTPException(403, f"{who.name} may not change this item.")
    given, said = {"state": state, "result": result, "day": day}, printable(result)
    why = _problem(line.item, said, state, day)
    if not why:
        try:
            if state == "moved":
                register().move_improvement(key, dt.date.fromisoformat(day), said, who.name)
            else:
                register().close_improvement(key, state, said, who.name)
        except RegisterError:  # somebody else was faster
            why = "closed"
    if why:
        return _page(request, who, refused=Refused(key, why, given))
    return _back(request, key)


@router.post("/improvements/proposals")
def propose(
    request: Request, who: Ours, later: BackgroundTasks, report: Words = "", text: Words = "", reason: Words = ""
) -> Response:
    """Propose a change of a report that they see, or a new one."""
    given = {"report": report, "text": text, "reason": reason}
    return _proposed(request, who, later, "new", given, lambda: proposing.propose(who, report, text, reason))


@router.post("/improvements/proposals/{key}")
def answer(
    request: Request,
    who: Ours,
    later: BackgroundTasks,
    key: str,
    state: Annotated[Literal["taken_up", "declined"], Form()],
    answer: Words = "",
) -> Response:
    """Take a proposal up, or decline it: the report manager's."""
    given = {"state": state, "answer": answer}
    return _proposed(request, who, later, key, given, lambda: proposing.answer(who, key, state, answer))


def _proposed(
    request: Request, who: Viewer, later: BackgroundTasks, key: str, given: dict[str, str], act: Callable[[], str]
) -> Response:
    try:
        done = act()
    except proposing.RefusedError as error:
        return _page(request, who, refused=Refused(key, error.why, given))
    later.add_task(proposing.notify)
    return _back(request, done)


def _page(
    request: Request, who: Viewer, *, refused: Refused | None = None, shows_all: bool = False, done: str = ""
) -> HTMLResponse:
    people, now = report_list(), dt.datetime.now(dt.UTC)
    since = None if shows_all else now - SHOWN_FOR
    lines = _lines(who, people, register().improvements(open_at=since))
    proposals = proposing.shown(who, people, register())
    keys = {*(line.item.key for line in lines), *(one.key for one in proposals)}
    return page(
        request,
        who,
        "improvements",
        200 if refused is None else 409 if refused.why in ("closed", "answered") else 422,
        open=sorted(
            (one for one in lines if one.item.state == "open"), key=lambda one: (one.owner.en, one.item.due_on)
        ),
        closed=sorted((one for one in lines if one.item.state != "open"), key=_closed_first, reverse=True),
        proposals=proposals,
        reports=proposing.reports(who, people),
        decides=people.report_manager in who.keys,
        titles={entry.key: entry.title for entry in people.reports},
        now=now,
        refused=refused,
        done=done if done in keys else "",
        shows_all=shows_all,
        longest=LONGEST,
    )


def _closed_first(line: Line) -> tuple[str, str]:
    return line.item.period, line.item.key


def _lines(who: Viewer, people: ReportList, items: list[Improvement]) -> list[Line]:
    """The items that they see: their own, and those of reports that they see."""
    entries: dict[str, Entry] = {entry.key: entry for entry in people.reports}
    entries |= {entry.was: entry for entry in people.reports if entry.was}
    readable = {key: who.may_see(entry, people) and who.may_read(entry.key) for key, entry in entries.items()}
    return [
        _line(who, people, one, entries.get(one.report))
        for one in items
        if who.sees_all or one.owner in who.keys or readable.get(one.report, False)
    ]


def _line(who: Viewer, people: ReportList, item: Improvement, entry: Entry | None) -> Line:
    owner = people.people.get(item.owner)
    hands = {item.owner, people.report_manager, *((entry.author,) if entry else ())}
    return Line(
        item=item,
        title=entry.title if entry else text(item.report, item.report),
        owner=owner.title if owner else text(item.owner, item.owner),
        may_change=bool(who.keys & hands),
    )


def _problem(item: Improvement, said: str, state: str, day: str) -> str:
    """Why this cannot be done with the item; empty where it can."""
    if not said:
        return "empty"
    if len(said) > LONGEST:
        return "long"
    if state != "moved":
        return ""
    try:
        to = dt.date.fromisoformat(day)
    except ValueError:
        return "day"
    return "" if item.raised_on <= to <= LATEST else "early"


def _back(request: Request, key: str) -> Response:
    """To the page again, so that loading it again sends nothing twice."""
    root = str(request.scope.get("root_path", "")).removesuffix(links.PORTAL)
    return RedirectResponse(f"{root}{links.improvements_path()}?done={key}#{key}", 303)
