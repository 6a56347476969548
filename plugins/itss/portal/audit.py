"""The last protocol of the audit: for the report manager and auditors, who see everything."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from itss.portal.page import page
from itss.portal.state import register
from itss.portal.viewer import Who

router = APIRouter()


@router.get("/audit")
def show(request: Request, who: Who) -> HTMLResponse:
    """What the monthly audit found last, when, and by which version; 403 for whoever does not see all reports."""
    from itss.audit import on_record  # brings pandas

    if not who.sees_all:
        raise HTTPException(403, f"{who.name} may not see the audit.")
    found = on_record.last(register())
    at, protocol = found if found else (None, None)
    return page(request, who, "audit", at=at, protocol=protocol)
