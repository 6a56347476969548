"""Only our own pages change anything: a request that does must come from our origin, with the token of its form.

The cookie of the session travels with a request that another site makes; the token does not, and the browser says the
origin itself (OWASP, cross-site request forgery).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request

from itss.portal import airflow_api
from itss.portal.viewer import Viewer, Who

HEADER, FIELD = "X-ITSS-Token", "token"
LASTS_S = 12 * 3600
_UNTIL = re.compile("[0-9]{1,12}")


def token(who: Viewer, now: float | None = None) -> str:
    """The token in the forms of ``who``, good for 12 hours."""
    until = int((time.time() if now is None else now) + LASTS_S)
    return f"{until}.{_sign(who.name, until)}"


async def ours(request: Request, who: Who) -> Viewer:
    """The dependency of every route that changes something: who asks; 403 unless one of our pages does."""
    origin, host = request.headers.get("origin"), request.headers.get("host", "")
    if origin is None or urlsplit(origin).netloc != host:
        raise HTTPException(403, "This request does not come from a page of the portal.")
    given = request.headers.get(HEADER) or str((await request.form()).get(FIELD, ""))
    until, _, signature = given.partition(".")
    if not _UNTIL.fullmatch(until) or not hmac.compare_digest(signature.encode(), _sign(who.name, int(until)).encode()):
        raise HTTPException(403, "The token of this form is missing or not yours. Load the page again.")
    if int(until) < time.time():
        raise HTTPException(403, "This form is older than 12 hours. Load the page again.")
    return who


Ours = Annotated[Viewer, Depends(ours)]


def _sign(name: str, until: int) -> str:
    key = airflow_api.secret_key().encode()
    return hmac.new(key, f"itss portal\0{name}\0{until}".encode(), hashlib.sha256).hexdigest()
