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
    return page(request, who, "turn", waits=waiting(who, report_list(), register(), now), now=now)
