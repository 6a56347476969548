"""The files that a revision is made by: copied into its folder when it is opened, and read from there alone.

They are its template (with the templates that it extends, look and pictures), ``measures.yaml``, ``exclusions.yaml``
and the evidence that this names. Their checksums are part of the job on record, so a copy that somebody changed,
added or removed is refused before anything is made of it; from the statement on they are signed like every file.
Which files a new revision gets is decided in `itss.steps.own_form`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itss.archive.folder import RevisionFolder
from itss.errors import ConfigurationError, ContentChangedError
from itss.reports.template.files import FROZEN, TemplateFiles, find, thaw

if TYPE_CHECKING:
    from itss.reports.inputs import Part
    from itss.settings import Settings
    from itss.steps.job import Job

OWN_MEASURES, EXCLUSIONS, EVIDENCE = "measures.yaml", "exclusions.yaml", "evidence"
"""Their names in a revision's folder; beside the list exclusions lie in its folder ``agreements``."""


@dataclass(frozen=True)
class Frozen:
    """The sha256 of each copied file by its name in the folder of the revision."""

    files: Mapping[str, str]
    says_form: bool = True
    """Whether template and own measures are among what the report says. Not in a rerun of a version that was made
    before there were any: it says nothing new by having a form that nobody chose anew."""

    @classmethod
    def of(cls, files: Mapping[str, bytes], *, says_form: bool = True) -> Frozen:
        """The checksums of ``files``."""
        return cls({name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)}, says_form)

    @classmethod
    def read(cls, document: Mapping[str, Any] | None) -> Frozen | None:
        """What a job on record says; ``None`` of one that was opened before anything was copied."""
        return None if document is None else cls(document["files"], document["says_form"])

    def document(self) -> dict[str, Any]:
        """As it is written into the job."""
        return {"files": dict(self.files), "says_form": self.says_form}

    @property
    def form(self) -> dict[str, str]:
        """Those that make the report's form: the template."""
        return {name: sha256 for name, sha256 in self.files.items() if name.startswith(f"{FROZEN}/")}

    @property
    def own_measures(self) -> str:
        """The checksum of the own measures; empty where there are none."""
        return self.files.get(OWN_MEASURES, "")


def is_frozen(name: str) -> bool:
    """Whether a file of a revision's folder is one of those that are copied at its opening."""
    return name in (OWN_MEASURES, EXCLUSIONS) or name.startswith((f"{FROZEN}/", f"{EVIDENCE}/"))


def form_of_today(job: Job, place: Settings) -> dict[str, bytes]:
    """The template that the entry names and the own measures beside the list, by their names in a revision's folder.

    `ConfigurationError` naming file and line where one of them cannot be used.
    """
    from itss.steps.frozen_files import judged_own_measures, judged_template

    found = judged_template(_today(job, place), job.entry.language).frozen()
    return found | dict(judged_own_measures(job.base / OWN_MEASURES, job.entry.data_source))


def exclusions_of_today(job: Job) -> dict[str, bytes]:
    """What was agreed not to count, as the job has it, and the evidence for it, which lies beside the agreements."""
    from itss.steps.frozen_files import judged_exclusions

    return dict(judged_exclusions(job.exclusions, job.base / "agreements"))


def freeze(job: Job, place: Settings) -> Job:
    """Copy today's files into the folder of ``job``, in the place of those copied before; returns the job with them.

    May be called again whenever they have changed. `ConfigurationError` leaves what is there as it is, and refuses the
    folder of the list itself, whose files are not copies.
    """
    if str(job.base).startswith(f"{job.folder}/") or str(job.folder) in (str(job.base), str(job.base / "agreements")):
        raise ConfigurationError(f"{job.folder} is a folder of the report list.", "Name another one to write into.")
    files = form_of_today(job, place) | exclusions_of_today(job)
    keep(job.folder, files)
    return replace(job, frozen=Frozen.of(files))


def keep(folder: RevisionFolder, files: Mapping[str, bytes]) -> None:
    """Let a draft's folder hold these copied files, and no other copied ones."""
    for name in copied(folder):
        if name not in files:
            folder.remove(name)
    for name, data in files.items():
        folder.write(name, data)


def copied(folder: RevisionFolder) -> list[str]:
    """The files of a folder that are copied at an opening, whoever put them there."""
    return [name for name in folder.names() if is_frozen(name)]


def template_of(job: Job, place: Settings | None = None) -> TemplateFiles:
    """The template by which the revision is drawn: its own copy; of an older revision that has none, today's.

    `ContentChangedError` where the copy is not the one that was made when the revision was opened.
    """
    if job.frozen is None or not job.frozen.form:
        from itss.settings import settings

        return _today(job, place or settings())
    _refuse_others(job, FROZEN)
    return thaw(job.frozen.form, lambda name: read(job, name))


def own_measures_of(job: Job) -> bytes | None:
    """``measures.yaml`` as it was when the revision was opened; before it is opened, as it is beside the list."""
    return _text_of(job, OWN_MEASURES, job.base / OWN_MEASURES)


def read(job: Job, name: str) -> bytes:
    """A copied file; `ContentChangedError` unless it is the one that was copied."""
    expected = job.frozen.files.get(name) if job.frozen else None
    try:
        data = job.folder.read(name)
    except FileNotFoundError as error:
        raise _changed(job, [name]) from error
    if expected is None or hashlib.sha256(data).hexdigest() != expected:
        raise _changed(job, [name])
    return data


def refuse_changed(job: Job) -> None:
    """`ContentChangedError` unless the copied files are those that were copied, each with its bytes, and no other."""
    if job.frozen is None:
        return
    _refuse_others(job)
    for name in job.frozen.files:
        read(job, name)


def changed_since(job: Job, before: Frozen | None) -> Iterator[tuple[Part, str]]:
    """What was copied otherwise for the revision before, and the file; of before anything was copied, ``None``.

    Nothing of a form that the report does not say: it is a rerun of a version that knew none.
    """
    now = job.frozen or Frozen({})
    old = before or Frozen({})
    for name in sorted(now.files.keys() | old.files.keys()):
        part: Part = "form" if name.startswith(f"{FROZEN}/") else "exclusions"
        part = "definitions" if name == OWN_MEASURES else part
        if now.files.get(name) != old.files.get(name) and (part == "exclusions" or now.says_form):
            yield part, name.removeprefix(f"{FROZEN}/").lstrip("0123456789_")


def template_folders(base: Path, place: Settings) -> tuple[Path, Path]:
    """Where templates are looked for: beside the list, then among the shipped ones."""
    return base / "templates", place.shipped / "templates"


def _today(job: Job, place: Settings) -> TemplateFiles:
    entry, folders = job.entry, template_folders(job.base, place)
    return find(entry.template, entry.language, folders)


def _text_of(job: Job, name: str, beside: Path) -> bytes | None:
    if job.frozen is not None:
        return read(job, name) if name in job.frozen.files else None
    # of a revision that was opened before anything was copied, the folder has none
    if job.recorded or not beside.is_file():
        return None
    return beside.read_bytes()


def _refuse_others(job: Job, below: str = "") -> None:
    expected: Iterable[str] = job.frozen.files if job.frozen else ()
    there = [name for name in copied(job.folder) if name.startswith(below)]
    if others := sorted(set(there) ^ {name for name in expected if name.startswith(below)}):
        raise _changed(job, others)


def _changed(job: Job, files: Iterable[str]) -> ContentChangedError:
    return ContentChangedError(
        f"{', '.join(f'{job.folder}/{name}' for name in files)}: not as copied when {job.ref} was opened.",
        "Find out who changed it, then clear the run from its first task on: it is copied anew.",
    )
