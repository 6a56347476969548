"""A step ends at its limit, whatever it does: computes, swallows exceptions, or holds the interpreter in C code.

Each body that cannot be ended otherwise runs in a process of its own, which must be gone within limit and grace.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from itss.errors import TimeLimitError
from itss.time_limit import in_words, limited

LIMIT_S, GRACE_S = 0.5, 1.0
SLACK_S = 20.0
"""For a busy machine to start and end a process; the bodies would take minutes, or for ever."""
STUCK = """\
import ctypes
lock = ctypes.create_string_buffer(64)
for _ in range(2):
    ctypes.{library}(None).pthread_mutex_lock(lock)"""
"""Waits in C for a lock that it holds itself, which no signal ends."""


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    before = signal.getsignal(signal.SIGALRM)
    yield
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def ended(body: str) -> tuple[subprocess.CompletedProcess[str], float]:
    """Run ``body`` within the limit in a process of its own; how that ended, and after how long."""
    indented = "\n".join(f"        {line}" for line in body.splitlines())
    code = f"""
from itss.time_limit import limited

def step():
    with limited("The step check of monthly", {LIMIT_S}, grace_s={GRACE_S}):
{indented}

print("begins", flush=True)
step()
print("goes on", flush=True)
"""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=LIMIT_S + GRACE_S + SLACK_S,
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout == "begins\n"
    return done, time.monotonic() - began


def test_a_step_in_time_is_let_alone() -> None:
    with limited("The step", 60):
        pass


@pytest.mark.parametrize("body", ["while True:\n    pass", "import re\nre.match(r'(a+)+$', 'a' * 64 + 'b')"])
def test_a_python_loop_gets_the_error_where_it_is(body: str) -> None:
    done, _ = ended(body)
    assert done.returncode == 1
    assert "TimeLimitError: The step check of monthly was ended: it took longer than its limit of 0.5 s." in done.stderr
    assert "raise `task_limit` of the entry" in done.stderr
    assert "Timeout" not in done.stderr, "the first stage was enough"


def waits(seconds: float = 60) -> None:
    threading.Event().wait(seconds)


def test_who_swallows_it_once_gets_it_again_at_the_end() -> None:
    def swallows() -> None:
        with limited("The step", 0.2), contextlib.suppress(Exception):
            waits()

    with pytest.raises(TimeLimitError, match=r"limit of 0\.2 s"):
        swallows()


def test_who_makes_another_error_of_it_gets_it_again() -> None:
    def converts() -> None:
        with limited("The step", 0.2):
            try:
                waits()
            except Exception as error:
                raise ConnectionError("lost") from error

    with pytest.raises(TimeLimitError) as raised:
        converts()
    assert isinstance(raised.value.__cause__, ConnectionError)


def test_another_error_of_before_stays_what_it_is() -> None:
    with pytest.raises(ConnectionError), limited("The step", 60):
        raise ConnectionError("lost")


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("import time\nwhile True:\n    try:\n        time.sleep(1)\n    except Exception:\n        pass", "in step"),
        ("import itertools\nall(itertools.repeat(True))", "in step"),
        (STUCK.format(library="PyDLL"), "in step"),
        (STUCK.format(library="CDLL"), "in step"),
    ],
    ids=["swallows", "computes in C", "waits in C with the GIL", "waits in C without the GIL"],
)
def test_a_step_that_cannot_be_ended_takes_its_process_along(body: str, place: str) -> None:
    done, took_s = ended(body)
    assert done.returncode == 1
    assert took_s >= LIMIT_S + GRACE_S
    assert re.search(r"Timeout \(.*\)!\nThread 0x\w+", done.stderr), done.stderr
    assert place in done.stderr, done.stderr


def test_the_place_of_every_thread_is_written_to_the_processs_own_error_output() -> None:
    body = (
        "import sys, threading\n"
        "def waits():\n    threading.Event().wait()\n"
        "threading.Thread(target=waits, daemon=True).start()\n"
        f"sys.stderr = None\n{STUCK.format(library='PyDLL')}"
    )
    done, _ = ended(body)
    assert "in waits" in done.stderr
    assert "in step" in done.stderr


def test_in_another_thread_the_second_stage_holds() -> None:
    body = (
        "import threading, time\n"
        "def works():\n"
        f"    with limited('Another', {LIMIT_S}, grace_s={GRACE_S}):\n        time.sleep(3600)\n"
        "thread = threading.Thread(target=works)\nthread.start()\nwhile thread.is_alive():\n    time.sleep(0.05)"
    )
    done, _ = ended(body)  # which ends the main thread, that waits for the other one
    assert "in works" in done.stderr


def test_limits_within_each_other_hold_both() -> None:
    def outer() -> None:
        with limited("Outer", 0.6):
            with pytest.raises(TimeLimitError, match="Inner"), limited("Inner", 0.2):
                waits()
            waits()

    with pytest.raises(TimeLimitError, match="Outer"):
        outer()


def test_an_outer_limit_that_is_over_in_an_inner_one_ends_that_too() -> None:
    def outer() -> None:
        with limited("Outer", 0.2), limited("Inner", 60):
            waits()

    began = time.monotonic()
    with pytest.raises(TimeLimitError, match="Outer"):
        outer()
    assert time.monotonic() - began < SLACK_S


def test_the_end_of_the_outer_process_holds_again_after_an_inner_limit() -> None:
    done, _ = ended("with limited('Inner', 60):\n    pass\n" + STUCK.format(library="PyDLL"))
    assert "Timeout" in done.stderr


def test_an_alarm_of_before_goes_off_all_the_same() -> None:
    heard = threading.Event()
    before = signal.signal(signal.SIGALRM, lambda *_: heard.set())
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with limited("The step", 60):
            pass
        assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= 0.3
        assert heard.wait(SLACK_S)
    finally:
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(
    ("seconds", "words"), [(7200, "2 h"), (5400, "90 min"), (90, "90 s"), (0.5, "0.5 s"), (900.0, "15 min")]
)
def test_a_limit_reads_as_people_say_it(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
