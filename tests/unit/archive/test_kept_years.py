from __future__ import annotations

from pathlib import Path

import pytest
from itss.archive.retention import remove_files
from itss.archive.seal import seal
from itss.audit.seals import verify

REF = ("customer_monthly", "2026-09", 1)


def test_only_what_is_named_goes_and_empty_folders_with_it(tmp_path: Path) -> None:
    for name in ("report.html", "data/incident.parquet", "sql/incident.sql", "sql/note.txt", "manifest.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    wanted = ["report.html", "data/incident.parquet", "sql/incident.sql", "gone.csv", "../outside"]
    assert remove_files(tmp_path, wanted) == 3
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == [
        "manifest.json",
        "sql",
        "sql/note.txt",
    ]
    assert remove_files(tmp_path, wanted) == 0
    assert remove_files(tmp_path / "nowhere", wanted) == 0


@pytest.mark.parametrize("store", ["file", "object store"])
def test_a_version_without_its_files_is_whole_where_it_was_removed(tmp_path: Path, store: str) -> None:
    root = tmp_path / "archive"
    if store == "object store":
        pytest.importorskip("airflow.sdk")
        from airflow.sdk import ObjectStoragePath

        root = ObjectStoragePath(f"file://{root}")
    page = tmp_path / "report.html"
    page.write_text("report")
    sealed = seal(root, REF, {"report.html": page.read_bytes, "data/a.csv": page.read_bytes}, {}, None)
    assert remove_files(sealed.path, ["report.html", "data/a.csv"]) == 2
    assert verify(sealed.path, sealed.manifest_sha256, is_removed=True) == []
    assert verify(sealed.path) == ["data/a.csv: is missing", "report.html: is missing"]
    (tmp_path / "archive" / "customer_monthly" / "2026-09" / "r01" / "data").mkdir(exist_ok=True)
    (tmp_path / "archive" / "customer_monthly" / "2026-09" / "r01" / "data" / "a.csv").write_text("back")
    assert verify(sealed.path, is_removed=True) == [
        "1 file(s) are there, though it was removed: cut off, or put there since"
    ]
