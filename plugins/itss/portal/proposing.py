"""Proposals as the portal takes them: who may propose what, who answers, and the words for what is refused."""

from __future__ import annotations

import datetime as dt

from fastapi import HTTPException

from itss.errors import DeliveryError, RegisterError
from itss.portal import airflow_api
from itss.portal.state import register, report_list
from itss.portal.viewer import Viewer
from itss.register import Proposal, Register
from itss.register.proposals import LONGEST, MOST_OPEN, ProposalAnswer
from itss.report_list.models import Entry, ReportList
from itss.settings import settings
from itss.text import printable


class RefusedError(Exception):
    """A proposal, or its answer, was refused: ``why`` is a word of the catalogue."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def reports(who: Viewer, people: ReportList) -> list[Entry]:
    """The reports that they see, and may therefore propose to change; whoever sees none proposes nothing."""
    return [entry for entry in people.reports if who.may_see(entry, people) and who.may_read(entry.key)]


def shown(who: Viewer, people: ReportList, record: Register) -> list[Proposal]:
    """All for the report manager and auditors, their own for others; what is open first, then the newest."""
    everybodys = who.sees_all or people.report_manager in who.keys
    found = [one for one in record.proposals() if everybodys or one.who == who.name]
    return sorted(found, key=lambda one: (one.state == "open", one.at), reverse=True)


def propose(who: Viewer, report: str, text: str, reason: str) -> str:
    """The key of what was put on record. 403 for a report that they do not see."""
    own = reports(who, report_list())
    if not own or report not in {"", *(entry.key for entry in own)}:
        raise HTTPException(403, f"{who.name} may not propose anything for this report.")
    _refuse(text, reason)
    try:
        return register().propose(report, text, reason, who.name).key
    except RegisterError as error:
        mine = sum(one.who == who.name for one in register().proposals(is_open=True))
        if mine < MOST_OPEN:
            raise
        raise RefusedError("many") from error


def answer(who: Viewer, key: str, state: ProposalAnswer, said: str) -> str:
    """The key of what was answered. 403 for all but the report manager, 404 for what nobody has proposed."""
    if report_list().report_manager not in who.keys:
        raise HTTPException(403, "Only the service report manager answers proposals.")
    if key not in {one.key for one in register().proposals()}:
        raise HTTPException(404, "There is no such proposal.")
    _refuse(said)
    try:
        return register().answer_proposal(key, state, said, who.name).key
    except RegisterError as error:
        if key in {one.key for one in register().proposals(is_open=True)}:
            raise
        raise RefusedError("answered") from error


def notify() -> None:
    """Notify whoever is to be of proposals and answers; what does not get out now, the watch repeats."""
    from itss.notices import proposals

    try:
        proposals.notify(report_list(), register(), settings(), dt.datetime.now(dt.UTC))
    except DeliveryError as error:
        airflow_api.log.error("portal: %s", error)


def _refuse(*texts: str) -> None:
    for one in map(printable, texts):
        if not one:
            raise RefusedError("empty")
        if len(one) > LONGEST:
            raise RefusedError("long")
