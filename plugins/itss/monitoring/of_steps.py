"""What a step that has ended is as samples: how long it took, and how it ended. Pure.

Each approval level is a step ``sign_off``, and a step of one process is named without it: lists name both as they
like, and a series has a bounded number of values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from itss.monitoring.series import Sample, sample

_OF_REPORTS = (
    "open",
    "await_versions",
    "check",
    "measure",
    "comment",
    "render",
    "release",
    "deliver",
    "review_meeting",
    "minutes",
    "seal",
    "notify_author",
    "rework",
)
_OF_PRODUCT = (
    "take_up",
    "compile",
    "announce",
    "remind",
    "escalate",
    "tell_refusals",
    "watch",
    "audit",
)
_OF_PROCESS = ("collect_", "wait_")
SIGN_OFF = "sign_off"


def step_of(task: str) -> tuple[str, str]:
    """Step and process of a task by its id; a process where it is a step of one."""
    for prefix in _OF_PROCESS:
        if task.startswith(prefix):
            return prefix.rstrip("_"), task.removeprefix(prefix)
    return (task if task in (*_OF_REPORTS, *_OF_PRODUCT) else SIGN_OFF), ""


def samples_of_step(task: str, seconds: float, outcome: str) -> Iterator[Sample]:
    """``outcome``: ok, skipped, waits (for people or data; its process has ended) or failed."""
    step, process = step_of(task)
    yield sample("step", seconds, step=step, process=process, outcome=outcome)


def samples_of_rows(process: str, rows: int, size: Callable[[], int]) -> Iterator[Sample]:
    """What was collected of a process, and how many bytes it takes; a store is asked only where somebody listens."""
    yield sample("rows", rows, process=process)
    yield sample("bytes", size(), process=process)
