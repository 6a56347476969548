"""Releases of the sample: registered weeks ahead, most deployed as planned, their outcome confirmed some days later."""

from __future__ import annotations

import datetime as dt

from itss.sample import words
from itss.sample.clock import Dice, Month, is_bad, to_minute, utc

TABLES = {
    "releases": "number TEXT PRIMARY KEY, title TEXT, service TEXT, kind TEXT, state TEXT, team TEXT, registered TEXT,"
    " planned TEXT, deployed TEXT, confirmed TEXT, result TEXT, withdrawn TEXT, cause TEXT, action TEXT"
}
_KINDS = {"minor": 0.7, "major": 0.2, "emergency": 0.1}
_LEAD_DAYS = {"minor": (7, 21), "major": (20, 45), "emergency": (1, 3)}
_RESULTS = {"successful": 0.93, "failed": 0.03, "rolled_back": 0.04}
Row = tuple[object, ...]


def draw(month: Month) -> list[Row]:
    """The releases registered in ``month``, in that order."""
    dice = Dice("release", month)
    days = sorted(dice.whole(0, 27) for _ in range(dice.whole(11, 16)))
    return [_release(dice, f"REL{month.label()}-{n:02d}", month.days()[day]) for n, day in enumerate(days, start=1)]


def _release(dice: Dice, number: str, day: dt.date) -> Row:
    service, kind, result = dice.weighted(words.SERVICES), dice.weighted(_KINDS), dice.weighted(_RESULTS)
    registered = dt.datetime.combine(day, dt.time(dice.whole(9, 17), dice.pick((0, 15, 30, 45))))
    planned = dt.datetime.combine(day + dt.timedelta(days=dice.whole(*_LEAD_DAYS[kind])), dt.time(22))
    begun = planned - dt.timedelta(hours=dice.between(0.5, 3))
    is_late = dice.happens(0.25 if is_bad(Month(planned.year, planned.month)) else 0.07)
    deployed = to_minute(begun + dt.timedelta(days=dice.whole(2, 12)) if is_late else begun)
    confirmed = to_minute(deployed + dt.timedelta(days=dice.between(1, 4)))
    fate, major = dice.share(), f"{dice.whole(2, 9)}.{dice.whole(0, 9)}"
    is_withdrawn, is_good = fate < 0.04, result == "successful"
    return (
        number,
        f"{service} {major} {'版本发布' if fate < 0.6 else 'release'}",
        service,
        kind,
        "Withdrawn" if is_withdrawn else "Closed",
        words.TEAMS[service],
        utc(registered),
        utc(planned),
        None if is_withdrawn else utc(deployed),
        None if is_withdrawn else utc(confirmed),
        None if is_withdrawn else result,
        utc(registered + dt.timedelta(hours=20)) if is_withdrawn else None,
        None if is_good or is_withdrawn else "回归测试未覆盖 Not covered by the regression tests",
        None if is_good or is_withdrawn else "补充测试后重新发布 Tests added, released again",
    )
