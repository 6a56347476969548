"""The job that a step works on: what was opened, as the register has it, and its folder.

The workspace decides nothing: entry, people and agreement are those of the register. Refuses a ``job.json`` that says
otherwise, since somebody has changed it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from itss.archive.statement import STATEMENT, Statement, read_statement
from itss.errors import ContentChangedError
from itss.register import Register
from itss.settings import settings
from itss.steps.job import JOB_FILE, Job, Rework, folder_now, folder_of, job_of, ref_of


def opened(job: Mapping[str, Any]) -> tuple[Job, Register]:
    """The revision while it is a draft: its folder gives out whatever it contains."""
    place, ref = settings(), ref_of(job)
    register = Register(place.register_url)
    folder = folder_of(place, ref)
    known = replace(job_of(place, document_of(register, job), folder), rework=rework_of(register, job))
    if json.loads(json.dumps(known.document())) != _written(known):
        raise ContentChangedError(
            f"{folder}/{JOB_FILE} is not what was opened.",
            "Find out who changed it, then clear the run from its first task on: it is written anew.",
        )
    return known, register


def signed(job: Mapping[str, Any]) -> tuple[Job, Register, Statement]:
    """The revision that people are asked about: its folder gives out only what its statement names.

    `ContentChangedError` if there is no statement, or not the one on record; `LedgerError` if the record of the
    revision is not as it was signed: nothing is asked, leaves or is sealed then.
    """
    known, register = opened(job)
    return _bound(known, register)


def on_record(job: Mapping[str, Any]) -> tuple[Job, Register, Statement]:
    """The revision for who reads it: as `signed`, but of a sealed one the files of the archive, which outlive others.

    Its folder gives out, too, what was filled in at its release and the documents of its review.
    """
    place, ref = settings(), ref_of(job)
    register = Register(place.register_url)
    revision, review = register.revision(ref), register.review(ref)
    if revision.archive_path:
        folder = folder_now(place, revision)
        known = replace(job_of(place, document_of(register, job), folder), rework=rework_of(register, job))
    else:
        known, _ = opened(job)
    known, _, statement = _bound(known, register)
    later = {**register.released_files(ref), **(review.files if review else {})}
    return replace(known, folder=known.folder.bind(later)), register, statement


def _bound(known: Job, register: Register) -> tuple[Job, Register, Statement]:
    register.prove(known.ref)
    sha256 = register.revision(known.ref).statement_sha256
    if sha256 is None:
        raise ContentChangedError(f"{known.ref} has no statement that could be signed (any more).")
    try:
        data = known.folder.read(STATEMENT)
    except FileNotFoundError as error:
        raise ContentChangedError(f"{known.folder}/{STATEMENT} is missing.") from error
    statement = read_statement(data, sha256, f"{known.folder}/{STATEMENT}")
    return replace(known, folder=known.folder.bind(statement.files)), register, statement


def document_of(register: Register, job: Mapping[str, Any]) -> dict[str, Any]:
    """What was opened, as the register has it."""
    ref = ref_of(job)
    return register.entry(ref) | {"revision": ref.number}


def rework_of(register: Register, job: Mapping[str, Any]) -> Rework:
    """What the author said to the rejection of the revision before."""
    ref = ref_of(job)
    return Rework(**register.reworked(ref._replace(number=ref.number - 1))) if ref.number > 1 else Rework()


def _written(job: Job) -> Any:
    try:
        return job.folder.read_json(JOB_FILE)
    except (FileNotFoundError, ValueError):
        return None
