"""Frames on disk: Parquet whose bytes depend on nothing but the frame."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from itss.archive.store import write
from itss.errors import SourceError


def write_frame(path: Path, frame: pd.DataFrame) -> tuple[str, int]:
    """Write ``frame`` (its index is dropped) to ``path``, whole or not at all; returns sha256 and number of rows."""
    buffer = io.BytesIO()
    frame.reset_index(drop=True).to_parquet(buffer, engine="pyarrow", compression="zstd", index=False)
    return write(path, buffer.getvalue()), len(frame)


def read_frame(path: Path) -> pd.DataFrame:
    """The frame that `write_frame` wrote, with the same types; `SourceError` if the file is missing or broken."""
    try:
        with pq.ParquetFile(path) as file:
            # texts in many pieces are put together anew each time that rows are taken from them
            frame: pd.DataFrame = file.read().combine_chunks().to_pandas(self_destruct=True)
            return frame
    except (OSError, ValueError) as error:  # pyarrow's errors are ValueErrors
        raise SourceError(f"{path.name}: cannot be read ({error}).", "Clear the run from 'collect' on.") from error
