"""Agreements (SLA, UC, KPI targets): targets and service hours, versioned by effective date.

A report of an old period uses the version in force at the end of that period, for ever.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from itss.model import Day, LocalTime, Model
from itss.periods import Period
from itss.text import Text

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class ServiceHours(Model):
    """Agreed service time: intervals a weekday, holidays and make-up days of a country. `always` = 24×7.

    An interval ending at 00:00 ends with its day. Days named here win over those of the country.
    """

    timezone: str = Field("Asia/Shanghai", description="IANA zone of the hours", examples=["Asia/Shanghai"])
    always: bool = Field(False, description="round the clock, 24×7; then nothing else here", examples=["true"])
    weekly: dict[Weekday, tuple[tuple[LocalTime, LocalTime], ...]] = Field(
        default_factory=dict,
        description="by weekday (mon … sun) its intervals, in quotes; 00:00 as an end is midnight",
        examples=['{mon: [["09:00", "18:00"]]}'],
    )
    holidays: str | None = Field(
        None, description="ISO 3166 code of the country whose public holidays are closed", examples=["CN"]
    )
    makeup_like: Weekday = Field(
        "mon", description="a make-up work day (调休) has this weekday's hours", examples=["mon"]
    )
    closed_days: tuple[Day, ...] = Field(
        (), description="closed besides the public holidays", examples=["[2026-12-31]"]
    )
    makeup_days: tuple[Day, ...] = Field(
        (), description="make-up work days besides those of the country", examples=["[2026-10-10]"]
    )


class TimeTarget(Model):
    """Response and resolution times of one priority, in hours of service time."""

    response_h: float | None = Field(None, gt=0, description="first human response within", examples=["0.5"])
    resolution_h: float | None = Field(None, gt=0, description="resolved within, pauses taken out", examples=["4"])


class Target(Model):
    """The target of one measure; for a member of a dimension, or for the whole (both empty)."""

    process: str = Field(description="process id", examples=["incident"])
    measure: str = Field(description="id of one of its measures", examples=["resolution_compliance"])
    at_least: float | None = Field(None, description="met from this value on; a share is 0 to 1", examples=["0.9"])
    at_most: float | None = Field(None, description="met up to this value", examples=["0.05"])
    warn: float | None = Field(None, description="met, but at risk beyond this", examples=["0.92"])
    dimension: str = Field("", description="for one member of a dimension only: its column", examples=["priority"])
    member: str = Field("", description="and the member, as the source spells it", examples=["Critical"])


class AgreementVersion(Model):
    """What was agreed from ``effective_from`` (a local day) until the next version."""

    version: str = Field(min_length=1, description="name of the version, printed in reports", examples=['"2026"'])
    effective_from: Day = Field(
        description="first day on which it counts; a period is judged by the version of its last day",
        examples=["2026-01-01"],
    )
    service_hours: ServiceHours = Field(description="agreed service time")
    time_targets: dict[str, TimeTarget] = Field(
        default_factory=dict,
        description="by priority as the source spells it; without them the source's own deadlines count",
        examples=["{Critical: {response_h: 0.5, resolution_h: 4}}"],
    )
    targets: tuple[Target, ...] = Field(
        (),
        description="what the measures must reach",
        examples=["[{process: incident, measure: resolution_compliance, at_least: 0.9}]"],
    )


class Agreement(Model):
    """All versions of one SLA (服务级别协议), UC (支持合同) or KPI table, oldest first."""

    key: str = Field(description="name of the agreement, the same as the file's", examples=["customer_sla"])
    kind: Literal["sla", "uc", "kpi"] = Field(
        description="service level agreement (服务级别协议), underpinning contract (支持合同) or own KPIs",
        examples=["sla"],
    )
    title: Text = Field(
        description="title of the agreement",
        examples=["{zh-CN: 客户服务级别协议, en: Customer service level agreement}"],
    )
    versions: tuple[AgreementVersion, ...] = Field(
        min_length=1, description="all versions there ever were, the oldest first"
    )

    def in_force(self, period: Period) -> AgreementVersion | None:
        """The version in force on the last day of ``period``; ``None`` if none was yet."""
        valid = [version for version in self.versions if version.effective_from < period.next_day]
        return max(valid, key=lambda version: version.effective_from, default=None)

    def hours_until(self, period: Period) -> tuple[tuple[Day, ServiceHours], ...]:
        """Service hours of the version in force on the last day of ``period`` and of those before it, oldest first.

        Each with the day from which it counts.
        """
        valid = [version for version in self.versions if version.effective_from < period.next_day]
        return tuple((version.effective_from, version.service_hours) for version in valid)
