"""No room left, no right to write, a file cut off in the middle of a write: while rendering, signing and sealing."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ledger import IS_THOROUGH, Injected
from way import KEY, ORDER, PERIOD, House, lost_and_doubled, way, whole

FULL = "No space left on device"


class Disk:
    """A file system of a few megabytes that can be filled up, emptied and made read-only."""

    def __init__(self, at: Path) -> None:
        self.at = at

    def fill(self, but_bytes: int) -> None:
        free = os.statvfs(self.at)
        with (self.at / "ballast").open("wb") as file:
            file.write(b"0" * (free.f_bavail * free.f_bsize - but_bytes))

    def empty(self) -> None:
        (self.at / "ballast").unlink()

    def remount(self, how: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{how}", str(self.at)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    at = tmp_path / "disk"
    at.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(at)], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("a small file system cannot be mounted here (it takes root); the limits on file sizes are tested")
    try:
        yield Disk(at)
    finally:
        subprocess.run(["umount", str(at)], check=True)


PLACES = {
    "collect": ("ITSS_WORKSPACE_URL", "file://{}/workspace"),
    "render": ("ITSS_WORKSPACE_URL", "file://{}/workspace"),
    "seal": ("ITSS_ARCHIVE_URL", "file://{}/archive"),
    "second answer": ("ITSS_REGISTER_URL", "sqlite:///{}/register.sqlite"),
}


def lying_on(disk: Disk, house: House, step: str) -> None:
    """What ``step`` writes lies on that disk; everything before it has been done."""
    variable, url = PLACES[step]
    house.extra = {"env": house.environment() | {variable: url.format(disk.at)}}
    house.walk(ORDER[: ORDER.index(step)])


@pytest.mark.parametrize(
    ("step", "room"), [("collect", 0), ("render", 0), ("render", 12_000), ("seal", 0), ("seal", 12_000)]
)
def test_the_disk_is_full(house: House, disk: Disk, injected: Injected, step: str, room: int) -> None:
    lying_on(disk, house, step)
    with injected(f"disk full: {step}") as count:
        disk.fill(but_bytes=room)
        failed = house.task(way()[step], step)
        assert FULL in failed.text, failed.trace or failed
        assert str(disk.at) in failed.text, "it says where"
        assert FULL in house.box.alarms()[-1]
        disk.empty()
        house.walk(ORDER[ORDER.index(step) :])
        whole(house)
        count.lost, count.doubled = lost_and_doubled(house)


def test_the_registers_disk_is_full_when_the_last_approver_answers(
    house: House, disk: Disk, injected: Injected
) -> None:
    """SQLite says so, the report manager hears of it, the task is red: asked again, the approver's answer counts."""
    lying_on(disk, house, "second answer")
    with injected("disk full: second answer") as count:
        disk.fill(but_bytes=0)
        failed = house.task(way()["second answer"], "approval")
        assert "register.sqlite refused: disk I/O error" in failed.text, failed.trace or failed
        assert "that its disk has room" in house.box.alarms()[-1]
        disk.empty()
        house.walk(ORDER[ORDER.index("ask the second") :])
        whole(house)
        count.lost, count.doubled = lost_and_doubled(house)


def test_the_archive_is_read_only(house: House, disk: Disk, injected: Injected) -> None:
    lying_on(disk, house, "seal")
    with injected("archive read-only") as count:
        disk.remount("ro")
        failed = house.task(way()["seal"], "seal")
        disk.remount("rw")
        assert "Read-only file system" in failed.text
        assert "archive" in failed.text
        assert "Read-only file system" in house.box.alarms()[-1]
        assert f"{KEY} {PERIOD} (seal)" in house.box.alarms()[-1]
        house.walk(["seal"])
        whole(house)
        count.lost, count.doubled = lost_and_doubled(house)


LIMITS = [("render", 15_000), ("seal", 15_000)]
LIMITS += [("collect", 700), ("measure", 3_000), ("seal", 2_000)] if IS_THOROUGH else []


@pytest.mark.parametrize(("step", "size"), LIMITS)
@pytest.mark.parametrize("dies", [False, True], ids=["an error", "the end"])
def test_a_file_breaks_off_in_the_middle(walked: House, injected: Injected, step: str, size: int, dies: bool) -> None:
    """A limit on the size of files: the write that passes it is an error, or the end of the process half-way."""
    walked.back_to(step)
    # the register lies under the same limit, where it is bigger already: its writes fail first where a step has any
    with injected(f"{'killed in the middle of a write' if dies else 'write cut off'}: {step}") as count:
        cut = walked.task(way()[step], step, bytes=size, dies=dies)
        assert cut.signal == signal.SIGXFSZ if dies else cut.error, cut
        if not dies:
            assert walked.box.alarms(), "told"
            assert any(words in walked.box.alarms()[-1] for words in ("File too large", "disk I/O", "full")), cut.text
        walked.walk(ORDER[ORDER.index(step) :])
        whole(walked)
        count.lost, count.doubled = lost_and_doubled(walked)
