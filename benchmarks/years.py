"""What ten years on record cost: the half-hourly watch, the daily notifications, opening and checking a revision.

Fifty monthly reports, 120 periods each, against the very same list with an empty register; in CPU seconds, since both
wait for the same disk. The record is made once, which takes a quarter of an hour (`benchmarks.years_record`).
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from itss import steps
from itss.flow.standing_entries import opened_entries
from itss.periods import parse_period
from itss.ref import Ref
from itss.register import Register
from itss.standalone.sink import MailSink
from itss.steps import watching

from benchmarks.entry import Entry, in_turns, rounded
from benchmarks.years_record import CROWD, CROWDED, LAST, House, empty_house, findings, full_house, submissions

NOW = dt.datetime(2026, 10, 20, 1, tzinfo=dt.UTC)
"""After the last report was due, and before the next data is asked for: there is nothing new to notify anybody of."""
LATER = dt.datetime(2026, 11, 2, 1, tzinfo=dt.UTC)
USUAL = "2026-10"
KINDS = ("announce", "remind", "escalate", "refused")
_DAILY, _REVISION, _PARSE_S = 1.5, 1.3, 0.02


def entries() -> list[Entry]:
    """Ten years against nothing."""
    logging.disable(logging.WARNING)  # with an empty register there is much to say
    with tempfile.TemporaryDirectory() as folder:
        empty, full = empty_house(Path(folder) / "empty"), House(Path(folder) / "full")
        shutil.copytree(full_house().folder, full.folder)
        with MailSink(Path(folder) / "mail") as sink:
            connect(sink.port)
            for house in (empty, full):
                _settle(house)
            return [*_daily(empty, full), *_revision(empty, full)]


def connect(port: int) -> None:
    """Have mails go to the mail server at ``port``."""
    extra = {"disable_ssl": True, "disable_tls": True, "from_email": "reports@example.com", "timeout": 60}
    connection = {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra}
    os.environ["AIRFLOW_CONN_SMTP_DEFAULT"] = json.dumps(connection)


def _settle(house: House) -> None:
    """Notify everybody of everything, so that nothing is new."""
    mailed = [watch(house) + notify(house) for _ in range(2)]
    print(f"{house.folder.name}: {len(mailed[0])} mails", file=sys.stderr)
    if mailed[1]:
        raise SystemExit("Somebody was notified twice.")


def enter(house: House, now: dt.datetime = NOW) -> Register:
    """Work in this house at this instant."""
    os.environ.update(house.environment)
    house.now = now
    return house.register()


def watch(house: House) -> list[str]:
    """What `report_watch` does every half hour."""
    enter(house)
    return watching.watch(NOW)


def notify(house: House) -> list[str]:
    """What `report_list` does every day."""
    enter(house)
    return [address for kind in KINDS for address in steps.notify_of_data(kind, NOW)]


def parse(house: House) -> object:
    """What is asked whenever DAGs are parsed."""
    enter(house)
    return opened_entries()


def _daily(empty: House, full: House) -> Iterator[Entry]:
    for name, work in (("report_watch", watch), ("report_list", notify)):
        yield _entry(f"{name}, nothing new, 10 years of 50 reports on record", work, empty, full, _DAILY)
    ours, theirs = in_turns(partial(parse, full), partial(parse, empty), clock=time.process_time)
    name, goal = "what parsing DAGs asks of the register, 10 years on record", f"<= {_PARSE_S} CPU s"
    yield Entry(name, rounded(ours), "CPU s", "empty register", rounded(theirs), None, goal, ours <= _PARSE_S)


@dataclass
class Making:
    """What the next revision of a report and period asks of the register, and writes, up to its statement."""

    report: str
    period: str

    def work(self, house: House) -> None:
        """`open` as a whole; of `check`, `measure` and `render` what concerns the register."""
        register = enter(house, LATER)
        job = steps.open_report(self.report, self.period, f"run {time.monotonic_ns()}", LATER)
        ref = Ref(self.report, self.period, job["revision"])
        period = parse_period(self.period, "month", "Asia/Shanghai")
        register.record_submissions(ref, submissions(LATER))
        register.past(self.report, period)
        register.record_findings(ref, findings())
        register.published_history(self.report, period.shift(-2).label)
        register.baselines(self.report)
        register.improvements(self.report, open_at=period.start)
        register.revisions(self.report, self.period)
        register.corrects(ref)
        register.last_sealed(self.report, self.period)

    def give_up(self, *houses: House) -> None:
        """Close what was opened last, so that the next one can be opened."""
        for house in houses:
            last = enter(house, LATER).latest(self.report, self.period)
            if last and last.state == "open":
                house.register().fail(last.ref, "measured")
                house.register().supersede(last.ref, "measured")


def _revision(empty: House, full: House) -> Iterator[Entry]:
    for one, name in (
        (Making("supplier_00", USUAL), "a new revision on record, 10 years behind it"),
        (Making(CROWDED, LAST), f"a new revision on record after {CROWD} of its period"),
    ):
        yield _entry(name, one.work, empty, full, _REVISION, partial(one.give_up, empty, full))


def _entry(
    name: str,
    work: Callable[[House], object],
    empty: House,
    full: House,
    most: float,
    prepare: Callable[[], object] = lambda: None,
) -> Entry:
    ours, theirs = in_turns(partial(work, full), partial(work, empty), clock=time.process_time, prepare=prepare)
    ratio = ours / theirs
    return Entry(
        name, rounded(ours), "CPU s", "empty register", rounded(theirs), rounded(ratio), f"<= {most}", ratio <= most
    )
