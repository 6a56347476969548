"""A register that somebody holds, that is gone, that stops and starts: nothing is decided, sent or sealed past it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from ledger import IS_THOROUGH, Injected
from servers import Server
from way import KEY, ORDER, PERIOD, House, Outcome, lost_and_doubled, way, whole

WRITING = ["check", "second answer", "deliver", "seal"]
ALL_WRITING = ["open", *(step for step in ORDER[2:] if step != "comment")]


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Somebody else's write transaction."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def has_open(pid: int, name: str) -> bool:
    try:
        return any(name in str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="sees from /proc that the step waits")
@pytest.mark.parametrize("step", ALL_WRITING if IS_THOROUGH else WRITING)
def test_a_step_waits_for_whoever_holds_the_register(walked: House, injected: Injected, step: str) -> None:
    walked.back_to(step)
    path = walked.var / "register.sqlite"
    if step == "open":
        with walked.placed() as register:
            register.upgrade()
    (walked.root / "pid").write_text("0")
    outcomes: list[Outcome] = []
    with injected("register locked for a while") as count:
        at_work = threading.Thread(target=lambda: outcomes.append(walked.task(way()[step], step)))
        with held(path):
            at_work.start()
            while not (walked.pid() and has_open(walked.pid(), "register.sqlite")):
                assert at_work.is_alive(), outcomes
                time.sleep(0.01)  # what is waited for happens in another process
        at_work.join()
        assert outcomes[0].is_done, outcomes[0].trace
        walked.walk(ORDER[ORDER.index(step) + 1 :])
        whole(walked)
        count.lost, count.doubled = lost_and_doubled(walked)


@pytest.mark.faults
@pytest.mark.parametrize("step", WRITING)
def test_a_register_that_stays_locked_is_told(walked: House, injected: Injected, step: str) -> None:
    walked.back_to(step)
    with injected("register locked for good") as count:
        with held(walked.var / "register.sqlite"):
            failed = walked.task(way()[step], step)
        assert failed.error == "RegisterUnreachableError", failed
        assert "database is locked" in failed.text
        assert "database is locked" in walked.box.alarms()[-1]
        assert bool(walked.box.reports()) is (step == "seal")
        walked.walk(ORDER[ORDER.index(step) :])
        whole(walked)
        count.lost, count.doubled = lost_and_doubled(walked)


@pytest.mark.parametrize("step", ALL_WRITING[1:] if IS_THOROUGH else WRITING)
def test_the_registers_file_is_gone(walked: House, injected: Injected, step: str) -> None:
    """And comes back from the backup of a moment before."""
    walked.back_to(step)
    with injected("register gone") as count:
        for name in ("register.sqlite", "register.sqlite-wal", "register.sqlite-shm"):
            (walked.var / name).unlink(missing_ok=True)
        before = walked.box.reports()
        failed = walked.task(way()[step], step)
        assert "register.sqlite refused: no such table" in failed.text, failed.trace or failed
        assert "no such table" in walked.box.alarms()[-1]
        assert walked.box.reports() == before
        alarms = list(walked.box.letters)
        walked.back_to(step)
        walked.box.letters[:] = alarms
        walked.walk(ORDER[ORDER.index(step) :])
        whole(walked)
        count.lost, count.doubled = lost_and_doubled(walked)


def test_a_register_that_has_forgotten_a_sealed_report_makes_no_second_one(walked: House, injected: Injected) -> None:
    """A new, empty register would have everybody sign and get the same report again."""
    walked.back_to("end")
    kept = walked.root / "backup.sqlite"
    with injected("register lost after the seal") as count:
        with walked.placed() as register, closing(sqlite3.connect(walked.var / "register.sqlite")) as connection:
            register.revisions(KEY, PERIOD)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.move(walked.var / "register.sqlite", kept)
        failed = walked.task(way()["open"], "open")
        assert failed.error == "RegisterError", failed
        assert f"{KEY}/{PERIOD}/r01" in failed.text
        assert "ITSS_REGISTER_URL" in failed.text
        assert "ITSS_REGISTER_URL" in walked.box.alarms()[-1]
        for name in ("register.sqlite", "register.sqlite-wal", "register.sqlite-shm"):
            (walked.var / name).unlink(missing_ok=True)
        shutil.move(kept, walked.var / "register.sqlite")
        whole(walked)
        count.lost, count.doubled = lost_and_doubled(walked)


class Postgres:
    """The tests' server, stopped and started as an administrator would."""

    def __init__(self, server: Server) -> None:
        with sa.create_engine(server.admin, poolclass=sa.NullPool).connect() as connection:
            self.data = Path(str(connection.exec_driver_sql("SHOW data_directory").scalar()))
        self.command = (self.data / "postmaster.opts").read_text().replace('"', "").split()
        self.control = str(Path(self.command[0]).with_name("pg_ctl"))

    def run(self, *words: str) -> None:
        user = "postgres" if os.geteuid() == 0 else None
        command = [self.control, "-w", "-D", str(self.data), *words]
        subprocess.run(command, check=True, user=user, cwd=self.data, stdout=subprocess.DEVNULL)

    def stop(self) -> None:
        self.run("-m", "immediate", "stop")

    def start(self) -> None:
        self.run("-l", str(self.data.parent / "log.again"), "-o", " ".join(self.command[3:]), "start")


@pytest.fixture
def postgres() -> Iterator[tuple[Server, Postgres]]:
    from servers import run_postgresql

    with run_postgresql() as server:
        control = Postgres(server)
        yield server, control
        control.stop()


@pytest.mark.parametrize("step", ["second answer", "deliver", "seal"] if IS_THOROUGH else ["second answer"])
def test_postgresql_stops_and_starts_again(
    house: House, postgres: tuple[Server, Postgres], injected: Injected, step: str
) -> None:
    server, control = postgres
    url = server.admin.render_as_string(hide_password=False)
    house.extra = {"env": house.environment() | {"ITSS_REGISTER_URL": url}}
    house.walk(ORDER[: ORDER.index(step)])
    with injected("PostgreSQL stopped and started") as count:
        control.stop()
        failed = house.task(way()[step], step)
        assert failed.error == "RegisterUnreachableError", failed.trace
        assert "refused" in failed.text
        assert server.admin.password
        assert server.admin.password not in failed.text
        (alarm,) = house.box.alarms()
        assert "refused" in alarm
        assert server.admin.password not in alarm
        assert bool(house.box.reports()) is (step == "seal")
        control.start()
        house.walk(ORDER[ORDER.index(step) :])
        whole(house)
        count.lost, count.doubled = lost_and_doubled(house)
