"""That it is somebody's turn: who asks for what by when, what the report says in a few lines, and where to answer."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from itss.archive.folder import RevisionFolder
from itss.archive.statement import STATEMENT, read_statement
from itss.archive.store import open_store
from itss.archive.version import folder_of
from itss.delivery.mail import Mail, letter, one_line
from itss.errors import ItssError
from itss.links import review_path, revision_path
from itss.ref import Ref
from itss.register import Register
from itss.register.records import COMMENT, REVIEW
from itss.report_list.due import last_day
from itss.report_list.person import Person
from itss.reports.drawing.brief import unlinked
from itss.reports.summary import SUMMARY_FILE, Summary
from itss.settings import Settings
from itss.text import Text, text
from itss.watch.matter import local
from itss.watch.questions import Question

log = logging.getLogger(__name__)

_VERBS = {
    COMMENT: text("请填写编制人意见", "Please comment"),
    REVIEW: text("请填写回顾会议纪要", "Please write the minutes of the review"),
}


def asked_mail(question: Question, person: Person, register: Register, place: Settings, message_id: str) -> Mail:
    """The mail to one person who may answer ``question``."""
    language, summary = question.entry.language, summary_of(question.ref, register, place)
    verb = _VERBS.get(question.level) or _approve(question.title)
    subject = subject_of(question, verb, summary)
    words = common_words(question, person, place, register) | {
        "heading": f"{verb.of(language)} · {titled(question)}",
        "what": question.level if question.level in _VERBS else "level",
        "summary": summary and shown(summary),
    }
    return letter("asked", person, language, subject, f"asked.{language}.j2", words, message_id)


def subject_of(question: Question, verb: Text, summary: Summary | None) -> str:
    """``Please approve · Monthly report 2026-10 · 26/27 met · by 11-30``: all one must know of it."""
    language = question.entry.language
    by = last_day(question.deadline, question.entry.period.timezone)
    parts = [verb.of(language), titled(question)]
    if summary and summary.agreed:
        parts.append(f"{summary.met}/{summary.agreed} {'达成' if language == 'zh-CN' else 'met'}")
    parts.append(f"{by:%m-%d} 前" if language == "zh-CN" else f"by {by:%m-%d}")
    return one_line(" · ".join(parts))


def titled(question: Question) -> str:
    """Report and period; its revision where it is not the first."""
    language, (_, period, number) = question.entry.language, question.ref
    again = "" if number == 1 else f"（第 {number} 版）" if language == "zh-CN" else f" (revision {number})"
    return f"{question.entry.title.of(language)} {period}{again}"


def common_words(question: Question, person: Person, place: Settings, register: Register) -> dict[str, Any]:
    """What the mails about a question may say."""
    entry, zone = question.entry, question.entry.period.timezone
    return {
        "recipient": person.title.of(entry.language),
        "title": entry.title.of(entry.language),
        "period": question.ref[1],
        "revision": question.ref[2],
        "level": question.title.of(entry.language),
        "by": f"{local(question.deadline, zone)} ({zone})",
        "due": f"{local(register.revision(question.ref).due_at, zone)} ({zone})",
        "author": question.author.title.of(entry.language),
        "page": place.ui_url + (review_path if question.level == REVIEW else revision_path)(question.ref),
        "ui_url": place.ui_url,
    }


def summary_of(ref: Ref, register: Register, place: Settings) -> Summary | None:
    """What was signed, or is shown to the author, in a few lines; ``None`` where there is none that can be trusted."""
    try:
        folder = RevisionFolder(folder_of(open_store(place.workspace_url), ref))
        if sha256 := register.revision(ref).statement_sha256:
            folder = folder.bind(read_statement(folder.read(STATEMENT), sha256, str(folder)).files)
        return Summary.read(folder.read_json(SUMMARY_FILE)) if folder.has(SUMMARY_FILE) else None
    except (ItssError, OSError, ValueError, KeyError, TypeError) as error:
        log.warning("The notice about %s goes without what it says: %s", ref, error)
        return None


def shown(summary: Summary) -> Mapping[str, Any]:
    """The lines of a summary; words of tickets are in them, which must not become links in a mail reader or chat."""
    lines = {name: [unlinked(one) for one in getattr(summary, name)] for name in ("wrong", "moved")}
    return {"headline": summary.headline, "more": summary.more, **lines}


def _approve(title: Text) -> Text:
    """A level in its own words."""
    english = title.en[:1].lower() + title.en[1:]
    return text(f"请{title.zh}", "Please approve" if english == "approval" else f"For your {english}")
