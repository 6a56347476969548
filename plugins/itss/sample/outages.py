"""Outages and maintenance windows of the sample: short ones now and then, and the ERP's night and day in September."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from itss.sample import words
from itss.sample.changes import Change
from itss.sample.clock import CLOSES, OPENS, Dice, Month, bad_night, is_bad, is_working, to_minute, utc
from itss.sample.incidents import Incident

TABLES = {
    "availability": "number TEXT PRIMARY KEY, title TEXT, service TEXT, component TEXT, team TEXT, begun TEXT,"
    " ended TEXT, planned INTEGER, incident_number TEXT, cause TEXT, action TEXT"
}


@dataclass(frozen=True)
class Outage:
    """One outage or planned window, in local time."""

    number: str
    title: str
    service: str
    begun: dt.datetime
    ended: dt.datetime
    is_planned: bool = False
    incident: str | None = None
    cause: str | None = None
    action: str | None = None

    def row(self) -> tuple[object, ...]:
        """As the table has it."""
        return (
            self.number,
            self.title,
            self.service,
            f"{self.service.split()[-1].lower()}-prod",
            words.TEAMS[self.service],
            utc(self.begun),
            utc(self.ended),
            int(self.is_planned),
            self.incident,
            self.cause,
            self.action,
        )


def draw(month: Month, changes: list[Change], incidents: list[Incident]) -> list[Outage]:
    """What was down in ``month``: a planned window for each service, chance, and the failed change."""
    dice = Dice("availability", month)
    drawn = [window for service in words.SERVICES for window in _windows(dice, month, service)]
    drawn += [outage for service in words.SERVICES for outage in _chance(dice, month, service)]
    if is_bad(month):
        change = next(change for change in changes if change.is_major)
        drawn.append(_bad_night(month, change, next(incident for incident in incidents if incident.is_major)))
    drawn.sort(key=lambda outage: (outage.begun, outage.service))
    numbered = enumerate(drawn, start=1)
    return [Outage(**(vars(outage) | {"number": f"OUT{month.label()}-{n:03d}"})) for n, outage in numbered]


def lost_percent(month: Month, outages: list[Outage]) -> dict[str, float]:
    """Share of the month's service hours in which each service was down, in percent; what a monitor reports."""
    days = [day for day in month.days() if is_working(day)]
    lost = dict.fromkeys(words.SERVICES, 0.0)
    for outage in outages:
        for day in days if not outage.is_planned else ():
            opens, closes = (dt.datetime.combine(day, dt.time(hour)) for hour in (OPENS, CLOSES))
            hours = (min(outage.ended, closes) - max(outage.begun, opens)).total_seconds() / 3600
            lost[outage.service] += max(hours, 0.0)
    return {service: 100 * hours / (len(days) * (CLOSES - OPENS)) for service, hours in lost.items()}


def _windows(dice: Dice, month: Month, service: str) -> list[Outage]:
    saturdays = [day for day in month.days() if day.weekday() == 5 and not is_working(day)]
    begun = dt.datetime.combine(dice.pick(saturdays), dt.time(dice.pick((8, 20, 22))))
    ended = begun + dt.timedelta(minutes=dice.pick((60, 120, 180)))
    return [Outage("", "计划维护 Planned maintenance", service, begun, ended, is_planned=True)]


def _chance(dice: Dice, month: Month, service: str) -> list[Outage]:
    working = [day for day in month.days() if is_working(day)]
    found = []
    for _ in range(dice.pick((0, 0, 0, 1, 1, 2))):
        begun = dt.datetime.combine(dice.pick(working), dt.time()) + dt.timedelta(hours=dice.between(7.5, 19))
        begun, minutes = to_minute(begun), max(2, round(dice.skewed(11, 0.6)))
        cause, action = dice.pick(words.CAUSES)
        ended = begun + dt.timedelta(minutes=minutes)
        found.append(Outage("", "服务中断 Service interruption", service, begun, ended, cause=cause, action=action))
    return found


def _bad_night(month: Month, change: Change, incident: Incident) -> Outage:
    return Outage(
        number="",
        title="ERP 全面不可用",
        service="ERP",
        begun=bad_night(month) + dt.timedelta(hours=2),
        ended=incident.resolved or bad_night(month) + dt.timedelta(hours=17),
        incident=incident.number,
        cause=f"变更 {change.number} 失败",
        action=incident.action,
    )
