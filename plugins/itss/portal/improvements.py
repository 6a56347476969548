"""Improvements and proposals."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from itss.portal.page import page
from itss.portal.viewer import Who

router = APIRouter()


@router.get("/improvements")
def show(request: Request, who: Who) -> HTMLResponse:
    """Improvements and proposals."""
    return page(request, who, "improvements")
