"""The list in a git repository: a run goes on with the version that it was opened by, whatever was committed since.

Its own Airflow, whose DAGs come by `GitDagBundle` of a repository with `dags/` and `include/`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from flow_list import LIST, write_incidents
from house import GOOD, House
from itss.audit.versions import audit
from itss.cli import main as itss
from itss.ref import Ref
from itss.register import Register
from itss.settings import Settings, settings
from itss.standalone import embedded, rest
from itss.standalone.embedded import Embedded
from itss.standalone.prepare import report_list
from itss.standalone.progress import Watch
from itss.standalone.rest import run_path
from itss.standalone.sink import MailSink

pytestmark = [pytest.mark.flow, pytest.mark.long]

ROOT = Path(__file__).resolve().parents[2]
GIT = "airflow.providers.git.bundles.git.GitDagBundle"
HELD, SWITCHED, NEXT = "2026-07", "2026-06", "2026-05"
SIGNED = {"initial_review": "Approve", "approval": "Approve"}
FIRST = {"customer_representative@example.com", "service_level_manager@example.com"}
LATER = {"report_manager@example.com"}


class Repository:
    """What the owners of the list commit to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.include = folder / "include"
        others = shutil.ignore_patterns("__pycache__", "service_reports_[!0]*", "service_reports_0[!0]*")
        shutil.copytree(ROOT / "dags", folder / "dags", ignore=others)
        shutil.copytree(LIST, self.include)
        write_incidents(self.include / "good.csv", resolved_after_h=5)
        self._git("init", "--quiet", "--initial-branch", "main")

    def commit(self, words: str, change: Callable[[dict[str, Any]], Any]) -> str:
        """Change the list, and say ``words`` in the template; returns the commit."""
        path = self.include / "report_list.yaml"
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        change(document)
        path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
        template = self.include / "templates" / "mine" / "report.zh-CN.md.j2"
        template.parent.mkdir(parents=True, exist_ok=True)
        front = f"{{% block front %}}\n{words}\n\n{{{{ super() }}}}\n{{% endblock %}}"
        template.write_text(f'{{% extends "customer" %}}\n{front}\n', encoding="utf-8")
        self._git("add", "--all")
        self._git("-c", "user.name=owner", "-c", "user.email=owner@example.com", "commit", "--quiet", "-m", words)
        return self._git("rev-parse", "HEAD")

    def _git(self, *words: str) -> str:
        done = subprocess.run(["git", "-C", self.folder, *words], check=True, capture_output=True, text=True)
        return done.stdout.strip()


def _begin(document: dict[str, Any]) -> None:
    document["reports"] = [one | {"template": "mine"} for one in document["reports"] if one["key"] == GOOD]


def _go_on(document: dict[str, Any]) -> None:
    document["reports"][0]["distribution"]["recipients"] = ["report_manager"]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp("bundle") / "repository")


@pytest.fixture(scope="module")
def first(repository: Repository) -> str:
    return repository.commit("WORDS-OF-A", _begin)


@pytest.fixture(scope="module")
def place(repository: Repository, first: str) -> Settings:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ITSS_HOME", str(repository.folder))
        environment.setenv("ITSS_VAR", str(repository.folder.parent / "var"))
        environment.delenv("ITSS_REPORT_LIST", raising=False)
        return settings()


@pytest.fixture(scope="module")
def house(place: Settings, repository: Repository) -> Iterator[House]:
    Register(place.register_url).upgrade()
    bundle = {"repo_url": str(repository.folder), "tracking_ref": "main", "subdir": "dags", "refresh_interval": 10}
    more = {
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(
            [{"name": "reports", "classpath": GIT, "kwargs": bundle}]
        ),
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(place.var.parent / "bundles"),
        "AIRFLOW__DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL": "1",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "15",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "120",  # a machine under load answers late
        "ITSS_REPORT_LIST": "include",  # relative: that of the bundle for DAGs and tasks, that of ITSS_HOME for others
        # where nobody may read from: a folder without a list
        "ITSS_HOME": str(place.var.parent / "elsewhere"),
        "ITSS_RETRY_DELAY_S": "1",
    }
    reports = report_list(place)
    with pytest.MonkeyPatch.context() as patience:
        patience.setattr(embedded, "START_TIMEOUT_S", 600)
        patience.setattr(rest, "TIMEOUT_S", 300)
        with MailSink(place.var / "mail") as sink, Embedded(place, reports, sink.port, more) as airflow:
            yield House(place, reports, airflow, sink.port)


@pytest.fixture(scope="module")
def later(house: House, repository: Repository, runs: dict[str, Watch]) -> str:
    """The second version, fetched and read while the runs wait for their approvers."""
    query = repository.include / "sql" / "export" / "incident.sql"
    query.write_text(query.read_text().rstrip() + "\nWHERE id NOT LIKE '%06'\n")
    agreement = repository.include / "agreements" / "plain.yaml"
    agreement.write_text(agreement.read_text().replace('version: "1"', 'version: "2"'))
    commit = repository.commit("WORDS-OF-B", _go_on)
    house.airflow.wait(lambda: _newest(house) == commit, 600, "the second version")
    house.airflow.client().patch(f"/dags/{GOOD}", {"is_paused": False})
    return commit


@pytest.fixture(scope="module")
def runs(house: House) -> dict[str, Watch]:
    """Two runs of the first version: one that somebody is asked about, and one that has not begun."""
    client = house.airflow.client()
    house.airflow.wait(lambda: GOOD in {dag["dag_id"] for dag in client.get("/dags", limit=100)["dags"]}, 300, GOOD)
    switched = house.start(GOOD, SWITCHED)
    house.airflow.wait(lambda: _asked(switched), 600, SWITCHED)
    client.patch(f"/dags/{GOOD}", {"is_paused": True})
    return {SWITCHED: switched, HELD: house.start_anew(GOOD, HELD)}


def test_a_run_in_flight_is_no_alarm(
    house: House, later: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("report_list", "report_take_up", "report_audit"):
        house.airflow.client().patch(f"/dags/{name}", {"is_paused": True})  # that alone is an alarm
    monkeypatch.setenv("ITSS_VAR", str(house.place.var))
    monkeypatch.setenv("ITSS_HOME", str(house.place.home))
    monkeypatch.setenv("ITSS_PARSED_WITHIN_S", "0")
    monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT", "600")
    monkeypatch.setenv("AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT", "0")
    monkeypatch.setenv("ITSS_AIRFLOW_USER", "report_manager")
    monkeypatch.setenv("ITSS_AIRFLOW_PASSWORD", house.airflow.users()["report_manager"])
    itss(["watch", "--airflow", house.airflow.base])
    said = capsys.readouterr()
    assert str(house.place.report_list) in said.err, "the command names the list that it reads"
    lines = [line for line in said.out.splitlines() if line.startswith("airflow ")]
    assert any("3 DAG(s) are paused" in line for line in lines), "Airflow was asked"
    words = ("another", "lacks", "not in the list", "worker")
    assert [line for line in lines if any(word in line for word in words)] == []


def test_a_run_begins_with_the_version_that_it_was_made_by(
    house: House, runs: dict[str, Watch], first: str, later: str
) -> None:
    """All of its steps come after the second version, and each reads the files of the first."""
    assert house.answer(runs[HELD], SIGNED) == "success"
    _is_of_first(house, Ref(GOOD, HELD, 1))
    assert _bundles(house, Ref(GOOD, HELD, 1)) == [first]


def test_a_run_that_is_cleared_with_the_latest_version_shows_it(
    house: House, runs: dict[str, Watch], first: str, later: str
) -> None:
    _clear_with_latest(house, runs[SWITCHED], "render")
    assert house.answer(runs[SWITCHED], SIGNED) == "success"
    ref = Ref(GOOD, SWITCHED, 1)
    _is_of_first(house, ref)
    assert _bundles(house, ref) == [first, later]
    assert _manifest(house, ref)["facts"]["bundle_versions"] == {
        "open": first,
        "rendered": first,  # once more by B, and the very same: no line
        "released": later,
        "delivered": later,
        "sealed": later,
    }


def test_the_next_run_is_of_the_next_version(house: House, later: str) -> None:
    watch, ref = house.start(GOOD, NEXT), Ref(GOOD, NEXT, 1)
    assert house.answer(watch, SIGNED) == "success"
    assert {one.address for one in house.register.deliveries(ref)} == LATER
    assert house.register.revision(ref).agreement_version == "2"
    assert "WORDS-OF-B" in _sealed(house, ref, "report.html")
    assert "NOT LIKE" in _sealed(house, ref, "sql/incident.sql")
    assert _bundles(house, ref) == [later]
    assert set(_manifest(house, ref)["facts"]["bundle_versions"].values()) == {later}
    assert audit(house.place).problems == []


def _is_of_first(house: House, ref: Ref) -> None:
    assert {one.address for one in house.register.deliveries(ref)} == FIRST
    assert house.register.revision(ref).agreement_version == "1"
    assert "WORDS-OF-A" in _sealed(house, ref, "report.html")
    assert "NOT LIKE" not in _sealed(house, ref, "sql/incident.sql")


def _bundles(house: House, ref: Ref) -> list[str]:
    """The versions that its lines name, in their order; those of people name none."""
    return list(
        dict.fromkeys(line.details["bundle"] for line in house.register.lines(ref.path) if "bundle" in line.details)
    )


def _sealed(house: House, ref: Ref, name: str) -> str:
    return (house.place.var / "archive" / ref.path / name).read_text(encoding="utf-8")


def _manifest(house: House, ref: Ref) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_sealed(house, ref, "manifest.json"))
    return found


def _clear_with_latest(house: House, watch: Watch, task: str) -> None:
    body = {
        "dry_run": False,
        "dag_run_id": watch.run,
        "task_ids": [task],
        "include_downstream": True,
        "only_failed": False,
        "reset_dag_runs": True,
        "run_on_latest_version": True,
    }
    house.airflow.client().post(f"/dags/{watch.dag}/clearTaskInstances", body)
    house.airflow.wait(lambda: not _asked(watch), 60, "the question to go")


def _asked(watch: Watch) -> bool:
    found = watch.airflow.client().get(f"{run_path(watch.dag, watch.run)}/taskInstances", limit=100)["task_instances"]
    return any((one["task_id"], one["state"]) == ("initial_review", "awaiting_input") for one in found)


def _newest(house: House) -> str:
    return str(house.airflow.client().get(f"/dags/{GOOD}")["bundle_version"])
