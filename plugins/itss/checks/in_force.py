"""Whether the agreement can judge the period at all: a version in force, and a calendar that knows its year.

Warnings on the report as a whole, told with its first process: the figures that stand on it are not available, or on
working days that are not official yet, and in the figures alone nobody would see it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from itss.agreements.models import AgreementVersion
from itss.calendars import is_published
from itss.checks.findings import Finding
from itss.periods import Period
from itss.text import Text, text


def in_force_findings(process: str, source: str, version: AgreementVersion | None, period: Period) -> list[Finding]:
    """What keeps the agreement from judging ``period``; told of ``process``, the report's first, and its source."""
    return [
        Finding(process, rule, "warning", "", 0, 0, (), why, remedy, source)
        for rule, why, remedy in _reasons(version, period)
    ]


def _reasons(version: AgreementVersion | None, period: Period) -> Iterator[tuple[str, Text, Text]]:
    if version is None:
        yield (
            "agreement_in_force",
            text(
                f"{period.label}没有生效的协议版本：没有目标，也没有服务时间，相关数据不可得。",
                f"No version of the agreement is in force in {period.label}: there are no targets and no service "
                "hours, and what stands on them is not available.",
            ),
            text(
                "如当时有约定，请在协议中补充该版本。",
                "If something was agreed then, add that version to the agreement.",
            ),
        )
        return
    own = (target.hours for target in version.time_targets.values() if target.hours)
    countries = {hours.holidays for hours in (version.service_hours, *own) if hours.holidays}
    years = sorted({period.first_day.year, (period.next_day - dt.timedelta(days=1)).year})
    for country in sorted(countries):
        named = ", ".join(str(year) for year in years if not is_published(country, year))
        if not named:
            continue
        yield (
            "working_days_published",
            text(
                f"日历尚无{country} {named}年官方公布的调休工作日，服务时间可能因此改变。",
                f"The calendar does not know the official make-up work days of {country} {named} yet, so service time "
                "may come out otherwise later.",
            ),
            text(
                "请升级 holidays 软件包，或在协议的 makeup_days、closed_days 中写明。",
                "Update the package holidays, or name them in makeup_days and closed_days of the agreement.",
            ),
        )
