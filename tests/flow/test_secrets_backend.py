"""Every secret in a secrets backend, and nowhere else: worker, triggerer, API server and command read it there.

Its own Airflow, with the register on PostgreSQL, whose password, the mail server's and the signing key are in the files
of Airflow's `LocalFilesystemBackend`: what Vault or a cloud's store is in production, by configuration alone.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flow_list import LIST, write_incidents
from house import GOOD, WAITING, House
from itss.hand_in.place import find_place
from itss.hand_in.receiving import hand_in
from itss.periods import last_complete
from itss.register import Register
from itss.settings import Settings, settings
from itss.standalone import guard
from itss.standalone.embedded import Embedded
from itss.standalone.prepare import report_list
from itss.standalone.sink import MailSink
from servers import Server

pytestmark = [pytest.mark.flow, pytest.mark.long]

PERIOD = "2026-08"
PASSWORD = f"register-{secrets.token_hex(12)}"


@pytest.fixture(scope="module")
def url(postgresql: Server) -> sa.URL:
    """A register of its own user, whose password is nowhere else."""
    postgresql.database("secret_register", [])
    engine = sa.create_engine(postgresql.admin, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE ROLE keeper LOGIN SUPERUSER PASSWORD '{PASSWORD}'")
    engine.dispose()
    return postgresql.admin.set(database="secret_register", username="keeper", password=PASSWORD)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, url: sa.URL) -> Settings:
    folder = tmp_path_factory.mktemp("secrets")
    shutil.copytree(LIST, folder / "list")
    write_incidents(folder / "list" / "good.csv", resolved_after_h=5)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ITSS_VAR", str(folder / "var"))
        environment.setenv("ITSS_REPORT_LIST", str(folder / "list" / "report_list.yaml"))
        environment.setenv("ITSS_REGISTER_URL", url.render_as_string(hide_password=False))
        return settings()


@pytest.fixture(scope="module")
def house(place: Settings, url: sa.URL, signing_key: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    Register(place.register_url).upgrade()
    backend = tmp_path_factory.mktemp("backend")
    with MailSink(place.var / "mail") as sink:
        extra = {"disable_ssl": True, "disable_tls": True, "from_email": "reports@example.com"}
        connections = {
            "itss_register": {"conn_type": "postgres", "host": url.host, "port": url.port, "login": "keeper",
                              "password": PASSWORD, "schema": url.database},
            "house_mail": {"conn_type": "smtp", "host": "127.0.0.1", "port": sink.port, "extra": extra},
        }  # fmt: skip
        (backend / "connections.json").write_text(json.dumps(connections))
        (backend / "variables.json").write_text(json.dumps({"itss_key": Path(signing_key).read_text()}))
        files = {
            "connections_file_path": f"{backend}/connections.json",
            "variables_file_path": f"{backend}/variables.json",
        }
        named = {
            "AIRFLOW__SECRETS__BACKEND": "airflow.secrets.local_filesystem.LocalFilesystemBackend",
            "AIRFLOW__SECRETS__BACKEND_KWARGS": json.dumps(files),
            "ITSS_REGISTER_URL": "airflow-connection:itss_register",
            "ITSS_SIGNING_KEY": "airflow-variable:itss_key",
            "ITSS_SMTP_CONNECTION": "house_mail",
            "ITSS_POKE_S": "1",
        }
        with Embedded(place, report_list(place), sink.port, named, triggerer=True) as airflow:
            yield House(place, report_list(place), airflow, sink.port)


def test_all_read_their_secrets_from_the_backend_alone(house: House, signing_key: str) -> None:
    signed = {"initial_review": "Approve", "approval": "Approve"}
    assert house.answer(house.start(GOOD, PERIOD), signed) == "success", "workers sign and mail, the API server answers"
    assert house.register.revisions(GOOD, PERIOD)[0].state == "sealed"
    assert len(house.mails(PERIOD)) == 2
    _the_triggerer_asks_the_register(house)
    for words in (["itss.register", "key"], ["itss", "audit", "--all"], ["itss", "watch"]):
        done = subprocess.run(
            [sys.executable, "-m", *words], env=house.airflow.environment, capture_output=True, text=True, check=False
        )
        assert "refused" not in done.stderr
        is_done = "to be notified of" in done.stdout if words[-1] == "watch" else done.returncode == 0
        assert is_done, done.stdout + done.stderr
    _nowhere_else(house, [PASSWORD, Path(signing_key).read_text().splitlines()[1]])


def _the_triggerer_asks_the_register(house: House) -> None:
    label = last_complete(dt.datetime.now(dt.UTC), "month", "Asia/Shanghai").label
    house.airflow.wait(
        lambda: WAITING in {one["dag_id"] for one in house.airflow.client().get("/dags")["dags"]}, 120, "DAG"
    )
    watch = house.start_anew(WAITING, label)
    client = house.airflow.client()

    def state(task: str) -> str | None:
        return next((one["state"] for one in client.tasks(WAITING, watch.run) if one["task_id"] == task), None)

    house.airflow.wait(lambda: state("wait_capacity") == "deferred", 300, "the report to wait")
    place = find_place(house.place, WAITING, label, "capacity", None)
    last = place.period.next_day - dt.timedelta(days=1)
    file = house.place.var / "capacity.csv"
    file.write_text(f"id,resource,sampled_at,utilisation\nS1,A,{last} 08:00,0.5\n")
    hand_in(house.place, house.register, place, file, "service_level_manager", dt.datetime.now(dt.UTC))
    house.airflow.wait(lambda: state("wait_capacity") == "success", 300, "the triggerer to hear of it")


def _nowhere_else(house: House, secret_words: list[str]) -> None:
    processes = [Path("/proc") / str(pid) / "environ" for pid in guard.members(house.airflow._guard.pid)]
    files = [path for path in house.airflow.home.rglob("*") if path.is_file()] + processes
    assert len(processes) > 4
    for file in files:
        try:
            said = file.read_bytes()
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue
        assert [word for word in secret_words if word.encode() in said] == [], file
