"""Step 2 收集 in a folder: the rows of one process from its source, or kept as the revision before had them.

Written as ``data/<process>.parquet`` with a submission beside it that says where from, how many and which checksum.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itss.archive.store import write
from itss.errors import ContentChangedError, SourceError
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
    source = job.entry.data_source[process]
    submission: dict[str, Any] = {
        "process": process,
        "collected_at": now.isoformat(),
        "rows": 0,
        "sha256": "",
        "missing": "",
    }
    try:
        submission |= _fetch(job, process, settings, register_rows, newest)
    except SourceError as error:
        if source.mandatory:
            raise
        submission |= {"source": source.connection or source.file or source.system, "missing": str(error)}
    write(job.folder / "data" / f"{process}.json", json.dumps(submission, ensure_ascii=False).encode())
    return submission


def keep_process(job: Job, process: str) -> dict[str, Any]:
    """The rows of the revision before, as its author asked for: the same files, proven by their checksum."""
    before = job.folder.parent / f"r{job.revision - 1:02d}"
    try:
        submission: dict[str, Any] = json.loads((before / "data" / f"{process}.json").read_bytes())
        kept = [Path("data") / f"{process}.json", Path("sql") / f"{process}.sql"]
        kept += [Path("data") / f"{process}.parquet"] if not submission["missing"] else []
        handed_in = sorted((before / "handed_in" / process).glob("*"), key=str)
        kept += [Path("handed_in") / process / path.name for path in handed_in]
        for name in kept:
            if name.suffix == ".sql" and not (before / name).exists():
                continue
            data = (before / name).read_bytes()
            if name.suffix == ".parquet" and hashlib.sha256(data).hexdigest() != submission["sha256"]:
                raise ContentChangedError(f"{before / name} is not what was collected.", "Collect the data again.")
            write(job.folder / name, data)
    except OSError as error:
        raise SourceError(
            f"{process}: the data of revision {job.revision - 1} cannot be kept ({error}).",
            "Restore the workspace, or have the report returned once more and collect the data anew.",
        ) from error
    return submission


def _fetch(job: Job, process: str, settings: Settings, register_rows: Any, newest: Newest | None) -> dict[str, Any]:
    """Write the rows and the query; the source, the number of rows and their sha256."""
    from itss.sources.snapshot import write_frame

    source = job.entry.data_source[process]
    to = job.folder / "data" / f"{process}.parquet"
    if source.hand_in:
        from itss.hand_in.collecting import collect_handed_in

        versions = newest or (lambda _process, _label: None)
        handed_in = collect_handed_in(job.place(process), settings, partial(versions, process), job.folder)
        sha256, rows = write_frame(to, handed_in.frame)
        where, sql = handed_in.source, handed_in.sql
    elif job.entry.collection_method == "register":
        from itss.sources.register_source import collect_register

        found = collect_register(process, job.people, register_rows, job.window_start, job.period.end)
        sha256, rows = write_frame(to, found)
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
        )
        sha256, rows, where, sql = collected.sha256, collected.rows, collected.source, collected.sql
    write(job.folder / "sql" / f"{process}.sql", sql.encode())
    return {"source": where, "rows": rows, "sha256": sha256}
