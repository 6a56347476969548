"""My turn."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from itss.portal.page import page
from itss.portal.viewer import Who

router = APIRouter()


@router.get("/turn")
def show(request: Request, who: Who) -> HTMLResponse:
    """My turn."""
    return page(request, who, "turn")
