"""Whether the period's last sealed version says the same already, so that a rerun asks and mails nobody.

What the author wrote is no figure: a rerun in which he has said nothing new repeats a version that holds his words. A
sealed version that cannot be read any more (removed, or written by another release) is taken for a different one.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from itss.archive.store import open_store
from itss.archive.version import folder_of
from itss.errors import ItssError
from itss.register import Register
from itss.settings import settings
from itss.steps import produce
from itss.steps.job import Job, job_of
from itss.steps.opened import opened as proven


def is_said_already(job: dict[str, Any]) -> bool:
    """Step 3 生成: whether the author need not be asked for a comment, for it would be on a report that is out."""
    opened, register = proven(job)
    return said_already(opened, register) is not None


def said_already(job: Job, register: Register) -> str | None:
    """The content hash of the last sealed version, if without any words of an author it says the same as ``job``."""
    report, period, number = job.ref
    last = register.last_sealed(report, period, before=number)
    if last is None:
        return None
    folder = folder_of(open_store(settings().archive_url), last.ref)
    try:
        sealed = job_of(settings(), json.loads((folder / "job.json").read_bytes()), folder)
        is_same = _without_words(sealed) == _without_words(job)
    except (ItssError, OSError, ValueError, KeyError, TypeError):
        return None
    return last.content_sha256 if is_same else None


def _without_words(job: Job) -> str:
    given = produce.inputs(job, preview=False)
    return produce.content_sha256(job, replace(given, comment="", comments={}))
