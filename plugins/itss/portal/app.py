"""The portal as one FastAPI app: its routes, what becomes of an error, and the headers of every answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from itss.errors import ItssError
from itss.links import PORTAL
from itss.portal import (
    airflow_api,
    audit,
    board,
    files,
    hand_in,
    improvements,
    known,
    looks,
    review,
    revision,
    rows,
    turn,
)
from itss.portal.page import POLICY, refusal
from itss.portal.resumer import resuming
from itss.portal.viewer import viewer

PAGES = (
    board.router,
    revision.router,
    files.router,
    rows.router,
    review.router,
    turn.router,
    hand_in.router,
    hand_in.uploads,
    improvements.router,
    audit.router,
    known.router,
    looks.router,
)


def portal() -> FastAPI:
    """The app. Every route of it asks who is signed in, also one that somebody adds and forgets to protect."""
    app = FastAPI(title="itss portal", docs_url=None, redoc_url=None, openapi_url=None, lifespan=resuming)
    for router in PAGES:
        app.include_router(router, dependencies=[Depends(viewer)])
    app.add_exception_handler(HTTPException, _refused)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, _unreadable)  # type: ignore[arg-type]
    app.add_exception_handler(ItssError, _failed)  # type: ignore[arg-type]
    app.middleware("http")(_headers)
    return app


def _refused(request: Request, error: HTTPException) -> Response:
    """A page without login goes to the login, and back; anything else is refused with its status and a sentence."""
    if error.status_code == 401 and request.method == "GET" and _is_for_people(request):
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(airflow_api.login_url(f"{request.url.path}{query}"), 303)
    return _said(request, error.status_code, str(error.detail))


def _unreadable(request: Request, _error: RequestValidationError) -> Response:
    return _said(request, 422, "The address or the form has a value that cannot be read.")


def _failed(request: Request, error: ItssError) -> Response:
    # the sentence is for people; paths and connections in it are for the log alone
    airflow_api.log.error("portal: %s", error)
    return _said(request, 503, "The register or the list cannot be read now. The log of the API server says why.")


def _said(request: Request, status: int, sentence: str) -> Response:
    """A page with the way back for a browser, the bare sentence for a program."""
    return refusal(request, status, sentence) if _is_for_people(request) else PlainTextResponse(sentence, status)


def _is_for_people(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


async def _headers(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call(request)
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


__all__ = ["PORTAL", "portal"]
