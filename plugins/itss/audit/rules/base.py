"""What a rule is: one sentence that must hold of a version, and how it is judged.

A rule never fails on what somebody made of a version: whatever is malformed is a finding of that version, and the
others are judged all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from itss.audit.facts import NEEDED, NotJudgedError, UnreadableError, Version
from itss.text import Text, text

Verdict = Literal["yes", "no", "not_judged"]
Check = Callable[[Version], Iterator[Text]]

READABLE = "documents_readable"
"""The rule by which a document that the others need is a finding, once."""

RESTORE = text("查明改动者，并从备份恢复该版本。", "Find out who changed it, and restore the version from a backup.")
ASK = text(
    "查明报告为何在此情况下发出；请服务报告经理与审批人说明，并考虑发布更正版。",
    "Find out how it could leave like that: ask the report manager and the approvers, and consider a correction.",
)
RECORD = text(
    "登记册或账本被改动：先保全现状，再从备份恢复，并用邮件中的见证行核对。",
    "Register or ledger were changed: keep them as they are, restore a backup beside them, and check it by the witness "
    "lines in mails.",
)


@dataclass(frozen=True)
class Sentence:
    """``says`` is what must hold, ``remedy`` what to do where it does not."""

    id: str
    says: Text
    remedy: Text


@dataclass(frozen=True)
class Rule(Sentence):
    """A sentence about one version."""

    check: Check


@dataclass(frozen=True)
class Judgement:
    """What came of one rule: what is ``wrong``, or why it was not judged; neither: it holds."""

    rule: Sentence
    wrong: tuple[Text, ...] = ()
    unjudged: Text | None = None

    @property
    def verdict(self) -> Verdict:
        """The verdict in one word."""
        if self.wrong:
            return "no"
        return "yes" if self.unjudged is None else "not_judged"


def rule(id_: str, zh: str, en: str, remedy: Text) -> Callable[[Check], Rule]:
    """Make a rule of a check that yields what is wrong."""
    return lambda check: Rule(id_, text(zh, en), remedy, check)


def judged(one: Rule, version: Version) -> Judgement:
    """The judgement of one rule on one version."""
    return concluded(one, one.check(version))


def concluded(one: Sentence, found: Iterator[Text]) -> Judgement:
    """What comes of a check: all that it finds, also where it breaks off."""
    wrong: list[Text] = []
    try:
        for what in found:
            wrong.append(what)
    except UnreadableError as error:
        if error.name in NEEDED and one.id != READABLE:
            return Judgement(one, tuple(wrong), error.reason)
        wrong.append(text(f"{error.name}：无法读取（{error.why}）", f"{error.name}: cannot be read ({error.why})"))
    except NotJudgedError as error:
        return Judgement(one, tuple(wrong), error.reason)
    except Exception as error:  # somebody may have written anything there: it is a finding, and stops nothing
        said = f"{type(error).__name__}: {error}"
        wrong.append(text(f"无法判断：{said}", f"cannot be judged: {said}"))
    return Judgement(one, tuple(wrong))


def other(name: str, was: object, now: object) -> Text:
    """That one thing is another than it should be."""
    return text(f"{name}：应为 {was}，实为 {now}", f"{name}: should be {was}, and is {now}")


def sha256_of(version: Version, name: str) -> str:
    """The hash of a file; none of a file that cannot be read, or is too large to be."""
    try:
        return version.files.sha256(name)
    except OSError:
        return ""
