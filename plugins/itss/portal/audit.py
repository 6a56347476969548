"""The last protocol of the audit."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from itss.portal.page import page
from itss.portal.viewer import Who

router = APIRouter()


@router.get("/audit")
def show(request: Request, who: Who) -> HTMLResponse:
    """The last protocol of the audit."""
    return page(request, who, "audit")
