"""A running Airflow over REST, as a service user: signs in, follows no redirect, pages through long answers.

User or token come from the environment and are never shown, nor is an answer that is not ours.
"""

from __future__ import annotations

import http.client
import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any
from urllib.parse import urlencode, urlsplit

from itss.errors import AirflowSilentError, ConfigurationError
from itss.settings import has_secret, is_address, secret

TOKEN, USER, PASSWORD = "ITSS_AIRFLOW_TOKEN", "ITSS_AIRFLOW_USER", "ITSS_AIRFLOW_PASSWORD"
TIMEOUT_S = 60
PAGE = 100
"""So many things an answer: Airflow's own limit, `[api] maximum_page_limit`."""
_LONGEST = 64 << 20
"""So many bytes of an answer are read: a page of Airflow's is a thousandth of it."""
API = "/api/v2"
_SIGN_IN = f"Set {USER} and {PASSWORD}, or {TOKEN}, to those of the report manager or somebody who sees every report."
_NEAR = ("localhost", "127.0.0.1", "::1")


def has_service_user() -> bool:
    """Whether the environment says as whom Airflow is asked; that a file cannot be read is said when it is needed."""
    return has_secret(TOKEN) or (bool(os.environ.get(USER)) and has_secret(PASSWORD))


class Rest:
    """One Airflow, by the address of its API server. Every call raises `ConfigurationError` with the remedy.

    `AirflowSilentError` is the one of them that is worth a retry.
    """

    def __init__(self, url: str) -> None:
        if "@" in url:  # whatever else it is: it may have a password in it, and is not shown
            raise ConfigurationError("The address of Airflow has a user in it.", _SIGN_IN)
        if not is_address(url):
            raise ConfigurationError(
                f"'{url}' is no address of Airflow.", "Write it like --airflow http://localhost:8080."
            )
        self.url = url.rstrip("/")

    def get(self, path: str, **query: object) -> Any:
        """The answer to a GET of ``/api/v2<path>``."""
        return self.ask(API + path, query)

    def post(self, path: str, body: object) -> Any:
        """The answer to a POST of ``body`` as JSON to ``/api/v2<path>``."""
        return self._signed("POST", API + path, body)

    def patch(self, path: str, body: object) -> Any:
        """The answer to a PATCH, likewise."""
        return self._signed("PATCH", API + path, body)

    def ask(self, path: str, query: Mapping[str, object]) -> dict[str, Any]:
        """The answer to a GET of ``path``, from the root of the server on."""
        return self._signed("GET", f"{path}?{urlencode(query, doseq=True)}" if query else path)

    def pages(self, path: str, name: str, **query: object) -> Iterator[dict[str, Any]]:
        """All of the list ``name`` in the answers to GETs, page by page, by a stable order."""
        yield from self._paged(name, lambda at: self.get(path, **query, limit=PAGE, offset=at))

    def posted_pages(self, path: str, name: str, body: Mapping[str, object]) -> Iterator[dict[str, Any]]:
        """The same of an address that is asked by POST."""
        yield from self._paged(name, lambda at: self.post(path, {**body, "page_limit": PAGE, "page_offset": at}))

    @staticmethod
    def _paged(name: str, ask: Callable[[int], dict[str, Any]]) -> Iterator[dict[str, Any]]:
        known = 0
        while True:
            said = ask(known)
            found = said[name]
            yield from found
            known += len(found)
            if not found or known >= (said.get("total_entries") or 0):
                return

    @cached_property
    def _token(self) -> str:
        if token := secret(TOKEN):
            return token
        user, password = os.environ.get(USER, ""), secret(PASSWORD)
        if not user or not password:
            raise ConfigurationError(f"Airflow at {self.url} has to be asked as somebody.", _SIGN_IN)
        given = {"username": user, "password": password}
        return str(_call("POST", f"{self.url}/auth/token", {}, given)["access_token"])

    def _signed(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        return _call(method, f"{self.url}{path}", {"Authorization": f"Bearer {self._token}"}, body)


@contextmanager
def understood(place: str) -> Iterator[None]:
    """`AirflowSilentError` where an answer lacks what it is to have: ``place`` is of another program or release."""
    try:
        yield
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        what = f"{place} gave an answer that is none of this release of Airflow ({type(error).__name__})."
        raise AirflowSilentError(what, _ELSE) from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nothing: a token is for the address that was given, and for no other."""

    def redirect_request(self, *_: object) -> None:
        return None


def _call(method: str, url: str, headers: Mapping[str, str], body: object = None) -> dict[str, Any]:
    proxies = [urllib.request.ProxyHandler({})] if urlsplit(url).hostname in _NEAR else []
    known = {"Accept": "application/json", "Content-Type": "application/json", **headers}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, known, method=method)  # noqa: S310 - http alone
    place = url.partition("?")[0]
    try:
        with urllib.request.build_opener(_NoRedirect, *proxies).open(request, timeout=TIMEOUT_S) as answer:
            said = json.loads(_whole(answer))
    except urllib.error.HTTPError as error:
        error.close()
        kind = AirflowSilentError if error.code in (408, 429) or error.code >= 500 else ConfigurationError
        raise kind(f"{place} answered {error.code}.", _REMEDIES.get(error.code, _ELSE)) from None
    except (OSError, ValueError, RecursionError, http.client.HTTPException) as error:
        raise AirflowSilentError(f"{place} gave no answer of Airflow ({type(error).__name__}).", _ELSE) from None
    if not isinstance(said, dict):
        raise AirflowSilentError(f"{place} gave no answer of Airflow.", _ELSE)
    return said


def _whole(answer: Any) -> bytes:
    data: bytes = answer.read(_LONGEST + 1)
    if len(data) > _LONGEST:
        raise ValueError("too long")
    return data


_ELSE = "Name the address of the API server, e.g. --airflow http://localhost:8080, and see its log."
_REMEDIES = {
    401: _SIGN_IN,
    403: _SIGN_IN,
    404: "Install this product's plugin in that Airflow, or name the address of its API server.",
}
