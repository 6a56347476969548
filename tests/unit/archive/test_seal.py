from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from itss.archive.seal import Sealed, seal
from itss.archive.store import open_store
from itss.audit.seals import verify
from itss.errors import ArchiveError

REF = ("customer_monthly", "2026-09", 1)
FACTS = {"code_version": "0.1.0", "agreement_version": "2026", "due_at": "2026-10-12T10:00:00+00:00", "审批": ["初审"]}


@pytest.fixture
def workspace(tmp_path: Path) -> dict[str, Path]:
    folder = tmp_path / "workspace"
    contents = {
        "report.xlsx": b"PK\x03",
        "report.html": "客户服务月报".encode(),
        "data/incident.parquet": b"PAR1" * 999,
    }
    for name, data in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return {name: folder / name for name in contents}


def readers(files: dict[str, Path]) -> dict[str, Callable[[], bytes]]:
    return {name: path.read_bytes for name, path in files.items()}


def close(tmp_path: Path, files: dict[str, Path], number: int = 1, previous: str | None = None) -> Sealed:
    return seal(tmp_path / "archive", ("customer_monthly", "2026-09", number), readers(files), FACTS, previous)


def test_a_sealed_version_names_all_it_holds_and_a_shell_can_check_it(
    tmp_path: Path, workspace: dict[str, Path]
) -> None:
    sealed = close(tmp_path, workspace)
    assert sealed.path == tmp_path / "archive" / "customer_monthly" / "2026-09" / "r01"
    manifest = json.loads((sealed.path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["facts"] == FACTS
    assert (manifest["report"], manifest["period"], manifest["revision"]) == REF
    lines = "".join(f"{entry['sha256']}  {entry['name']}\n" for entry in manifest["files"])
    checked = subprocess.run(["sha256sum", "-c"], input=lines, cwd=sealed.path, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout
    assert {entry["name"]: entry["bytes"] for entry in manifest["files"]} == {
        "data/incident.parquet": 3996,
        "report.html": 18,
        "report.xlsx": 3,
    }
    told = subprocess.run(["sha256sum", "manifest.json"], cwd=sealed.path, capture_output=True, text=True)
    assert told.stdout.split()[0] == sealed.manifest_sha256
    assert verify(sealed.path, sealed.manifest_sha256) == []


def test_sealing_again_gives_the_same_version_untouched(tmp_path: Path, workspace: dict[str, Path]) -> None:
    first = close(tmp_path, workspace)
    times = {path: path.stat().st_mtime_ns for path in first.path.rglob("*")}
    assert close(tmp_path, workspace, previous="f" * 64) == first
    assert {path: path.stat().st_mtime_ns for path in first.path.rglob("*")} == times


@pytest.mark.parametrize("change", ["other bytes", "one more", "one less"])
def test_a_complete_version_takes_nothing_else(tmp_path: Path, workspace: dict[str, Path], change: str) -> None:
    first = close(tmp_path, workspace)
    if change == "other bytes":
        workspace["report.html"].write_text("revised")
    elif change == "one more":
        workspace["report.html.bak"] = workspace["report.html"]
    else:
        del workspace["report.html"]
    with pytest.raises(ArchiveError, match=r"sealed with other content in report\.html"):
        close(tmp_path, workspace)
    assert verify(first.path, first.manifest_sha256) == []


def test_an_attempt_that_was_killed_is_finished(tmp_path: Path, workspace: dict[str, Path]) -> None:
    folder = tmp_path / "archive" / "customer_monthly" / "2026-09" / "r01"
    code = (
        "import os, sys; from pathlib import Path; from itss.archive import seal as room\n"
        "made = room.write\n"
        "def write(path, data):\n"
        "    if path.name == 'report.xlsx': os._exit(9)\n"
        "    return made(path, data)\n"
        "room.write = write\n"
        "source = Path(sys.argv[1])\n"
        "names = ['report.xlsx', 'report.html', 'data/incident.parquet']\n"
        "files = {name: (source / name).read_bytes for name in names}\n"
        "room.seal(Path(sys.argv[2]), ('customer_monthly', '2026-09', 1), files, {}, None)"
    )
    arguments = [sys.executable, "-c", code, str(tmp_path / "workspace"), str(tmp_path / "archive")]
    assert subprocess.run(arguments, check=False).returncode == 9
    assert (folder / "report.html").exists()
    (folder / ".report.xlsx.77-ab.part").write_bytes(b"half")
    (folder / "report.html").write_bytes(b"half")
    assert "is not complete" in verify(folder)[0]
    sealed = close(tmp_path, workspace)
    assert verify(sealed.path) == []
    assert (folder / "report.html").read_text(encoding="utf-8") == "客户服务月报"


def test_every_kind_of_damage_is_found_at_once(tmp_path: Path, workspace: dict[str, Path]) -> None:
    folder = close(tmp_path, workspace).path
    for name, damage in (("report.xlsx", b"PK\x04"), ("stray.txt", b"?")):
        (folder / name).unlink(missing_ok=True)
        (folder / name).write_bytes(damage)
    (folder / "data" / "incident.parquet").unlink()
    assert verify(folder) == [
        "data/incident.parquet: is missing",
        "stray.txt: was not sealed",
        "report.xlsx: was changed",
    ]
    with pytest.raises(ArchiveError, match="does not verify"):
        close(tmp_path, workspace)


def test_a_rewritten_manifest_is_found_by_the_register_or_the_chain(tmp_path: Path, workspace: dict[str, Path]) -> None:
    first = close(tmp_path, workspace)
    second = close(tmp_path, workspace, 2, first.manifest_sha256)
    assert verify(second.path, second.manifest_sha256) == []
    path = first.path / "manifest.json"
    forged = path.read_text(encoding="utf-8").replace("0.1.0", "0.1.1")
    path.unlink()
    path.write_text(forged, encoding="utf-8")
    assert verify(first.path) == []
    assert verify(first.path, first.manifest_sha256) == ["manifest.json: its sha256 is not the one in the register"]
    assert "no version before it has the manifest" in verify(second.path)[0]


def test_a_version_that_was_moved_or_is_not_readable_is_told(tmp_path: Path, workspace: dict[str, Path]) -> None:
    sealed = close(tmp_path, workspace)
    moved = sealed.path.rename(sealed.path.with_name("r07"))
    assert verify(moved) == ["manifest.json: is that of customer_monthly/2026-09/r01"]
    (moved / "manifest.json").unlink()
    for broken in (
        '{"files": 3}',
        "[]",
        "{",
        '{"files": [], "format": 1, "report": "a", "period": "b", "revision": "x"}',
    ):
        (moved / "manifest.json").write_text(broken)
        assert "cannot be read" in verify(moved)[0]


@pytest.mark.parametrize("name", ["../out.txt", "/etc/passwd", "a/../../b", "a//b", "", "manifest.json", "a\\b"])
def test_no_name_leads_out(tmp_path: Path, workspace: dict[str, Path], name: str) -> None:
    with pytest.raises(ArchiveError, match="cannot be a file"):
        close(tmp_path, {name: workspace["report.xlsx"]})
    assert not (tmp_path / "archive").exists()


@pytest.mark.parametrize("ref", [("../x", "2026-09", 1), ("customer", "../..", 1), ("customer", "2026-09", 0)])
def test_no_reference_leads_out(tmp_path: Path, workspace: dict[str, Path], ref: tuple[str, str, int]) -> None:
    with pytest.raises(ArchiveError, match="does not name a version"):
        seal(tmp_path / "archive", ref, readers(workspace), FACTS, None)


def test_facts_that_are_no_json_and_a_missing_file_leave_it_unsealed(
    tmp_path: Path, workspace: dict[str, Path]
) -> None:
    with pytest.raises(ArchiveError, match="are no JSON"):
        seal(tmp_path / "archive", REF, readers(workspace), {"rate": float("nan")}, None)
    with pytest.raises(ArchiveError, match="No such file"):
        close(tmp_path, workspace | {"gone.csv": tmp_path / "gone.csv"})
    assert "is not complete" in verify(tmp_path / "archive/customer_monthly/2026-09/r01")[0]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_sealed_file_is_not_overwritten_by_accident(tmp_path: Path, workspace: dict[str, Path]) -> None:
    with pytest.raises(PermissionError):
        (close(tmp_path, workspace).path / "report.xlsx").write_bytes(b"saved from the spreadsheet program")


def test_an_object_store_path_is_sealed_and_verified_alike(tmp_path: Path, workspace: dict[str, Path]) -> None:
    pytest.importorskip("airflow.sdk")
    from airflow.sdk import ObjectStoragePath

    root = ObjectStoragePath(f"file://{tmp_path}/bucket")
    sealed = seal(root, REF, readers(workspace), FACTS, None)
    assert verify(sealed.path, sealed.manifest_sha256) == []
    assert sealed.manifest_sha256 == close(tmp_path, workspace).manifest_sha256
    assert seal(root, REF, readers(workspace), FACTS, None).manifest_sha256 == sealed.manifest_sha256
    (tmp_path / "bucket/customer_monthly/2026-09/r01/report.html").unlink()
    assert verify(sealed.path) == ["report.html: is missing"]
    assert open_store(f"file://{tmp_path}/bucket") / "customer_monthly" / "2026-09" / "r01" == Path(
        str(sealed.path).removeprefix("file://")
    )
