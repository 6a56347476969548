"""Two of the customers in a running Airflow: log, XCom, question, rendered template, and every row of its database.

One of them is rejected once, so that a DAG whose id has a dot starts its own next run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from canary_list import lay_out
from canary_places import AIRFLOW, ARCHIVE, LOG, MAIL, QUESTION, RENDERED, WORKSPACE, XCOM, airflow_rows, search_house
from canary_search import Tally
from canary_table import places_of
from canary_walk import minutes_of
from canary_words import PERIOD, Aviary, Bird
from itss.choices import COLLECT
from itss.register import Register
from itss.settings import Settings, settings
from itss.standalone.embedded import Embedded
from itss.standalone.prepare import report_list
from itss.standalone.progress import Watch
from itss.standalone.sink import MailSink

pytestmark = [pytest.mark.flow, pytest.mark.long]

CHOSEN = (2, 4)
FAST = {"ITSS_RETRY_DELAY_S": "1", "ITSS_POKE_S": "5"}


@dataclass(frozen=True)
class Ran:
    """The house, and who walked through it in Airflow."""

    place: Settings
    aviary: Aviary
    birds: list[Bird]
    register: Register


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    folder, aviary = tmp_path_factory.mktemp("canary_airflow"), Aviary(5)
    environment = lay_out(folder, aviary.birds)
    with pytest.MonkeyPatch.context() as patched:
        for name, value in environment.items():
            patched.setenv(name, value)
        place = settings()
        register = Register(place.register_url, key=place.signing_key)
        register.upgrade()
        birds = [aviary.birds[number - 1] for number in CHOSEN]
        with (
            MailSink(folder / "mail") as sink,
            Embedded(place, report_list(place), sink.port, environment | FAST) as airflow,
        ):
            client = airflow.client()
            for bird in birds:
                airflow.wait(lambda dag=bird.report: _is_there(airflow, dag), 180, bird.report)  # type: ignore[misc]
            body = {"logical_date": None, "conf": {"period": PERIOD}}
            runs = [client.post(f"/dags/{bird.report}/dagRuns", body)["dag_run_id"] for bird in birds]
            for bird, run in zip(birds, runs, strict=True):
                watch = Watch(airflow, bird.report, run, print)
                assert watch.until_end(lambda *given, one=bird: _answer(one, *given), lambda: None) == "success"  # type: ignore[misc]
                if bird.is_rejected_once:
                    again = Watch(airflow, bird.report, f"rework__{PERIOD}__r02", print)
                    assert again.until_end(lambda *given, one=bird: _answer(one, *given), lambda: None) == "success"  # type: ignore[misc]
        yield Ran(place, aviary, birds, register)


def _is_there(airflow: Embedded, dag: str) -> bool:
    return dag in {one["dag_id"] for one in airflow.client().get("/dags", limit=100)["dags"]}


def _answer(bird: Bird, watch: Watch, task: dict[str, Any]) -> None:
    name, is_first = task["task_id"], not watch.run.startswith("rework")
    if name == "initial_review" and bird.is_rejected_once and is_first:
        watch.answer(task, bird.people["head"], "Reject", f"Say more of {bird.song}.")
    elif name in ("initial_review", "approval"):
        user = bird.people["head" if name == "initial_review" else "chief"]
        watch.answer(task, user, "Approve", f"Well sung, {bird.song}.")
    elif name == "rework":
        watch.answer(task, "report_author", "OK", None, {"section_a": f"More of {bird.song}.", "data": COLLECT})
    else:
        watch.answer(task, "report_manager", "OK", None, minutes_of(bird))


def test_reports_of_customers_are_sealed(ran: Ran) -> None:
    states = [[one.state for one in ran.register.revisions(bird.report, PERIOD)] for bird in ran.birds]
    assert states == [["sealed"], ["returned", "sealed"]]


def test_no_word_of_a_customer_is_in_anything_of_another_in_airflow(ran: Ran) -> None:
    tally, home = Tally(ran.aviary), ran.place.var / "airflow"
    search_house(tally, Path(ran.place.var).parent, ran.birds)
    for bird in ran.birds:
        tally.take_folder(bird, LOG, home / "logs" / f"dag_id={bird.report}")
    airflow_rows(tally, home / "airflow.db", ran.birds)
    print("\n".join(places_of(tally)))
    assert tally.others == []
    for bird in ran.birds:
        for place in (WORKSPACE, ARCHIVE, MAIL, LOG, XCOM, QUESTION, AIRFLOW):
            assert tally.counts[bird.number, place].with_name, (bird, place)
        for place in (WORKSPACE, ARCHIVE, MAIL, QUESTION):
            assert tally.counts[bird.number, place].with_song, (bird, place)
        assert tally.counts[bird.number, RENDERED].files


def test_no_line_of_airflows_services_has_words_of_two_customers(ran: Ran) -> None:
    """The executor's output is in the scheduler's log, which whoever runs Airflow reads, and no customer."""
    for path in (ran.place.var / "airflow" / "services").glob("*.log"):
        for line in path.read_text(errors="replace").splitlines():
            heard = {number for number, word in ran.aviary.heard([line]) if word == "song"}
            assert len(heard) <= 1, (path.name, line)
