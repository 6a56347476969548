"""Frames on disk and back."""

import hashlib

import pandas as pd
import pytest
from itss.errors import SourceError
from itss.sources.snapshot import read_frame, write_frame


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "id": pd.Series(["a", None, "邮"], dtype="str"),
            "at": pd.to_datetime(
                ["2026-09-01T08:00:00.000001Z", None, "9999-12-31"], utc=True, format="ISO8601"
            ).as_unit("us"),
            "n": pd.array([1, None, 2**62], dtype="Int64"),
            "x": [0.1, None, 3.0],
            "flag": pd.array([True, None, False], dtype="boolean"),
        }
    )


def test_what_is_written_is_read_with_its_types(frame, tmp_path):
    sha256, rows = write_frame(tmp_path / "data" / "incident.parquet", frame.set_index(pd.Index([5, 6, 7])))
    assert rows == 3
    assert sha256 == hashlib.sha256((tmp_path / "data" / "incident.parquet").read_bytes()).hexdigest()
    pd.testing.assert_frame_equal(read_frame(tmp_path / "data" / "incident.parquet"), frame)


def test_equal_frames_have_equal_bytes(frame, tmp_path):
    first, _ = write_frame(tmp_path / "a.parquet", frame)
    second, _ = write_frame(tmp_path / "b.parquet", frame.copy().set_index(pd.Index([9, 8, 7])))
    other, _ = write_frame(tmp_path / "c.parquet", frame.assign(x=[0.1, None, 3.5]))
    assert first == second != other


def test_no_rows_keep_their_types(frame, tmp_path):
    write_frame(tmp_path / "a.parquet", frame.iloc[:0])
    assert list(read_frame(tmp_path / "a.parquet").dtypes) == list(frame.dtypes)


@pytest.mark.parametrize("content", [None, b"", b"PAR1 no more"])
def test_a_missing_or_broken_snapshot_is_named(tmp_path, content):
    if content is not None:
        (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(SourceError, match=r"a\.parquet: cannot be read"):
        read_frame(tmp_path / "a.parquet")
