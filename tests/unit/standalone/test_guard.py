"""Nothing may be left running: the guard against real processes, some of which do not want to end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from itss.standalone import guard
from itss.standalone.embedded import end_leftover

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks processes up in /proc")

# a service with a child in a process group of its own (as Airflow's tasks are), which ignores SIGTERM
STUBBORN = """
import os, signal, subprocess, sys, time
child = '''
import os, signal, time
os.setpgid(0, 0)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(1, flush=True)
time.sleep(600)
'''
process = subprocess.Popen([sys.executable, "-c", child], stdout=subprocess.PIPE)
process.stdout.readline()
open(sys.argv[1], "w").close()
time.sleep(600)
"""
ASKER = """
import json, os, subprocess, sys, time
reader, writer = os.pipe()
command = [sys.executable, "-m", "itss.standalone.guard", str(reader), sys.argv[1]]
guard = subprocess.Popen(command, pass_fds=[reader], start_new_session=True)
print(guard.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def spec(tmp_path: Path) -> dict[str, object]:
    service = [sys.executable, "-c", STUBBORN, str(tmp_path / "ready")]
    return {"logs": str(tmp_path), "first": {}, "services": {"service": service}, "grace_s": 0.3}


@pytest.fixture
def asker(spec: dict[str, object], tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    process = subprocess.Popen(
        [sys.executable, "-c", ASKER, json.dumps(spec)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    session = int(process.stdout.readline())
    _wait(lambda: (tmp_path / "ready").exists())
    yield process, session
    process.kill()
    process.wait()
    process.stdout.close()
    guard.end_session(session, grace_s=0)


def test_everything_ends_when_the_asker_is_killed(asker: tuple[subprocess.Popen[str], int]) -> None:
    process, session = asker
    assert len(guard.members(session)) == 3, "guard, service, and its child"
    process.send_signal(signal.SIGKILL)
    _wait(lambda: not guard.members(session))


def test_everything_ends_on_sigterm_to_the_guard(asker: tuple[subprocess.Popen[str], int]) -> None:
    _, session = asker
    os.kill(session, signal.SIGTERM)
    _wait(lambda: not guard.members(session))


def test_what_guard_and_asker_left_behind_is_ended_by_the_next_one(
    asker: tuple[subprocess.Popen[str], int], tmp_path: Path
) -> None:
    process, session = asker
    known = {"pid": session, "started_at": guard.started_at(session)}
    (tmp_path / "session.json").write_text(json.dumps(known | {"started_at": "1"}))
    end_leftover(tmp_path)
    assert len(guard.members(session)) == 3, "another process with that number is not ours"
    (tmp_path / "session.json").write_text(json.dumps(known))
    end_leftover(tmp_path)
    _wait(lambda: not guard.members(session))
    assert process.poll() is None


def test_the_end_of_one_service_ends_the_others(spec: dict[str, object], tmp_path: Path) -> None:
    services = dict(spec["services"])  # type: ignore[call-overload]
    spec["services"] = services | {"broken": [sys.executable, "-c", "raise SystemExit(3)"]}
    done = _guarded(spec)
    assert done.returncode == 1
    assert "broken ended with 3" in done.stderr


def test_no_service_starts_after_a_failed_preparation(spec: dict[str, object], tmp_path: Path) -> None:
    spec["first"] = {"migrate": [sys.executable, "-c", "print('no database'); raise SystemExit(5)"]}
    assert _guarded(spec).returncode == 5
    assert (tmp_path / "migrate.log").read_text() == "no database\n"
    assert not (tmp_path / "ready").exists()


def _guarded(spec: dict[str, object]) -> subprocess.CompletedProcess[str]:
    reader, writer = os.pipe()
    try:
        command = [sys.executable, "-m", "itss.standalone.guard", str(reader), json.dumps(spec)]
        return subprocess.run(
            command, pass_fds=[reader], start_new_session=True, capture_output=True, text=True, timeout=60
        )
    finally:
        os.close(reader)
        os.close(writer)


def _wait(condition: object, timeout_s: float = 20) -> None:
    patience = time.monotonic() + timeout_s
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < patience
        time.sleep(0.02)
