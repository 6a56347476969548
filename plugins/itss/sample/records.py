"""The other tables of the sample: survey answers, service levels, capacity samples, vulnerabilities."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping

from itss.sample import words
from itss.sample.clock import Dice, Month, is_bad, is_working, to_minute, utc
from itss.sample.incidents import Incident

TABLES = {
    "satisfaction": "number TEXT PRIMARY KEY, service TEXT, customer TEXT, incident_number TEXT, sent TEXT,"
    " answered TEXT, score INTEGER, remark TEXT",
    "service_level": "number TEXT PRIMARY KEY, service TEXT, indicator TEXT, measured TEXT, target REAL, achieved REAL,"
    " direction TEXT, unit TEXT",
    "capacity": "number TEXT PRIMARY KEY, resource TEXT, service TEXT, kind TEXT, sampled TEXT, percent REAL,"
    " threshold_percent REAL",
    "security": "number TEXT PRIMARY KEY, title TEXT, service TEXT, severity TEXT, found TEXT, due TEXT,"
    " fixed TEXT, asset TEXT",
}
Row = tuple[object, ...]
_HAPPY = {5: 0.63, 4: 0.27, 3: 0.06, 2: 0.02, 1: 0.02}
_LATE = {5: 0.20, 4: 0.24, 3: 0.24, 2: 0.18, 1: 0.14}
_SEVERITY = {"critical": (0.06, 7), "high": (0.22, 30), "medium": (0.46, 90), "low": (0.26, 180)}


def satisfaction(month: Month, incidents: list[Incident]) -> list[Row]:
    """A survey for about a third of the incidents, sent an hour after the solution; two in five answer."""
    dice = Dice("satisfaction", month)
    rows: list[Row] = []
    for incident in incidents:
        if incident.resolved is None or not dice.happens(0.34):
            continue
        sent = incident.resolved + dt.timedelta(hours=1)
        has_answer, days = dice.happens(0.41), dice.skewed(0.7, 0.8)
        is_glad = incident.is_met and incident.change is None and not (is_bad(month) and dice.happens(0.25))
        score = dice.weighted(_HAPPY if is_glad else _LATE)
        remark = dice.pick(words.COMMENTS[score])
        rows.append(
            (
                f"SV-{incident.number[3:]}",
                incident.service,
                incident.customer,
                incident.number,
                utc(sent),
                utc(to_minute(sent + dt.timedelta(days=days))) if has_answer else None,
                score if has_answer else None,
                remark if has_answer else None,
            )
        )
    return rows


def service_levels(month: Month, lost: Mapping[str, float]) -> list[Row]:
    """One measurement a month: availability of each service (``lost`` percent), and figures of the service desk."""
    dice = Dice("service_level", month)
    measured = utc(dt.datetime.combine(month.days()[-1], dt.time(23)))
    figures: list[tuple[str, str, float, float, str, str]] = []
    for service in words.SERVICES:
        figures.append((service, "可用性 Availability", 99.5, round(100 - lost[service], 3), "at_least", "%"))
    desk = "桌面 Desktop"
    calls = round(min(99.0, 92.5 + 1.6 * dice.normal() - (6 if is_bad(month) else 0)), 1)
    figures.append((desk, "20 秒内接听率 Calls answered in 20 s", 90.0, calls, "at_least", "%"))
    figures.append((desk, "平均等待 Mean wait", 25.0, round(dice.skewed(19, 0.12), 1), "at_most", "s"))
    figures.append(("ERP", "备份成功率 Backup success", 99.0, round(100 - dice.skewed(0.4, 0.5), 2), "at_least", "%"))
    return [
        (f"SL{month.label()}-{n:02d}", service, indicator, measured, target, achieved, direction, unit)
        for n, (service, indicator, target, achieved, direction, unit) in enumerate(figures, start=1)
    ]


def capacity(month: Month) -> list[Row]:
    """Four samples a day and resource, with a working day's rhythm; storage grows until it is extended."""
    dice = Dice("capacity", month)
    rows: list[Row] = []
    for resource, service, kind, usual, threshold in words.RESOURCES:
        for day in month.days():
            for hour in (3, 10, 15, 21):
                rows.append(
                    (
                        f"CP{month.label()}-{len(rows) + 1:05d}",
                        resource,
                        service,
                        kind,
                        utc(dt.datetime.combine(day, dt.time(hour))),
                        round(100 * _used(dice, month, day, hour, kind, usual), 1),
                        100 * threshold,
                    )
                )
    return rows


def _used(dice: Dice, month: Month, day: dt.date, hour: int, kind: str, usual: float) -> float:
    if kind == "storage":  # extended every 18 months
        grown = (month.index % 18 + day.day / 31) * 0.021
        return min(0.99, usual + grown + 0.003 * dice.normal())
    busy = 1.25 if is_working(day) and hour in (10, 15) else 0.8
    wave = 1 + 0.05 * math.sin(month.index / 4)
    return min(0.99, max(0.02, usual * busy * wave + 0.03 * dice.normal()))


def security(month: Month) -> list[Row]:
    """Vulnerabilities found in the month, with a due day by severity; most are fixed in time, a few never."""
    dice = Dice("security", month)
    rows: list[Row] = []
    for n in range(1, dice.whole(12, 22) + 1):
        severity = dice.weighted({name: weight for name, (weight, _) in _SEVERITY.items()})
        days = _SEVERITY[severity][1]
        found = dt.datetime.combine(dice.pick(month.days()), dt.time(dice.whole(9, 17), dice.whole(0, 59)))
        fixed = None if dice.happens(0.03) else to_minute(found + dt.timedelta(days=days * dice.skewed(0.45, 0.5)))
        rows.append(
            (
                f"VUL{month.label()}-{n:03d}",
                dice.pick(words.FLAWS),
                dice.weighted(words.SERVICES),
                severity,
                utc(found),
                utc(found + dt.timedelta(days=days)),
                utc(fixed),
                dice.pick(words.RESOURCES)[0],
            )
        )
    return rows
