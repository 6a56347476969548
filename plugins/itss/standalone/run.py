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
from dataclasses import replace

from itss import links
from itss.errors import ConfigurationError, ItssError, PeriodError, StandaloneError
from itss.register import Register
from itss.report_list.models import ReportList
from itss.settings import Settings, settings
from itss.standalone.approvers import Approvers
from itss.standalone.embedded import Embedded, user_of
from itss.standalone.outcome import Outcome, print_result
from itss.standalone.postbox import Postbox
from itss.standalone.prepare import Request, only_one, or_demo, report_list, request, sample
from itss.standalone.progress import Watch
from itss.standalone.rest import run_path
from itss.standalone.sink import MailSink
from itss.standalone.takeup import dag_run
from itss.watch.questions import open_questions

OK, PROBLEM, USAGE, INTERRUPTED = 0, 1, 2, 130
DEMO_PORT = 8080
"""Where a demo stands if nothing else does: easy to remember."""
DEMO_WAITS_S = 600.0
WAITS = frozenset({"awaiting_input", "deferred"})
"""States of a task that waits for a person, or for data that is handed in."""


def main(args: argparse.Namespace) -> int:
    """Carry one report through all eight steps; 0 only if it is sealed."""
    return _ending_cleanly(lambda: _run(args.report or "", args.period or "", todays_form=args.todays_form))


def demo(args: argparse.Namespace) -> int:  # noqa: ARG001 - one shape for all subcommands
    """Start Airflow with its UI, trigger last month's reports and stay until Ctrl-C."""
    return _ending_cleanly(_demo)


def _run(key: str, label: str, *, todays_form: bool) -> int:
    place, now = or_demo(settings()), dt.datetime.now(dt.UTC)
    reports = report_list(place)
    wanted = replace(request(reports, key, label, now), todays_form=todays_form)
    _refuse_pdf(wanted)
    say = Say()
    say(f"{wanted.entry.title.en} ({wanted.entry.key}), {wanted.period.label}")
    with only_one(place):
        outcome = Outcome(place, wanted)
        try:
            register = _stand_ready(place, reports, now, say)
            with MailSink(place.var / "mail") as sink:
                outcome.postbox = postbox = Postbox(sink, say)
                approvers = Approvers(wanted, reports, register, postbox, say)
                outcome.answers = approvers.answers
                with _airflow(place, reports, sink, say) as airflow:
                    _carry_out(airflow, wanted, register, approvers, outcome, say)
                say("Airflow ended, nothing of it is left")
                result = outcome.finish(register)
        except (ItssError, KeyboardInterrupt) as error:
            outcome.broke_off(str(error) or "interrupted")
            raise
    print_result(result)
    return OK if result.status == "sealed" else PROBLEM


def _refuse_pdf(wanted: Request) -> None:
    """Say at once, and not after a minute, that the PDF which is asked for cannot be made here."""
    if "pdf" in wanted.entry.distribution.formats:
        from itss.reports.drawing import pdf

        if why := pdf.missing():
            raise ConfigurationError(f"'{wanted.entry.key}' is to be a PDF, too. {why}", pdf.REMEDY)


def _carry_out(
    airflow: Embedded,
    wanted: Request,
    register: Register,
    approvers: Approvers,
    outcome: Outcome,
    say: Callable[[str], None],
) -> None:
    watch = Watch(airflow, wanted.entry.key, dag_run(airflow, register, wanted, say), say)
    parent = _parent_watch()

    def tick() -> None:
        parent()
        if outcome.postbox:
            outcome.postbox.announce()

    state = watch.until_end(approvers.answer, tick)
    outcome.add_steps(watch)
    if state == "failed":
        raise StandaloneError("The run failed.\n" + "\n".join(watch.errors()), "Fix it, then run again: it goes on.")


def _demo() -> int:
    place, now = or_demo(settings()), dt.datetime.now(dt.UTC)
    reports = report_list(place)
    say = Say()
    with only_one(place):
        register = _stand_ready(place, reports, now, say)
        with MailSink(place.var / "mail") as sink, _airflow(place, reports, sink, say, DEMO_PORT) as airflow:
            postbox = Postbox(sink, say)
            with suppress(KeyboardInterrupt):  # how a demo ends
                _until_all_wait(airflow, _triggered(airflow, reports, register, now, say), postbox)
                _invite(airflow, reports, register)
                _until_interrupted(airflow, postbox)
    return OK


def _triggered(
    airflow: Embedded, reports: ReportList, register: Register, now: dt.datetime, say: Callable[[str], None]
) -> list[tuple[str, str]]:
    """Every monthly report, triggered: DAG and run."""
    runs = []
    for entry in reports.reports:
        if entry.period.kind == "month":
            wanted = request(reports, entry.key, "", now)
            runs.append((entry.key, dag_run(airflow, register, wanted, say)))
            say(f"{entry.key} {wanted.period.label}: {runs[-1][1]}")
    return runs


def _until_all_wait(airflow: Embedded, runs: list[tuple[str, str]], postbox: Postbox) -> None:
    """Until each run waits for a person or for data, or has ended; after a while the demo opens without the rest."""
    tick, client = _parent_watch(), airflow.client()
    patience = time.monotonic() + DEMO_WAITS_S
    while runs and time.monotonic() < patience:
        tick()
        postbox.announce()
        airflow.check_alive()
        runs = [one for one in runs if not any(task["state"] in WAITS for task in client.tasks(*one))]
        runs = [one for one in runs if client.get(run_path(*one))["state"] not in ("success", "failed")]
        time.sleep(1)
    postbox.announce()


def _invite(airflow: Embedded, reports: ReportList, register: Register) -> None:
    """Say where the portal is, who signs in how, and which page waits for whom."""
    titles = {user_of(reports, key): person.title.en for key, person in reports.people.items()}
    print(f"\n  Portal    {airflow.base}{links.PORTAL}/\n  Airflow   {airflow.base}\n")
    for user, password in airflow.users().items():
        print(f"  {user:28} {password:20} {titles.get(user, '')}")
    print("\n  What waits, and as whom to open it (the mails under var/mail link there too):\n")
    for question in open_questions(reports, register):
        who = " or ".join(person.user or "" for person in question.people)
        print(f"  {airflow.base}{links.revision_path(question.ref)}  {question.title.en}: {who}")
    print("\n  Ctrl-C ends all of it.\n", flush=True)


def _until_interrupted(airflow: Embedded, postbox: Postbox) -> None:
    tick = _parent_watch()
    while True:
        tick()
        airflow.check_alive()
        postbox.announce()
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
    # a demo is looked at: its home page shall be green
    with Embedded(place, reports, sink.port, port=port, triggerer=True if port == DEMO_PORT else None) as airflow:
        say(f"Airflow is up on {airflow.base}")
        yield airflow
        say("Ending Airflow ...")


class Say:
    """Prints progress, each line with the seconds since the start."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def __call__(self, line: str) -> None:
        print(f"[{time.monotonic() - self._start:6.1f} s] {line}", flush=True)


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
