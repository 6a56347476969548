"""A page of the portal: its words in the reader's language, its template, the policy of what it may load."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from itss.links import PORTAL
from itss.portal.forgery import token
from itss.portal.state import report_list, zone
from itss.portal.viewer import Viewer
from itss.reports import catalogue
from itss.reports.drawing.html_templates import environment
from itss.text import Language

LANGUAGE_COOKIE = "itss_language"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; frame-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
)
"""Nothing from elsewhere, no script in the page itself."""


def language_of(request: Request) -> Language:
    """The language of the UI, which a script of ours keeps in a cookie; else that of the browser; else Chinese."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in ("zh-CN", "en"):
        return "zh-CN" if chosen == "zh-CN" else "en"
    for part in request.headers.get("accept-language", "").lower().split(","):
        if part.strip().startswith("zh"):
            return "zh-CN"
        if part.strip().startswith("en"):
            return "en"
    return "zh-CN"


def page(request: Request, who: Viewer, template: str, status: int = 200, **given: Any) -> HTMLResponse:
    """``portal/<template>.html.j2`` with ``given``, words ``t``, ``who``, ``person``, ``root``, ``here``, ``token``."""
    theirs = {"who": who, "zone": zone(), "token": token(who), "person": _person(request)}
    return _made(request, template, status, theirs | given)


def _person(request: Request) -> Callable[[str], str]:
    """The title of whoever has a key or a user's name in the list of today; else the name as it is on record."""
    people, language = report_list().people, language_of(request)
    titles = {key: one.title.of(language) for key, one in people.items()}
    titles |= {one.user: one.title.of(language) for one in people.values() if one.user}
    return lambda name: titles.get(name, name)


def refusal(request: Request, status: int, said: str) -> HTMLResponse:
    """The page that says why there is no page, and the way back; ``said`` is the sentence for those who look closer."""
    return _made(request, "refused", status, {"who": None, "zone": "", "token": "", "status": status, "said": said})


def _made(request: Request, template: str, status: int, given: dict[str, Any]) -> HTMLResponse:
    language = language_of(request)
    words = {
        "t": catalogue.load(language, "portal"),
        "language": language,
        "root": str(request.scope.get("root_path", "")).removesuffix(PORTAL),  # where Airflow itself is
        "here": request.url.path,
    }
    text = environment().get_template(f"portal/{template}.html.j2").render(words | given)
    return HTMLResponse(text, status, headers={"Content-Language": language})
