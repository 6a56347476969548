"""Failures whose mail did not get out: sent by the watch, unless the report has gone on meanwhile.

What the mail says was put on record with its notice, so nothing of it is guessed. Only the reason may be on record of
the revision alone; once that was removed with the revision's data, there is no revision left to worry about.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import replace

from itss.errors import DeliveryError, RegisterError
from itss.notices.causes import Cause
from itss.notices.failures import KIND, Said, line_of, mail_of, notice_of, plan, reasons, send_once
from itss.notices.notifying import UNSENT
from itss.ref import Ref
from itss.register import Notice, Register
from itss.register.notices import NOT_NEEDED
from itss.report_list.models import ReportList
from itss.settings import Settings

_NO_PROGRESS = frozenset({"failed", "answered", "answer_cancelled"})
"""Lines about a revision that do not say that it has gone on: people may answer although the task has failed."""


def repeat(
    people: ReportList, register: Register, place: Settings, now: dt.datetime, well: Collection[str] = ()
) -> list[str]:
    """Mail the report manager what did not get out about failures that nobody has seen to; the addresses mailed now.

    What is over is waived: the revision has gone on, or the DAG is one of those that are ``well``. `DeliveryError`
    names what could still not be sent.
    """
    mailed: list[str] = []
    problems: list[str] = []
    for notice in register.notices(kind=KIND, statuses=UNSENT):
        left = next((one for one in _standing(notice, register) if one.dag not in well), None)
        try:
            if left is not None:
                mailed += _send(left, notice, people, register, place, now)
            elif notice.status != "sending":
                register.record_notice(notice.message_id, "waived", NOT_NEEDED, now)
        except (DeliveryError, RegisterError) as error:
            problems.append(error.what)
    if problems:
        raise DeliveryError("\n".join(problems), "Correct the cause: the next run sends what was not sent.")
    return mailed


def _send(
    said: Said, notice: Notice, people: ReportList, register: Register, place: Settings, now: dt.datetime
) -> list[str]:
    """The mail of a notice; to another report manager than the one of then as a notice of its own."""
    cause, manager = Cause(notice.report, notice.period, notice.about), people.people[people.report_manager]
    mail = mail_of(said, cause, people, place)
    if mail.message_id != notice.message_id:
        plan(said, notice_of(cause, manager, mail, now), register)
        register.record_notice(notice.message_id, "waived", f"sent to {manager.email}, the report manager of now", now)
    return send_once(mail, register, place, now)


def _standing(notice: Notice, register: Register) -> Iterator[Said]:
    """The failures under a notice that nobody has seen to, oldest first, with their reasons."""
    for at, document in register.failures(notice):
        said = Said.read(document)
        ref = said.ref or _opened_by(said, register)
        if ref is None or not _has_gone_on(ref, at, register):
            yield said if said.reason else replace(said, reason=_reason(said, register))


def _opened_by(said: Said, register: Register) -> Ref | None:
    """The revision that the failed run has opened, perhaps after it had failed."""
    found = register.of_run(said.dag, said.run) if said.run else None
    return found.ref if found else None


def _has_gone_on(ref: Ref, since: dt.datetime, register: Register) -> bool:
    return any(one.what not in _NO_PROGRESS and one.at > since for one in register.events(ref))


def _reason(said: Said, register: Register) -> str:
    """What happened, as the revision has it on record."""
    start = line_of(said.task, "")
    found = (
        [one.removeprefix(start) for one in reasons(register, said.ref) if one.startswith(start)] if said.ref else []
    )
    return found[0] if found else "–"
