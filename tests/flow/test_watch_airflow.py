"""`itss watch --airflow` beside a running Airflow: it is silent while all is well, and names each thing that is not.

Each test breaks one thing, of Airflow or of a copy of the list, and puts it right again. Those that wait for the DAG
processor take minutes.
"""

from __future__ import annotations

import datetime as dt
import shutil
import socket
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import yaml
from flow_list import LIST, write_incidents
from house import ASKING, BAD, GOOD, NOW, House
from itss import __version__
from itss.cli import main as itss
from itss.register import Register
from itss.settings import Settings, settings
from itss.standalone.embedded import Embedded
from itss.standalone.prepare import report_list, request
from itss.standalone.rest import Client, run_path
from itss.standalone.sink import MailSink
from itss.standalone.takeup import dag_run

pytestmark = [pytest.mark.flow, pytest.mark.long]

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 25
"""Within which the DAG processor must have read a file."""
GRACE_S = 30
"""Longer than it takes from one reading of a file to the next."""
Lines = Callable[..., list[str]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("watched")
    shutil.copytree(LIST, folder / "list")
    # one of the files with reports is enough for this list, and is read the sooner
    others = shutil.ignore_patterns("__pycache__", "service_reports_[!0]*", "service_reports_0[!0]*")
    shutil.copytree(ROOT / "dags", folder / "dags", ignore=others)
    write_incidents(folder / "list" / "good.csv", resolved_after_h=5)
    edit(folder / "list", _with_pool)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ITSS_VAR", str(folder / "var"))
        environment.setenv("ITSS_REPORT_LIST", str(folder / "list" / "report_list.yaml"))
        return settings()


@pytest.fixture(scope="module")
def house(place: Settings) -> Iterator[House]:
    Register(place.register_url).upgrade()
    reports = report_list(place)
    more = {
        "AIRFLOW__CORE__DAGS_FOLDER": str(place.var.parent / "dags"),
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "2",
        "AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT": str(LIMIT_S),
        "AIRFLOW__DAG_PROCESSOR__STALE_DAG_THRESHOLD": "10",
    }
    with MailSink(place.var / "mail") as sink, Embedded(place, reports, sink.port, more, triggerer=True) as airflow:
        yield House(place, reports, airflow, sink.port)


@pytest.fixture
def lines(house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lines:
    """What the command says of Airflow; it is asked by the list in ``folder``, after ``grace_s``."""
    monkeypatch.setenv("ITSS_VAR", str(house.place.var))
    monkeypatch.setenv("ITSS_AIRFLOW_USER", "report_manager")
    monkeypatch.setenv("ITSS_AIRFLOW_PASSWORD", house.airflow.users()["report_manager"])
    monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT", "600")  # a busy machine is not the point
    monkeypatch.setenv("AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT", "0")

    def said(folder: Path = house.place.report_list.parent, grace_s: float = 0) -> list[str]:
        monkeypatch.setenv("ITSS_PARSED_WITHIN_S", str(grace_s))
        code = itss(["watch", "--list", str(folder / "report_list.yaml"), "--airflow", house.airflow.base])
        words = capsys.readouterr().out
        assert house.airflow.users()["report_manager"] not in words
        found = [line for line in words.splitlines() if line.startswith("airflow ")]
        assert code == 1 or not found
        return found

    return said


@pytest.fixture
def copy(house: House, tmp_path: Path) -> Path:
    """Another copy of the list, as a worker may have one."""
    return Path(shutil.copytree(house.place.report_list.parent, tmp_path / "list"))


def edit(folder: Path, how: Callable[[dict[str, Any]], Any]) -> None:
    path = folder / "report_list.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    how(document)
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _with_pool(document: dict[str, Any]) -> None:
    source = {"incident": {"system": "itss", "connection": "itsm_sample"}}
    document["reports"] = [one for one in document["reports"] if one["key"] in (GOOD, BAD, ASKING)]
    document["reports"][1] |= {"data_source": source, "collection_method": "sql"}
    document["pools"] = {"itsm_sample": 3}


def _dag(client: Client, key: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/dags/{key}")
    return found


def test_it_is_silent_once_airflow_is_as_the_list_says(house: House, lines: Lines) -> None:
    client = house.airflow.client()
    house.airflow.wait(lambda: GOOD in [one["dag_id"] for one in client.get("/dags")["dags"]], 240, "the DAGs")
    house.airflow.wait(lambda: lines(grace_s=600) == [], 240, "an Airflow that has all that the list needs")
    tags = {tag["name"] for tag in _dag(house.airflow.client(), GOOD)["tags"]}
    assert len([tag for tag in tags if tag.startswith("is:") and tag.endswith(f".{__version__}")]) == 1


@pytest.mark.faults
def test_a_query_and_a_list_of_ones_own_are_seen_once_they_are_old(house: House, lines: Lines, copy: Path) -> None:
    query = copy / "sql" / "export" / "incident.sql"
    query.write_text(query.read_text(encoding="utf-8") + "-- edited\n", encoding="utf-8")

    def until(words: str) -> str:
        assert not any(words in line for line in lines(copy, 600)), "Airflow had no time yet to read it"
        found: list[str] = []

        def is_said() -> bool:
            found[:] = [line for line in lines(copy, GRACE_S) if words in line]
            return bool(found)

        house.airflow.wait(is_said, 120, words, 1)
        return found[0]

    sql = until("another SQL than is on")
    assert GOOD in sql
    assert BAD not in sql, "its query is another file"

    def change(document: dict[str, Any]) -> None:
        document["reports"][0]["history"] = 4
        document["reports"].append(document["reports"][1] | {"key": "new_monthly"})

    edit(copy, change)
    assert "new_monthly" in until("Airflow lacks 1 DAG(s) of the list")
    assert f"list and SQL than is on {socket.getfqdn()}: {GOOD}." in until("1 DAG(s) of Airflow are of another")
    edit(copy, lambda document: document.update(reports=document["reports"][:1]))
    assert BAD in until("not in the list on")


def test_a_missing_pool_and_one_of_another_size_are_named(house: House, lines: Lines) -> None:
    client = house.airflow.client()
    client.patch("/pools/itss_itsm_sample", {"slots": 1, "pool": "itss_itsm_sample", "include_deferred": False})
    assert any("pool itss_itsm_sample has 1 slots, and the list says 3" in one for one in lines(grace_s=600))
    client.delete("/pools/itss_itsm_sample")
    assert any("has no pool itss_itsm_sample" in one and "itss setup" in one for one in lines(grace_s=600))
    client.post("/pools", {"name": "itss_itsm_sample", "slots": 3})


def test_a_paused_dag_is_mailed_by_the_dag_report_watch_once(house: House, lines: Lines) -> None:
    client = house.airflow.client()
    client.patch(f"/dags/{GOOD}", {"is_paused": True})
    assert [one for one in lines(grace_s=600) if f"1 DAG(s) are paused, and nothing of theirs starts: {GOOD}" in one]
    for _ in range(2):
        run = client.post("/dags/report_watch/dagRuns", {"logical_date": None})["dag_run_id"]
        path = run_path("report_watch", run)
        house.airflow.wait(lambda path=path: client.get(path)["state"] in ("success", "failed"), 180, run)
        assert client.get(path)["state"] == "success"
    client.patch(f"/dags/{GOOD}", {"is_paused": False})
    mails = [message_from_bytes(path.read_bytes(), policy=default) for path in (house.place.var / "mail").glob("*.eml")]
    about = [one for one in mails if "Airflow 的 DAG 与列表不一致" in str(one["Subject"])]
    assert [str(one["X-Envelope-To"]) for one in about] == ["report_manager@example.com"]


def test_a_worker_that_read_other_files_is_named_with_its_host(house: House, lines: Lines) -> None:
    client = house.airflow.client()
    (version,) = client.get(f"/dags/{GOOD}/dagVersions")["dag_versions"]
    compared = dt.datetime.fromisoformat(version["created_at"]) + dt.timedelta(seconds=GRACE_S)
    house.airflow.wait(lambda: dt.datetime.now(dt.UTC) > compared, 120, "a DAG that is old enough")
    run = dag_run(house.airflow, house.register, request(house.reports, GOOD, "2026-07", NOW), house.lines.append)
    path = f"{run_path(GOOD, run)}/taskInstances/open"
    house.airflow.wait(lambda: client.get(path)["state"] == "success", 180, "the task open")
    mark = client.get(f"{path}/xcomEntries/mark")["value"]
    assert mark in {tag["name"] for tag in _dag(client, GOOD)["tags"]}
    assert not [one for one in lines(grace_s=GRACE_S) if one.startswith("airflow worker")]
    other = mark.replace(mark.split(".")[1], "00000000")
    client.patch(f"{path}/xcomEntries/mark", {"value": other})
    (line,) = [one for one in lines(grace_s=GRACE_S) if one.startswith("airflow worker")]
    assert (
        f"the worker {client.get(path)['hostname']} read another SQL than the DAG processor when it opened {GOOD}"
        in line
    )
    client.patch(run_path(GOOD, run), {"state": "failed"})


@pytest.mark.faults
def test_a_file_that_takes_too_long_is_not_taken_for_one_that_fails(house: House, lines: Lines) -> None:
    stub, client = house.place.var.parent / "dags" / "report_audit.py", house.airflow.client()
    sound = stub.read_text(encoding="utf-8")
    stub.write_text("import time\ntime.sleep(600)\n" + sound, encoding="utf-8")
    killed = "the DAG processor has not read report_audit.py to its end since"
    house.airflow.wait(lambda: any(killed in one for one in lines(grace_s=GRACE_S)), 240, "the kill", 5)
    house.airflow.wait(lambda: bool(_dag(client, "report_audit")["is_stale"]), 240, "the DAG that vanishes", 2)
    assert client.get("/importErrors", filename_pattern="%report_audit%")["total_entries"] == 0, "Airflow says nothing"
    assert any(killed in one for one in lines(grace_s=GRACE_S))
    stub.write_text("raise RuntimeError('secret-word')\n" + sound, encoding="utf-8")
    broken = "the DAG file report_audit.py cannot be imported"
    house.airflow.wait(lambda: any(broken in one for one in lines(grace_s=600)), 240, "the import error", 2)
    assert not any("secret-word" in one for one in lines(grace_s=600))
    stub.write_text(sound, encoding="utf-8")
    house.airflow.wait(lambda: lines(grace_s=600) == [], 240, "the file that is sound again", 2)
