"""What was collected, read from the folder of a revision: rows by process, and what is known of them beside.

Refuses a file that is not what was collected.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from itss.errors import ContentChangedError
from itss.periods import at_time, parse_period
from itss.processes import EXCLUSION_SHEET
from itss.steps.job import Job, concerning

if TYPE_CHECKING:
    import pandas as pd

    from itss.exclusions.models import Exclusions
    from itss.measures.coverage import Collected
    from itss.measures.scope import CannotTell
    from itss.measures.scoping import SourceFacts


def submissions(job: Job) -> list[dict[str, Any]]:
    """What was collected of processes, in the order of the list."""
    return [one for one in all_submissions(job) if one["process"] != EXCLUSION_SHEET]


def all_submissions(job: Job) -> list[dict[str, Any]]:
    """The same with the sheet of agreed exclusions, where the entry has one: what goes on record."""
    return [job.folder.read_json(f"data/{process}.json") for process in job.entry.data_source]


def sheet_of(submitted: Iterable[Mapping[str, Any]]) -> tuple[str, str]:
    """The checksum of the exclusions that were handed in, and from which sheets; empty where there are none."""
    found = (one for one in submitted if one["process"] == EXCLUSION_SHEET and one["rows"])
    return next(((one["sha256"], one["source"]) for one in found), ("", ""))


def line(job: Job, submission: Mapping[str, Any], elapsed_s: float) -> str:
    """One line for the log: ``incident: 9,757 rows from itsm_sample in 2.1 s (4.3 MB)``."""
    process, source = submission["process"], job.entry.data_source[submission["process"]]
    if submission["missing"]:
        return f"{process}: no rows, {submission['missing']}"
    named = source.connection or source.file or ("what was handed in" if source.hand_in else "the register")
    size = job.folder.size(f"data/{process}.parquet") / 1e6
    return f"{process}: {submission['rows']:,} rows from {named} in {elapsed_s:.1f} s ({size:.1f} MB)"


def frames(job: Job) -> dict[str, pd.DataFrame]:
    """The collected rows by process; `ContentChangedError` when a file is not what was collected."""
    return {one["process"]: _frame(job, one) for one in submissions(job) if not one["missing"]}


def all_exclusions(job: Job) -> Exclusions:
    """What was agreed not to count: as it was fixed at the opening, and as it was handed in since.

    `ContentChangedError` when what was handed in is not what was collected.
    """
    if EXCLUSION_SHEET not in job.entry.data_source:
        return job.exclusions
    from itss.hand_in.exclusion_sheets import exclusions_of_frame

    submission = job.folder.read_json(f"data/{EXCLUSION_SHEET}.json")
    zone = job.entry.data_source[EXCLUSION_SHEET].timezone
    return (*job.exclusions, *concerning(job, exclusions_of_frame(_frame(job, submission), zone)))


def _frame(job: Job, submission: Mapping[str, Any]) -> pd.DataFrame:
    from itss.sources.snapshot import frame_of

    name = f"data/{submission['process']}.parquet"
    data = job.folder.read(name)
    if hashlib.sha256(data).hexdigest() != submission["sha256"]:
        raise ContentChangedError(
            f"{job.folder}/{name} was changed after it was collected.", "Clear the run from 'collect' on."
        )
    return frame_of(data, name)


def source_facts(job: Job) -> SourceFacts:
    """What is known of the sources beside their rows."""
    from itss.measures.scoping import SourceFacts

    return SourceFacts(collected(job), cannot_tell(job), job.entry.period.holidays)


def collected(job: Job) -> dict[str, Collected]:
    """When each process was collected, and what the list and the files handed in say of what it covers."""
    from itss.measures.coverage import Collected

    found = {}
    for submission in submissions(job):
        covers = job.entry.data_source[submission["process"]].covers
        since, until = (covers.since, covers.until) if covers else (None, None)
        is_whole = job.entry.collection_method == "register"  # which knows everything from its first day on
        found[submission["process"]] = Collected(
            at=dt.datetime.fromisoformat(submission["collected_at"]),
            since=_midnight(job, since),
            until=job.period.end if is_whole else _midnight(job, until and until + dt.timedelta(days=1)),
            empty=tuple(_span(job, label) for label in submission.get("empty", ())),
            missing=tuple(_span(job, label) for label in submission.get("absent", ())),
        )
    return found


def cannot_tell(job: Job) -> dict[str, CannotTell]:
    """By process, the values that its source says it can never yield."""
    # a version that was collected before sources said so has none
    return {
        one["process"]: {column: tuple(values) for column, values in one.get("cannot_tell", {}).items()}
        for one in submissions(job)
    }


def _midnight(job: Job, day: dt.date | None) -> dt.datetime | None:
    return None if day is None else at_time(day, dt.time(), job.period.zone)


def _span(job: Job, label: str) -> tuple[dt.datetime, dt.datetime]:
    period = parse_period(label, job.period.kind, job.period.zone)
    return period.start, period.end


def read_frame(job: Job, name: str) -> pd.DataFrame:
    """A frame of the folder, by the name of its file."""
    from itss.sources.snapshot import frame_of

    return frame_of(job.folder.read(name), name)


def write_frame(job: Job, name: str, frame: pd.DataFrame) -> None:
    """Write a frame into the folder; the same frame has the same bytes."""
    from itss.sources.snapshot import frame_bytes

    job.folder.write(name, frame_bytes(frame))
