"""The job that a step works on, proven: what its folder says of it is what the register says."""

from __future__ import annotations

from typing import Any

from itss.errors import ContentChangedError
from itss.register import Register
from itss.settings import settings
from itss.steps.job import Job, job_of, load_job, ref_of

_FIXED = ("entry", "people", "agreement", "period", "due_at", "archive_only")


def opened(job: dict[str, Any]) -> tuple[Job, Register]:
    """The opened job and its register; `ContentChangedError` if somebody changed who signs it or who gets it.

    Approvers, recipients and targets were fixed when it was opened; a file of the workspace is no place to change them.
    """
    place = settings()
    found, register = load_job(place, job), Register(place.register_url)
    ref = ref_of(job)
    known = job_of(place, register.entry(ref) | {"revision": ref.number}, found.folder)
    changed = [name for name in _FIXED if getattr(found, name) != getattr(known, name)]
    if changed or found.ref != ref:
        raise ContentChangedError(
            f"{found.folder}/job.json is not what was opened: {', '.join(changed) or 'it is of another revision'}.",
            "Find out who changed it, then clear the run from its first task on: it is written anew.",
        )
    return found, register
