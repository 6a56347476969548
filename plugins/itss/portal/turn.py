"""My turn: everything that waits for whoever is signed in, what is overdue first."""

from __future__ import annotations

import datetime as dt

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from itss.portal.page import page
from itss.portal.state import register, report_list
from itss.portal.viewer import Who
from itss.portal.waiting import waiting

router = APIRouter()


@router.get("/turn")
def show(request: Request, who: Who) -> HTMLResponse:
    """My turn."""
    now = dt.datetime.now(dt.UTC)
    people = report_list()
    waits = waiting(who, people, register(), now)
    done = [one for one in register().unsettled() if one.user == who.name]
    titles = {entry.key: entry.title for entry in people.reports}
    return page(request, who, "turn", waits=waits, done=done, titles=titles, now=now)
