"""What failed, and of which cause: a source for all reports that use it; register, archive or Airflow's API for all.

Else the cause is one run and one kind of error. Pure: the list and the clock are given.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from itss.errors import ArchiveUnreachableError, RegisterUnreachableError, SourceError
from itss.notices.remedies import KILLED
from itss.ref import Ref
from itss.report_list.models import Entry, ReportList

_EVERY_REPORT = "report_list"
"""In place of a report, where a cause concerns several: as the watch does of the list."""
_ABOUT = 120
_KILLED = "Its process was killed before it could say why{}, and no try is left."


@dataclass(frozen=True)
class Failure:
    """That ``task`` of ``dag`` failed for good: ``error`` was raised, or (``None``) its process was killed.

    ``run`` is empty for a DAG of the product itself, which fails in every run alike; ``ref`` is known once a revision
    was opened; ``source`` is what its task collects from, where others may use it too; ``limit`` is how long it may
    take.
    """

    dag: str
    task: str
    error: BaseException | None
    run: str = ""
    ref: Ref | None = None
    source: str = ""
    limit: str = ""

    @property
    def kind(self) -> str:
        """The class of what was raised."""
        return type(self.error).__name__ if self.error is not None else KILLED

    @property
    def is_api(self) -> bool:
        """Whether Airflow's own API did not answer; its class is Airflow's, whom this room does not know."""
        return self.kind == "AirflowRuntimeError" and str(self.error).startswith("API_SERVER_ERROR")

    @property
    def reason(self) -> str:
        """What happened, in its own words."""
        if self.error is None:
            return _KILLED.format(f", or it took longer than its limit of {self.limit}" if self.limit else "")
        return str(self.error) or self.kind


@dataclass(frozen=True)
class Cause:
    """``report``, ``period`` and ``about`` are the key of its notice; ``name`` is what several reports share of it."""

    report: str
    period: str
    about: str
    name: str = ""


def source_of(entry: Entry, task: str) -> str:
    """What a task collects from, if another report may use it too; a hand-in is one report's own."""
    source = entry.data_source.get(task.removeprefix("collect_"))
    if source is None or source.hand_in:
        return ""
    return f"connection {source.connection}" if source.connection else f"file {source.file}" if source.file else ""


def cause_of(failure: Failure, people: ReportList, now: dt.datetime) -> Cause:
    """What failed, as one and the same all day; a day is one of the zone of the list's first report."""
    zone = people.reports[0].period.timezone if people.reports else "UTC"
    day = f"{now.astimezone(ZoneInfo(zone)):%Y-%m-%d} {failure.kind}"
    if isinstance(failure.error, SourceError) and failure.source:
        return Cause(_EVERY_REPORT, "", _short(f"{day} {failure.source}"), failure.source)
    if isinstance(failure.error, (RegisterUnreachableError, ArchiveUnreachableError)) or failure.is_api:
        return Cause(_EVERY_REPORT, "", day, failure.kind)
    if not failure.run:
        return Cause(failure.dag, "", day)
    # those that work side by side fail of one cause; of the others each is a matter of its own
    own = "" if failure.task.startswith(("collect_", "wait_")) else f" {failure.task}"
    run = hashlib.sha256(failure.run.encode()).hexdigest()[:12]
    return Cause(failure.dag, failure.ref.period if failure.ref else "", _short(f"{day}{own} {run}"))


def sharing(cause: str, people: ReportList) -> tuple[Entry, ...]:
    """The reports that share a cause: those that use a source, or all."""
    if not cause.startswith(("connection ", "file ")):
        return people.reports if cause else ()
    return tuple(one for one in people.reports if any(source_of(one, process) == cause for process in one.data_source))


def _short(about: str) -> str:
    """Cut to what the column takes, and still a key."""
    if len(about) <= _ABOUT:
        return about
    return f"{about[: _ABOUT - 13]} {hashlib.sha256(about.encode()).hexdigest()[:12]}"
