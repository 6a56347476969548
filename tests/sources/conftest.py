"""The rows that an SQL file of the project reads from a real database server."""

from pathlib import Path

import pytest
from itss.processes import PROCESSES
from itss.report_list.data_source import DataSource
from itss.sources.collect import collect
from itss.sources.snapshot import read_frame

SQL = Path(__file__).resolve().parents[2] / "include" / "sql"


@pytest.fixture(scope="session")
def rows_of(tmp_path_factory):
    """``rows_of(system, process, url, zone, start, end)``: the frame that ``include/sql/<system>/<process>.sql`` gives
    for ``[start, end)`` of a source whose clocks show ``zone``; ``url`` may be a glob of files instead."""

    def read(system, process, url, zone, start, end):
        place = {"file": url} if isinstance(url, str) else {"connection": "itsm"}
        collected = collect(
            PROCESSES[process],
            DataSource(system=system, timezone=zone, **place),
            sql_file=SQL / system / f"{process}.sql",
            base=tmp_path_factory.getbasetemp(),
            start=start,
            end=end,
            connection_url=lambda _: url,
            to=tmp_path_factory.mktemp(system) / f"{process}.parquet",
        )
        return read_frame(collected.path)

    return read
