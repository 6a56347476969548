"""Agreements (SLA, UC, KPI targets): targets and service hours, versioned by effective date.

A report of an old period uses the version in force at the end of that period, for ever.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field

from itss.model import Model
from itss.periods import Period
from itss.text import Text

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class ServiceHours(Model):
    """Agreed service time: intervals a weekday, holidays and make-up days of a country. `always` = 24×7.

    An interval ending at 00:00 ends with its day. Days named here win over those of the country.
    """

    timezone: str = "Asia/Shanghai"
    always: bool = False
    weekly: dict[Weekday, tuple[tuple[dt.time, dt.time], ...]] = Field(default_factory=dict)
    holidays: str | None = Field(None, description="ISO 3166 code; its holidays are closed")
    makeup_like: Weekday = Field("mon", description="a make-up work day (调休) has this weekday's hours")
    closed_days: tuple[dt.date, ...] = Field((), description="closed besides the public holidays")
    makeup_days: tuple[dt.date, ...] = Field((), description="make-up work days besides those of the country")


class TimeTarget(Model):
    """Response and resolution times of one priority, in hours of service time."""

    response_h: float | None = Field(None, gt=0)
    resolution_h: float | None = Field(None, gt=0)


class Target(Model):
    """The target of one measure; for a member of a dimension, or for the whole (both empty)."""

    process: str
    measure: str
    at_least: float | None = None
    at_most: float | None = None
    warn: float | None = Field(None, description="at risk beyond this, though met")
    dimension: str = ""
    member: str = ""


class AgreementVersion(Model):
    """What was agreed from ``effective_from`` (a local day) until the next version."""

    version: str
    effective_from: dt.date
    service_hours: ServiceHours
    time_targets: dict[str, TimeTarget] = Field(default_factory=dict, description="by priority")
    targets: tuple[Target, ...] = ()


class Agreement(Model):
    """All versions of one SLA (服务级别协议), UC (支持合同) or KPI table, oldest first."""

    key: str
    kind: Literal["sla", "uc", "kpi"]
    title: Text
    versions: tuple[AgreementVersion, ...] = Field(min_length=1)

    def in_force(self, period: Period) -> AgreementVersion | None:
        """The version in force on the last day of ``period``; ``None`` if none was yet."""
        valid = [version for version in self.versions if version.effective_from < period.next_day]
        return max(valid, key=lambda version: version.effective_from, default=None)
