from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from itss.archive.store import digest, is_leftover, open_store, write
from itss.errors import ConfigurationError


def test_a_file_url_is_a_plain_path_and_costs_no_airflow(tmp_path: Path) -> None:
    code = (
        "import sys; from itss.archive.store import open_store, write\n"
        f"write(open_store('file://{tmp_path}/a b/档案') / 'x', b'1')\n"
        "print('airflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    assert (tmp_path / "a b" / "档案" / "x").read_bytes() == b"1"


def test_write_makes_folders_replaces_and_tells_the_hash(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "er" / "报告.xlsx"
    assert write(target, b"old") == hashlib.sha256(b"old").hexdigest()
    assert write(target, b"new" * 1_000_000) == digest(target) == hashlib.sha256(b"new" * 1_000_000).hexdigest()
    assert [path.name for path in target.parent.iterdir()] == ["报告.xlsx"]


def test_a_failed_write_leaves_the_old_content_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    (target / "inside").write_text("kept")
    with pytest.raises(OSError, match="folder"):
        write(target, b"a file cannot replace a folder")
    assert (target / "inside").read_text() == "kept"
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_killed_writer_leaves_old_content_and_a_recognisable_leftover(tmp_path: Path) -> None:
    target = tmp_path / "figures.parquet"
    write(target, b"old")
    code = (
        "import os, sys; from pathlib import Path; from itss.archive import store\n"
        "os.fsync = lambda handle: os._exit(9)  # the moment between writing and renaming\n"
        "store.write(Path(sys.argv[1]), b'new')"
    )
    assert subprocess.run([sys.executable, "-c", code, str(target)], check=False).returncode == 9
    assert target.read_bytes() == b"old"
    assert [is_leftover(path.name) for path in sorted(tmp_path.iterdir())] == [True, False]


@pytest.mark.parametrize("url", ["file://var/archive", "var/archive", "s3://key:secret@bucket/archive"])
def test_a_store_that_is_relative_or_shows_a_password_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_store(url)
    assert "secret" not in str(caught.value)


def test_an_object_store_path_has_the_same_methods(tmp_path: Path) -> None:
    pytest.importorskip("airflow.sdk")
    from airflow.sdk import ObjectStoragePath

    folder = ObjectStoragePath(f"file://{tmp_path}/bucket")
    target = folder / "customer" / "2026-09" / "r01" / "报告.xlsx"
    assert write(target, b"rows") == digest(target)
    assert (tmp_path / "bucket/customer/2026-09/r01/报告.xlsx").read_bytes() == b"rows"
