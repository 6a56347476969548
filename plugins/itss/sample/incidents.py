"""Incidents of the sample: a weekly rhythm, a quiet Spring Festival with a rush after it, a bad September."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, replace

from itss.sample import words
from itss.sample.changes import Change
from itss.sample.clock import (
    Dice,
    Month,
    add_service_hours,
    bad_night,
    follows_long_break,
    interval,
    is_bad,
    is_working,
    to_minute,
    utc,
)
from itss.sample.histories import Life, written

TABLES = {
    "incident": "number TEXT PRIMARY KEY, title TEXT, service TEXT, customer TEXT, category TEXT, priority TEXT,"
    " state TEXT, team TEXT, opened TEXT, first_response TEXT, resolved TEXT, closed TEXT, paused_minutes INTEGER,"
    " pauses TEXT, reopened TEXT, reopen_count INTEGER, major INTEGER, response_due TEXT, resolution_due TEXT,"
    " sla_met INTEGER, change_number TEXT, problem_number TEXT, first_contact INTEGER, effort_minutes INTEGER,"
    " cause TEXT, action TEXT, state_history TEXT, priority_history TEXT",
}
TARGETS: dict[str, tuple[float, float]] = {
    "Critical": (0.5, 4),
    "High": (1, 8),
    "Moderate": (4, 24),
    "Low": (8, 40),
}
"""Response and resolution of the sample's own SLA clock, in service hours."""
_PRIORITIES = {"Critical": 0.015, "High": 0.115, "Moderate": 0.57, "Low": 0.30}
_WEEK = (36.0, 33.0, 32.0, 31.0, 27.0, 3.5, 2.5)


@dataclass(frozen=True)
class Incident:
    """One incident, in local time."""

    number: str
    title: str
    service: str
    customer: str
    category: str
    priority: str
    opened: dt.datetime
    responded: dt.datetime | None
    resolved: dt.datetime | None
    closed: dt.datetime | None
    pause_h: float
    reopened: dt.datetime | None
    is_cancelled: bool = False
    is_major: bool = False
    change: str | None = None
    cause: str | None = None
    action: str | None = None
    paused: dt.datetime | None = None
    is_flag_wrong: bool = False
    problem: str | None = None
    is_first_contact: bool | None = None
    effort_minutes: int | None = None
    first_priority: str = ""
    """Its priority until half of the time was over; empty where it never changed."""

    @property
    def is_met(self) -> bool:
        """Whether it was resolved within the sample's own target, pauses taken out."""
        due = add_service_hours(self.opened, TARGETS[self.priority][1] + self.pause_h)
        return self.life.last_resolved is not None and self.life.last_resolved <= due

    @property
    def state(self) -> str:
        """Where its life ended."""
        if self.is_cancelled:
            return "Cancelled"
        return "Closed" if self.closed else "On hold" if self.pause_h else "In progress"

    @property
    def pause(self) -> tuple[dt.datetime, dt.datetime | None] | None:
        """What the status history says: one pause at most, which lasts where it is on hold."""
        if self.paused is None or not self.pause_h:
            return None
        return self.paused, None if self.state == "On hold" else add_service_hours(self.paused, self.pause_h)

    @property
    def life(self) -> Life:
        """From its opening on."""
        return Life(self.opened, self.pause, self.resolved, self.reopened, self.closed, self.is_cancelled)

    @property
    def priorities(self) -> str:
        """Every priority since when."""
        if not self.first_priority or self.resolved is None:
            return written((self.opened, self.priority))
        half = to_minute(self.opened + (self.resolved - self.opened) / 2)
        return written((self.opened, self.first_priority), (half, self.priority))

    def row(self) -> tuple[object, ...]:
        """As the table has it; ``sla_met`` is empty while unresolved, and now and then corrected by hand."""
        response_h, resolution_h = TARGETS[self.priority]
        return (
            self.number,
            self.title,
            self.service,
            self.customer,
            self.category,
            self.priority,
            self.state,
            words.TEAMS[self.service],
            utc(self.opened),
            utc(self.responded),
            utc(self.life.last_resolved),
            utc(self.closed),
            round(self.pause_h * 60),
            interval(*self.pause) if self.pause else None,
            utc(self.reopened),
            int(self.reopened is not None),
            int(self.is_major),
            utc(add_service_hours(self.opened, response_h)),
            utc(add_service_hours(self.opened, resolution_h + self.pause_h)),
            None if self.resolved is None else int(self.is_met != self.is_flag_wrong),
            self.change,
            self.problem,
            None if self.is_first_contact is None else int(self.is_first_contact),
            self.effort_minutes,
            self.cause,
            self.action,
            self.life.states,
            self.priorities,
        )


def draw(month: Month, changes: list[Change]) -> list[Incident]:
    """The incidents opened in ``month``, in that order; some of them caused by its ``changes``."""
    dice = Dice("incident", month)
    openings = [(moment, None) for day in month.days() for moment in _openings(dice, month, day)]
    caused = [(moment, change) for change in changes for moment in _aftermath(dice, change)]
    drawn = [_incident(dice, month, moment, change) for moment, change in [*openings, *caused]]
    if is_bad(month):
        drawn.append(_major(bad_night(month), next(change for change in changes if change.is_major)))
    drawn.sort(key=lambda incident: (incident.opened, incident.title))
    more = Dice("incident work", month)
    drawn = [_worked(more, replace(one, number=f"INC{month.label()}-{n:05d}")) for n, one in enumerate(drawn, start=1)]
    raised = Dice("incident priority", month)
    return [_raised(raised, one) for one in drawn]


def _raised(dice: Dice, incident: Incident) -> Incident:
    """Now and then somebody saw later how bad it was."""
    levels = list(TARGETS)
    lower = levels[min(levels.index(incident.priority) + 1, len(levels) - 1)]
    return replace(incident, first_priority=lower) if dice.happens(0.04) and lower != incident.priority else incident


def _worked(dice: Dice, incident: Incident) -> Incident:
    """Hours booked, and whether the service desk solved it at once; nobody books hours to what was withdrawn."""
    minutes, first = round(dice.skewed(45, 0.7)), dice.happens(0.55)
    if incident.resolved is None:
        return incident
    is_first = incident.category in ("权限", "软件", "配置") and first and incident.change is None
    return replace(incident, is_first_contact=is_first, effort_minutes=minutes)


def _openings(dice: Dice, month: Month, day: dt.date) -> list[dt.datetime]:
    expected = _WEEK[day.weekday()] * (1 + 0.06 * math.sin(month.index / 5))
    if is_working(day):
        expected = max(expected, 24.0) * (1.55 if follows_long_break(day) else 1.0)
    elif day.weekday() < 5:
        expected = 3.0  # a holiday
    count = max(0, round(expected + math.sqrt(expected) * dice.normal()))
    return [_moment(dice, day) for _ in range(count)]


def _moment(dice: Dice, day: dt.date) -> dt.datetime:
    if not is_working(day) or dice.happens(0.07):
        hour = dice.between(0, 24)
    else:  # a morning and an afternoon peak
        hour = min(17.98, max(8.6, dice.pick((10.0, 15.0)) + 1.3 * dice.normal()))
    return to_minute(dt.datetime.combine(day, dt.time()) + dt.timedelta(hours=hour))


def _aftermath(dice: Dice, change: Change) -> list[dt.datetime]:
    """When incidents caused by ``change`` are opened."""
    if change.actual is None:
        return []
    if change.is_major:
        count = 14
    elif change.result in ("failed", "backed_out"):
        count = dice.whole(1, 3)
    else:
        count = int(dice.happens(0.02))
    following = change.planned[0].date() + dt.timedelta(days=1)
    # within its month, so that a month's rows need no other month
    following = following if following.month == change.planned[0].month else change.planned[0].date()
    return [dt.datetime.combine(following, dt.time(9)) + dt.timedelta(minutes=dice.whole(0, 500)) for _ in range(count)]


def _incident(dice: Dice, month: Month, opened: dt.datetime, change: Change | None) -> Incident:
    service = change.service if change else dice.weighted(words.SERVICES)
    category, title = dice.pick(words.TITLES[service])
    priority = dice.weighted(_PRIORITIES)
    response_h, resolution_h = TARGETS[priority]
    slow = 1.6 if is_bad(month) else 1.0
    pause_h = math.floor(dice.between(0.5, 9) * 4) / 4 if dice.happens(0.12) else 0.0
    responded = to_minute(add_service_hours(opened, response_h * dice.skewed(0.3 * slow, 0.65)))
    work_h = resolution_h * dice.skewed(0.34 * slow, 0.62) * (dice.between(4, 14) if dice.happens(0.008) else 1)
    resolved = max(responded, to_minute(add_service_hours(opened, work_h + pause_h)))
    cause, action = dice.pick(words.CAUSES)
    incident = Incident(
        number="",
        title=title,
        service=service,
        customer=dice.weighted(words.CUSTOMERS),
        category=category,
        priority=priority,
        opened=opened,
        responded=responded,
        resolved=resolved,
        closed=to_minute(resolved + dt.timedelta(days=dice.between(3, 5))),
        pause_h=pause_h,
        reopened=None,
        change=change.number if change else None,
        cause=cause,
        action=action,
        is_flag_wrong=dice.happens(0.006),
        paused=to_minute(add_service_hours(opened, work_h / 2)) if pause_h else None,
    )
    return _fate(dice, incident)


def _fate(dice: Dice, incident: Incident) -> Incident:
    """Most incidents end well; some are withdrawn, forgotten or come back."""
    draw = dice.share()
    days = dice.between(0.3, 12)
    if draw < 0.018:
        ended = incident.opened + dt.timedelta(hours=2)
        return replace(
            incident,
            is_cancelled=True,
            responded=None,
            resolved=None,
            closed=ended,
            pause_h=0.0,
            cause=None,
            action=None,
        )
    if draw < 0.021:
        return replace(incident, resolved=None, closed=None, cause=None, action=None)
    if draw > 0.995:  # nobody heard of it again, and the desk closed it
        return replace(incident, resolved=None, closed=incident.opened + dt.timedelta(days=10), cause=None, action=None)
    if draw < 0.051 and incident.resolved:
        reopened = to_minute(incident.resolved + dt.timedelta(days=days))
        return replace(incident, reopened=reopened, closed=reopened + dt.timedelta(days=4))
    return incident


def _major(night: dt.datetime, change: Change) -> Incident:
    opened = night + dt.timedelta(hours=2, minutes=20)
    resolved = night + dt.timedelta(hours=16, minutes=50)
    return Incident(
        number="",
        title="重大事件:ERP 全面不可用",
        service="ERP",
        customer="总部",
        category="故障",
        priority="Critical",
        opened=opened,
        responded=opened + dt.timedelta(minutes=6),
        resolved=resolved,
        closed=resolved + dt.timedelta(days=5),
        pause_h=0.0,
        reopened=None,
        is_major=True,
        change=change.number,
        cause="数据库升级失败,回退超时 Failed database upgrade",
        action="恢复备份;变更演练列为发布前提",
    )
