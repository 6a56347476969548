"""Ends a step that takes longer than it may, in two stages, whatever it is computing or waiting for.

1. At the limit an alarm raises `TimeLimitError` in the main thread. It is an ordinary exception, so that the policy of
   retries and the notification of failures see it. What swallows it, or makes another error of it, gets it again at
   the end.
2. Where that does not end the step within the grace, because C code does not return to Python, or something goes on
   in spite of it, the process is ended, after the place of each of its threads has been written to standard error:
   by a thread of `faulthandler`, which needs no GIL.

Its one surprise: an alarm belongs to the whole process, and goes off in its main thread. In another thread only the
second stage holds.
"""

from __future__ import annotations

import faulthandler
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from itss.errors import TimeLimitError

OF_ENTRY = "`task_limit` of the entry"
GRACE_S = 30.0
"""How long a step may take to end once its time is over."""
_STDERR = 2
"""Not `sys.stderr`, which may be no file: that of the process, which Airflow's supervisor writes to the task's log."""

_ends: list[float] = []
"""When the process is to be ended, by each limit that holds now."""


@contextmanager
def limited(what: str, seconds: float, *, grace_s: float | None = None, set_by: str = OF_ENTRY) -> Iterator[None]:
    """Let the body take ``seconds``; `TimeLimitError` naming ``what`` after it, the end of the process after the grace.

    Limits may be within each other, and each holds; the alarm of before holds again afterwards, less what went by.
    ``set_by`` is what raises the limit; the grace is `GRACE_S` by default.
    """
    end_s = seconds + (GRACE_S if grace_s is None else grace_s)
    late = TimeLimitError(
        f"{what} was ended: it took longer than its limit of {in_words(seconds)}.",
        f"The log names the place where it was. Let it do less, or raise {set_by}.",
    )
    is_late = is_over = False

    def raise_late(_signal: int, _frame: FrameType | None) -> None:
        nonlocal is_late
        if not is_over:  # else the body has ended in this very moment
            is_late = True
            raise late

    with _ending_process(end_s), _alarm(seconds, raise_late):
        try:
            yield
        except BaseException as error:
            if is_late and error is not late:
                raise late from error
            raise
        finally:
            is_over = True
        if is_late:
            raise late


def in_words(seconds: float) -> str:
    """A length of time in the largest unit that it is whole in."""
    for unit, name in ((3600, "h"), (60, "min")):
        if seconds >= unit and seconds % unit == 0:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:g} s"


@contextmanager
def _alarm(seconds: float, handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Call ``handler`` after ``seconds``; nothing in another thread than the main one, or where one goes off before."""
    if (
        threading.current_thread() is not threading.main_thread()
        or 0 < signal.getitimer(signal.ITIMER_REAL)[0] < seconds
    ):
        yield
        return
    began = time.monotonic()
    left_s, repeat_s = signal.setitimer(signal.ITIMER_REAL, 0)
    earlier = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, earlier or signal.SIG_DFL)
        if left_s:  # one that went by meanwhile goes off at once
            signal.setitimer(signal.ITIMER_REAL, max(left_s - (time.monotonic() - began), 1e-6), repeat_s)


@contextmanager
def _ending_process(seconds: float) -> Iterator[None]:
    """End the process after ``seconds``, unless the body or a limit around it ends before."""
    end = time.monotonic() + seconds
    _ends.append(end)
    _arm()
    try:
        yield
    finally:
        _ends.remove(end)
        _arm()


def _arm() -> None:
    if _ends:
        left_s = max(min(_ends) - time.monotonic(), 1e-3)
        faulthandler.dump_traceback_later(left_s, exit=True, file=_STDERR)
    else:
        faulthandler.cancel_dump_traceback_later()
