"""The page of one revision."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from itss.portal.page import page
from itss.portal.viewer import Who

router = APIRouter()


@router.get("/reports/{report}/{period}/{number}")
def show(request: Request, who: Who) -> HTMLResponse:
    """The page of one revision."""
    return page(request, who, "revision")
