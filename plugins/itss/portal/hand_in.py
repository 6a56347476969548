"""Hand in."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from itss.portal.page import page
from itss.portal.viewer import Who

router = APIRouter()


@router.get("/hand-in")
def show(request: Request, who: Who) -> HTMLResponse:
    """Hand in."""
    return page(request, who, "hand_in")
