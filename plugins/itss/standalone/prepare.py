"""What has to stand before Airflow starts: report and period asked for, sample ITSM system, register, lock.

Everything that can be wrong about the request is said here, in a second, and not by a red task a minute later.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from itss.errors import ConfigurationError, StandaloneError
from itss.periods import Period
from itss.report_list import list_files
from itss.report_list.loader import load
from itss.report_list.models import Entry, ReportList
from itss.settings import Settings

SAMPLE_CONNECTION = "itsm_sample"


@dataclass(frozen=True)
class Request:
    """One report of one period."""

    entry: Entry
    period: Period
    todays_form: bool = False
    """Whether a period that went out is made again with today's template and own measures."""


def or_demo(place: Settings) -> Settings:
    """``place`` with the demo list that the product ships, where none was named and its home has none."""
    default, shipped = place.home / "include" / "report_list.yaml", place.shipped / "report_list.yaml"
    if list_files.is_there(place.report_list) or place.report_list != default.absolute():
        return place
    print(f"There is no {default}: the demo list is used, {shipped}.", flush=True)
    return replace(place, report_list=shipped)


def report_list(place: Settings) -> ReportList:
    """The valid entries; `ConfigurationError` with every problem when there is none."""
    loaded = load(place.report_list)
    if not loaded.list.reports:
        problems = "".join(f"\n  {problem}" for problem in loaded.problems)
        raise ConfigurationError(
            f"{place.report_list} has no valid entry.{problems}", "Correct it: python -m itss check."
        )
    return loaded.list


def request(reports: ReportList, key: str, label: str, now: dt.datetime) -> Request:
    """What was asked for: by default the first customer report, and its last complete period.

    Raises `ConfigurationError` naming the keys there are, and `PeriodError`.
    """
    entries = {entry.key: entry for entry in reports.reports}
    if key and key not in entries:
        raise ConfigurationError(f"There is no valid report '{key}'.", f"Choose one of: {', '.join(entries)}.")
    customers = [entry for entry in reports.reports if entry.kind == "customer"]
    entry = entries[key] if key else (customers or list(reports.reports))[0]
    return Request(entry, entry.period.closed(label, now))


def sample(place: Settings, reports: ReportList, now: dt.datetime) -> bool:
    """Make the sample ITSM database up to the last full month where an entry reads it; whether it was made now."""
    from itss.sample import ensure, last_full_month

    sources = (source for entry in reports.reports for source in entry.data_source.values())
    if all(source.connection != SAMPLE_CONNECTION for source in sources):
        return False
    return ensure(place.sample_database, last_full_month(now))


@contextmanager
def only_one(place: Settings) -> Iterator[None]:
    """Hold the lock of ``var``; `StandaloneError` naming the process that has it. It ends with its holder."""
    place.var.mkdir(parents=True, exist_ok=True)
    with (place.var / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise StandaloneError(
                f"Another `make run` or `make demo` is at work in {place.var} (process {lock.read().strip()}).",
                "Wait for it or end it, or set ITSS_VAR to another folder.",
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
