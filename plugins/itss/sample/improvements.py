"""Improvement items of the sample: raised by processes and reviews, with a date each; most are closed in time."""

from __future__ import annotations

import datetime as dt

from itss.sample import words
from itss.sample.clock import Dice, Month, is_bad, to_minute, utc

TABLES = {
    "improvement": "number TEXT PRIMARY KEY, title TEXT, service TEXT, priority TEXT, process TEXT, owner TEXT,"
    " state TEXT, raised TEXT, due TEXT, closed TEXT, withdrawn INTEGER, cause TEXT, action TEXT"
}
_PRIORITIES = {"High": 0.25, "Moderate": 0.5, "Low": 0.25}
Row = tuple[object, ...]


def draw(month: Month) -> list[Row]:
    """The items raised in ``month``, in that order; those due in a bad month are late more often."""
    dice = Dice("improvement", month)
    days = sorted(dice.whole(0, 27) for _ in range(dice.whole(9, 13)))
    return [_item(dice, f"IMP{month.label()}-{n:02d}", month.days()[day]) for n, day in enumerate(days, start=1)]


def _item(dice: Dice, number: str, day: dt.date) -> Row:
    raised = dt.datetime.combine(day, dt.time(dice.whole(9, 17), dice.pick((0, 15, 30, 45))))
    due = dt.datetime.combine(day + dt.timedelta(days=dice.pick((30, 45, 60, 90))), dt.time(18))
    is_late = dice.happens(0.3 if is_bad(Month(due.year, due.month)) else 0.05)
    early, late, fate = dice.between(0.4, 0.98), dice.between(3, 40), dice.share()
    closed = to_minute(due + dt.timedelta(days=late) if is_late else raised + (due - raised) * early)
    process, owner, title, cause = dice.pick(words.IMPROVEMENTS)
    is_withdrawn = fate < 0.03
    return (
        number,
        title,
        dice.weighted(words.SERVICES),
        dice.weighted(_PRIORITIES),
        process,
        owner,
        "Cancelled" if is_withdrawn else "Closed",
        utc(raised),
        utc(due),
        utc(raised + dt.timedelta(days=2)) if is_withdrawn else utc(closed),
        int(is_withdrawn),
        cause,
        None if is_withdrawn else "已实施并验证 Carried out and verified",
    )
