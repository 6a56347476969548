"""Airflow with the auth manager of FAB, where a person's id is a number: the list names people as they sign in.

Its own Airflow, with real users and roles in FAB's tables.
"""

from __future__ import annotations

import importlib.metadata
import json
import secrets
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from flow_list import LIST, write_incidents
from house import GOOD, House
from itss.cli import main as itss
from itss.register import Register
from itss.settings import Settings, settings
from itss.standalone.embedded import Embedded
from itss.standalone.prepare import report_list
from itss.standalone.rest import Client, RestError, run_path
from itss.standalone.sink import MailSink

pytestmark = [pytest.mark.flow, pytest.mark.long]

PERIOD = "2026-08"
CLERK, CHIEF, MANAGER = "head_of_department", "management_representative", "report_manager"
STRANGER, AUDITOR, OUTSIDER, READER = "stranger", "auditor", "service_level_manager", "report_author"
WATCHER = "service_user"
AUTH_MANAGER = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"
SEES_ALL = [["can_read", "ITSS Reports"], ["can_read", "DAGs"], ["can_read", "Website"]]
READS = ("DAGs", "DAG Runs", "Task Instances", "DAG Versions", "XComs", "ImportError")
"""What the service user of the watch may read, and no more; `Pools` where the list has some."""
ROLES = {
    MANAGER: "Admin",
    CLERK: "User",
    CHIEF: "User",
    STRANGER: "User",
    AUDITOR: "ITSS auditor",
    WATCHER: "ITSS watcher",
    OUTSIDER: "Public",  # a recipient in the list, to whom Airflow shows no DAG
    READER: "Viewer",  # the author, who could not answer
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("fab")
    shutil.copytree(LIST, folder / "list")
    write_incidents(folder / "list" / "good.csv", resolved_after_h=5)
    path = folder / "list" / "report_list.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document["reports"] = [entry for entry in document["reports"] if entry["key"] == GOOD]
    document["people"][OUTSIDER]["user"] = OUTSIDER
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ITSS_VAR", str(folder / "var"))
        environment.setenv("ITSS_REPORT_LIST", str(path))
        return settings()


@pytest.fixture(scope="module")
def passwords() -> dict[str, str]:
    return {name: secrets.token_urlsafe(12) for name in ROLES}


@pytest.fixture(scope="module")
def house(place: Settings, passwords: dict[str, str]) -> Iterator[House]:
    Register(place.register_url).upgrade()
    reports = report_list(place)
    more = {"ITSS_RETRY_DELAY_S": "1", "AIRFLOW__CORE__AUTH_MANAGER": AUTH_MANAGER}
    with MailSink(place.var / "mail") as sink:
        airflow = Embedded(place, reports, sink.port, more)
        airflow._passwords.update(passwords)
        _run(airflow, "-m", "airflow", "db", "migrate")
        users = {name: [role, airflow.users()[name]] for name, role in ROLES.items()}
        script = Path(__file__).with_name("fab_users.py")
        roles = {"ITSS auditor": SEES_ALL, "ITSS watcher": [["can_read", name] for name in READS]}
        _run(airflow, str(script), given=json.dumps({"roles": roles, "users": users}))
        (airflow.home / "migrated").write_text(importlib.metadata.version("apache-airflow"))
        with airflow:
            yield House(place, reports, airflow, sink.port)


def _run(airflow: Embedded, *command: str, given: str = "") -> str:
    """Run Python in the environment of this Airflow; what it printed."""
    done = subprocess.run(
        [sys.executable, *command], env=airflow.environment, input=given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def client(house: House, name: str) -> Client:
    return house.airflow.client(name)


def page(house: House, name: str, path: str) -> int:
    """The status of a page of the portal, as this person sees it."""
    signed_in = client(house, name)
    signed_in.get("/version")
    headers = {"Authorization": f"Bearer {signed_in._token}", "Accept": "text/html"}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(house.airflow.base + path, headers=headers), timeout=90) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_both_levels_sign_in_by_name_and_nobody_else_may(house: House) -> None:
    watch = house.start(GOOD, PERIOD)
    path = f"{run_path(GOOD, watch.run)}/taskInstances/initial_review/-1/hitlDetails"
    states = {}

    def asked() -> bool:
        states.update({task["task_id"]: task["state"] for task in client(house, MANAGER).tasks(GOOD, watch.run)})
        return states.get("initial_review") == "awaiting_input"

    house.airflow.wait(asked, 600, "the initial review")
    content = client(house, MANAGER).get(path)["params"]["content"]["value"]
    body = {"chosen_options": ["Approve"], "params_input": {"comment": None, "content": content}}
    for name in (STRANGER, CHIEF, READER):
        with pytest.raises(RestError) as refused:
            client(house, name).patch(path, body)
        assert refused.value.status == 403, name
    assert house.answer(watch, {"initial_review": "Approve", "approval": "Approve"}) == "success"
    decisions = house.register.all_decisions(house.register.latest(GOOD, PERIOD).ref)
    assert [(one.level, one.who_id) for one in decisions] == [("initial_review", CLERK), ("approval", CHIEF)]


def test_who_sees_a_report_is_asked_of_fab_too(house: House) -> None:
    if house.register.latest(GOOD, PERIOD) is None:
        house.airflow.wait(lambda: house.register.latest(GOOD, PERIOD) is not None, 300, "the revision")
    path = f"/itss/reports/{GOOD}/{PERIOD}/1"
    seen = {name: page(house, name, path) for name in ROLES}
    theirs = dict.fromkeys([MANAGER, CLERK, CHIEF, READER, AUDITOR], 200)
    assert seen == theirs | dict.fromkeys([STRANGER, OUTSIDER, WATCHER], 403)


def test_names_become_numbers(house: House) -> None:
    ask = (
        "from airflow.api_fastapi.app import create_auth_manager; create_auth_manager().init();"
        "from itss.portal.airflow_api import ids_of; import json, sys;"
        "print('ids', json.dumps(ids_of(json.load(sys.stdin))))"
    )
    said = _run(house.airflow, "-c", ask, given=json.dumps([*ROLES, "nobody_at_all", CLERK.upper()]))
    ids = json.loads(next(line for line in said.splitlines() if line.startswith("ids ")).removeprefix("ids "))
    assert ids.keys() == ROLES.keys()
    assert sorted(ids.values(), key=int) == [str(number) for number in range(1, len(ROLES) + 1)]


def test_check_asks_fab(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    listed = tmp_path / "list"
    shutil.copytree(house.place.report_list.parent, listed)
    document = yaml.safe_load((listed / "report_list.yaml").read_text(encoding="utf-8"))
    document["people"]["customer_representative"]["user"] = "nobody_at_all"
    (listed / "report_list.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")

    def check(name: str) -> list[str]:
        monkeypatch.setenv("ITSS_AIRFLOW_USER", name)
        monkeypatch.setenv("ITSS_AIRFLOW_PASSWORD", house.airflow.users()[name])
        assert itss(["check", "--list", str(listed / "report_list.yaml"), "--airflow", house.airflow.base]) == 1
        said = capsys.readouterr().out
        assert house.airflow.users()[name] not in said
        return [line for line in said.splitlines() if "report_list.yaml:" in line]

    for name in (MANAGER, AUDITOR):
        unknown, refused = sorted(check(name), key=lambda line: "does not let" in line)
        assert "people.customer_representative.user: Airflow's FabAuthManager knows no user 'nobody_at_all'" in unknown
        assert f"people.{READER}.user: Airflow does not let '{READER}' answer the tasks of '{GOOD}'" in refused
    (problem,) = check(STRANGER)
    assert "/itss/api/check answered 403" in problem


def test_the_watch_asks_fab_with_no_more_than_the_rights_that_are_documented(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "security.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in page.partition("### The service user")[2] for name in READS)
    monkeypatch.setenv("ITSS_VAR", str(house.place.var))
    monkeypatch.setenv("ITSS_REPORT_LIST", str(house.place.report_list))

    def said(name: str) -> list[str]:
        monkeypatch.setenv("ITSS_AIRFLOW_USER", name)
        monkeypatch.setenv("ITSS_AIRFLOW_PASSWORD", house.airflow.users()[name])
        itss(["watch", "--airflow", house.airflow.base])
        return [line for line in capsys.readouterr().out.splitlines() if line.startswith("airflow ")]

    house.airflow.wait(lambda: house.airflow.client().get(f"/dags/{GOOD}")["is_stale"] is False, 180, GOOD)
    run = house.start_anew(GOOD, "2026-05").run
    opened = f"{run_path(GOOD, run)}/taskInstances/open"
    house.airflow.wait(lambda: house.airflow.client().get(opened)["state"] == "success", 240, "the task open")
    assert said(WATCHER) == []
    (line,) = said(OUTSIDER)
    assert "Airflow could not be asked" in line
    assert "answered 403" in line
    house.airflow.client().patch(run_path(GOOD, run), {"state": "failed"})
