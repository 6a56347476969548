"""Who may call which route of the portal: a table of all of them, held against the app's own routes.

A route that is added without a row here fails the test, and so does a row whose route is gone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi.routing import APIRoute
from itss import steps
from itss.portal.app import portal
from walk import KEY, PERIOD, draft

PEOPLE = {
    "stranger": ("bystander", "user"),
    "reader": ("process_manager", "user"),
    "approver": ("head_of_department", "user"),
    "collector": ("data_provider", "user"),
    "author": ("report_author", "user"),
    "report manager": ("report_manager", "user"),
    "auditor": ("somebody_of_audit", "op"),  # is not in the list; has the permission to see all
}
SIGNED_IN = frozenset(PEOPLE)
CONCERNED = SIGNED_IN - {"stranger"}
ALL_SEEING = frozenset({"report manager", "auditor"})
REVISION = f"/reports/{KEY}/{PERIOD}/r01"


@dataclass(frozen=True)
class Row:
    """Who may call it at ``path``; they get ``status``, a person who may not 403. ``form`` is what is posted."""

    path: str
    who: frozenset[str]
    status: frozenset[int] = frozenset({200})
    form: dict[str, Any] = field(default_factory=dict)


ROUTES: dict[tuple[str, str], Row] = {
    ("GET", "/"): Row("/", SIGNED_IN),
    ("GET", "/turn"): Row("/turn", SIGNED_IN),
    ("GET", "/hand-in"): Row("/hand-in", SIGNED_IN),
    ("GET", "/improvements"): Row("/improvements", SIGNED_IN),
    ("GET", "/audit"): Row("/audit", ALL_SEEING),
    ("GET", "/looks/portal.css"): Row("/looks/portal.css", SIGNED_IN),
    ("GET", "/looks/portal.js"): Row("/looks/portal.js", SIGNED_IN),
    ("GET", "/reports/{report}/{period}/{number}"): Row(REVISION, CONCERNED),
}
SAFE = frozenset({"GET", "HEAD"})


@pytest.fixture
def asked(house):
    """A revision that waits for its initial review."""
    job, _ = draft()
    steps.ask(job, "initial_review")


def test_the_table_has_every_route_of_the_app():
    routes = portal().routes
    assert all(isinstance(route, APIRoute) for route in routes), "something is mounted that this table cannot see"
    assert {(method, route.path) for route in routes for method in route.methods} == set(ROUTES)


def test_each_route_lets_in_whom_the_table_says_and_nobody_else(visit, asked):
    wrong = []
    for (method, route), row in ROUTES.items():
        for role, (user, airflow_role) in PEOPLE.items():
            got = _call(visit(user, airflow_role), method, row)
            expected = row.status if role in row.who else frozenset({403})
            if got not in expected:
                wrong.append(f"{method} {route} as {role}: {got}, not {sorted(expected)}")
    assert wrong == []


def test_nobody_gets_in_without_login(visit, asked):
    wrong = []
    for (method, route), row in ROUTES.items():
        if method in SAFE:
            page, other = visit("").get(row.path), visit("").get(row.path, Accept="*/*")
            if page.status_code != 303 or "next=" not in page.headers["location"]:
                wrong.append(f"{method} {route}: {page.status_code}, not to the login and back")
        else:
            other = visit("").post(row.path, row.form, token="")
        if other.status_code != 401:
            wrong.append(f"{method} {route}: {other.status_code}, not 401")
    assert wrong == []


def test_what_changes_something_wants_our_origin_and_the_token_of_the_person(visit, asked):
    author, chief = visit("report_author"), visit("head_of_department")
    forged = {
        "no token": {"token": ""},
        "a token of somebody else": {"token": chief.token()},
        "another origin": {"origin": "http://evil.example"},
        "an origin that begins like ours": {"origin": "http://testserver.evil.example"},
        "no origin": {"origin": ""},
        "a sandboxed frame": {"origin": "null"},
    }
    wrong = []
    for (method, route), row in ROUTES.items():
        if method not in SAFE:
            for name, how in forged.items():
                status = author.post(row.path, row.form, **how).status_code
                if status != 403:
                    wrong.append(f"{method} {route} with {name}: {status}, not 403")
    assert wrong == []


def _call(visitor, method, row):
    if method in SAFE:
        return visitor.get(row.path).status_code
    return visitor.post(row.path, row.form).status_code
