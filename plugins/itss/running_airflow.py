"""Asks a running Airflow about the list: whether its users exist and may answer, and its connections and pools exist.

The portal answers (`itss.portal.known`), for Airflow's own API knows neither connections of the environment nor who may
answer. Its answers are paged by `AT_ONCE` names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from itss.airflow_pools import PoolsByRest
from itss.airflow_rest import Rest, understood
from itss.errors import ConfigurationError
from itss.links import PORTAL
from itss.problems import Fault, Loc, Problem
from itss.report_list.loader import Loaded
from itss.report_list.models import Entry, ReportList
from itss.report_list.pools import pool_name
from itss.settings import Settings

AT_ONCE = 100


def airflow_problems(path: Path, loaded: Loaded, place: Settings, url: str) -> list[Problem]:
    """What the Airflow at ``url`` lacks for the list in ``path``; that it cannot be asked is a problem, too."""
    people = loaded.list
    users, answers, connections, roles = _users(people), _answers(people), _connections(loaded, place), _roles(loaded)
    asked = {"user": list(users), "answers": list(answers), "connection": list(connections), "role": list(roles)}
    try:
        said = _asked(url, asked)
    except ConfigurationError as error:
        return [Problem(path, 1, "", error.what, error.remedy)]
    faults = [*_of_users(said, users, answers), *_of_pools(people, url)]
    for name in said["unknown_connections"]:
        for loc in connections[name]:
            message = f"Airflow knows no connection '{name}'."
            faults.append(Fault(loc, message, f"Add it under Admin, Connections, or set AIRFLOW_CONN_{name.upper()}."))
    for name in said["unknown_roles"]:
        message = f"Airflow's {said['auth_manager']} has no role '{name}', so that nobody sees these DAGs by it."
        faults.append(Fault(roles[name], message, "Create it under Security, List Roles, or correct its name."))
    return sorted(map(loaded.problem, faults), key=lambda problem: problem.line)


def unknown_users(people: ReportList, url: str) -> list[str]:
    """Users of the list that Airflow does not know, by name; `ConfigurationError` where it cannot be asked."""
    said = _asked(url, {"user": list(_users(people)), "answers": [], "connection": [], "role": []})
    return sorted(said["unknown_users"])


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


def _of_pools(people: ReportList, url: str) -> Iterator[Fault]:
    """Pools of the list that there are not: the tasks that need one wait without a word."""
    if not people.pools:
        return
    try:
        known = PoolsByRest(Rest(url)).sizes()
    except ConfigurationError as error:
        yield Fault(("pools",), f"Whether Airflow has the pools is not known: {error.what}", error.remedy)
        return
    for connection, size in people.pools.items():
        there = known.get(pool_name(connection))
        if there is None:
            message = f"Airflow has no pool '{pool_name(connection)}', so nothing is collected from this connection."
            yield Fault(("pools", connection), message, "Make it: python -m itss setup.")
        elif there != size:
            message = f"The pool '{pool_name(connection)}' has {there} slots in Airflow."
            yield Fault(("pools", connection), message, "Change it: python -m itss setup.")


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


def _connections(loaded: Loaded, place: Settings) -> dict[str, list[Loc]]:
    """By id, everywhere where the list or the settings name it: sources, stores, mail and chat."""
    people = loaded.list
    found: dict[str, list[Loc]] = {place.smtp_connection: [()]}
    for key, person in people.people.items():
        if chat := getattr(person, "chat", None):
            found.setdefault(chat, []).append(("people", key, "chat"))
    for entry in people.reports:
        loc = loaded.loc(entry.key)
        if name := _of_store(entry.distribution.folder):
            found.setdefault(name, []).append((*loc, "distribution", "folder"))
        for process, source in entry.data_source.items():
            for field, name in (("connection", source.connection), ("file", _of_store(source.file))):
                if name:
                    found.setdefault(name, []).append((*loc, "data_source", process, field))
    return found


def _roles(loaded: Loaded) -> dict[str, Loc]:
    """By name, where a customer has it first."""
    found: dict[str, Loc] = {}
    for entry in loaded.list.reports:
        for number, name in enumerate(entry.customer.roles if entry.customer else ()):
            found.setdefault(name, (*loaded.loc(entry.key), "customer", "roles", number))
    return found


def _of_store(url: str | None) -> str | None:
    return urlsplit(url).username if url and "://" in url else None


def _asked(url: str, asked: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What the portal says of all of it; `ConfigurationError` with the reason why it cannot be asked."""
    rest = Rest(url)
    lists: dict[str, Any] = {"unknown_users": [], "may_not_answer": [], "unknown_connections": [], "unknown_roles": []}
    said: dict[str, Any] = {}
    for start in range(0, max(map(len, asked.values()), default=0), AT_ONCE):
        part = {name: values[start : start + AT_ONCE] for name, values in asked.items()}
        said = rest.ask(f"{PORTAL}/api/check", part)
        with understood(f"{rest.url}{PORTAL}"):
            said = {name: said[name] for name in ("is_asked", "auth_manager", *lists)}
            for name, found in lists.items():
                found += said[name]
    return said | lists
