"""When the watch cannot see what is missing: nothing is owed yet, the register is another one, no mail gets out.

An alarm that nobody receives is silence, too: what is said here is also the exit code of `itss watch`, which needs no
mail server. Surprise: where the report manager's own address is the one that fails, the authors are notified.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterator
from typing import get_args

from itss.delivery import mail
from itss.hand_in import owed
from itss.register import Notice, Register
from itss.register.counts import WAITING
from itss.report_list.models import ReportList
from itss.report_list.person import Person
from itss.text import Text, text
from itss.watch.matter import KINDS, Kind, Matter, local

UNSENT_AFTER = dt.timedelta(hours=1)
"""So long may a notice be on its way, which is tried every half hour."""
UNSENT: Kind = "notice_unsent"
_MAILED = frozenset({*KINDS, *get_args(owed.Kind), *get_args(mail.Kind)}) - {UNSENT}
"""Every kind of notice, for the table has an index by kind; but for the alarm itself, or it would never end."""
_LONGEST = dt.timedelta(days=31)


def blind_matters(
    people: ReportList, register: Register, now: dt.datetime, since: dt.datetime | None, has_archive: Callable[[], bool]
) -> Iterator[Matter]:
    """``has_archive`` is asked only of an empty register: whether the archive has any report."""
    if since is not None and since > now:
        yield _not_yet(people, since)
    if not register.keys_on_record() and has_archive():
        yield _another_register(people)
    yield from unsent_matters(people, register, now)


def _not_yet(people: ReportList, since: dt.datetime) -> Matter:
    day = f"{local(since, 'UTC')} UTC"
    return _matter(
        "watch_blind",
        people,
        day,
        text(
            f"ITSS_SCHEDULE_FROM 为 {day}：此前不按期运行任何报告，也不监控任何报告",
            f"ITSS_SCHEDULE_FROM is {day}: until then no report runs by schedule, and none is missed",
        ),
        text("如不属实，请更正该变量。", "If that is wrong, correct the variable."),
    )


def _another_register(people: ReportList) -> Matter:
    return _matter(
        "watch_blind",
        people,
        "register",
        text("登记库是空的，而存档中有报告", "the register is empty, and the archive has reports"),
        text(
            "请从备份恢复登记库，或更正 ITSS_REGISTER_URL；在此之前不要触发任何报告。",
            "Restore the register from its backup, or correct ITSS_REGISTER_URL; trigger no report before.",
        ),
    )


def unsent_matters(people: ReportList, register: Register, now: dt.datetime) -> Iterator[Matter]:
    """One for all: the addresses that nothing gets through to, whatever it is about."""
    found = [one for one in register.notices(kinds=_MAILED, statuses=WAITING) if _is_stuck(one, now)]
    if not found:
        return
    answers = {one.address: one.answer for one in found}
    named = "; ".join(f"{address} ({answer or '–'})" for address, answer in sorted(answers.items()))
    yield _matter(
        UNSENT,
        people,
        f"{now:%Y-%m} " + hashlib.sha256("\n".join(sorted(answers)).encode()).hexdigest()[:32],
        text(f"{len(found)} 条通知没有送达：{named}", f"{len(found)} notice(s) do not get out: {named}"),
        text(
            "请更正列表中的地址，或修复邮件服务器及其连接；随后由督办自行补发。",
            "Correct the address in the list, or the mail server and its connection: the watch then sends them.",
        ),
        _reachable(people, answers.keys()),
    )


def _is_stuck(one: Notice, now: dt.datetime) -> bool:
    """Tried, or to be tried, again and again."""
    is_old = one.attempts > 1 or one.at < now - UNSENT_AFTER
    return is_old and one.at > now - _LONGEST


def _reachable(people: ReportList, failing: Collection[str]) -> tuple[Person, ...]:
    manager = people.people[people.report_manager]
    if manager.email not in failing:
        return (manager,)
    authors = (people.people[key] for key in dict.fromkeys(entry.author for entry in people.reports))
    return tuple(one for one in authors if one.email not in failing) or (manager,)


def _matter(
    kind: Kind, people: ReportList, about: str, what: Text, remedy: Text, whom: tuple[Person, ...] = ()
) -> Matter:
    return Matter(
        kind=kind,
        report="report_watch",
        title=text("服务报告督办", "Service report watch"),
        period="",
        about=about,
        due_at=None,
        zone="UTC",
        language=people.reports[0].language,
        what=what,
        remedy=remedy,
        people=whom or (people.people[people.report_manager],),
    )
