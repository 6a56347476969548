"""Proposals (提出新的报告需求, 改进建议) to change a report, or for a new one; the report manager answers them.

Lines of the ledger about `PROPOSALS`, and no table: the lines are the record. Refuses a text without words, more than
`MOST_OPEN` of one person that nobody has answered, and a second, different answer. Surprise: the same proposal sent
twice, as by a double click, is one.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy.orm import Session

from itss.errors import RegisterError
from itss.ref import KEY
from itss.register import ledger
from itss.register.desk import Desk
from itss.text import printable

PROPOSALS = "proposals"
"""What their lines are about."""
PROPOSED, ANSWERED = "proposed", "proposal_answered"
LONGEST, MOST_OPEN = 4_000, 20

ProposalAnswer = Literal["taken_up", "declined"]
ProposalState = Literal["open", "taken_up", "declined"]


@dataclass(frozen=True)
class Proposal:
    """What ``who`` proposed for ``report``, or for a new one where that is empty; ``answer`` says why it came so."""

    key: str
    report: str
    text: str
    reason: str
    who: str
    at: dt.datetime
    state: ProposalState = "open"
    answer: str = ""
    answered_by: str = ""
    answered_at: dt.datetime | None = None


def propose(desk: Desk, report: str, text: str, reason: str, who: str) -> Proposal:
    """Put a proposal on record; its key is ``proposal-<n>``. The same again, while it is open, changes nothing."""
    text, reason = _words("what is proposed", text), _words("the reason", reason)
    if report and not re.fullmatch(KEY, report):
        raise RegisterError(f"{report[:60]!r} is not the key of a report.", "Name one of the list, or none.")
    known = _locked(desk)
    mine = [one for one in known if one.who == who and one.state == "open"]
    for one in mine:
        if (one.report, one.text, one.reason) == (report, text, reason):
            return one
    if len(mine) >= MOST_OPEN:
        raise RegisterError(f"{who} has {len(mine)} open proposals.", "Wait until some of them have been answered.")
    key = f"proposal-{len(known) + 1}"
    desk.note(PROPOSALS, PROPOSED, who, key=key, report=report, text=text, reason=reason)
    return Proposal(key, report, text, reason, who, desk.entries[-1].at)


def answer_proposal(desk: Desk, key: str, state: ProposalAnswer, answer: str, who: str) -> Proposal:
    """Take an open proposal up, or decline it, with a sentence; the same again changes nothing."""
    answer = _words("the answer", answer)
    found = next((one for one in _locked(desk) if one.key == key), None)
    if found is None:
        raise RegisterError(f"There is no proposal {key[:60]!r}.", "List them: python -m itss.register proposals.")
    if (found.state, found.answer) == (state, answer):
        return found
    if found.state != "open":
        raise RegisterError(f"{key} was {_said(found.state)} by {found.answered_by} already.", "That stands.")
    desk.note(PROPOSALS, ANSWERED, who, key=key, state=state, answer=answer)
    return replace(found, state=state, answer=answer, answered_by=who, answered_at=desk.entries[-1].at)


def proposals(session: Session, *, is_open: bool = False) -> list[Proposal]:
    """Every proposal, or those that nobody has answered, in the order in which they were made."""
    found: dict[str, Proposal] = {}
    for line in ledger.lines(session, PROPOSALS, (PROPOSED, ANSWERED)):
        said = line.details
        key = said.get("key", "")
        if line.kind == PROPOSED:
            found[key] = Proposal(key, said["report"], said["text"], said["reason"], line.who, line.at)
        elif key in found:
            answered = {"state": said["state"], "answer": said["answer"]}
            found[key] = replace(found[key], **answered, answered_by=line.who, answered_at=line.at)
    return [one for one in found.values() if not is_open or one.state == "open"]


def listed(found: Iterable[Proposal]) -> Iterator[str]:
    """Each in two lines for a terminal."""
    for one in found:
        came = f" by {one.answered_by}: {_line(one.answer)}" if one.state != "open" else ""
        yield f"{one.key} {_said(one.state)}{came}"
        yield f"   {one.at:%Y-%m-%d} {one.who}, {one.report or 'a new report'}: {_line(one.text)} ({_line(one.reason)})"


def _locked(desk: Desk) -> list[Proposal]:
    """Every proposal, while no other transaction can add a line: two that come at once get two numbers."""
    ledger.lock(desk.session.connection())
    return proposals(desk.session)


def _words(what: str, given: str) -> str:
    """``given`` as it is kept; `RegisterError` where it says nothing, or too much."""
    kept = printable(given)
    if not kept:
        raise RegisterError(f"{what.capitalize()} is empty.", "Write a sentence.")
    if len(kept) > LONGEST:
        raise RegisterError(f"{what.capitalize()} has {len(kept):,} characters.", f"Write {LONGEST:,} at most.")
    return kept


def _said(state: str) -> str:
    return state.replace("_", " ")


def _line(text: str) -> str:
    return " ".join(text.split())
