"""What is said of a running Airflow: nothing where it is as the list says, and one line for each thing that is not."""

from __future__ import annotations

import datetime as dt
import socket
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from fake_airflow import MINUTE, NOW, PASSWORD, TOKEN, USER, FakeAirflow, at, dag, job, opening, version, waiting
from itss.airflow_rest import Rest
from itss.cli import main
from itss.errors import AirflowSilentError, ConfigurationError, DeliveryError
from itss.report_list.loader import load
from itss.settings import settings
from itss.sources.mark import Mark, mark
from itss.standalone.sink import MailSink
from itss.steps import watching
from watched import KEY, MANAGER, change, mails, open_one, register, words


@pytest.fixture
def airflow(house: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAirflow]:
    monkeypatch.setenv("ITSS_AIRFLOW_USER", USER)
    monkeypatch.setenv("ITSS_AIRFLOW_PASSWORD", PASSWORD)
    monkeypatch.delenv("ITSS_AIRFLOW_TOKEN", raising=False)
    change(lambda entry: entry["period"].update(first="2100-02-01"))  # nothing else is due
    register(NOW)
    with FakeAirflow() as found:
        monkeypatch.setenv("ITSS_AIRFLOW_URL", found.url)
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        found.dags.append(dag(KEY, own_mark().tag))
        yield found
        found.shutdown()
        thread.join()


def own_mark(key: str = KEY) -> Mark:
    found = load(settings().report_list).list
    return mark(found.entry(key), found, settings())


def lines(now: dt.datetime = NOW) -> list[str]:
    found, error = watching.look_at_airflow(settings(), now)
    assert error is None
    return [one.line for one in found]


def only(words: str, now: dt.datetime = NOW) -> str:
    (line,) = lines(now)
    assert words in line
    return line


def other(**parts: str) -> str:
    """The tag of a DAG that was read from other files."""
    mine = own_mark()
    return Mark(**{"entry": mine.entry, "sql": mine.sql, "code": mine.code, **parts}).tag


def test_nothing_is_said_of_an_airflow_that_is_as_the_list_says(airflow: FakeAirflow) -> None:
    assert lines() == []
    assert ("GET", "/api/v2/pools") not in airflow.calls, "no pools in the list: nobody needs the right to read them"


def test_a_dag_that_is_missing_and_one_that_is_stale(airflow: FakeAirflow) -> None:
    airflow.dag(KEY)["is_stale"] = True
    airflow.dags.append(dag("left_stale", other(), is_stale=True))
    airflow.dags.append(dag("fresh_neighbour", file="service_reports.py"))
    assert KEY in only("Airflow lacks 1 DAG(s) of the list")
    airflow.dags = [one for one in airflow.dags if one["dag_id"] not in (KEY, "report_watch")]
    assert f"{'report_watch'}, {KEY}" in only("Airflow lacks 2 DAG(s) of the list")


def test_a_list_that_airflow_had_no_time_to_read_yet(airflow: FakeAirflow) -> None:
    """By the clock of the machine: the list was written just now."""
    airflow.dags = [one for one in airflow.dags if one["dag_id"] != KEY]
    for one in airflow.dags:
        one["last_parsed_time"] = dt.datetime.now(dt.UTC).isoformat()
    airflow.dags.append(dag("other_monthly", other(sql="00000000")))
    airflow.beat(dt.datetime.now(dt.UTC).isoformat())
    assert lines(dt.datetime.now(dt.UTC)) == []
    assert len(lines()) > 1


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"entry": "00000000"}, "of another list than is on"),
        ({"sql": "00000000"}, "of another SQL than is on"),
        ({"entry": "00000000", "sql": "00000000"}, "of another list and SQL than is on"),
        ({"code": "0.4.9"}, "of another code than is on"),
    ],
)
def test_a_dag_of_another_list_sql_or_code(airflow: FakeAirflow, parts: dict[str, str], said: str) -> None:
    airflow.dags[-1] = dag(KEY, other(**parts))
    assert KEY in only(said)
    airflow.versions = [version(KEY, 3, 2)]
    assert lines() == [], "its version is younger than the grace: the list here may not have come yet"
    airflow.versions = [version(KEY, 3, 20)]
    only(said)


def test_a_dag_of_a_release_without_marks_is_of_another_code(airflow: FakeAirflow) -> None:
    airflow.dags[-1] = dag(KEY)
    only("of another code than is on")


def test_a_dag_of_which_neither_list_nor_record_knows(airflow: FakeAirflow) -> None:
    airflow.dags.append(dag("gone_monthly", other()))
    assert "gone_monthly" in only("that are not in the list on")


def test_a_dag_of_an_entry_that_was_deleted_is_nothing_while_its_report_is_open(airflow: FakeAirflow) -> None:
    change(lambda entry: entry["period"].update(first="2026-09-01"))
    open_one(dt.datetime(2026, 10, 1, tzinfo=dt.UTC))
    change(lambda entry: entry.update(key="new_monthly"))
    airflow.dags.append(dag("new_monthly", own_mark("new_monthly").tag))
    airflow.running = [{"dag_id": KEY, "dag_run_id": "run-1"}]
    assert lines() == []


def test_paused_dags_but_those_of_reports_that_have_ended(airflow: FakeAirflow) -> None:
    airflow.dag(KEY)["is_paused"] = airflow.dag("report_watch")["is_paused"] = True
    assert f"report_watch, {KEY}" in only("2 DAG(s) are paused")
    change(lambda entry: entry.update(retired="2100-06-30"))
    airflow.dags[-1] = dag(KEY, own_mark().tag, is_paused=True)
    assert KEY not in only("1 DAG(s) are paused")


def test_an_import_error_is_named_without_what_it_says_and_excuses_its_dags(airflow: FakeAirflow) -> None:
    error = {"timestamp": at(60), "bundle_name": "dags-folder", "stack_trace": PASSWORD}
    names = ["service_reports.py", "report_list_check.py", "somebody_else.py"]
    airflow.import_errors = [{"import_error_id": n, "filename": f"x/{name}", **error} for n, name in enumerate(names)]
    airflow.dag(KEY)["is_stale"] = True
    airflow.dag(KEY)["last_parsed_time"] = at(60)
    assert PASSWORD not in only("the DAG file service_reports.py cannot be imported")


def test_a_file_that_is_killed_while_others_are_read(airflow: FakeAirflow) -> None:
    airflow.dag(KEY).update(last_parsed_time=at(40), is_stale=True)
    assert KEY in only("has not read service_reports.py to its end since 2100-01-15 11:20 UTC")
    airflow.health["dag_processor"] = {"status": "unhealthy", "latest_dag_processor_heartbeat": at(39)}
    only("Airflow's DAG processor does not run; its last sign of life was at 2100-01-15 11:21 UTC")


def test_an_airflow_that_was_just_started_is_given_its_time(airflow: FakeAirflow) -> None:
    """For the first time, or after a night in which it was off: nothing was read lately, not everything is there."""
    airflow.health["triggerer"] = {"status": "unhealthy", "latest_triggerer_heartbeat": at(600)}
    airflow.dag("report_audit")["last_parsed_time"] = at(600)
    airflow.dags.pop()
    airflow.jobs = [job(1, 1)]
    assert lines() == []
    airflow.jobs.append(job(2, 20))
    assert len(lines()) == 3, "another one has run for long"
    airflow.statuses = {"/api/v2/jobs": 403}
    assert len(lines()) == 3, "who may not ask it is told as before"


def test_a_dag_processor_that_is_started_again_and_again_excuses_nothing(airflow: FakeAirflow) -> None:
    """What it takes between two starts is shorter than the time that one is given."""
    for name in ("scheduler", "triggerer"):
        airflow.health[name] = {"status": "unhealthy", f"latest_{name}_heartbeat": at(4000)}
    airflow.health["scheduler"] = {"status": "healthy", "latest_scheduler_heartbeat": at(0.1)}
    airflow.dags = [one for one in airflow.dags if one["dag_id"] != KEY]
    airflow.dag("report_audit")["last_parsed_time"] = at(4000)
    airflow.looks = [{"state": "success", "start_date": at(4001), "end_date": at(4000)}]
    airflow.instances = [waiting("report_list", "compile", "queued", 4000)]
    airflow.jobs = [job(9, 5), *(job(number, 5 + 10 * number, 5 + 10 * (number - 1)) for number in (1, 2, 3, 4))]
    said = lines()
    assert "DAG processor has ended 4 times within 60 minutes, last at 2100-01-15 11:55 UTC. See its log" in said[0]
    for part in (
        "has not read report_audit.py to its end",
        f"lacks 1 DAG(s) of the list: {KEY}",
        "Airflow's triggerer does not run",
        "report_watch does not look",
        "1 task(s) have waited since",
    ):
        assert [line for line in said if part in line], part
    assert len(said) == 6


@pytest.mark.parametrize(
    "gone",
    [[], [(5000, 4)], [(5000, 20), (20, 4)], [(5000, 600), (30, 15), (14, 9)]],
    ids=["the first", "a restart", "twice", "a night, then twice"],
)
def test_a_dag_processor_that_is_started_again_by_a_person_is_no_matter(
    airflow: FakeAirflow, gone: list[tuple[int, int]]
) -> None:
    """After an upgrade, say: it has yet to read the files, and every DAG is of the release before."""
    airflow.dags[-1] = dag(KEY, other(code="0.4.9"), last_parsed_time=at(6))
    airflow.jobs = [job(0, 3), *(job(number, *one) for number, one in enumerate(gone, 1))]
    assert lines() == []


@pytest.mark.parametrize(("off", "said"), [(7, []), (4, ["triggerer does not run", "report_watch does not look"])])
def test_a_restart_is_no_night_in_which_all_of_it_was_off(airflow: FakeAirflow, off: int, said: list[str]) -> None:
    """Two minutes after the start nothing is heard of a triggerer that is dead for days, nor of the watch."""
    airflow.health["triggerer"] = {"status": "unhealthy", "latest_triggerer_heartbeat": at(4000)}
    airflow.looks = [{"state": "success", "start_date": at(4001), "end_date": at(4000)}]
    airflow.jobs = [job(1, 2), job(2, 5000, 2 + off)]
    found = lines()
    assert len(found) == len(said)
    assert all(part in line for part, line in zip(said, found, strict=True))


def test_files_near_their_time_limit_are_a_warning(airflow: FakeAirflow, monkeypatch: pytest.MonkeyPatch) -> None:
    airflow.dag(KEY)["last_parse_duration"] = 18.2
    ((matter,), _) = watching.look_at_airflow(settings(), NOW)
    assert "took up to 18 s to read a file; what takes longer than 30 s is not read to its end" in matter.line
    assert not matter.is_late
    monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT", "180")
    only("longer than 30 s")
    for none in ("0", "-1"):
        monkeypatch.setenv("AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT", none)
        assert lines() == []
    monkeypatch.setenv("AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT", "200")
    airflow.dag(KEY)["last_parse_duration"] = 110
    only("longer than 180 s")


@pytest.mark.parametrize("name", ["scheduler", "dag_processor"])
def test_services_that_are_down_but_not_those_that_start_again(airflow: FakeAirflow, name: str) -> None:
    airflow.health[name] = {"status": "unhealthy", f"latest_{name}_heartbeat": at(3)}
    assert lines() == []
    airflow.health[name] = {"status": "unhealthy", f"latest_{name}_heartbeat": at(6)}
    only("does not run; its last sign of life was at 2100-01-15 11:54 UTC")
    airflow.health[name] = {"status": None, f"latest_{name}_heartbeat": None}
    only("does not run. Start")


def test_a_triggerer_is_wanted_only_where_something_waits(airflow: FakeAirflow) -> None:
    airflow.health["triggerer"] = {"status": None, "latest_triggerer_heartbeat": None}
    has_hand_in = any(one.hand_in for one in load(settings().report_list).list.reports[0].data_source.values())
    assert has_hand_in
    only("Airflow's triggerer does not run")


def test_a_worker_that_read_other_files_than_the_dag_processor(airflow: FakeAirflow) -> None:
    path = f"/dags/{KEY}/dagRuns/scheduled__2099-12/taskInstances/open"
    airflow.versions = [version(KEY, 7, 120)]
    airflow.instances = [
        opening(KEY, "worker-2", 90, 7),
        opening(KEY, "worker-2", 300, 6),
        opening("x", "worker-3", 1, 1),
    ]
    airflow.xcoms = {path: other(sql="00000000")}
    assert "the worker worker-2 read another SQL than the DAG processor" in only(f"opened {KEY} at 2100-01-15 10:30")
    airflow.xcoms = {path: own_mark().tag}
    assert lines() == [], "it reads the same"
    airflow.xcoms = {}
    assert lines() == [], "a release that left no mark"
    airflow.xcoms = {path: other(sql="00000000")}
    airflow.versions = [version(KEY, 8, 20)]
    assert lines() == [], "the DAG is another one since"
    airflow.versions = [version(KEY, 7, 95)]
    assert lines() == [], "it was new then: the worker may not have had it yet"


def test_a_worker_that_is_ahead_of_the_dag_processor_is_not_to_blame(airflow: FakeAirflow) -> None:
    airflow.versions = [version(KEY, 7, 120)]
    airflow.instances = [opening(KEY, "worker-2", 90, 7)]
    airflow.xcoms = {f"/dags/{KEY}/dagRuns/scheduled__2099-12/taskInstances/open": own_mark().tag}
    airflow.dags[-1] = dag(KEY, other(sql="00000000"))
    only("1 DAG(s) of Airflow are of another SQL")


def test_a_revision_whose_run_is_gone(airflow: FakeAirflow) -> None:
    change(lambda entry: entry["period"].update(first="2026-09-01"))
    airflow.dags[-1] = dag(KEY, own_mark().tag)
    open_one(dt.datetime(2026, 10, 1, tzinfo=dt.UTC))
    assert only("its run run-1 has ended or was deleted").startswith(f"run gone: {KEY} 2026-09: ")
    airflow.running = [{"dag_id": "another", "dag_run_id": "run-1"}, {"dag_id": KEY, "dag_run_id": "run-1"}]
    assert lines() == []
    airflow.running = []
    airflow.dags.pop()
    assert "lacks 1 DAG(s)" in only(KEY), "its runs may be there, and not be seen"


def test_a_run_that_began_while_airflow_was_asked_is_not_gone(
    airflow: FakeAirflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many questions take a while, and what is open is read after them."""
    change(lambda entry: entry["period"].update(first="2026-09-01"))
    airflow.dags[-1] = dag(KEY, own_mark().tag)
    asked = watching.ask

    def slowly(*given: Any) -> Any:
        seen = asked(*given)
        open_one(dt.datetime(2026, 10, 1, tzinfo=dt.UTC))
        return seen

    monkeypatch.setattr(watching, "ask", slowly)
    airflow.beat(dt.datetime.now(dt.UTC).isoformat())
    assert lines(dt.datetime.now(dt.UTC)) == []
    airflow.beat(at(0.1))
    only(f"run gone: {KEY}")


def test_long_answers_are_read_to_their_end(airflow: FakeAirflow) -> None:
    airflow.page = 2
    airflow.dags += [dag(f"report_{number:03d}", other()) for number in range(7)]
    assert "report_000, report_001" in only("Airflow has 7 DAG(s) that are not in the list")


def test_each_thing_is_mailed_once_and_again_when_it_is_another(airflow: FakeAirflow, mail: MailSink) -> None:
    airflow.dag(KEY)["is_paused"] = True
    assert watching.watch(NOW) == [MANAGER]
    assert watching.watch(NOW + MINUTE) == []
    airflow.dag(KEY)["is_paused"] = False
    airflow.dags.append(dag("gone_monthly", other()))
    assert watching.watch(NOW + 2 * MINUTE) == [MANAGER]
    first, second = mails(mail)
    assert "1 DAG(s) are paused" in _all(first)
    assert "gone_monthly" in _all(second)
    assert "paused" not in _all(second)


def _all(message: EmailMessage) -> str:
    return str(message["Subject"]) + words(message)


def test_one_that_is_silent_fails_the_task_and_notifies_of_all_the_rest(airflow: FakeAirflow, mail: MailSink) -> None:
    airflow.dag(KEY)["is_paused"] = True
    airflow.statuses = {"/api/v2/monitor/health": 503}
    change(lambda document: document["reports"].append({"key": "broken_monthly"}), whole=True)
    with pytest.raises(AirflowSilentError, match="/monitor/health answered 503"):
        watching.watch(NOW)
    (message,) = mails(mail)
    assert "the service report list has problems" in str(message["Subject"])


def test_what_could_not_be_mailed_waits_until_airflow_is_asked_again(
    airflow: FakeAirflow, mail: MailSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    airflow.dag(KEY)["is_paused"] = True
    found, _ = watching.look_at_airflow(settings(), NOW)
    known = register(NOW)
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", "smtp://127.0.0.1:9")
    with pytest.raises(DeliveryError):
        watching.notify_all(settings(), found, NOW, unasked=())
    watching.notify_all(settings(), [], NOW)
    assert [one.status for one in known.notices(kind="airflow_list")] == ["planned"]
    watching.notify_all(settings(), [], NOW, unasked=())
    assert [one.status for one in known.notices(kind="airflow_list")] == ["waived"]


def test_the_command_says_it_and_ends_with_1(airflow: FakeAirflow, capsys: pytest.CaptureFixture[str]) -> None:
    del airflow.dags[:]
    assert main(["watch"]) == 0
    capsys.readouterr()
    assert main(["watch", "--airflow", "http://127.0.0.1:1"]) == 1
    said = capsys.readouterr().out
    assert "airflow setup: airflow : Airflow could not be asked: http://127.0.0.1:1/auth/token gave no answer" in said
    airflow.health["scheduler"] = {"status": "unhealthy", "latest_scheduler_heartbeat": None}
    assert main(["watch", "--airflow"]) == 1
    assert "Airflow's scheduler does not run" in capsys.readouterr().out


@pytest.mark.parametrize("status", [302, 401, 403, 404, 422, 500])
def test_no_answer_shows_a_secret_and_no_redirect_is_followed(
    airflow: FakeAirflow, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    airflow.statuses = {"/api/v2/dags": status}
    assert main(["watch", "--airflow"]) == 1
    said = capsys.readouterr()
    assert f"{airflow.url}/api/v2/dags answered {status}." in said.out
    assert not [one for one in (PASSWORD, TOKEN) if one in said.out + said.err]
    assert ("GET", "/elsewhere") not in airflow.calls


@pytest.mark.parametrize("path", ["/monitor/health", "/dags", "/dags/~/dagVersions"])
@pytest.mark.parametrize("said", [{}, {"dags": [{"dag_id": None}], "scheduler": 1}, {"dags": None}, [TOKEN]])
def test_an_answer_that_is_none_of_airflows_stops_no_other_notification(
    airflow: FakeAirflow, monkeypatch: pytest.MonkeyPatch, path: str, said: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a proxy, of a portal one signs in at, of another release."""
    own = airflow.said
    monkeypatch.setattr(airflow, "said", lambda at, *given: said if at == path else own(at, *given))
    main(["watch", "--airflow"])
    out = capsys.readouterr()
    assert "to be notified of" in out.out
    assert TOKEN not in out.out + out.err


@pytest.mark.parametrize(
    "words", [b"220 mail.example.com ESMTP\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"]
)
def test_whatever_else_listens_there_is_no_airflow(house: Path, words: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ITSS_AIRFLOW_TOKEN", TOKEN)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answers() -> None:
            line, _ = server.accept()
            with line:
                line.recv(9999)
                line.sendall(words)

        thread = threading.Thread(target=answers)
        thread.start()
        with pytest.raises(AirflowSilentError, match="gave no answer of Airflow"):
            Rest(f"http://127.0.0.1:{server.getsockname()[1]}").get("/dags")
        thread.join()


@pytest.mark.parametrize(
    "url", ["http://localhost:80a80", "http://[::1", "localhost:8080", "http://:8080", "http://h:0"]
)
def test_what_is_no_address_is_said_so(url: str) -> None:
    with pytest.raises(ConfigurationError, match="is no address of Airflow"):
        Rest(url)


@pytest.mark.parametrize("url", [f"ftp://me:{PASSWORD}@airflow", f"http://me:{PASSWORD}@airflow:80a"])
def test_no_password_in_what_is_no_address_is_shown(url: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        Rest(url)
    assert PASSWORD not in str(raised.value)


def test_a_wrong_password_and_an_address_with_a_user_are_refused_unsaid(
    airflow: FakeAirflow, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ITSS_AIRFLOW_PASSWORD", "wrong-4711")
    assert main(["watch", "--airflow"]) == 1
    assert "/auth/token answered 401. Set ITSS_AIRFLOW_USER" in capsys.readouterr().out
    assert main(["watch", "--airflow", f"http://me:{PASSWORD}@127.0.0.1:1"]) == 1
    said = capsys.readouterr().out
    assert "The address of Airflow has a user in it." in said
    assert PASSWORD not in said


def test_loopback_is_asked_past_any_proxy(airflow: FakeAirflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert lines() == []


def test_pools_are_asked_for_where_the_list_has_some(airflow: FakeAirflow) -> None:
    def with_pool(document: dict[str, Any]) -> None:
        document["reports"][0]["data_source"]["incident"] = {"system": "itss", "connection": "itsm_sample"}
        document["reports"][0]["collection_method"] = "sql"
        document["pools"] = {"itsm_sample": 3}

    change(with_pool, whole=True)
    airflow.dags[-1] = dag(KEY, own_mark().tag)
    assert "itss setup" in only("Airflow has no pool itss_itsm_sample")
    airflow.pools = [{"name": "itss_itsm_sample", "slots": 2}, {"name": "default_pool", "slots": 128}]
    only("pool itss_itsm_sample has 2 slots, and the list says 3")
    airflow.pools[0]["slots"] = 3
    assert lines() == []


@pytest.mark.parametrize("state", ["scheduled", "queued"])
def test_tasks_that_wait_while_nothing_of_their_queue_begins(airflow: FakeAirflow, state: str) -> None:
    airflow.instances = [waiting(KEY, "collect_incident", state, 4)]
    assert lines() == []
    airflow.instances = [waiting(KEY, "collect_incident", state, 6), waiting("foreign", "x", state, 900)]
    line = only("1 task(s) have waited since 2100-01-15 11:54 UTC, and nothing begins in queue default")
    assert f"{KEY}.collect_incident" in line
    airflow.instances.append(waiting("foreign", "long", "running", 60, start_date=at(60)))
    assert lines() == [], "its turn has not come"
    airflow.instances[-1] = waiting("foreign", "short", "success", 60, start_date=at(3))
    assert lines() == []
    airflow.instances[-1] = waiting("foreign", "short", "success", 60, start_date=at(3), queue="other")
    only("nothing begins in queue default, pool default_pool")
    airflow.jobs = [job(3, 1)]
    assert lines() == [], "all of it was off for a night, and begins anew"
    airflow.jobs = [job(4, 900)]
    airflow.health["scheduler"] = {"status": "unhealthy", "latest_scheduler_heartbeat": at(6)}
    only("Airflow's scheduler does not run")


def test_a_watch_that_does_not_look_is_missed_by_whoever_asks_from_outside(airflow: FakeAirflow) -> None:
    airflow.looks = [{"state": "failed", "start_date": at(10), "end_date": at(9)}]
    only("report_watch does not look for what is missing.")
    airflow.looks.append({"state": "success", "start_date": at(130), "end_date": at(121)})
    only("report_watch does not look for what is missing; it last did at 2100-01-15 09:59 UTC")
    airflow.looks.append({"state": "running", "start_date": at(1), "end_date": None})
    assert lines() == [], "it is the one that asks"
    airflow.looks = []
    airflow.jobs = [job(5, 100)]
    assert lines() == [], "Airflow was started lately"
    airflow.jobs = [job(6, 121)]
    only("report_watch does not look")
    airflow.statuses = {"/api/v2/jobs": 403}
    only("report_watch does not look")
    airflow.versions.append({"dag_id": "report_watch", "version_number": 1, "created_at": at(100)})
    assert lines() == [], "it is new, which also those see who may not ask about jobs"
    airflow.versions[-1]["created_at"] = at(121)
    only("report_watch does not look")


@pytest.mark.parametrize("minutes", [6, -6])
def test_clocks_that_differ(airflow: FakeAirflow, minutes: float) -> None:
    airflow.beat(at(minutes))
    only("the clocks differ: it is 2100-01-15 ")


def test_users_of_the_list_that_airflow_does_not_know(airflow: FakeAirflow) -> None:
    airflow.unknown_users = ["head_of_department"]
    only("Airflow lacks 1 user(s) of the list, or they are not active: head_of_department")
    airflow.statuses = {"/itss/api/check": 403}
    assert lines() == [], "the deadline of the answer remains"
