"""Frames on disk and back."""

import hashlib
import itertools
import random

import pandas as pd
import pyarrow as pa
import pytest
from itss.errors import SourceError, SourceUnreachableError
from itss.sources.snapshot import columns_of, read_frame, write_batches, write_frame


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


LIKE = pd.DataFrame(
    {"id": pd.Series(dtype="str"), "at": pd.Series(dtype="datetime64[us, UTC]"), "n": pd.Series(dtype="Int64")}
)


def batches(numbers, size, ids=None):
    """Rows of ``numbers`` in batches of ``size``."""
    for place in range(0, len(numbers), size):
        some = numbers[place : place + size]
        names = [f"INC{n:07d}" for n in some] if ids is None else ids[place : place + size]
        yield pa.RecordBatch.from_pydict(
            {
                "id": names,
                "at": pa.array([n * 1_000_000 for n in some], pa.timestamp("us", "UTC")),
                "n": pa.array(some, pa.int64()),
            }
        )


def test_the_bytes_do_not_tell_how_the_rows_came(tmp_path):
    numbers = list(range(300_000))  # more than two row groups
    first = write_batches(tmp_path / "a.parquet", LIKE, batches(numbers, 131_072))
    assert first[1] == 300_000
    random.Random(1).shuffle(numbers)
    assert write_batches(tmp_path / "b.parquet", LIKE, batches(numbers, 7_001)) == first
    assert read_frame(tmp_path / "b.parquet")["n"].tolist() == list(range(300_000))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.parquet", "b.parquet"]


@pytest.mark.parametrize("ids", [["b", "a", "b"], ["a", "b", "b"], [None, "a", None], ["a", None, "b"], [None]])
def test_equal_and_missing_ids_have_one_order_too(tmp_path, ids):
    numbers = list(range(len(ids)))
    written = {
        write_batches(tmp_path / "a.parquet", LIKE, batches(list(order), 2, [ids[n] for n in order]))
        for order in itertools.permutations(numbers)
    }
    assert len(written) == 1
    found = read_frame(tmp_path / "a.parquet")
    assert found["id"].fillna("~").tolist() == sorted(name or "~" for name in ids)


def test_a_source_that_fails_leaves_nothing_and_its_own_error(tmp_path):
    def failing():
        yield from batches(list(range(200_000)), 1000)
        raise SourceUnreachableError("gone")

    with pytest.raises(SourceUnreachableError, match="gone"):
        write_batches(tmp_path / "a.parquet", LIKE, failing())
    assert not list(tmp_path.iterdir())


def test_columns_and_those_that_nobody_fills_in(tmp_path):
    frame = pd.DataFrame(
        {
            "id": ["1", "2"],
            "is_major": pd.array([None, None], dtype="boolean"),
            "is_late": pd.array([None, False], dtype="boolean"),
            "closed_at": pd.to_datetime([None, None], utc=True),
            "title": ["", None],
        }
    )
    for rows in (frame, frame.head(0)):
        write_frame(tmp_path / "rows.parquet", rows)
        names, unfilled = columns_of(tmp_path / "rows.parquet")
        assert names == list(frame)
        assert unfilled == (["is_major", "closed_at"] if len(rows) else list(frame))
