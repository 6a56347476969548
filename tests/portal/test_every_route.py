"""Who may call which route of the portal: a table of all of them, held against the app's own routes.

A route that is added without a row here fails the test, and so does a row whose route is gone.
"""

from __future__ import annotations

import copy
import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import pytest
from act_house import REF, change_list, record, reviewed
from fastapi.routing import APIRoute
from itss import steps
from itss.portal.app import portal
from itss.register import Item
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
INSIDERS = CONCERNED - {"reader"}
"""Who reads a report before it is released."""
ALL_SEEING = frozenset({"report manager", "auditor"})
PROVIDERS = frozenset({"collector", "author", "report manager"})
REVISION = f"/reports/{KEY}/{PERIOD}/r02"
FIGURE = "process=incident&measure=opened"
OWED = f"/hand-in/capacity_monthly/{PERIOD}"
DONE = frozenset({303, 409})  # 409: somebody who came first has done it


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
    ("GET", "/looks/portal.css"): Row("/looks/portal.css", SIGNED_IN),
    ("GET", "/looks/portal.js"): Row("/looks/portal.js", SIGNED_IN),
    ("GET", "/reports/{report}/{period}/{number}"): Row(REVISION, INSIDERS),
    ("GET", "/reports/{report}/{period}/{number}/files/{name:path}"): Row(f"{REVISION}/files/report.html", INSIDERS),
    ("GET", "/reports/{report}/{period}/{number}/rows"): Row(f"{REVISION}/rows?{FIGURE}", INSIDERS),
    ("GET", "/reports/{report}/{period}/{number}/rows.csv"): Row(f"{REVISION}/rows.csv?{FIGURE}", INSIDERS),
    ("GET", "/reports/{report}/{period}/{number}/review"): Row(f"{REVISION}/review", INSIDERS),
    ("GET", "/hand-in"): Row("/hand-in", SIGNED_IN),
    ("GET", "/hand-in/{report}/{period}"): Row(OWED, PROVIDERS),
    ("GET", "/hand-in/{report}/{period}/{process}/template"): Row(f"{OWED}/capacity/template", PROVIDERS),
    ("GET", "/hand-in/{report}/{period}/{process}/refused/{folder}"): Row(
        f"{OWED}/capacity/refused/none", PROVIDERS, frozenset({404})
    ),
    ("POST", "/hand-in/{report}/{period}/{process}"): Row(f"{OWED}/capacity", PROVIDERS, frozenset({400, 422})),
    ("GET", "/improvements"): Row("/improvements", SIGNED_IN),
    ("POST", "/improvements/items/{key}"): Row(
        f"/improvements/items/{KEY}-{PERIOD}-1",
        frozenset({"reader", "author", "report manager"}),  # the reader owns it
        DONE,
        {"state": "done", "result": "installed"},
    ),
    ("POST", "/improvements/proposals"): Row(
        "/improvements/proposals", CONCERNED, DONE, {"report": KEY, "text": "By week", "reason": "We plan by week"}
    ),
    ("POST", "/improvements/proposals/{key}"): Row(
        "/improvements/proposals/proposal-1",
        frozenset({"report manager"}),
        DONE,
        {"state": "declined", "answer": "Not now"},
    ),
    ("GET", "/audit"): Row("/audit", ALL_SEEING),
    ("GET", "/api/check"): Row("/api/check?user=report_author", ALL_SEEING),
}
SAFE = frozenset({"GET", "HEAD"})


@pytest.fixture
def asked(house):
    """A report with an item to improve, its second revision in approval; a proposal; data that is owed."""
    change_list(house, _owe)
    reviewed(Item("Second mail server", "process_manager", dt.date(2199, 1, 1)))
    record().fail(REF, "its run is gone")
    record().supersede(REF, "its run is gone")
    record().propose(KEY, "By week", "We plan by week", "process_manager")
    job, _ = draft("run-2")
    steps.ask(job, "initial_review")


def _owe(document):
    entry = copy.deepcopy(document["reports"][0])
    entry |= {"key": "capacity_monthly", "data_source": {"capacity": {"hand_in": True, "timezone": "UTC"}}}
    document["reports"].append(entry | {"dimensions": ["resource"]})


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
        "a token that is no ASCII": {"token": author.token()[:-1] + "é"},
        "a token of very many digits": {"token": "9" * 4000 + ".x"},
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
