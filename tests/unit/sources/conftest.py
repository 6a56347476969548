"""A folder with a file in it, and the rows an SQL text reads out of it."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from itss.sources.files import query_files
from itss.sources.statement import read_statement

START = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
END = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)

Ask = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """``ask(pattern, sql)``: the rows of ``sql`` over the files of ``pattern`` in the test's folder."""

    def rows(pattern: str, sql: str = "SELECT * FROM source", zone: str = "UTC") -> list[dict[str, Any]]:
        path = tmp_path / "sql" / "incident.sql"
        path.parent.mkdir(exist_ok=True)
        path.write_text(sql, encoding="utf-8")
        statement = read_statement(path, "sql/incident.sql")
        with query_files(pattern, tmp_path, statement, {"start": START, "end": END}, zone, 60) as found:
            batches = [pa.RecordBatch.from_arrays(cells, found.names) for cells in found.batches]
        return [row for batch in batches for row in batch.to_pylist()]

    return rows


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """``put(name, content)``: a file in the test's folder."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write
