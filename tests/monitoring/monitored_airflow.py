"""The product in an Airflow that sends its metrics and traces to the test: what `test_on_the_wire` looks at.

One report goes its whole way, one is stopped by a critical finding, the product's own DAGs run, and one DAG file takes
too long and is killed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from flow_list import LIST, write_incidents
from house import BAD, GOOD, House
from itss.register import Register
from itss.settings import settings
from itss.standalone import embedded
from itss.standalone.embedded import Embedded
from itss.standalone.prepare import report_list
from itss.standalone.rest import run_path
from itss.standalone.sink import MailSink
from moto.server import ThreadedMotoServer
from receivers import HOST, Collector, StatsdServer, collector, statsd_server

ROOT = Path(__file__).resolve().parents[2]
PERIOD, BAD_PERIOD = "2026-03", "2026-08"
SLOW = "takes_too_long.py"
FILE_LIMIT_S = 90
"""Long enough for all other files, also on a machine that has much to do."""
BUCKET = "itss-logs"
SIGNED = {"initial_review": "Approve", "approval": "Approve"}


@dataclass(frozen=True)
class Seen:
    """What the run put on the wire, and what is left of its logs: on the disk, in the bucket by key, in the UI."""

    statsd: StatsdServer
    traces: Collector
    on_disk: tuple[Path, ...]
    in_bucket: Mapping[str, str]
    in_ui: tuple[Mapping[str, Any], ...]


def switched_on(statsd: StatsdServer, traces: Collector) -> dict[str, str]:
    """The configuration of docs/how-to/monitoring.md."""
    return {
        "AIRFLOW__METRICS__STATSD_ON": "True",
        "AIRFLOW__METRICS__STATSD_HOST": HOST,
        "AIRFLOW__METRICS__STATSD_PORT": str(statsd.port),
        "AIRFLOW__METRICS__STATSD_INFLUXDB_ENABLED": "True",
        "AIRFLOW__METRICS__LEGACY_NAMES_ON": "False",
        "AIRFLOW__TRACES__OTEL_ON": "True",
        "OTEL_EXPORTER_OTLP_ENDPOINT": traces.url,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_TRACES_EXPORTER": "otlp_proto_http",
        "OTEL_SERVICE_NAME": "airflow",
    }


@contextmanager
def store() -> Iterator[str]:
    """The address of an S3 store that has the bucket."""
    server = ThreadedMotoServer(ip_address=HOST, port=0)
    server.start()
    try:
        url = "http://{}:{}".format(*server.get_host_and_port())
        _s3(url).create_bucket(Bucket=BUCKET)
        yield url
    finally:
        server.stop()


def _s3(url: str) -> Any:
    access = {"aws_access_key_id": "reader", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    return boto3.client("s3", endpoint_url=url, **access)


def remote_logs(url: str) -> dict[str, str]:
    """The configuration of the same page; nothing stays on the disk: the UI can read it from the store alone."""
    connection = {
        "conn_type": "aws",
        "login": "reader",
        "password": "secret",
        "extra": {"endpoint_url": url, "region_name": "us-east-1"},
    }
    return {
        "AIRFLOW__LOGGING__REMOTE_LOGGING": "True",
        "AIRFLOW__LOGGING__REMOTE_BASE_LOG_FOLDER": f"s3://{BUCKET}/airflow",
        "AIRFLOW__LOGGING__REMOTE_LOG_CONN_ID": "logs_store",
        "AIRFLOW__LOGGING__DELETE_LOCAL_LOGS": "True",
        "AIRFLOW_CONN_LOGS_STORE": json.dumps(connection),
    }


@contextmanager
def monitored(folder: Path) -> Iterator[Seen]:
    """All of it has run, and Airflow has ended."""
    shutil.copytree(LIST, folder / "list")
    others = shutil.ignore_patterns("__pycache__", "service_reports_[!0]*", "service_reports_0[!0]*")
    shutil.copytree(ROOT / "dags", folder / "dags", ignore=others)
    (folder / "dags" / SLOW).write_text("import time\n\nfrom airflow.sdk import DAG\n\ntime.sleep(600)\n")
    write_incidents(folder / "list" / "good.csv", resolved_after_h=5)
    write_incidents(folder / "list" / "bad.csv", resolved_after_h=-5)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ITSS_VAR", str(folder / "var"))
        environment.setenv("ITSS_REPORT_LIST", str(folder / "list" / "report_list.yaml"))
        place = settings()
    Register(place.register_url).upgrade()
    people = report_list(place)
    with (
        statsd_server() as statsd,
        collector() as traces,
        store() as url,
        MailSink(place.var / "mail") as sink,
        pytest.MonkeyPatch.context() as patience,
    ):
        patience.setattr(embedded, "START_TIMEOUT_S", 900)  # a machine that has much else to do
        more = (
            switched_on(statsd, traces)
            | remote_logs(url)
            | {
                "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"),
                "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "0",  # before the file is killed it would be an import error
                "AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT": str(FILE_LIMIT_S),
                "ITSS_RETRY_DELAY_S": "1",
            }
        )
        with Embedded(place, people, sink.port, more, triggerer=True) as airflow:
            in_ui = _run(House(place, people, airflow, sink.port), statsd)
        listed = _s3(url).list_objects_v2(Bucket=BUCKET)["Contents"]
        logs = {
            one["Key"]: _s3(url).get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read().decode() for one in listed
        }
        yield Seen(statsd, traces, tuple((airflow.home / "logs").rglob("task_id=*/*.log")), logs, in_ui)


def _run(house: House, statsd: StatsdServer) -> tuple[Mapping[str, Any], ...]:
    """Let it all happen; the lines of a task's log as the UI gets them."""
    good, bad = house.start(GOOD, PERIOD), house.start(BAD, BAD_PERIOD)
    assert house.answer(good, SIGNED) == "success"
    assert bad.until_end(lambda *_: None, lambda: None) == "failed"
    client = house.airflow.client()
    for dag in ("report_audit", "report_watch"):  # the watch last: it says what the others have left
        run = client.post(f"/dags/{dag}/dagRuns", {"logical_date": None})["dag_run_id"]
        assert house.watch(dag, run).until_end(lambda *_: None, lambda: None) == "success"
    killed = "airflow.dag_processing.processor_timeouts"
    house.airflow.wait(lambda: bool(statsd.named(killed)), 600, "the DAG processor to kill a file")
    path = f"{run_path(GOOD, good.run)}/taskInstances/measure/logs/1"
    return tuple(client.get(path)["content"])
