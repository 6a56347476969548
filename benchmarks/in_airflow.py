"""The embedded Airflow with our DAGs and empty ones of their shapes, in the settings that Airflow ships with.

Says which of its settings are others: paths, users, addresses, and what keeps it from calling home.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from itss.register import Register
from itss.report_list.models import Entry, ReportList
from itss.settings import Settings, settings
from itss.standalone.embedded import Embedded
from itss.standalone.postbox import Postbox
from itss.standalone.prepare import report_list
from itss.standalone.run import Say
from itss.standalone.sink import MailSink

from tests.servers import run_postgresql

HERE = Path(__file__).resolve().parent
BUNDLE = "airflow.dag_processing.bundles.local.LocalDagBundle"
STOCK = {"AIRFLOW__CORE__PARALLELISM": "32", "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "300.0"}
"""What the embedded Airflow has otherwise, for one person's machine: here as Airflow ships it."""


@dataclass(frozen=True)
class House:
    """A running Airflow and what belongs to it."""

    place: Settings
    people: ReportList
    register: Register
    airflow: Embedded
    postbox: Postbox
    say: Say


def own_place(var: Path, listed: Path | None = None) -> Settings:
    """Settings with all state below ``var``; this process's Airflow, which builds the shapes, has its home there."""
    os.environ |= {"ITSS_VAR": str(var), "AIRFLOW_HOME": str(var / "of_the_benchmark")}
    os.environ |= {"AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING"}  # of this process alone
    os.environ |= {"ITSS_REPORT_LIST": str(listed)} if listed else {}
    return settings()


@contextmanager
def started(place: Settings, entries: Sequence[Entry], *, preload: bool, backfills: bool = False) -> Iterator[House]:
    """Airflow with the DAGs of the list, and an ``empty_<key>`` of the shape of each of ``entries``.

    For backfills its own database is PostgreSQL: 32 tasks at once are more writers than SQLite lets in, and the
    scheduler ends by it, whosever the DAGs are.
    """
    people, say = report_list(place), Say()
    register = Register(place.register_url)
    register.upgrade()
    shapes = place.var / "shapes.json"
    shapes.write_text(json.dumps(_shapes(entries, people, backfills=backfills)), encoding="utf-8")
    extra = STOCK | _bundles(place.home) | {"ITSS_BENCHMARK_SHAPES": str(shapes), "ITSS_PRELOAD": str(int(preload))}
    with MailSink(place.var / "mail") as sink, run_postgresql() if backfills else nullcontext() as server:
        if server:
            database = server.admin.set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)
            extra["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = database
        airflow = Embedded(place, people, sink.port, extra)
        _say_settings(airflow)
        with airflow:
            yield House(place, people, register, airflow, Postbox(sink, lambda _: None), say)


def empty(key: str) -> str:
    """The id of the empty DAG of an entry."""
    return f"empty_{key}"


def _shapes(entries: Sequence[Entry], people: ReportList, *, backfills: bool) -> list[dict[str, Any]]:
    from itss.flow.build import report_dag

    from benchmarks.shape import shape

    def clock(entry: Entry) -> tuple[str, str]:
        return (entry.period.schedule, entry.period.timezone) if backfills else ("", "UTC")

    return [
        shape(report_dag(entry, people), empty(entry.key), *clock(entry), archive_only=backfills) for entry in entries
    ]


def _bundles(home: Path) -> dict[str, str]:
    def bundle(name: str, path: Path) -> dict[str, Any]:
        return {"name": name, "classpath": BUNDLE, "kwargs": {"path": str(path)}}

    bundles = [bundle("dags-folder", home / "dags"), bundle("benchmark", HERE / "dags")]
    return {"AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(bundles)}


def _say_settings(airflow: Embedded) -> None:
    from airflow.configuration import conf

    for name, value in sorted(airflow.environment.items()):
        section, _, key = name.removeprefix("AIRFLOW__").lower().partition("__")
        if key == "sql_alchemy_conn":  # it has a password
            print(f"not as Airflow ships it: [{section}] {key}, {value.partition(':')[0]}", file=sys.stderr)
        elif key and name.startswith("AIRFLOW__") and value != str(conf.get_default_value(section, key)):
            print(f"not as Airflow ships it: [{section}] {key} = {value}", file=sys.stderr)
