"""The sign-off sheet (审批单): who signed at which level, when, for which meaning, with which comment, to which hash.

Made at release of the statement and the answers on record, in the language of the report. Light on purpose: the gate
needs neither figures nor frames.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from itss.report_list.persons import folded
from itss.reports import catalogue
from itss.reports.drawing.html_templates import environment
from itss.reports.drawing.style_sheet import style
from itss.text import Language

if TYPE_CHECKING:
    from itss.register.records import Decision
    from itss.report_list.models import ReportList

Meaning = Literal["checked", "approved", "marked_done"]


@dataclass(frozen=True)
class Signature:
    """One answered level: its title, the signer's title, name and id, and the instant on the report's clock.

    ``behalf`` says for whom a delegate has signed, and in which days they may.
    """

    level: str
    meaning: Meaning
    title: str
    name: str
    user: str
    at: str
    comment: str
    behalf: str = ""


def behalf(language: Language, title: str, delegation: Mapping[str, Any]) -> str:
    """The words behind the name of a delegate: for whom (the ``title`` of an approver), from when to when."""
    since, until = str(delegation.get("from", "")), str(delegation.get("until", ""))
    day = until.removeprefix(since[:5]) if until[:5] == since[:5] else until
    return catalogue.load(language)("sign_off.behalf", whom=title, since=since, until=day)


def answered_by(decision: Decision, people: ReportList, language: Language) -> str:
    """Who answered, in words; and for whom, where they stood in."""
    name, whom = decision.who_name or decision.who_id or "–", people.people.get(decision.on_behalf)
    if not decision.on_behalf:
        return name
    return name + behalf(language, whom.title.of(language) if whom else decision.on_behalf, decision.delegation)


def signatures(
    carried: Mapping[str, Any], decisions: Sequence[Decision], zone: str, language: Language
) -> list[Signature]:
    """The approvals that let a report leave, in the order of the levels of its statement; the last level approves."""
    by_level = {one.level: one for one in decisions}
    levels = carried["levels"]
    signed = []
    for number, level in enumerate(levels, 1):
        one = by_level.get(level["name"])
        if one is None:
            continue
        people = (p for p in level["approvers"] if p["user"] and folded(p["user"]) == folded(one.who_id or ""))
        title = str(one.delegation.get("title") or next((person["title"] for person in people), ""))
        whom = next((p["title"] for p in level["approvers"] if p["key"] == one.on_behalf), one.on_behalf)
        meaning: Meaning = "approved" if number == len(levels) else "checked"
        signed.append(
            Signature(
                level["title"],
                "marked_done" if one.answer == "marked_done" else meaning,
                title,
                one.who_name or "",
                one.who_id or "",
                f"{one.at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S} ({zone})",
                one.comment,
                behalf(language, whom, one.delegation) if one.on_behalf else "",
            )
        )
    return signed


def sheet(
    language: Language, title: str, carried: Mapping[str, Any], statement_sha256: str, signed: Sequence[Signature]
) -> str:
    """The sheet as one page to print; nothing is fetched, no script runs."""
    css, policy = style("report.css")
    return (
        environment()
        .get_template("page/sign_off.html.j2")
        .render(
            language=language,
            title=title,
            carried=carried,
            sha256=statement_sha256,
            signed=signed,
            css=css,
            policy=policy,
            words=catalogue.load(language),
        )
    )
