"""The style sheet and the one script of the pages, from ``include/templates/portal``."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from itss.settings import settings

router = APIRouter()
_TYPES = {"portal.css": "text/css; charset=utf-8", "portal.js": "text/javascript; charset=utf-8"}


@router.get("/looks/portal.css")
def style() -> Response:
    """How the pages look."""
    return _file("portal.css")


@router.get("/looks/portal.js")
def script() -> Response:
    """What the pages do: follow the UI's language, answer, filter."""
    return _file("portal.js")


def _file(name: str) -> Response:
    text = (settings().shipped / "templates" / "portal" / name).read_bytes()
    return Response(text, media_type=_TYPES[name], headers={"Cache-Control": "private, max-age=300"})
