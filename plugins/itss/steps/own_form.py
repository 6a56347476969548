"""Which template and own measures a new revision gets: today's, or those of the version that it corrects.

A rerun of a period that went out has the form that its readers know, so that nothing but its content can differ.
Today's form is taken where nothing went out yet, where the last revision was rejected (its author reworks the
template), where the entry now names another template, language or process of its own, and where the person who starts
the run asks for it. Agreed exclusions are always today's: one that is entered later is a reason for a new revision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from itss.errors import ConfigurationError
from itss.own_measures.of_list import process_ids
from itss.own_measures.own_file import NOTHING_OWN, own_of
from itss.register import Register, Revision
from itss.register.life import CLOSED
from itss.reports.template.files import thaw
from itss.settings import Settings
from itss.steps.frozen import OWN_MEASURES, Frozen, exclusions_of_today, form_of_today
from itss.steps.frozen_files import judged_template
from itss.steps.job import Job, folder_now


@dataclass(frozen=True)
class Copies:
    """The files to copy into a new revision's folder, and what its job says of them."""

    files: Mapping[str, bytes]
    frozen: Frozen | None


def copies_for(job: Job, place: Settings, register: Register, run: str, *, todays_form: bool) -> Copies:
    """What the revision that ``run`` is to open is made by.

    `ConfigurationError` where a file of today cannot be used, `ContentChangedError` where one of the version that it
    corrects is not the one that was copied then.
    """
    revisions = register.revisions(job.entry.key, job.period.label)
    if job.recorded:  # of an entry that is not in the list any more: it goes on as it was opened
        files = _read(place, revisions[-1], job.frozen, job.frozen.files) if job.frozen else {}
        return Copies(files, job.frozen)
    before = _went_out(revisions, run)
    if before is not None and before.ref in register.removed():
        before = None  # its files are gone after their time
    form, says_form = _form(job, place, register, before, todays_form=todays_form)
    files = {**form, **exclusions_of_today(job)}
    return Copies(files, Frozen.of(files, says_form=says_form))


def _went_out(revisions: Sequence[Revision], run: str) -> Revision | None:
    """The version that a new revision corrects; none where nothing went out, or the last one was returned."""
    for one in reversed(revisions):
        is_own = one.run == run and one.reached not in CLOSED
        if is_own or one.state in ("failed", "unchanged"):
            continue
        return one if one.state != "returned" and (one.released_at or one.sealed_at) else None
    return None


def _form(
    job: Job, place: Settings, register: Register, before: Revision | None, *, todays_form: bool
) -> tuple[Mapping[str, bytes], bool]:
    """Template and own measures by name, and whether the report says them."""
    if before is None:
        return form_of_today(job, place), True
    document = register.entry(before.ref)
    kept = Frozen.read(document.get("frozen"))
    is_same_form = all(document["entry"][name] == getattr(job.entry, name) for name in ("template", "language"))
    if kept is not None and is_same_form:
        own = {name: sha for name, sha in kept.files.items() if name in kept.form or name == OWN_MEASURES}
        if todays_form:
            today = form_of_today(job, place)
            return today, kept.says_form if Frozen.of(today).files == own else True
        files = _read(place, before, kept, own)
        if _declares(files, job):
            _refuse_unusable(files, before, job)
            return files, kept.says_form
    elif is_same_form and not todays_form and _declares({}, job):  # of before there were forms of one's own
        return {name: data for name, data in form_of_today(job, place).items() if name != OWN_MEASURES}, False
    return form_of_today(job, place), True


def _refuse_unusable(files: Mapping[str, bytes], before: Revision, job: Job) -> None:
    """A later release may not know what the template of an old one asks for."""
    try:
        judged_template(thaw(files, files.__getitem__), job.entry.language)
    except ConfigurationError as error:
        raise ConfigurationError(
            f"The form of {before.ref}, which this run corrects, is not usable any more:\n{error.what}",
            "Trigger the report for its period with use_todays_form.",
        ) from error


def _declares(files: Mapping[str, bytes], job: Job) -> bool:
    """Whether these own measures know every process that the entry collects today."""
    own = own_of(Path(OWN_MEASURES), files[OWN_MEASURES]) if OWN_MEASURES in files else NOTHING_OWN
    return set(job.entry.data_source) <= set(process_ids(own))


def _read(place: Settings, revision: Revision, kept: Frozen | None, names: Iterable[str]) -> dict[str, bytes]:
    """Copied files of an earlier revision, from the archive where it is sealed, each with the bytes of then."""
    folder = folder_now(place, revision)
    bound = folder.bind(kept.files if kept else {})
    return {name: bound.read(name) for name in names}
