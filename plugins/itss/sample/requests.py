"""Service requests of the sample: what people ask for on working days, nearly all of it fulfilled in time."""

from __future__ import annotations

import datetime as dt
import math

from itss.sample import words
from itss.sample.clock import Dice, Month, add_service_hours, interval, is_bad, is_working, to_minute, utc
from itss.sample.histories import Life, written
from itss.sample.incidents import TARGETS

TABLES = {
    "request": "number TEXT PRIMARY KEY, title TEXT, service TEXT, customer TEXT, category TEXT, priority TEXT,"
    " state TEXT, team TEXT, opened TEXT, first_response TEXT, fulfilled TEXT, closed TEXT, paused_minutes INTEGER,"
    " pauses TEXT, reopened TEXT, reopen_count INTEGER, response_due TEXT, fulfilment_due TEXT, sla_met INTEGER,"
    " first_contact INTEGER, effort_minutes INTEGER, state_history TEXT, priority_history TEXT"
}
_PRIORITIES = {"High": 0.06, "Moderate": 0.52, "Low": 0.42}
_A_DAY = 17.0
Row = tuple[object, ...]


def draw(month: Month) -> list[Row]:
    """The requests opened in ``month``, in that order."""
    dice = Dice("request", month)
    openings = sorted(moment for day in month.days() if is_working(day) for moment in _openings(dice, month, day))
    return [_request(dice, month, f"REQ{month.label()}-{n:05d}", opened) for n, opened in enumerate(openings, start=1)]


def _openings(dice: Dice, month: Month, day: dt.date) -> list[dt.datetime]:
    expected = _A_DAY * (1 + 0.05 * math.sin(month.index / 4))
    count = max(0, round(expected + math.sqrt(expected) * dice.normal()))
    return [
        to_minute(dt.datetime.combine(day, dt.time()) + dt.timedelta(hours=dice.between(8.8, 17.9)))
        for _ in range(count)
    ]


def _request(dice: Dice, month: Month, number: str, opened: dt.datetime) -> Row:
    service = dice.weighted(words.SERVICES)
    category, title = dice.pick(words.REQUESTS[service])
    priority = dice.weighted(_PRIORITIES)
    response_h, fulfilment_h = TARGETS[priority]
    slow = 1.35 if is_bad(month) else 1.0  # in the bad month everybody is busy elsewhere
    pause_h = math.floor(dice.between(1, 9) * 4) / 4 if dice.happens(0.1) else 0.0
    responded = to_minute(add_service_hours(opened, response_h * dice.skewed(0.28 * slow, 0.6)))
    work_h = fulfilment_h * dice.skewed(0.36 * slow, 0.55)
    fulfilled = max(responded, to_minute(add_service_hours(opened, work_h + pause_h)))
    due = add_service_hours(opened, fulfilment_h + pause_h)
    reopened = to_minute(fulfilled + dt.timedelta(days=dice.between(0.5, 10))) if dice.happens(0.02) else None
    closed = to_minute((reopened or fulfilled) + dt.timedelta(days=3))
    fate, minutes, first = dice.share(), round(dice.skewed(30, 0.6)), dice.happens(0.38)
    is_withdrawn, is_forgotten = fate < 0.02, 0.02 <= fate < 0.023
    done = not is_withdrawn and not is_forgotten
    paused = to_minute(add_service_hours(opened, work_h / 2))  # half done, waiting for the customer
    pause = (paused, add_service_hours(paused, pause_h)) if done and pause_h else None
    life = (
        Life(opened, pause, fulfilled, reopened, closed)
        if done
        else Life(opened, closed=opened + dt.timedelta(hours=3) if is_withdrawn else None, is_cancelled=is_withdrawn)
    )
    return (
        number,
        title,
        service,
        dice.weighted(words.CUSTOMERS),
        category,
        priority,
        "Cancelled" if is_withdrawn else "In progress" if is_forgotten else "Closed",
        words.TEAMS[service],
        utc(opened),
        None if is_withdrawn else utc(responded),
        utc(life.last_resolved),
        utc(life.closed),
        round(pause_h * 60) if done else 0,
        interval(*pause) if pause else None,
        utc(life.reopened),
        int(life.reopened is not None),
        utc(add_service_hours(opened, response_h)),
        utc(due),
        int(life.last_resolved <= due) if life.last_resolved else None,
        int(first) if done else None,
        minutes if done else None,
        life.states,
        written((opened, priority)),
    )
