"""`make run` and `make demo`: the product once through, on this machine, with everything it needs.

`run` answers the approvals as the demo approvers and says so; `demo` leaves them to the person. Whether a report was
made is read from the register, not from the colour of a task.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from itss.errors import ConfigurationError, ItssError, PeriodError, StandaloneError
from itss.register import Register
from itss.report_list.models import Entry, ReportList
from itss.settings import Settings, settings
from itss.standalone.embedded import Embedded, user_of
from itss.standalone.outcome import Outcome, print_result
from itss.standalone.prepare import Request, only_one, report_list, request, sample
from itss.standalone.sink import MailSink
from itss.standalone.takeup import dag_run
from itss.standalone.watch import POLL_S, Watch

OK, PROBLEM, USAGE, INTERRUPTED = 0, 1, 2, 130
DEMO_PORT = 8080
"""Where a demo stands if nothing else does: easy to remember."""


def main(args: argparse.Namespace) -> int:
    """Carry one report through all eight steps; 0 only if it is sealed."""
    return _ending_cleanly(lambda: _run(args.report or "", args.period or ""))


def demo(args: argparse.Namespace) -> int:  # noqa: ARG001 - one shape for all subcommands
    """Start Airflow with its UI, trigger last month's reports and stay until Ctrl-C."""
    return _ending_cleanly(_demo)


def _run(key: str, label: str) -> int:
    place, now = settings(), dt.datetime.now(dt.UTC)
    reports = report_list(place)
    wanted = request(reports, key, label, now)
    say = Say()
    say(f"{wanted.entry.title.en} ({wanted.entry.key}), {wanted.period.label}")
    with only_one(place):
        outcome = Outcome(place, wanted)
        try:
            register = _stand_ready(place, reports, now, say)
            with MailSink(place.var / "mail") as sink:
                outcome.watch_mails(sink)
                with _airflow(place, reports, sink, say) as airflow:
                    _carry_out(airflow, reports, wanted, register, outcome, say)
                say("Airflow ended, nothing of it is left")
                result = outcome.finish(register)
        except (ItssError, KeyboardInterrupt) as error:
            outcome.broke_off(str(error) or "interrupted")
            raise
    print_result(result)
    return OK if result.status == "sealed" else PROBLEM


def _carry_out(
    airflow: Embedded,
    reports: ReportList,
    wanted: Request,
    register: Register,
    outcome: Outcome,
    say: Callable[[str], None],
) -> None:
    watch = Watch(airflow, wanted.entry.key, dag_run(airflow, register, wanted, say), say)
    state = watch.until_end(Approvers(wanted.entry, reports, register, say).answer, _parent_watch())
    outcome.add_steps(watch)
    if state == "failed":
        raise StandaloneError("The run failed.\n" + "\n".join(watch.errors()), "Fix it, then run again: it goes on.")


def _demo() -> int:
    place, now = settings(), dt.datetime.now(dt.UTC)
    reports = report_list(place)
    say = Say()
    with only_one(place):
        register = _stand_ready(place, reports, now, say)
        with MailSink(place.var / "mail") as sink, _airflow(place, reports, sink, say, DEMO_PORT) as airflow:
            for entry in reports.reports:
                if entry.period.kind == "month":
                    wanted = request(reports, entry.key, "", now)
                    run = dag_run(airflow, register, wanted, say)
                    say(f"{entry.key} {wanted.period.label}: {run}")
            _invite(airflow, reports)
            with suppress(KeyboardInterrupt):  # how a demo ends
                _until_interrupted(airflow, sink, say)
    return OK


def _invite(airflow: Embedded, reports: ReportList) -> None:
    """Tell where to click, and as whom."""
    titles = {user_of(reports, key): person.title.en for key, person in reports.people.items()}
    print(f"\n  Airflow   {airflow.base}\n")
    for user, password in airflow.users().items():
        print(f"  {user:28} {password:20} {titles.get(user, '')}")
    print("\n  Approvals wait under 'Required Actions'. Ctrl-C ends all of it.\n", flush=True)


def _until_interrupted(airflow: Embedded, sink: MailSink, say: Callable[[str], None]) -> None:
    known, tick = set(sink.mails()), _parent_watch()
    while True:
        tick()
        airflow.check_alive()
        for path in sink.mails():
            if path not in known:
                known.add(path)
                say(f"mail {_mail(path)}")
        time.sleep(1)


def _stand_ready(place: Settings, reports: ReportList, now: dt.datetime, say: Callable[[str], None]) -> Register:
    if sample(place, reports, now):
        say(f"Sample ITSM database made: {place.sample_database}")
    register = Register(place.register_url)
    register.upgrade()
    say("Register ready")
    return register


@contextmanager
def _airflow(
    place: Settings, reports: ReportList, sink: MailSink, say: Callable[[str], None], port: int = 0
) -> Iterator[Embedded]:
    say("Starting Airflow (some 15 s; the first time some more) ...")
    with Embedded(place, reports, sink.port, port=port, triggerer=bool(port)) as airflow:  # a demo has a fixed port
        say(f"Airflow is up on {airflow.base}")
        yield airflow
        say("Ending Airflow ...")


def minutes(entry: Entry, reports: ReportList, now: dt.datetime) -> dict[str, object]:
    """What `make run` writes into the form of the review meeting: a day, who was there, and one item to improve."""
    today = now.astimezone(ZoneInfo(entry.period.timezone)).date()
    due = today + dt.timedelta(days=30)
    return {
        "held_on": today.isoformat(),
        "attendees": list(dict.fromkeys([reports.report_manager, entry.author, *entry.distribution.recipients])),
        "gaps": "演示：未达成的目标见下表，主要原因是高优先级事件集中在少数服务。\n"
        "Demo: the missed targets are listed below; most of the high priority incidents fall on a few services.",
        "items": f"分析未达成目标的主要原因 Find the main causes of the missed targets | {entry.author} | {due}",
        "trends": "演示：除报告标出的信号外，各项变化属正常波动。\n"
        "Demo: apart from the signals that the report marks, the changes are ordinary fluctuation.",
        "measures": "演示：每周检查临近期限的事件，提前升级。\n"
        "Demo: every week look at incidents close to their deadline, and escalate them before it passes.",
    }


NOTIFIED_S = 60.0
"""So long after a question its mail may come; it is sent before the task waits."""


class Approvers:
    """Answers the approvals as the people whom the entry names, each once they have their mail, and says so."""

    def __init__(self, entry: Entry, reports: ReportList, register: Register, say: Callable[[str], None]) -> None:
        self._entry = entry
        self._levels = {level.name: level for level in entry.approval}
        self._author = entry.author
        self._reports = reports
        self._register = register
        self._say = say

    def _until_notified(self, watch: Watch, name: str, user: str) -> None:
        """As people do: nobody answers what they have not heard of."""
        ref = self._register.of_run(watch.dag, watch.run)
        address = next(one.email for one in self._reports.people.values() if one.user == user)
        patience = time.monotonic() + NOTIFIED_S
        while ref is not None and time.monotonic() < patience:
            known = self._register.notices(ref.report, ref.period, kind="asked", statuses=["accepted"])
            if any(one.address == address and one.about.startswith(f"r{ref.number:02d} {name} ") for one in known):
                return self._say(f"          mail to {address}: {known[-1].answer}")
            time.sleep(POLL_S)
        return self._say(f"          no mail has come to {address}; see the notices in the register")

    def answer(self, watch: Watch, task: dict[str, Any]) -> None:
        """Approve a level; `StandaloneError` for a form that only its person can fill."""
        name = task["task_id"]
        if name in self._levels:
            user = next(
                self._reports.people[key].user or ""
                for key in self._levels[name].approvers
                if self._reports.people[key].user
            )
            self._until_notified(watch, name, user)
            watch.answer(task, user, "Approve", "approved by `make run` over the REST API")
            self._say(f"          answered {task['task_display_name']}: Approve, over REST as demo user '{user}'")
        elif name == "comment":
            user = user_of(self._reports, self._author)
            self._until_notified(watch, name, user)
            watch.answer(task, user, "OK", None)
            self._say(f"          answered {task['task_display_name']}: nothing to say, as demo user '{user}'")
        elif name == "review_meeting":
            user = user_of(self._reports, self._reports.report_manager)
            self._until_notified(watch, name, user)
            watch.answer(task, user, "OK", None, minutes(self._entry, self._reports, dt.datetime.now(dt.UTC)))
            self._say(f"          answered {task['task_display_name']}: demo minutes, as demo user '{user}'")
        else:
            raise StandaloneError(
                f"The report was returned; '{task['task_display_name']}' waits for its author.",
                "Answer it in the UI: make demo.",
            )


class Say:
    """Prints progress, each line with the seconds since the start."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def __call__(self, line: str) -> None:
        print(f"[{time.monotonic() - self._start:6.1f} s] {line}", flush=True)


def _mail(path: Path) -> str:
    message = message_from_bytes(path.read_bytes(), policy=default)
    return f"{path.name} to {message['To']}: {message['Subject']}"


def _parent_watch() -> Callable[[], None]:
    """Under make: end when make was killed, for then nobody is left to end us."""
    parent = os.getppid()

    def check() -> None:
        if "MAKELEVEL" in os.environ and os.getppid() != parent:
            raise KeyboardInterrupt

    return check


def _ending_cleanly(work: Callable[[], int]) -> int:
    def end(*_: object) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # once is enough: the ending must not be interrupted
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    try:
        return work()
    except KeyboardInterrupt:
        print("\nInterrupted; everything that was started has been ended.", file=sys.stderr)
        return INTERRUPTED
    except (ConfigurationError, PeriodError) as error:
        print(error, file=sys.stderr)
        return USAGE
    except ItssError as error:
        print(f"\n{error}", file=sys.stderr)
        return PROBLEM
