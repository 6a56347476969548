"""Frames on disk: Parquet whose bytes depend on nothing but the rows."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from itss.archive.store import digest, replacing, write
from itss.errors import SourceError

_GROUP = 1 << 17
"""Rows of a row group: what a column of them takes is all that is held when one is written."""
_SORT_MEMORY = "300MB"


def write_frame(path: Path, frame: pd.DataFrame) -> tuple[str, int]:
    """Write ``frame`` (its index is dropped) to ``path``, whole or not at all; returns sha256 and number of rows."""
    buffer = io.BytesIO()
    frame.reset_index(drop=True).to_parquet(buffer, engine="pyarrow", compression="zstd", index=False)
    return write(path, buffer.getvalue()), len(frame)


def write_batches(path: Path, like: pd.DataFrame, batches: Iterable[pa.RecordBatch]) -> tuple[str, int]:
    """Write rows with the columns and types of ``like``, sorted by ``id``, whole or not at all.

    Returns sha256 and number of rows. What does not fit into some hundred megabytes is sorted in the temporary folder,
    so the rows may be more than memory holds. Rows of equal id are sorted by their other columns.
    """
    schema = pa.Schema.from_pandas(like, preserve_index=False)
    with replacing(path) as file:
        rows, is_unique = _write(file, schema, _sorted("id", batches, schema))
        if not is_unique:
            with replacing(file) as again, pq.ParquetFile(file) as first:
                _write(again, schema, _sorted("ALL", first.iter_batches(_GROUP), schema))
        return digest(file), rows


def _write(path: Path, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> tuple[int, bool]:
    """The number of rows, and whether no two of them, neighbours if there are any, have the same id."""
    texts = [field.name for field in schema if pa.types.is_large_string(field.type) and field.name != "id"]
    instants = [field.name for field in schema if pa.types.is_timestamp(field.type)]
    rows, is_unique, last = 0, True, pa.array([], pa.string())
    writing: Future[None] | None = None
    # while one batch is written, the next is fetched
    with (
        pq.ParquetWriter(
            path,
            schema,
            compression="zstd",
            use_dictionary=texts,
            column_encoding=dict.fromkeys(instants, "DELTA_BINARY_PACKED"),
        ) as writer,
        ThreadPoolExecutor(1) as pen,
    ):
        for batch in batches:
            ids = pa.concat_arrays([last, batch["id"].cast(pa.string())])
            is_unique &= not pc.any(pc.equal(ids[1:], ids[:-1])).as_py() and ids.null_count < 2
            last = ids[-1:]
            rows += len(batch)
            if writing:
                writing.result()
            writing = pen.submit(writer.write_batch, batch.cast(schema), _GROUP)
        if writing:
            writing.result()
    return rows, is_unique


def _sorted(keys: str, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    import duckdb

    failed: list[BaseException] = []
    given = _plain(schema)
    with (
        tempfile.TemporaryDirectory(prefix="itss-") as folder,
        duckdb.connect(":memory:", config={"memory_limit": _SORT_MEMORY, "temp_directory": folder}) as database,
    ):
        database.execute("SET TimeZone = 'UTC'")
        database.register("arriving", pa.RecordBatchReader.from_batches(given, _told(batches, given, failed)))
        try:
            # `keys` are constants of this module
            yield from database.sql(f"SELECT * FROM arriving ORDER BY {keys} NULLS LAST").to_arrow_reader(_GROUP)  # noqa: S608
        except (duckdb.Error, pa.ArrowException) as error:
            if failed:
                raise failed[0] from None
            raise SourceError(
                f"The rows cannot be sorted ({error}).", "Give the temporary folder (TMPDIR) more space."
            ) from error


def _plain(schema: pa.Schema) -> pa.Schema:
    return pa.schema([(field.name, field.type) for field in schema])


def _told(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, failed: list[BaseException]
) -> Iterator[pa.RecordBatch]:
    """DuckDB would make its own error, without class and cause, of one that is raised while it fetches."""
    try:
        for batch in batches:
            yield batch.cast(schema)
    except BaseException as error:
        failed.append(error)
        raise


def read_frame(path: Path) -> pd.DataFrame:
    """The frame that was written, with the same types; `SourceError` if the file is missing or broken."""
    try:
        with pq.ParquetFile(path) as file:
            # texts in many pieces are put together anew each time that rows are taken from them
            frame: pd.DataFrame = file.read().combine_chunks().to_pandas(self_destruct=True)
            return frame
    except (OSError, ValueError) as error:  # pyarrow's errors are ValueErrors
        raise SourceError(f"{path.name}: cannot be read ({error}).", "Clear the run from 'collect' on.") from error
