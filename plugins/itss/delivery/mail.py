"""The mails, as data: the report to its recipients, and what every other mail about a report is made of.

Owns the words (``include/templates/mail``), file names and message ids; sends nothing. Refuses an address that
could carry a second one. What people are notified of beside the report is written in `itss.notices`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal, Protocol

from markupsafe import Markup

from itss.archive.folder import RevisionFolder
from itss.delivery.templates import render
from itss.errors import DeliveryError
from itss.periods import Period
from itss.ref import Ref
from itss.report_list.models import Entry, ReportList
from itss.report_list.person import Person
from itss.text import Language

if TYPE_CHECKING:
    from itss.reports.inputs import ReportInputs

Kind = Literal[
    "report",
    "asked",
    "returned",
    "failed",
    "data",
    "minutes",
    "watch",
    "audit",
    "proposal",
    "channel_failed",
]

DOMAIN = "service-reporting.invalid"
"""Right side of message ids; ``.invalid`` belongs to nobody, so they collide with nobody's."""

SLOT = Markup("<!-- itss: release -->")
"""Where a signed mail has room for who signed it and the witness line. Inserted text is escaped: it cannot be it."""

RELEASED = "released"
"""The folder of what is made when a report is released: the mails as they leave, and the sign-off sheet."""
SIGN_OFF_SHEET = f"{RELEASED}/sign_off.html"

_UNSAFE_IN_NAME = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u2028\u2029\u202a-\u202e\u2066-\u2069]+')
_NAME_BYTES = 200


class Job(Protocol):
    """What a mail needs to know of a revision; `itss.steps.job.Job` is one."""

    @property
    def entry(self) -> Entry: ...
    @property
    def people(self) -> ReportList: ...
    @property
    def period(self) -> Period: ...
    @property
    def revision(self) -> int: ...
    @property
    def folder(self) -> RevisionFolder: ...
    @property
    def ref(self) -> Ref: ...
    @property
    def handed_in(self) -> list[str]: ...


@dataclass(frozen=True)
class Attachment:
    """A ``file``, how its bytes are had, and the ``name`` under which it is sent."""

    name: str
    file: str
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Mail:
    """One mail to one person; ``recipient`` is their role in the language of the report.

    ``chat`` is the connection by which they read what has nothing attached; empty: by mail. ``reply_to`` is the address
    of whom to ask; empty: the sender.
    """

    kind: Kind
    recipient: str
    address: str
    language: Language
    subject: str
    html: str
    message_id: str
    attachments: tuple[Attachment, ...] = ()
    chat: str = ""
    reply_to: str = ""


def report_mail(job: Job, person: Person, *, given: ReportInputs, is_correction: bool) -> Mail:
    """The report to one recipient, as it is signed: `SLOT` is where the release is described.

    ``is_correction`` says whether an earlier revision has reached anybody (`Register.corrects`).
    """
    from itss.reports.mail_lines import mail_lines

    language = job.entry.language
    files = attachments(job, is_correction=is_correction)
    author = job.people.people[job.entry.author]
    words = common_words(job, person) | {
        "is_correction": is_correction,
        "slot": SLOT,
        "department": job.entry.department.of(language),
        "attachments": [file.name for file in files],
        "contact": author.title.of(language),
        "contact_address": author.email,
    }
    said = mail_lines(given)
    subject = f"{words['title']} {job.period.label}"
    if is_correction:
        subject += (
            f"（更正，第 {job.revision} 版）" if language == "zh-CN" else f" (corrected, revision {job.revision})"
        )
    if said.verdict:
        subject += f" · {said.verdict}"
    mail = mail_of("report", job, person, subject, words | {"said": said}, files)
    return replace(mail, reply_to=one_address(author))


def message_id(ref: Ref, address: str, kind: Kind | Literal["folder"] = "report") -> str:
    """The one id of this mail (or copy) of this revision to this address, in whatever case it is written."""
    report, period, number = ref
    who = hashlib.sha256(address.lower().encode()).hexdigest()[:16]
    return f"<{report}.{period}.r{number:02d}.{kind}.{who}@{DOMAIN}>"


def attachment_name(title: str, period: str, number: int, suffix: str, mark: str = "") -> str:
    """A name that every file system takes; the title is cut rather than the period, revision, ``mark`` or suffix."""
    end = f" {period}{f' r{number}' if number > 1 else ''}{mark and f' {mark}'}{suffix}"
    clean = " ".join(_UNSAFE_IN_NAME.sub(" ", title).split()).strip(" .") or "report"
    room = _NAME_BYTES - len(end.encode())
    return clean.encode()[:room].decode(errors="ignore").rstrip() + end


def mail_of(
    kind: Kind, job: Job, person: Person, subject: str, words: dict[str, Any], attachments: tuple[Attachment, ...] = ()
) -> Mail:
    """The mail of one ``kind`` about a revision to one person, by its template in the language of the report."""
    language, id_ = job.entry.language, message_id(job.ref, one_address(person), kind)
    return letter(kind, person, language, subject, f"{kind}.{language}.j2", words, id_, attachments)


def letter(
    kind: Kind,
    person: Person,
    language: Language,
    subject: str,
    template: str,
    words: Mapping[str, Any],
    message_id: str,
    attachments: tuple[Attachment, ...] = (),
) -> Mail:
    """A mail to one person; besides ``words`` its template may say language and subject."""
    line = one_line(subject)
    return Mail(
        kind=kind,
        recipient=person.title.of(language),
        address=one_address(person),
        language=language,
        subject=line,
        html=render(template, {**words, "language": language, "subject": line}),
        message_id=message_id,
        attachments=attachments,
    )


def common_words(job: Job, person: Person) -> dict[str, Any]:
    """What every template of a mail about a revision may say."""
    language = job.entry.language
    last = job.period.next_day - dt.timedelta(days=1)
    to = "至" if language == "zh-CN" else "to"
    return {
        "language": language,
        "title": job.entry.title.of(language),
        "period": job.period.label,
        "days": f"{job.period.first_day.isoformat()} {to} {last.isoformat()} ({job.period.zone})",
        "revision": job.revision,
        "recipient": person.title.of(language),
    }


def attachments(job: Job, *, is_correction: bool) -> tuple[Attachment, ...]:
    """The forms that the entry asks for, and the sign-off sheet; of a supplier's report also what they handed in.

    No two revisions share a name, and a correction's says so: they may come to lie in one folder.
    """
    title, period, number = job.entry.title.of(job.entry.language), job.period.label, job.revision
    mark = {"zh-CN": "更正", "en": "corrected"}[job.entry.language] if is_correction else ""
    handed_in = job.handed_in if job.entry.kind == "supplier" else []
    sent, sheet = job.entry.distribution, {"zh-CN": "审批单", "en": "sign-off sheet"}[job.entry.language]
    forms = [(title, f"report.{form}", f".{form}") for form in dict.fromkeys(sent.formats)]
    forms += [(f"{title} {sheet}", SIGN_OFF_SHEET, ".html")] if sent.sign_off_sheet else []
    named = [(attachment_name(words, period, number, suffix, mark), file) for words, file, suffix in forms]
    # several processes may have been handed in under one name
    is_alone = len(handed_in) == 1
    named += [(_handed_in_name(PurePosixPath(file), number, mark, is_alone=is_alone), file) for file in handed_in]
    return tuple(Attachment(name, file, partial(job.folder.read, file)) for name, file in named)


def _handed_in_name(path: PurePosixPath, number: int, mark: str, *, is_alone: bool) -> str:
    parts = [*([] if is_alone else [path.parent.name]), path.stem, *([f"r{number}"] if number > 1 else []), mark]
    return " ".join(part for part in parts if part) + path.suffix


def one_address(person: Person) -> str:
    """Their address; `DeliveryError` for text that could carry a second one."""
    if re.search(r"[\s,;<>]", person.email):
        raise DeliveryError(f"'{person.email!r}' is not one address.", "Correct it in the report list.")
    return person.email


def one_line(words: str) -> str:
    """``words`` as a subject: one printable line."""
    # a line break in a subject would begin a header of somebody else's choice
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())
