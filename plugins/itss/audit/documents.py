"""The documents of a version in typed form: manifest, statement, job, submissions.

Strict: a number is no text, a missing field is an error. What a later release adds to a statement is let through, since
its hash is what was signed; a manifest has the fields of its format and no other.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Said(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class SealedFile(_Said):
    """A file of the manifest."""

    model_config = ConfigDict(extra="forbid")

    name: str
    bytes: int
    sha256: Sha256


class Manifest(_Said):
    """``manifest.json``; ``facts`` are compared with what they are drawn from, and so are plain here."""

    model_config = ConfigDict(extra="forbid")

    format: Literal[1]
    report: str
    period: str
    revision: int
    files: tuple[SealedFile, ...]
    facts: dict[str, Any]
    previous_manifest_sha256: Sha256 | None


class SaidPerson(_Said):
    """Somebody whom the statement names."""

    key: str
    title: str
    user: str | None
    address: str


class SaidLevel(_Said):
    """A level of approval."""

    name: str
    title: str
    approvers: tuple[SaidPerson, ...]
    accepts_marked_done: bool


class SaidMail(_Said):
    """The mail to one recipient."""

    address: str
    file: str
    message_id: str
    recipient: str


class SaidCopy(_Said):
    """The copy in the shared folder."""

    message_id: str
    recipient: str
    url: str


class SaidFile(_Said):
    """A file that the statement names."""

    bytes: int
    sha256: Sha256


class Made(_Said):
    """Which releases made the report."""

    code: str
    calendar: str


class Carried(_Said):
    """What the statement carries."""

    report: str
    period: str
    revision: int
    due_at: str
    agreement_version: str
    archive_only: bool
    files: dict[str, SaidFile]
    levels: tuple[SaidLevel, ...]
    mails: dict[str, SaidMail]
    copy_: SaidCopy | None = Field(alias="copy")
    author: SaidPerson
    report_manager: SaidPerson
    separate_people: bool
    made: Made


class Stated(_Said):
    """``statement.json``."""

    format: Literal[1]
    said: dict[str, Sha256]
    carried: Carried


class JobPerson(_Said):
    """Somebody of the list when the revision was opened."""

    email: str
    user: str | None = None


class JobPeople(_Said):
    """The people of the list when the revision was opened."""

    people: dict[str, JobPerson]


class JobSaid(_Said):
    """``job.json``: what was opened; the entry is plain, since an earlier release may have spelt it otherwise."""

    entry: dict[str, Any]
    people: JobPeople
    period: str
    due_at: str
    archive_only: bool
    revision: int


class Collected(_Said):
    """``data/<process>.json``."""

    process: str
    source: str
    rows: int
    sha256: str
    missing: str
