"""One period: every report is triggered, answered and brought to its seal; what is planned for it is put in.

What a person has to do after a failure is done by the documented commands, and written into the book.
"""

from __future__ import annotations

import csv
import datetime as dt
import random
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from itss.errors import ItssError
from itss.ref import Ref
from itss.standalone.rest import RestError, run_path
from soak_list import addresses
from soak_people import LEVELS, People
from soak_plan import Case, Disturbance
from soak_services import Services
from soak_source import Source
from soak_tally import Book, Told

SETTLED_S = 5.0
"""A question is answered once it is so old: sooner, Airflow 3.3.2 may lose the answer, and the product asks again."""
MOST_CLEARS = 12
REFUSALS = {"mail_4xx": "451 4.3.0 try again later", "mail_5xx_corrected": "550 5.1.1 no such user",
            "mail_5xx_waived": "550 5.1.1 no such user"}  # fmt: skip
AWAY = (ItssError, OSError, sa.exc.SQLAlchemyError)
"""What the driver itself gets while something is down: it looks again at the next turn."""


class Cases:
    """The cases of one period."""

    def __init__(self, house: Any, people: People, services: Services, source: Source, book: Book) -> None:
        self._house = house
        self._people = people
        self._services = services
        self._source = source
        self._book = book
        self.told: dict[str, Told] = {}
        self._answered: set[tuple[str, ...]] = set()
        self._away: dict[str, type[BaseException] | None] = {}
        # one after the other, as one person hands in: a command takes seconds, in which others are asked and answer
        self._office = ThreadPoolExecutor(1)
        self._closed = threading.Event()

    def begin(self, month: str, keys: list[str], planned: list[Disturbance]) -> None:
        """Hand in what is waited for, and trigger all."""
        self.told = {key: Told(Case(key, month), {one.kind for one in planned if one.case and one.case.report == key})
                     for key in keys}  # fmt: skip
        for told in self.told.values():
            for kind in REFUSALS:
                if told.wants(kind):
                    self._house.box.on[("RCPT", addresses(told.case)[0])] = REFUSALS[kind]
        for told in self.told.values():
            if told.case.report.startswith("waiting_monthly") and not told.wants("late_hand_in"):
                told.office = self._office.submit(self.hand_in, told)
            else:
                self.trigger(told)

    def close(self) -> None:
        """Nobody hands in any more; returns once the command that runs has ended."""
        self._closed.set()
        self._office.shutdown(cancel_futures=True)

    @property
    def sealed(self) -> int:
        return sum(told.is_over for told in self.told.values())

    def tick(self) -> None:
        """Look at every case that is not over, once."""
        for work in (self._questions, self._runs):
            try:
                work()
            except AWAY as error:
                if type(error) is not self._away.get(work.__name__):
                    self._book.note("the driver waits", said=f"{type(error).__name__}: {error}"[:300])
                self._away[work.__name__] = type(error)
                time.sleep(1)
            else:
                self._away[work.__name__] = None

    def trigger(self, told: Told) -> None:
        """As a person does in the UI; tried again while the API server is away."""
        body = {"logical_date": None, "conf": {"period": told.case.period}}
        while True:
            with suppress(*AWAY):
                path = f"/dags/{told.case.report}/dagRuns"
                told.run = self._people.client().post(path, body)["dag_run_id"]
                told.runs += 1
                self._book.note("triggered", told.case, run=told.run)
                return
            self._services.tick()
            time.sleep(1)

    def hand_in(self, told: Told) -> None:
        """By the documented command."""
        file = _capacity(Path(self._house.folder) / f"{told.case.report}.{told.case.period}.csv", told.case)
        words = ["hand-in", told.case.report, told.case.period, "capacity", str(file), "--by", "report_author"]
        for _ in range(20):
            if self._closed.is_set():
                return
            try:
                self._house.itss(*words)
            except AssertionError as error:  # the register or the store is away
                self._book.note("hand-in refused", told.case, said=str(error)[-300:])
                self._closed.wait(5)
            else:
                self._book.note("handed in", told.case)
                return
        self._lose(told, "its data could not be handed in")

    # what people are asked

    def _questions(self) -> None:
        query = {"response_received": "false", "limit": 100}
        for detail in self._people.client().get("/dags/~/dagRuns/~/hitlDetails", **query)["hitl_details"]:
            task = detail["task_instance"]
            told = self.told.get(task["dag_id"])
            key = (task["dag_id"], task["dag_run_id"], task["task_id"], str(task["try_number"]), detail["created_at"])
            is_open = told is not None and told.run == task["dag_run_id"] and task["state"] == "awaiting_input"
            if told is None or not is_open or key in self._answered or _age_s(detail["created_at"]) < SETTLED_S:
                continue
            if self._react(told, detail):
                self._answered.add(key)

    def _react(self, told: Told, detail: Mapping[str, Any]) -> bool:
        """Whether the question is answered now."""
        task, is_level = detail["task_instance"]["task_id"], detail["task_instance"]["task_id"] in LEVELS
        if is_level and told.wants("run_deleted"):
            client, path = self._people.client(), run_path(told.case.report, told.run)
            client.patch(path, {"state": "failed"})  # Airflow deletes no run that goes on
            client.delete(path)
            self._book.happened("run_deleted", told)
            self.trigger(told)
            return True
        if is_level and told.wants("same_moment") and len(LEVELS[task]) > 1:
            found = self._people.answer_at_once(detail, LEVELS[task], "Approve")
            self._book.happened("same_moment", told, said=str(found))
            self._note_answers(told, task, "Approve", found)
            return any(status == 200 for status in found.values())
        option = "Reject" if is_level and told.wants("rejected") else _plain(detail)
        user = self._people.whose(task)
        status = self._people.answer(detail, user, option, f"{option} {told.case.report} {told.case.period}")
        if status == 200 and option == "Reject":
            told.rejections += 1
            self._book.happened("rejected", told)
        self._note_answers(told, task, option, {user: status})
        return status in (200, 404, 409)

    def _note_answers(self, told: Told, task: str, option: str, found: Mapping[str, int]) -> None:
        for user, status in found.items():
            self._book.note("answered", told.case, task=task, user=user, option=option, status=status)
            if task in LEVELS and status == 200:
                told.answers.append((task, user, option))
            elif task in LEVELS and (status == 0 or status >= 500):
                told.unsure.append((task, user, option))

    # what becomes of the runs

    def _runs(self) -> None:
        for told in self.told.values():
            if told.is_over or (told.office and not told.office.done()):
                continue
            if told.office:
                told.office.result()
            if not told.run:
                told.office = None
                self.trigger(told)
            if told.wants("task_killed"):
                self._kill_its_task(told)
            self._follow(told)

    def _follow(self, told: Told) -> None:
        try:
            state = self._people.client().get(run_path(told.case.report, told.run))["state"]
        except RestError as error:
            if error.status == 404:
                self._book.unplanned["a run vanished"] += 1
                self.trigger(told)
                return
            raise
        if state == "failed" and self._services.is_quiet:
            self._recover(told)
        elif state == "success":
            self._ended(told)

    def _kill_its_task(self, told: Told) -> None:
        tasks = self._people.client().tasks(told.case.report, told.run)
        running = [one for one in tasks if one["state"] == "running"]
        for one in random.Random(told.run).sample(running, len(running)):
            if self._services.kill_task(str(one["id"])):
                self._book.happened("task_killed", told, said=one["task_id"])
                return

    def _ended(self, told: Told) -> None:
        newest = self._house.register.latest(told.case.report, told.case.period)
        if newest.state == "sealed" and newest.number not in told.revisions_sealed:
            told.revisions_sealed.append(newest.number)
            if told.wants("corrected"):
                changed = self._source.correct(told.case.report.partition(".")[2], told.case.period)
                self._book.happened("corrected", told, said=f"{changed} rows")
                self.trigger(told)
                return
            told.is_over = True
            self._book.recovered_case(told)
            self._book.note("sealed", told.case, revision=newest.number)
        elif newest.run != told.run:  # after a rejection the next revision has a run of its own
            told.run = newest.run
            told.runs += 1
        elif newest.state in ("unchanged", "superseded", "failed"):
            self._lose(told, f"its run ended and its revision is {newest.state}")

    def _recover(self, told: Told) -> None:
        """What the documentation says after a failure; then clear what failed."""
        if told.clears >= MOST_CLEARS:
            self._lose(told, f"{MOST_CLEARS} clears")
            return
        tasks = self._people.client().tasks(told.case.report, told.run)
        failed = sorted(one["task_id"] for one in tasks if one["state"] == "failed")
        if told.wants("late_hand_in"):
            self._book.happened("late_hand_in", told, said=" ".join(failed))
            told.office = self._office.submit(self.hand_in, told)
            return
        if not self._as_planned(told, failed):
            self._book.unplanned[" ".join(failed) or "no task"] += 1
            why = self._house.watch(told.case.report, told.run).errors()
            self._book.note("unplanned failure", told.case, failed=failed, why=[one[:300] for one in why])
        body = {"dry_run": False, "dag_run_id": told.run, "only_failed": True, "reset_dag_runs": True}
        self._people.client().post(f"/dags/{told.case.report}/clearTaskInstances", body)
        told.clears += 1
        self._book.note("cleared", told.case, failed=failed)

    def _as_planned(self, told: Told, failed: list[str]) -> bool:
        """Whether the failure is one that was put in; its cause is removed."""
        if told.office:  # the data is there now
            told.office = None
            return True
        is_expected = any(kind in told.kinds for kind in REFUSALS)
        return ("deliver" in failed and self._decide_mails(told)) or (is_expected and "deliver" in failed)

    def _decide_mails(self, told: Told) -> bool:
        """Refused ones: the cause is corrected, or the recipient excused. Those in doubt: looked up at the server."""
        newest = self._house.register.latest(told.case.report, told.case.period)
        ref, was_expected = Ref(told.case.report, told.case.period, newest.number), False
        for item in self._house.register.deliveries(ref):
            kind = next((kind for kind in REFUSALS if told.wants(kind) and item.status in ("refused", "deferred")), "")
            if kind:
                self._house.box.on.pop(("RCPT", item.address), None)
                self._book.happened(kind, told, said=item.answer)
                was_expected = True
            if kind == "mail_5xx_waived":
                self._command(told, ref, item.address, "waived")
                told.waived.add(item.address)
            elif item.status == "sending":
                has_it = bool(self._house.box.reports()[item.address, item.message_id])
                self._command(told, ref, item.address, "accepted" if has_it else "deferred")
                self._book.unplanned["mail in doubt, decided by the server's log"] += 1
        return was_expected

    def _command(self, told: Told, ref: Ref, address: str, said: str) -> None:
        machine = self._house.services["api-server"].machine
        done = machine.run("-m", "itss.register", "delivery", *map(str, ref), address, said)
        self._book.note("decided", told.case, address=address, said=said, code=done.returncode, out=done.stderr[-200:])

    def _lose(self, told: Told, why: str) -> None:
        told.is_over, told.is_lost = True, why
        self._book.note("LOST", told.case, why=why)


def _plain(detail: Mapping[str, Any]) -> str:
    options = list(detail.get("options") or ["OK"])
    return "Approve" if "Approve" in options else str(options[0])


def _age_s(at: str) -> float:
    return (dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(at)).total_seconds()


def _capacity(path: Path, case: Case) -> Path:
    """Four samples of a disk."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "resource", "service", "kind", "sampled_at", "utilisation", "threshold"])
        for day in range(1, 5):
            at = f"{case.period}-{day:02d} 12:00"
            writer.writerow([f"{case.report}-{day}", "disk", "ERP", "storage", at, f"{0.5 + day / 20:.2f}", "0.9"])
    return path
