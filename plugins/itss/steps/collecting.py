"""Step 2 收集 in a folder: the rows of one process from its source, or kept as the revision before had them.

Written as ``data/<process>.parquet`` with a submission beside it that says where from, how many and which checksum.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from itss.archive.folder import RevisionFolder
from itss.errors import ContentChangedError, OtherCustomerError, SourceError
from itss.processes import EXCLUSION_SHEET
from itss.report_list.customers import CUSTOMER
from itss.settings import Settings
from itss.steps.job import JOB_FILE, Job

if TYPE_CHECKING:
    from itss.register import HandIn
    from itss.sources.window import Window

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
        _refuse_other_customer(job, process, before)
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
            "Restore the workspace, or have the report returned once more and collect the data again.",
        ) from error
    return submission


def _refuse_other_customer(job: Job, process: str, before: RevisionFolder) -> None:
    """Rows were looked at for whom they were collected; whoever that is by now, only their own may be kept."""
    customer = job.entry.customer
    if customer is None:
        return
    said = before.read_json(JOB_FILE)["entry"].get("customer") or {"binds": {}}
    if str(said["binds"].get(CUSTOMER)) != customer.value:
        raise OtherCustomerError(
            f"{process}: the data of revision {job.revision - 1} was not collected for this customer's `:customer`.",
            "Have the report returned once more and collect the data again.",
        )


@dataclass(frozen=True)
class _Fetched:
    """The rows as they were written; ``said`` is what else handed-in data say of themselves."""

    source: str
    rows: int
    sha256: str
    sql: str = ""
    said: Mapping[str, Any] = field(default_factory=dict)


def _fetch(
    job: Job, process: str, settings: Settings, now: dt.datetime, register_rows: Any, newest: Newest | None
) -> dict[str, Any]:
    """Write the rows and the query; the source, the number of rows and their sha256."""
    from itss.sources.contract import contract_of
    from itss.sources.window import Window

    if process == EXCLUSION_SHEET:
        return _fetch_sheets(job, settings, now, newest)
    source = job.entry.data_source[process]
    window = Window(job.processes[process], job.window_start, job.period.end, now, source.earliest)
    if source.hand_in:
        found = _handed_in(job, process, settings, window, newest)
    elif job.entry.collection_method == "register":
        found = _of_register(job, process, window, register_rows)
    else:
        found = _queried(job, process, settings, window)
    job.folder.write(f"sql/{process}.sql", found.sql.encode())
    outcome = {"source": found.source, "rows": found.rows, "sha256": found.sha256, "outside": window.outside.counts}
    return outcome | dict(found.said) | asdict(contract_of(found.sql, source.cannot_tell))


def _handed_in(job: Job, process: str, settings: Settings, window: Window, newest: Newest | None) -> _Fetched:
    from itss.hand_in.collecting import FOLDER, collect_handed_in
    from itss.sources.snapshot import write_frame

    versions = newest or (lambda _process, _label: None)
    found = collect_handed_in(job.place(process), settings, partial(versions, process))
    for older in job.folder.names(f"{FOLDER}/{process}"):
        job.folder.remove(older)  # collected again, the revision holds the version that it was made from
    job.folder.write(f"{FOLDER}/{process}/{found.name}", found.data)
    sha256, rows = write_frame(job.folder.target(f"data/{process}.parquet"), window.frame(found.frame))
    return _Fetched(found.source, rows, sha256, found.sql, {"empty": found.empty, "absent": found.absent})


def _of_register(job: Job, process: str, window: Window, register_rows: Any) -> _Fetched:
    from itss.sources.register_source import collect_register, of_customer
    from itss.sources.snapshot import write_frame

    known = of_customer(register_rows, job.entry, job.people)
    found = collect_register(process, job.people, known, job.window_start, job.period.end)
    sha256, rows = write_frame(job.folder.target(f"data/{process}.parquet"), window.frame(found))
    return _Fetched("register", rows, sha256)


def _queried(job: Job, process: str, settings: Settings, window: Window) -> _Fetched:
    from itss.sources.collect import collect
    from itss.sources.connections import connection_url
    from itss.sources.statement import sql_file

    source = job.entry.data_source[process]
    found = collect(
        job.processes[process],
        source,
        sql_file=sql_file(job.base, settings.shipped, source.system, process),
        base=job.base,
        start=job.window_start,
        end=job.period.end,
        connection_url=connection_url,
        to=job.folder.target(f"data/{process}.parquet"),
        window=window,
        customer=job.entry.customer,
    )
    return _Fetched(found.source, found.rows, found.sha256, found.sql)


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
