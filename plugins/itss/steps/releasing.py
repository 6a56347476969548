"""Step 6 公布, the gate: makes the statement again, lets it leave only as it was signed, and fills the signed mails.

Any difference between what was signed and what register and folder say now voids the signatures: nothing leaves, and
the log says what changed. Its one surprise: what is filled in at release (who signed, the witness line) comes after the
signatures, so the line of the release holds the hash of each filled file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any, Literal

from itss.archive.folder import RevisionFolder
from itss.archive.statement import Statement
from itss.delivery.mail import RELEASED, SIGN_OFF_SHEET, SLOT
from itss.errors import ContentChangedError, RegisterError
from itss.register import Register
from itss.reports import sign_off
from itss.steps.after_restore import refuse_unconfirmed
from itss.steps.approving import mark_done
from itss.steps.job import Job
from itss.steps.opened import opened as proven
from itss.steps.opened import signed
from itss.steps.stating import state_again


def release(job: dict[str, Any], done: Collection[str] = ()) -> Literal["deliver", "return", "archive"]:
    """Every level has approved this very statement, and it is still what register and folder say.

    ``done`` are the levels whose task has come to its end. One that did so without an answer was marked as done by
    somebody in the UI: that is put on record, and counts only where the entry says so. A rejection is never overruled.
    """
    draft, register = proven(job)
    if draft.archive_only:
        return "archive"
    if register.rejected(draft.ref) is not None:
        return "return"
    opened, _, statement = signed(job)
    if register.revision(opened.ref).released_at is None:
        refuse_unconfirmed(register, opened.ref.report, opened.period)
        mark_done(opened, register, statement.sha256, done)
        if register.rejected(opened.ref) is not None:  # by an answer on record that its task has not settled
            return "return"
        _refuse_changed(draft, register, statement)
        _release(opened, register, statement)
    _write(opened, register, statement)
    return "deliver"


def _release(job: Job, register: Register, statement: Statement) -> None:
    witness = register.head()
    if witness is None:
        raise RegisterError("The ledger is empty.", "Restore the register from its backup.")
    filled = _filled(job, register, statement, witness.text)
    levels = statement.carried["levels"]
    register.release(
        job.ref,
        [level["name"] for level in levels],
        {level["name"] for level in levels if level["accepts_marked_done"]},
        statement_sha256=statement.sha256,
        files={name: hashlib.sha256(data).hexdigest() for name, data in filled.items()},
        witness=witness.text,
    )


def released_folder(job: Job, register: Register) -> RevisionFolder:
    """The folder of a signed job with what was filled in at its release."""
    return job.folder.bind(register.released_files(job.ref))


def _refuse_changed(draft: Job, register: Register, statement: Statement) -> None:
    changed = statement.differences(state_again(draft, statement))
    if changed:
        register.void(draft.ref, changed)
        raise ContentChangedError(
            f"{draft.ref} is not what was signed: {', '.join(changed)} changed. The signatures are void."
        )


def _write(job: Job, register: Register, statement: Statement) -> None:
    """Write what the line of the release names, after it is on record: so two tries at once write the same."""
    folder = released_folder(job, register)
    line = next(one for one in reversed(register.events(job.ref)) if one.what == "released")
    filled = _filled(job, register, statement, str(line.details.get("witness", "")))
    for name, data in filled.items():
        try:
            folder.read(name)
        except ContentChangedError:
            if hashlib.sha256(data).hexdigest() != register.released_files(job.ref).get(name):
                raise  # made by another release of this program: it cannot be made again
            folder.write(name, data)


def _filled(job: Job, register: Register, statement: Statement, witness: str) -> dict[str, bytes]:
    """Each mail with its slot filled, and the sign-off sheet, by name."""
    from itss.delivery.templates import render

    language, zone = job.entry.language, job.entry.period.timezone
    signatures = sign_off.signatures(statement.carried, register.decisions(job.ref), zone, language)
    told = render("release.j2", {"language": language, "signed": signatures, "witness": witness})
    mails = {mail["file"]: job.folder.read(mail["file"]).decode() for mail in statement.carried["mails"].values()}
    filled = {f"{RELEASED}/{name}": body.replace(SLOT, told, 1).encode() for name, body in mails.items()}
    page = sign_off.sheet(language, job.entry.title.of(language), statement.carried, statement.sha256, signatures)
    return filled | {SIGN_OFF_SHEET: page.encode()}
