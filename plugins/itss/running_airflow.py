"""Asks a running Airflow about the list: whether its users exist and may answer, and whether its connections do.

The portal answers (`itss.portal.known`), for Airflow's own API knows neither connections of the environment nor who may
answer. Surprise: a user or a token comes from the environment and is never shown, nor is an answer that is not ours.
"""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from itss.errors import ConfigurationError
from itss.links import PORTAL
from itss.problems import Fault, Loc, Problem
from itss.report_list.models import Entry, ReportList
from itss.settings import Settings
from itss.yaml_file import Document

TOKEN, USER, PASSWORD = "ITSS_AIRFLOW_TOKEN", "ITSS_AIRFLOW_USER", "ITSS_AIRFLOW_PASSWORD"
AT_ONCE = 100
TIMEOUT_S = 60
_SIGN_IN = f"Set {USER} and {PASSWORD}, or {TOKEN}, to those of the report manager or somebody who sees every report."


def airflow_problems(path: Path, document: Document, people: ReportList, place: Settings, url: str) -> list[Problem]:
    """What the Airflow at ``url`` lacks for the list in ``path``; that it cannot be asked is a problem, too."""
    users, answers, connections = _users(people), _answers(people), _connections(document, people, place)
    try:
        said = _asked(url.rstrip("/"), list(users), list(answers), list(connections))
    except ConfigurationError as error:
        return [Problem(path, 1, "", error.what, error.remedy)]
    faults = [*_of_users(said, users, answers)]
    for name in said["unknown_connections"]:
        for loc in connections[name]:
            message = f"Airflow knows no connection '{name}'."
            faults.append(Fault(loc, message, f"Add it under Admin, Connections, or set AIRFLOW_CONN_{name.upper()}."))
    return [document.problem(fault) for fault in faults]


def _of_users(said: Mapping[str, Any], users: Mapping[str, Loc], answers: Mapping[str, Loc]) -> Iterator[Fault]:
    if not said["is_asked"]:
        message = f"Airflow's {said['auth_manager']} cannot be asked who its users are."
        yield Fault(("people",), message, "Try the sign-in of each person yourself.")
    for name in said["unknown_users"]:
        message = f"Airflow's {said['auth_manager']} knows no user '{name}', or they are not active."
        yield Fault(users[name], message, "Write the name by which they sign in, or create the user.")
    told: set[str] = set()
    for pair in said["may_not_answer"]:
        report, _, name = pair.partition("/")
        if name not in told:
            told.add(name)
            reports = sum(one.endswith(f"/{name}") for one in said["may_not_answer"])
            more = f" and {reports - 1} more of their reports" if reports > 1 else ""
            message = f"Airflow does not let '{name}' answer the tasks of '{report}'{more}."
            remedy = "Give them the role user, or with FAB: can_edit on the DAG and on HITL Detail."
            yield Fault(answers[pair], message, remedy)


def _users(people: ReportList) -> dict[str, Loc]:
    """By name, where the list has it."""
    return {one.user: ("people", key, "user") for key, one in people.people.items() if one.user}


def _answers(people: ReportList) -> dict[str, Loc]:
    """Who is asked by which report, as ``report/user``."""
    users = _users(people)
    asked = ((entry, person.user) for entry in people.reports for person in people.asked(_keys(entry, people)))
    return {f"{entry.key}/{user}": users[user] for entry, user in asked if user}


def _keys(entry: Entry, people: ReportList) -> list[str]:
    keys = [key for level in entry.approval for key in level.approvers]
    return list(dict.fromkeys([entry.author, *keys, *(people.reviewer_keys(entry) if entry.review else ())]))


def _connections(document: Document, people: ReportList, place: Settings) -> dict[str, list[Loc]]:
    """By id, everywhere where the list or the settings name it: sources, stores, mail and chat."""
    found: dict[str, list[Loc]] = {place.smtp_connection: [()]}
    for key, person in people.people.items():
        if chat := getattr(person, "chat", None):
            found.setdefault(chat, []).append(("people", key, "chat"))
    places = [value.get("key") if isinstance(value, dict) else None for value in document.data["reports"]]
    for entry in people.reports:
        loc: Loc = ("reports", places.index(entry.key))
        if name := _of_store(entry.distribution.folder):
            found.setdefault(name, []).append((*loc, "distribution", "folder"))
        for process, source in entry.data_source.items():
            for field, name in (("connection", source.connection), ("file", _of_store(source.file))):
                if name:
                    found.setdefault(name, []).append((*loc, "data_source", process, field))
    return found


def _of_store(url: str | None) -> str | None:
    return urlsplit(url).username if url and "://" in url else None


def _asked(url: str, users: Sequence[str], answers: Sequence[str], connections: Sequence[str]) -> dict[str, Any]:
    """What the portal says of all of it; `ConfigurationError` with the reason why it cannot be asked."""
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise ConfigurationError(f"'{url}' is no address of Airflow.", "Write it like --airflow http://localhost:8080.")
    token = os.environ.get(TOKEN) or _sign_in(url)
    lists: dict[str, Any] = {"unknown_users": [], "may_not_answer": [], "unknown_connections": []}
    asked = {"user": users, "answers": answers, "connection": connections}
    said: dict[str, Any] = {}
    for start in range(0, max(map(len, asked.values()), default=0), AT_ONCE):
        query = urlencode({name: values[start : start + AT_ONCE] for name, values in asked.items()}, doseq=True)
        said = _call(f"{url}{PORTAL}/api/check?{query}", {"Authorization": f"Bearer {token}"})
        for name, found in lists.items():
            found += said[name]
    return said | lists


def _sign_in(url: str) -> str:
    user, password = os.environ.get(USER, ""), os.environ.get(PASSWORD, "")
    if not user or not password:
        raise ConfigurationError(f"Airflow at {url} has to be asked as somebody.", _SIGN_IN)
    body = json.dumps({"username": user, "password": password}).encode()
    return str(_call(f"{url}/auth/token", {"Content-Type": "application/json"}, body)["access_token"])


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nothing: a token is for the address that was given, and for no other."""

    def redirect_request(self, *_: object) -> None:
        return None


def _call(url: str, headers: Mapping[str, str], body: bytes | None = None) -> dict[str, Any]:
    is_near = urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")
    proxies = [urllib.request.ProxyHandler({})] if is_near else []
    request = urllib.request.Request(url, body, {"Accept": "application/json", **headers})  # noqa: S310 - http alone
    place = url.partition("?")[0]
    try:
        with urllib.request.build_opener(_NoRedirect, *proxies).open(request, timeout=TIMEOUT_S) as answer:
            said: dict[str, Any] = json.loads(answer.read())
    except urllib.error.HTTPError as error:
        raise ConfigurationError(f"{place} answered {error.code}.", _REMEDIES.get(error.code, _ELSE)) from None
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{place} gave no answer of Airflow ({type(error).__name__}).", _ELSE) from None
    return said


_ELSE = "Name the address of the API server, e.g. --airflow http://localhost:8080, and see its log."
_REMEDIES = {
    401: _SIGN_IN,
    403: _SIGN_IN,
    404: "Install this product's plugin in that Airflow, or name the address of its API server.",
}
