"""Step 2 收集 in a folder: the rows of one process from its source, or kept as the revision before had them.

Written as ``data/<process>.parquet`` with a submission beside it that says where from, how many and which checksum.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from itss.archive.folder import RevisionFolder
from itss.errors import ContentChangedError, SourceError
from itss.processes import EXCLUSION_SHEET
from itss.settings import Settings
from itss.steps.job import Job

if TYPE_CHECKING:
    from itss.register import HandIn

Newest = Callable[[str, str], "HandIn | None"]


def collect_process(
    job: Job,
    process: str,
    settings: Settings,
    now: dt.datetime,
    register_rows: Any = None,
    newest: Newest | None = None,
) -> dict[str, Any]:
    """Fetch one process's rows into ``data/<process>.parquet``; returns the submission as JSON.

    ``newest`` gives the accepted version of handed-in data by process and period.

    A source that is not mandatory and cannot be had leaves a submission that says why; a mandatory one raises.
    """
    from itss.sources.snapshot import columns_of

    source = job.entry.data_source[process]
    submission: dict[str, Any] = {
        "process": process,
        "collected_at": now.isoformat(),
        "rows": 0,
        "sha256": "",
        "missing": "",
        "cannot_tell": dict(source.cannot_tell),
        "present_value": [],
    }
    try:
        submission |= _fetch(job, process, settings, now, register_rows, newest)
        submission["columns"], submission["unfilled"] = columns_of(job.folder.target(f"data/{process}.parquet"))
    except SourceError as error:
        if source.mandatory:
            raise
        submission |= {"source": source.connection or source.file or source.system, "missing": str(error)}
    job.folder.write_json(f"data/{process}.json", submission)
    return submission


def keep_process(job: Job, process: str, before: RevisionFolder) -> dict[str, Any]:
    """The rows of the revision in ``before``, as its author asked for: the same files, proven by their checksum."""
    try:
        submission: dict[str, Any] = before.read_json(f"data/{process}.json")
        kept = [f"data/{process}.json", *before.names(f"handed_in/{process}")]
        kept += [f"sql/{process}.sql"] if before.has(f"sql/{process}.sql") else []
        kept += [f"data/{process}.parquet"] if not submission["missing"] else []
        for name in kept:
            data = before.read(name)
            if name.endswith(".parquet") and hashlib.sha256(data).hexdigest() != submission["sha256"]:
                raise ContentChangedError(f"{before}/{name} is not what was collected.", "Collect the data again.")
            job.folder.write(name, data)
    except OSError as error:
        raise SourceError(
            f"{process}: the data of revision {job.revision - 1} cannot be kept ({error}).",
            "Restore the workspace, or have the report returned once more and collect the data anew.",
        ) from error
    return submission


def _fetch(
    job: Job, process: str, settings: Settings, now: dt.datetime, register_rows: Any, newest: Newest | None
) -> dict[str, Any]:
    """Write the rows and the query; the source, the number of rows and their sha256."""
    from itss.sources.contract import contract_of
    from itss.sources.snapshot import write_frame
    from itss.sources.window import Window

    if process == EXCLUSION_SHEET:
        return _fetch_sheets(job, settings, now, newest)
    source = job.entry.data_source[process]
    to = job.folder.target(f"data/{process}.parquet")
    window = Window(job.processes[process], job.window_start, job.period.end, now, source.earliest)
    said: dict[str, Any] = {}
    if source.hand_in:
        from itss.hand_in.collecting import FOLDER, collect_handed_in

        versions = newest or (lambda _process, _label: None)
        handed_in = collect_handed_in(job.place(process), settings, partial(versions, process))
        for older in job.folder.names(f"{FOLDER}/{process}"):
            job.folder.remove(older)  # collected again, the revision holds the version that it was made from
        job.folder.write(f"{FOLDER}/{process}/{handed_in.name}", handed_in.data)
        sha256, rows = write_frame(to, window.frame(handed_in.frame))
        where, sql = handed_in.source, handed_in.sql
        said = {"empty": handed_in.empty, "absent": handed_in.absent}
    elif job.entry.collection_method == "register":
        from itss.sources.register_source import collect_register

        found = collect_register(process, job.people, register_rows, job.window_start, job.period.end)
        sha256, rows = write_frame(to, window.frame(found))
        where, sql = "register", ""
    else:
        from itss.sources.collect import collect
        from itss.sources.connections import connection_url
        from itss.sources.statement import sql_file

        collected = collect(
            job.processes[process],
            source,
            sql_file=sql_file(job.base, settings.include, source.system, process),
            base=job.base,
            start=job.window_start,
            end=job.period.end,
            connection_url=connection_url,
            to=to,
            window=window,
        )
        sha256, rows, where, sql = collected.sha256, collected.rows, collected.source, collected.sql
    job.folder.write(f"sql/{process}.sql", sql.encode())
    outcome = {"source": where, "rows": rows, "sha256": sha256, "outside": window.outside.counts, **said}
    return outcome | asdict(contract_of(sql, source.cannot_tell))


def _fetch_sheets(job: Job, settings: Settings, now: dt.datetime, newest: Newest | None) -> dict[str, Any]:
    """Write the exclusions that were handed in, with the sheets as they came and the evidence that they name."""
    from itss.hand_in.collecting import FOLDER
    from itss.hand_in.exclusion_sheets import collect_sheets
    from itss.sources.snapshot import write_frame

    versions = newest or (lambda _process, _label: None)
    sheets = collect_sheets(
        job.place(EXCLUSION_SHEET), settings, partial(versions, EXCLUSION_SHEET), job.exclusions, now
    )
    for older in job.folder.names(f"{FOLDER}/{EXCLUSION_SHEET}"):
        job.folder.remove(older)
    for name, data in sheets.files.items():
        job.folder.write(name, data)
    sha256, rows = write_frame(job.folder.target(f"data/{EXCLUSION_SHEET}.parquet"), sheets.frame)
    return {"source": sheets.source, "rows": rows, "sha256": sha256, "outside": {}}
