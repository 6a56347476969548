"""Somebody who visits the portal, as their browser does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fastapi.testclient import TestClient
from itss.links import PORTAL

if TYPE_CHECKING:
    from fastapi import FastAPI
    from httpx import Response

ORIGIN = "http://testserver"
_TOKEN = re.compile(r'data-token="([^"]+)"')


class Visitor:
    """``user`` is the name to sign in with; empty: they are not signed in. Redirects are not followed."""

    def __init__(self, app: FastAPI, user: str, role: str, language: str) -> None:
        self.user = user
        self.client = TestClient(app, base_url=ORIGIN, follow_redirects=False)
        self.client.headers.update({"Accept": "text/html", "Accept-Language": language})
        if user:
            self.client.cookies.set("_token", _signed(user, role))

    def get(self, path: str, **headers: str) -> Response:
        """A page below ``/itss``."""
        return self.client.get(PORTAL + path, headers=headers)

    def token(self, path: str = "/turn") -> str:
        """The token of the forms, as a page has it."""
        found = _TOKEN.search(self.get(path).text)
        assert found, f"{path} has no token"
        return found[1]

    def post(self, path: str, form: dict[str, Any], *, token: str | None = None, origin: str = ORIGIN) -> Response:
        """A form as one of our pages sends it: with the token and the origin, unless others are given."""
        given = self.token() if token is None else token
        return self.client.post(PORTAL + path, data={"token": given} | form, headers={"Origin": origin})


def _signed(user: str, role: str) -> str:
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    return get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=user, role=role))
