"""The board: entries × periods."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from itss.portal.page import page
from itss.portal.viewer import Who

router = APIRouter()


@router.get("/")
def show(request: Request, who: Who) -> HTMLResponse:
    """The board: entries × periods."""
    return page(request, who, "board")
