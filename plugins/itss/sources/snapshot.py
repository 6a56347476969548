"""Frames on disk: Parquet whose bytes depend on nothing but the rows."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from itss.archive.store import digest, replacing, write
from itss.errors import SourceError

_GROUP = 1 << 17
"""Rows of a row group."""
_SORT: dict[str, str | bool | int | float | list[str]] = {"memory_limit": "200MB", "threads": 1}
"""With more threads the sort is little faster, and holds far more than its limit."""


def write_frame(path: Path, frame: pd.DataFrame) -> tuple[str, int]:
    """Write ``frame`` (its index is dropped) to ``path``, whole or not at all; returns sha256 and number of rows."""
    return write(path, frame_bytes(frame)), len(frame)


def frame_bytes(frame: pd.DataFrame) -> bytes:
    """``frame`` (its index is dropped) as Parquet."""
    buffer = io.BytesIO()
    frame.reset_index(drop=True).to_parquet(buffer, engine="pyarrow", compression="zstd", index=False)
    return buffer.getvalue()


def write_batches(path: Path, like: pd.DataFrame, batches: Iterable[pa.RecordBatch]) -> tuple[str, int]:
    """Write rows with the columns and types of ``like``, sorted by ``id``, whole or not at all.

    Returns sha256 and number of rows. They are written as they come, and sorted once the source is done with, unless
    they came in order; what does not fit into some hundred megabytes is sorted in the temporary folder, so the rows may
    be more than memory holds. Rows of equal id are sorted by their other columns.
    """
    schema = pa.Schema.from_pandas(like, preserve_index=False)
    with replacing(path) as file:
        rows, is_sorted = _write(file, schema, batches)
        for keys in ("id", "ALL"):
            if not is_sorted:
                pa.default_memory_pool().release_unused()
                with replacing(file) as again:
                    rows, is_sorted = _write(again, schema, _sorted(keys, file))
        return digest(file), rows


def _write(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> tuple[int, bool]:
    """The number of rows, and whether the id of each is greater than that of the one before."""
    instants = [field.name for field in schema if pa.types.is_timestamp(field.type)]
    rows, is_sorted, last = 0, True, pa.array([], pa.string())
    groups = _grouped(batches, schema)
    first = next(groups, None)
    writing: Future[None] | None = None
    # while one group is written, the next is fetched
    with (
        pq.ParquetWriter(
            path,
            schema,
            compression="zstd",
            use_dictionary=[] if first is None else _few_valued(first),
            column_encoding=dict.fromkeys(instants, "DELTA_BINARY_PACKED"),
        ) as writer,
        ThreadPoolExecutor(1) as pen,
    ):
        for group in groups if first is None else chain([first], groups):
            ids = pa.concat_arrays([last, group["id"].cast(pa.string())])
            is_sorted &= pc.all(pc.greater(ids[1:], ids[:-1]), skip_nulls=False, min_count=0).as_py() is True
            last = ids[-1:]
            rows += len(group)
            if writing:
                writing.result()
            writing = pen.submit(writer.write_batch, group, _GROUP)
        if writing:
            writing.result()
    return rows, is_sorted


def _grouped(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows in batches of one size, since each becomes a row group: the bytes must not tell how they came."""
    held: list[pa.RecordBatch] = []
    missing = _GROUP
    for given in batches:
        batch = given.cast(schema)
        while len(batch) >= missing:
            yield pa.concat_batches([*held, batch.slice(0, missing)])
            batch, held, missing = batch.slice(missing), [], _GROUP
        held.append(batch)
        missing -= len(batch)
    if missing < _GROUP:
        yield pa.concat_batches(held)


def _few_valued(batch: pa.RecordBatch) -> list[str]:
    """The columns of text in which a value stands ten times or more: a dictionary of any other is given up halfway."""
    return [
        name
        for name, cells in zip(batch.schema.names, batch.columns, strict=True)
        if pa.types.is_large_string(cells.type) and 10 * pc.count_distinct(cells).as_py() <= len(cells)
    ]


def _sorted(keys: str, file: Path) -> Iterator[pa.RecordBatch]:
    import duckdb

    with (
        tempfile.TemporaryDirectory(prefix="itss-") as folder,
        duckdb.connect(":memory:", config=_SORT | {"temp_directory": folder}) as database,
    ):
        database.execute("SET TimeZone = 'UTC'")
        try:
            order = f"SELECT * FROM read_parquet($file) ORDER BY {keys} NULLS LAST"  # noqa: S608 - our own constants
            yield from database.sql(order, params={"file": str(file)}).to_arrow_reader(_GROUP)
        except duckdb.Error as error:
            raise SourceError(
                f"The rows cannot be sorted ({error}).", "Give the temporary folder (TMPDIR) more space."
            ) from error


def columns_of(path: Path) -> tuple[list[str], list[str]]:
    """The columns of a frame that was written, and those of them without a single value: nobody fills them in."""
    # opened by the path itself, which may be one of an object store; only the footer is read
    with path.open("rb") as data, pq.ParquetFile(data) as file:
        names, groups = file.schema_arrow.names, [file.metadata.row_group(at) for at in range(file.num_row_groups)]
    filled = {names[at] for group in groups for at in range(len(names)) if _has_values(group, at)}
    return names, [name for name in names if name not in filled]


def _has_values(group: pq.RowGroupMetaData, column: int) -> bool:
    known = group.column(column).statistics
    return group.num_rows > 0 and (known is None or not known.has_null_count or known.null_count < group.num_rows)


def read_frame(path: Path) -> pd.DataFrame:
    """The frame that was written, with the same types; `SourceError` if the file is missing or broken."""
    try:
        return frame_of(path.read_bytes(), path.name)
    except OSError as error:
        raise SourceError(f"{path.name}: cannot be read ({error}).", "Clear the run from 'collect' on.") from error


def frame_of(data: bytes, name: str) -> pd.DataFrame:
    """The frame whose Parquet this is; `SourceError`, naming the file, if it is broken."""
    try:
        with pq.ParquetFile(pa.BufferReader(data)) as file:
            # texts in many pieces are put together anew each time that rows are taken from them
            frame: pd.DataFrame = file.read().combine_chunks().to_pandas(self_destruct=True)
            return frame
    except (OSError, ValueError) as error:  # pyarrow's errors are ValueErrors
        raise SourceError(f"{name}: cannot be read ({error}).", "Clear the run from 'collect' on.") from error
