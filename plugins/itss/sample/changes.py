"""Changes of the sample: evening windows, few failures, and in September one that takes the ERP down."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from itss.sample.clock import Dice, Month, bad_night, is_bad, to_minute, utc
from itss.sample.histories import Life, written
from itss.sample.words import CHANGE_TITLES, CUSTOMERS, SERVICES, TEAMS

TABLES = {
    "changes": "number TEXT PRIMARY KEY, title TEXT, service TEXT, customer TEXT, category TEXT, priority TEXT,"
    " type TEXT, state TEXT, created_at TEXT, planned_start TEXT, planned_end TEXT, actual_start TEXT,"
    " actual_end TEXT, closed_at TEXT, result TEXT, result_recorded INTEGER, unauthorised INTEGER, major INTEGER,"
    " team TEXT, effort_minutes INTEGER, cause TEXT, action TEXT, state_history TEXT, priority_history TEXT"
}
_TYPES = {"standard": 0.55, "normal": 0.38, "emergency": 0.07}
_RESULTS = {"successful": 0.94, "failed": 0.02, "backed_out": 0.015, "cancelled": 0.025}
_PRIORITY = {"standard": "Low", "normal": "Moderate", "emergency": "High"}


@dataclass(frozen=True)
class Change:
    """One change, in local time."""

    number: str
    title: str
    service: str
    customer: str
    type: str
    created: dt.datetime
    planned: tuple[dt.datetime, dt.datetime]
    actual: tuple[dt.datetime, dt.datetime] | None
    result: str
    is_recorded: bool = True
    is_unauthorised: bool = False
    is_major: bool = False
    cause: str | None = None
    action: str | None = None
    closed: dt.datetime | None = None
    effort_minutes: int | None = None

    @property
    def life(self) -> Life:
        """From its raising on; implemented is solved."""
        ended = self.actual[1] if self.actual else None
        return Life(self.created, resolved=ended, closed=self.closed, is_cancelled=self.result == "cancelled")

    @property
    def priority(self) -> str:
        """It follows from the kind of change."""
        return "Critical" if self.is_major else _PRIORITY[self.type]

    def row(self) -> tuple[object, ...]:
        """As the table has it."""
        return (
            self.number,
            self.title,
            self.service,
            self.customer,
            "基础设施 Infrastructure" if self.type == "standard" else "应用 Application",
            self.priority,
            self.type,
            "Cancelled" if self.result == "cancelled" else "Closed",
            utc(self.created),
            utc(self.planned[0]),
            utc(self.planned[1]),
            utc(self.actual[0]) if self.actual else None,
            utc(self.actual[1]) if self.actual else None,
            utc(self.closed),
            self.result,
            int(self.is_recorded),
            int(self.is_unauthorised),
            int(self.is_major),
            TEAMS[self.service],
            self.effort_minutes,
            self.cause,
            self.action,
            self.life.states,
            written((self.created, self.priority)),
        )


def draw(month: Month) -> list[Change]:
    """The changes planned in ``month``, in the order of their windows."""
    dice = Dice("change", month)
    starts = sorted(_window(dice, day) for day in month.days() for _ in range(_count(dice, day)))
    drawn = [_change(dice, f"CHG{month.label()}-{n:03d}", start) for n, start in enumerate(starts, start=1)]
    if is_bad(month):
        drawn.append(_failed(f"CHG{month.label()}-900", bad_night(month)))
    more = Dice("change work", month)
    return [_worked(more, change) for change in drawn]


def announced(month: Month) -> list[Change]:
    """The changes of the month after ``month`` that were raised before it ended."""
    days = month.shift(1).days()
    return [change for change in draw(month.shift(1)) if change.created < dt.datetime.combine(days[0], dt.time())]


def _worked(dice: Dice, change: Change) -> Change:
    """Hours booked, and the day on which its outcome was confirmed; a cancelled change is closed with its plan."""
    minutes, days = round(dice.skewed(150, 0.5)), dice.between(1, 4)
    ended = change.actual[1] if change.actual else change.planned[1]
    closed = to_minute(ended + dt.timedelta(days=days))
    return replace(change, closed=closed, effort_minutes=minutes if change.actual else None)


def _count(dice: Dice, day: dt.date) -> int:
    # windows lie on Tuesday to Thursday and on Saturday; nothing is changed in the first days of a month (closing)
    expected = (0.6, 2.6, 3.0, 2.2, 0.4, 2.4, 0.3)[day.weekday()] * (0.3 if day.day <= 3 else 1.0)
    return int(expected) + dice.happens(expected % 1)


def _window(dice: Dice, day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(dice.pick((12, 19, 20, 21, 22)), dice.pick((0, 30))))


def _change(dice: Dice, number: str, start: dt.datetime) -> Change:
    service = dice.weighted(SERVICES)
    kind = dice.weighted(_TYPES)
    result = dice.weighted(_RESULTS)
    length = dice.pick((30, 60, 60, 90, 120, 180))
    lead = dice.between(0.05, 0.8) if kind == "emergency" else dice.between(2, 12)
    late = dice.skewed(0.8, 0.28) * (1.5 if result in ("failed", "backed_out") else 1.0)
    begun = start + dt.timedelta(minutes=max(0, dice.whole(0, 6) - 4))
    return Change(
        number=number,
        title=dice.pick(CHANGE_TITLES[service]),
        service=service,
        customer=dice.weighted(CUSTOMERS),
        type=kind,
        created=to_minute(start - dt.timedelta(days=lead)),
        planned=(start, start + dt.timedelta(minutes=length)),
        actual=None if result == "cancelled" else (begun, to_minute(begun + dt.timedelta(minutes=length * late))),
        result=result,
        is_recorded=dice.happens(0.94),
        is_unauthorised=dice.happens(0.012),
    )


def _failed(number: str, night: dt.datetime) -> Change:
    return Change(
        number=number,
        title="ERP 数据库版本升级",
        service="ERP",
        customer="总部",
        type="normal",
        created=night - dt.timedelta(days=9, hours=7),
        planned=(night, night + dt.timedelta(hours=2)),
        actual=(night, night + dt.timedelta(hours=7, minutes=25)),
        result="backed_out",
        is_major=True,
        cause="升级脚本未在同规模数据上演练",
        action="回退到升级前备份;补充演练与回退时限",
    )
