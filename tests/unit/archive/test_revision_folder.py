"""The one way to a revision's files: by name, and once signed only with the very bytes that were signed."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from itss.archive.folder import RevisionFolder
from itss.archive.store import open_store
from itss.errors import ArchiveError, ContentChangedError


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(params=["path", "object store"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> RevisionFolder:
    if request.param == "path":
        return RevisionFolder(tmp_path / "r01")
    from airflow.sdk import ObjectStoragePath

    return RevisionFolder(ObjectStoragePath(f"file://{tmp_path}/r01"))  # type: ignore[arg-type]


def test_a_draft_gives_out_what_lies_there(folder: RevisionFolder) -> None:
    assert folder.names() == []
    assert folder.write("data/incident.json", b"{}") == sha256(b"{}")
    folder.write_json("a.json", {"周期": "2026-09"})
    (folder.root / "data" / ".incident.json.7-ab.part").write_bytes(b"half")
    assert folder.names() == ["a.json", "data/incident.json"]
    assert folder.names("data") == ["data/incident.json"]
    assert folder.names("dat") == []
    assert folder.read_json("a.json") == {"周期": "2026-09"}
    folder.remove("a.json")
    assert not folder.has("a.json")
    with pytest.raises(FileNotFoundError):
        folder.read("a.json")


def test_a_bound_folder_gives_out_the_signed_bytes_and_nothing_else(folder: RevisionFolder) -> None:
    for name in ("report.html", "brief.md", "stray.txt"):
        folder.write(name, name.encode())
    bound = folder.bind({name: sha256(name.encode()) for name in ("report.html", "brief.md", "gone.csv")})
    assert bound.read("report.html") == b"report.html"
    assert bound.names() == ["brief.md", "gone.csv", "report.html"]
    assert not bound.has("stray.txt")
    folder.write("brief.md", b"brief.md ")
    for name, said in (("brief.md", "is not the file"), ("gone.csv", "is missing"), ("stray.txt", "is no file of")):
        with pytest.raises(ContentChangedError, match=said):
            bound.read(name)
    later = bound.bind({"stray.txt": sha256(b"stray.txt")})
    assert later.read("stray.txt") == b"stray.txt"
    assert later.read("report.html") == b"report.html"


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../b", "a//b", "", "a\\b", "a\0", ".x.1-2.part"])
def test_no_name_leads_out(tmp_path: Path, name: str) -> None:
    folder = RevisionFolder(tmp_path)
    for call in (folder.read, folder.remove, folder.target, folder.has):
        with pytest.raises(ArchiveError, match="cannot be a file"):
            call(name)
    assert open_store(str(tmp_path)) == tmp_path


def test_a_pipe_is_no_file_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "report.html")
    with pytest.raises(FileNotFoundError):
        RevisionFolder(tmp_path).read("report.html")
    with pytest.raises(ContentChangedError, match="is missing"):
        RevisionFolder(tmp_path).bind({"report.html": "0" * 64}).read("report.html")


def test_large_file_is_verified_as_a_whole_before_its_first_byte_leaves(folder: RevisionFolder) -> None:
    data = b"0123456789abcdef" * (9 * 1024 * 1024 // 16)  # more than is kept in memory
    bound = folder.bind({"report.html": folder.write("report.html", data), "gone.csv": sha256(b"")})
    with bound.spooled("report.html") as copy:
        assert copy.read() == data
    folder.write("report.html", data[:-1] + b"F")
    with pytest.raises(ContentChangedError, match="is not the file"):
        bound.spooled("report.html")
    with pytest.raises(ContentChangedError, match="is no file of"):
        bound.spooled("stray.txt")
    with pytest.raises(ContentChangedError, match="is missing"):
        bound.spooled("gone.csv")
    with pytest.raises(FileNotFoundError):
        folder.spooled("gone.csv")
