"""The mails, as data: the report to its recipients, a return to its author, the minutes of its review, a failure.

Owns the words (``include/templates/mail_*.j2``), subjects, file names and message ids; sends nothing. Refuses an
address that could carry a second one. Its one surprise: a failure has a new message id each time, because a mail
server that drops a repeated one would turn it into silence, while a report's id is fixed for ever.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal, Protocol
from zoneinfo import ZoneInfo

from markupsafe import Markup

from itss.archive.folder import RevisionFolder
from itss.delivery.templates import render
from itss.errors import DeliveryError
from itss.periods import Period
from itss.ref import Ref
from itss.report_list.models import Entry, Person, ReportList
from itss.settings import settings
from itss.text import Language

if TYPE_CHECKING:
    from itss.register import Decision, Improvement, Review
    from itss.reports.figure import Figure
    from itss.reports.inputs import ReportInputs

Kind = Literal["report", "returned", "failed", "data", "minutes", "watch", "audit"]

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
    """One mail to one person; ``recipient`` is his role in the language of the report."""

    kind: Kind
    recipient: str
    address: str
    language: Language
    subject: str
    html: str
    message_id: str
    attachments: tuple[Attachment, ...] = ()


def report_mail(job: Job, person: Person, *, given: ReportInputs, is_correction: bool) -> Mail:
    """The report to one recipient, as it is signed: `SLOT` is where the release is described.

    ``is_correction`` says whether an earlier revision has reached anybody (`Register.corrects`).
    """
    language = job.entry.language
    files = attachments(job, is_correction=is_correction)
    author = job.people.people[job.entry.author]
    words = _common(job, person) | {
        "is_correction": is_correction,
        "slot": SLOT,
        "department": job.entry.department.of(language),
        "attachments": [file.name for file in files],
        "contact": author.title.of(language),
        "contact_address": author.email,
    }
    subject = f"{words['title']} {job.period.label}"
    if is_correction:
        subject += (
            f"（更正，第 {job.revision} 版）" if language == "zh-CN" else f" (corrected, revision {job.revision})"
        )
    return _mail("report", job, person, subject, words | _scores(job, given), files)


def returned_mail(job: Job, person: Person, rejected: Decision, witness: str = "") -> Mail:
    """The rejection, with the approver's comment and a ``witness`` line, to the author or the report manager."""
    language = job.entry.language
    local = rejected.at.astimezone(ZoneInfo(job.entry.period.timezone))
    words = _common(job, person) | {
        "level": rejected.title,
        "approver": rejected.who_name or rejected.who_id or "–",
        "at": f"{local:%Y-%m-%d %H:%M} ({job.entry.period.timezone})",
        "comment": rejected.comment.strip(),
        "witness": witness,
        "ui_url": settings().ui_url,
    }
    title, period, number = words["title"], job.period.label, job.revision
    subject = f"退回：{title} {period} 第 {number} 版"
    if language == "en":
        subject = f"Returned: {title} {period}, revision {number}"
    return _mail("returned", job, person, subject, words)


def minutes_mail(job: Job, person: Person, review: Review, raised: Sequence[Improvement], *, name: str) -> Mail:
    """The minutes of the review meeting to one person, with the items that are his; ``name`` is that of the files."""
    people, language = job.people.people, job.entry.language
    items = [(item.title, people[item.owner].title.of(language), _due(item, language)) for item in raised]
    mine = [(item.title, _due(item, language)) for item in raised if people[item.owner].email == person.email]
    attachments = tuple(
        Attachment(
            attachment_name(name, job.period.label, job.revision, f".{form}"), file, partial(job.folder.read, file)
        )
        for form, file in (("html", "minutes.html"), ("xlsx", "minutes.xlsx"))
    )
    words = _common(job, person) | {
        "held_on": review.held_on.isoformat(),
        "items": items,
        "mine": mine,
        "attachments": [one.name for one in attachments],
    }
    return _mail("minutes", job, person, f"{name} {job.period.label}", words, attachments)


def _due(item: Improvement, language: Language) -> str:
    """The date agreed first, and the one that it was moved to where the minutes are mailed after that."""
    from itss.reports import catalogue

    first = item.due_on.isoformat()
    if not item.moves:
        return first
    return catalogue.load(language)("improvement.moved", first=first, day=item.moves[-1][1].isoformat())


def failed_mail(
    entry_key: str, job: Mapping[str, Any] | None, person: Person, task: str, reason: str, has_left: bool | None = None
) -> Mail:
    """A failure, with its reason and remedy, to the report manager; ``has_left`` as far as it is known."""
    period = str(job["period"]) if job else ""
    subject = _one_line(f"服务报告出错 / Report failed: {entry_key} {period} ({task})")
    words = {
        "language": "zh-CN",
        "subject": subject,
        "report": entry_key,
        "period": period,
        "revision": job["revision"] if job else None,
        "task": task,
        "reason": reason.strip(),
        "has_left": has_left,
        "recipient_zh": person.title.zh,
        "recipient_en": person.title.en,
        "ui_url": settings().ui_url,
    }
    return Mail(
        kind="failed",
        recipient=person.title.zh,
        address=_address(person),
        language="zh-CN",
        subject=subject,
        html=render("mail_failed.j2", words),
        message_id=f"<{entry_key}.failed.{secrets.token_hex(12)}@{DOMAIN}>",
    )


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


def _mail(
    kind: Kind, job: Job, person: Person, subject: str, words: dict[str, Any], attachments: tuple[Attachment, ...] = ()
) -> Mail:
    language, address, line = job.entry.language, _address(person), _one_line(subject)
    return Mail(
        kind=kind,
        recipient=person.title.of(language),
        address=address,
        language=language,
        subject=line,
        html=render(f"mail_{kind}.{language}.j2", words | {"subject": line}),
        message_id=message_id(job.ref, address, kind),
        attachments=attachments,
    )


def _common(job: Job, person: Person) -> dict[str, Any]:
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


def _scores(job: Job, given: ReportInputs) -> dict[str, Any]:
    """How many targets were met, counted as in the report; which were missed; what is open, and what is absent."""
    from itss.reports.targets import count

    language = job.entry.language
    judged = ("met", "at_risk", "missed")
    agreed = [figure for figure in given.figures if figure.target is not None or figure.status in judged]
    missed, counted = [figure for figure in agreed if figure.status == "missed"], count(given, agreed)
    name = {process.id: process.name.of(language) for process in given.processes.values()}
    colon, opening, closing = ("：", "（", "）") if language == "zh-CN" else (": ", " (", ")")

    def label(figure: Figure) -> str:
        said = f"{name[figure.measure.process]}{colon}{figure.measure.name.of(language)}"
        return f"{said}{opening}{figure.member}{closing}" if figure.dimension else said

    return {
        "agreed": counted.agreed if counted.judged or counted.uncovered else 0,
        "met": counted.met,
        "at_risk": counted.at_risk,
        "uncovered": counted.uncovered,
        "open": counted.not_measured + counted.unjudged,
        "missed": [label(figure) for figure in missed],
        "absent": [name[item.process] for item in given.submissions if item.missing],
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


def _address(person: Person) -> str:
    if re.search(r"[\s,;<>]", person.email):
        raise DeliveryError(f"'{person.email!r}' is not one address.", "Correct it in the report list.")
    return person.email


def _one_line(words: str) -> str:
    # a line break in a subject would begin a header of somebody else's choice
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())
