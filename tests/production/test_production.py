"""Three reports go through the house of several machines while its parts are killed, cut off, and come back.

Half an hour: `make production-test`. Each fault is put in at a moment that a lock or the mail server makes certain.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from zoneinfo import ZoneInfo

import pytest
import redis
from holding import held, source_held
from itss.errors import StandaloneError
from itss.standalone.progress import Watch
from itss.standalone.rest import Client, RestError
from ledger import Count, Injected
from production_house import NIGHTLY, PATIENCE_S, USERS, House

pytestmark = [pytest.mark.faults, pytest.mark.flow]

CUSTOMER, WAITING, QUARTERLY = "customer_monthly", "waiting_monthly", "internal_quarterly"
RECIPIENTS = ["customer_representative@example.com", "service_level_manager@example.com"]
AWAY_S = 60 if NIGHTLY else 30


def at_work(house: House, watch: Watch, task: str, is_held: Callable[[], bool]) -> str:
    """The worker whose process waits in the step."""
    house.wait(is_held, PATIENCE_S, f"{task} to be held")
    found = house.task(watch, task)
    assert found["state"] == "running"
    assert found["hostname"] == house.worker_of(int(found["pid"])), "each machine has its own name"
    return str(found["hostname"])


def whole(
    house: House, report: str, period: str, count: Count, decided: tuple[str, ...] = ("initial_review", "approval")
) -> None:
    """One revision, sealed once; each decision once; one mail to each recipient."""
    (revision,) = house.register.revisions(report, period)
    assert revision.state == "sealed"
    assert str(revision.archive_path).startswith("s3://")
    what = [event.what for event in house.register.events(revision.ref)]
    assert [what.count(one) for one in ("released", "delivered", "sealed")] == [1, 1, 1]
    decisions = house.register.all_decisions(revision.ref)
    assert sorted(one.level for one in decisions if one.who_id == USERS.get(one.level)) == sorted(decided)
    got = house.mails(period)
    count.lost, count.doubled = sum(not got[one] for one in RECIPIENTS), sum(got.values()) - len(got)
    assert (count.lost, count.doubled) == (0, 0), got


def answered_meanwhile(house: House, watch: Watch, level: str, comment: str) -> None:
    """An approver answers, and is not waited for."""
    house.client(USERS[level]).answer(watch.dag, watch.run, level, "Approve", comment)


def asked(house: House, watch: Watch, level: str) -> None:
    watch.until_parked(house.wait_for(watch, level, "awaiting_input"))


def alarms(house: House, period: str) -> list[str]:
    return [words for words in house.box.alarms() if period in words]


def test_workers_are_killed_in_collect_deliver_and_seal(house: House, injected: Injected) -> None:
    period = "2026-08"
    watch = house.trigger(CUSTOMER, period)
    with injected("worker killed in *collect*"):
        with source_held(house) as is_held:
            worker = at_work(house, watch, "collect_incident", is_held)
            house.kill(worker)
        asked(house, watch, "initial_review")  # by the other worker
        assert house.task(watch, "collect_incident")["hostname"] != worker
        house.start(worker)
    with injected("scheduler, one of two, killed while an approval waits; the answer comes meanwhile"):
        house.kill("scheduler1")
        answered_meanwhile(house, watch, "initial_review", "one scheduler is down")
        house.wait_for(watch, "approval", "awaiting_input")
        house.start("scheduler1")
    with injected("API server killed as an answer arrives"):
        asked(house, watch, "approval")
        with held(house, "answered", period) as is_held:
            lost = sent_answer(house, watch, "approval")
            house.wait(is_held, PATIENCE_S, "the answer to be on its way")
            house.kill("api-server")
        lost.join(60)
        house.start("api-server")
        house.wait(house.client().healthy, PATIENCE_S, "the API server, again")
        with suppress(RestError):  # 409 where the answer was on record after all
            answered_meanwhile(house, watch, "approval", "once more")
    house.box.on["MESSAGE", RECIPIENTS[0]] = kept = killed_in_deliver(house, watch)
    with injected("worker killed in *deliver*, the mail was taken: a person decides") as count:
        house.wait(lambda: bool(kept.workers), PATIENCE_S, "the kill in deliver")
        house.wait(lambda: house.task(watch, "deliver")["state"] == "failed", PATIENCE_S, "deliver to ask a person")
        house.box.heal()
        house.wait(lambda: any("how it ended is not known" in one for one in alarms(house, period)), 120, "the alarm")
        (open_end,) = [one for one in house.register.deliveries((CUSTOMER, period, 1)) if one.status == "sending"]
        register_command(house, "delivery", CUSTOMER, period, "1", open_end.address, "accepted")
        house.start(*kept.workers)
        clear(house, watch, "deliver")
        with held(house, "sealed", period) as is_held:
            worker = at_work(house, watch, "seal", is_held)
            house.kill(worker)
    with injected("worker killed in *seal*") as count:
        house.wait_for(watch, "seal", "success")
        house.start(worker)
        assert house.ended(watch) == "success"
        whole(house, CUSTOMER, period, count)
        assert len(alarms(house, period)) == 1, "of the mail in doubt, and of nothing that went on by itself"


def test_databases_broker_and_store_are_away(house: House, injected: Injected) -> None:
    period = "2026-09"
    with injected("Redis gone with a task in its queue, and back empty"):
        watch = house.trigger(CUSTOMER, period)
        house.wait_for(watch, "open", "running", "success")
        house.redis.daemon.stop()
        house.redis.daemon.start()
        asked(house, watch, "initial_review")
    with injected("the register's PostgreSQL stopped for a while; an approver answers meanwhile"):
        house.databases["register"].daemon.stop()
        with pytest.raises(RestError) as refused:
            answered_meanwhile(house, watch, "initial_review", "register is down")
        assert refused.value.status == 503
        time.sleep(AWAY_S)
        house.databases["register"].daemon.start()
        answered_meanwhile(house, watch, "initial_review", "register is back")
        asked(house, watch, "approval")
    with injected("Airflow's PostgreSQL stopped for a while, with it the source"):
        house.databases["airflow"].daemon.stop()
        time.sleep(AWAY_S)
        house.databases["airflow"].daemon.start()
        ended = house.start_again()
        print(f"ended by themselves, and started again: {ended}")
        house.wait(house.client().healthy, PATIENCE_S, "Airflow, again")
    with injected("both PostgreSQL stopped for a while"):
        for one in house.databases.values():
            one.daemon.stop()
        time.sleep(AWAY_S)
        for one in house.databases.values():
            one.daemon.start()
        house.start_again()
        house.wait(house.client().healthy, PATIENCE_S, "Airflow, again")
    with injected("the store answers 503, then nothing, in *seal*") as count:
        assert house.store
        with held(house, "delivered", period) as is_held:
            answered_meanwhile(house, watch, "approval", "")
            house.wait(is_held, PATIENCE_S, "deliver")
            house.store.busy()
        house.wait(lambda: (house.task(watch, "seal")["try_number"] or 0) > 1, PATIENCE_S, "another try of seal")
        house.store.shut()
        refused_before = house.store.refused
        house.wait(lambda: house.store.refused > refused_before, PATIENCE_S, "a request")  # type: ignore[union-attr]
        house.store.open()
        if house.task(watch, "seal")["state"] == "failed":
            clear(house, watch, "seal")
        assert house.ended(watch) == "success"
        whole(house, CUSTOMER, period, count)


def test_a_worker_is_ended_warm_and_both_are_gone(house: House, injected: Injected) -> None:
    period = "2026-10"
    watch = house.trigger(CUSTOMER, period)
    with injected("worker ended by SIGTERM in *collect*"):
        with source_held(house) as is_held:
            worker = at_work(house, watch, "collect_incident", is_held)
            house.services[worker].end_warm()
            house.wait(lambda: "Warm shutdown" in house.log(worker) or "warm shutdown" in house.log(worker), 60, "it")
        done = house.wait_for(watch, "collect_incident", "success")
        assert (done["try_number"], done["hostname"]) == (1, worker), "it finished what it was at"
        house.services[worker].wait_for_end(PATIENCE_S)
    with injected("no worker for a while") as count:
        house.stop(*(name for name in ("worker1", "worker2") if house.services[name].is_running))
        time.sleep(AWAY_S)
        house.start("worker1", "worker2")
        house.sign(watch)
        assert house.ended(watch) == "success"
        whole(house, CUSTOMER, period, count)


def test_data_is_handed_in_and_a_quarter_is_reviewed(house: House, injected: Injected) -> None:
    handed, quarter = house.trigger(WAITING, "2026-10"), house.trigger(QUARTERLY, "2026-Q3")
    with injected("triggerer killed while a report waits for data") as count:
        house.wait_for(handed, "wait_capacity", "deferred")
        house.kill("triggerer")
        file = house.folder / "capacity.csv"
        file.write_text("id,resource,sampled_at,utilisation\nS1,A,2026-10-31 08:00,0.5\n")
        house.itss("hand-in", WAITING, "2026-10", "capacity", str(file), "--by", "service_level_manager")
        house.start("triggerer")
        house.sign(handed)
        assert house.ended(handed) == "success"
        (revision,) = house.register.revisions(WAITING, "2026-10")
        assert revision.state == "sealed"
    house.answer(quarter, "comment", "OK", comment="Two printers were replaced")
    house.sign(quarter)
    day = dt.datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()
    said = {"attendees": ["service_level_manager"], "gaps": "none", "trends": "none", "measures": "none", "items": ""}
    house.answer(quarter, "review_meeting", "OK", held_on=day, **said)
    assert house.ended(quarter) == "success"
    whole(house, QUARTERLY, "2026-Q3", count)


def test_the_record_is_whole_and_nothing_is_left(house: House) -> None:
    house.itss("audit")  # ends with 1 for any problem
    broker = redis.Redis.from_url(f"{house.redis.url}/0")
    house.wait(lambda: not broker.llen("default") and not broker.hlen("unacked"), PATIENCE_S, "an empty queue")


class killed_in_deliver:  # noqa: N801 - its name says to the mail server that the message is kept
    """Kills the worker that sends, once its message is there and kept."""

    __name__ = "kept"

    def __init__(self, house: House, watch: Watch) -> None:
        self.house, self.watch = house, watch
        self.workers: list[str] = []

    def __call__(self) -> None:
        if not self.workers:
            worker = str(self.house.task(self.watch, "deliver")["hostname"])
            self.house.kill(worker)
            self.workers.append(worker)


def sent_answer(house: House, watch: Watch, level: str) -> threading.Thread:
    """An answer on its way, in a thread: its server dies meanwhile."""

    def answer() -> None:
        with suppress(StandaloneError, OSError):
            user = USERS[level]
            Client(house.base, user, house.passwords[user]).answer(watch.dag, watch.run, level, "Approve", "at once")

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    return thread


def register_command(house: House, *words: str) -> None:
    ended = house.services["api-server"].machine.run("-m", "itss.register", *words)
    assert ended.returncode == 0, ended.stderr


def clear(house: House, watch: Watch, task: str) -> None:
    house.client().post(
        f"/dags/{watch.dag}/clearTaskInstances",
        {"dry_run": False, "dag_run_id": watch.run, "task_ids": [task], "only_failed": False,
         "include_downstream": True, "reset_dag_runs": True},
    )  # fmt: skip
