"""Problems of the sample, and which incidents name them: the same trouble on the same service coming back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from itss.sample import words
from itss.sample.clock import Dice, Month, bad_night, is_bad, to_minute, utc
from itss.sample.histories import Life, written
from itss.sample.incidents import Incident

TABLES = {
    "problem": "number TEXT PRIMARY KEY, title TEXT, service TEXT, customer TEXT, category TEXT, priority TEXT,"
    " state TEXT, team TEXT, opened TEXT, cause_found TEXT, resolved TEXT, closed TEXT, effort_minutes INTEGER,"
    " cause TEXT, action TEXT, state_history TEXT, priority_history TEXT"
}
_PRIORITIES = {"High": 0.2, "Moderate": 0.55, "Low": 0.25}
_NAMED = 0.3  # how many of the incidents that fit a problem name it
_SEEN_BEFORE = dt.timedelta(days=6)  # incidents that led to it are linked after the fact


@dataclass(frozen=True)
class Problem:
    """One problem, in local time; ``seen`` is the title of the incidents behind it."""

    number: str
    seen: str
    service: str
    customer: str
    category: str
    priority: str
    opened: dt.datetime
    found: dt.datetime | None
    resolved: dt.datetime | None
    closed: dt.datetime | None
    effort_minutes: int
    cause: str
    action: str

    def row(self) -> tuple[object, ...]:
        """As the table has it."""
        state = "Closed" if self.closed else "Known error" if self.found else "In progress"
        return (
            self.number,
            f"反复发生:{self.seen}",
            self.service,
            self.customer,
            self.category,
            self.priority,
            state,
            words.TEAMS[self.service],
            utc(self.opened),
            utc(self.found),
            utc(self.resolved),
            utc(self.closed),
            self.effort_minutes,
            self.cause if self.found else None,
            self.action if self.resolved else None,
            Life(self.opened, resolved=self.resolved, closed=self.closed).states,
            written((self.opened, self.priority)),
        )


def draw(month: Month) -> list[Problem]:
    """The problems raised in ``month``, in that order."""
    dice = Dice("problem", month)
    days = sorted(dice.whole(2, 26) for _ in range(dice.whole(5, 8)))
    drawn = [_problem(dice, f"PRB{month.label()}-{n:02d}", month.days()[day]) for n, day in enumerate(days, start=1)]
    if is_bad(month):
        drawn.append(_after_the_bad_night(f"PRB{month.label()}-90", bad_night(month)))
    return drawn


def link(month: Month, incidents: list[Incident], problems: list[Problem]) -> list[Incident]:
    """The incidents of ``month``, some of them naming the problem of this month or the one before that they show."""
    dice = Dice("problem link", month)
    linked = []
    for incident in incidents:
        fitting = [problem for problem in problems if _fits(problem, incident)]
        is_named = dice.happens(_NAMED)
        linked.append(replace(incident, problem=fitting[-1].number) if fitting and is_named else incident)
    return linked


def _fits(problem: Problem, incident: Incident) -> bool:
    if problem.seen != incident.title or problem.service != incident.service:
        return False
    is_over = problem.resolved is not None and problem.resolved < incident.opened
    return problem.opened - _SEEN_BEFORE <= incident.opened and not is_over


def _problem(dice: Dice, number: str, day: dt.date) -> Problem:
    service = dice.weighted(words.SERVICES)
    category, seen = dice.pick(words.TITLES[service])
    opened = dt.datetime.combine(day, dt.time(dice.whole(9, 17), dice.whole(0, 59)))
    found = to_minute(opened + dt.timedelta(days=dice.skewed(6, 0.7)))
    resolved = to_minute(found + dt.timedelta(days=dice.skewed(14, 0.7)))
    fate = dice.share()
    cause, action = dice.pick(words.CAUSES)
    return Problem(
        number=number,
        seen=seen,
        service=service,
        customer=dice.weighted(words.CUSTOMERS),
        category=category,
        priority=dice.weighted(_PRIORITIES),
        opened=opened,
        found=None if fate < 0.08 else found,
        resolved=None if fate < 0.16 else resolved,
        closed=None if fate < 0.16 else resolved + dt.timedelta(days=7),
        effort_minutes=round(dice.skewed(480, 0.5)),
        cause=cause,
        action=action,
    )


def _after_the_bad_night(number: str, night: dt.datetime) -> Problem:
    opened = night + dt.timedelta(hours=18)
    return Problem(
        number=number,
        seen="重大事件:ERP 全面不可用",
        service="ERP",
        customer="总部",
        category="故障",
        priority="High",
        opened=opened,
        found=opened + dt.timedelta(days=5),
        resolved=opened + dt.timedelta(days=33),
        closed=opened + dt.timedelta(days=40),
        effort_minutes=2400,
        cause="升级脚本未在同规模数据上演练 Upgrade never rehearsed at full size",
        action="演练列为发布前提",
    )
