"""Agreements (SLA, UC, KPI targets): targets and service hours, versioned by effective date.

A report of an old period uses the version in force at the end of that period, for ever.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from itss.agreements.terms import AgreedService, SatisfiedAnswers
from itss.model import Day, LocalTime, Model
from itss.periods import Period
from itss.text import Text

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
Intervals = tuple[tuple[LocalTime, LocalTime], ...]
DAY = dt.timedelta(days=1)
LAST_MINUTE = dt.time(23, 59)
"""People write 23:59 where they mean midnight: no service closes for the last minute of the day."""


def since_midnight(opening: dt.time, closing: dt.time) -> tuple[dt.timedelta, dt.timedelta]:
    """Begin and end of an interval of service hours, counted on the wall clock from the midnight that begins its day.

    An end at 00:00, and at 23:59 or later, is the midnight that ends the day; any other end that is not after the
    begin is on the next day.
    """
    begin, end = _since_midnight(opening), _since_midnight(closing)
    if closing >= LAST_MINUTE:
        return begin, DAY
    return begin, end if end > begin else end + DAY


def _since_midnight(time: dt.time) -> dt.timedelta:
    return dt.timedelta(hours=time.hour, minutes=time.minute, seconds=time.second, microseconds=time.microsecond)


class ServiceHours(Model):
    """Agreed service time: intervals a weekday, holidays, make-up days and days of one's own. `always` = 24×7.

    How an interval is read: `since_midnight`. One across midnight belongs to the day on which it begins, whatever the
    next day is. Days named here win over those of the country, and `special_days` over all others.
    """

    timezone: str = Field("Asia/Shanghai", description="IANA zone of the hours", examples=["Asia/Shanghai"])
    always: bool = Field(False, description="round the clock, 24×7; then nothing else here", examples=["true"])
    weekly: dict[Weekday, Intervals] = Field(
        default_factory=dict,
        description="by weekday (mon … sun) its intervals, in quotes; 00:00 as an end is midnight, and an interval "
        'across midnight (`["22:00", "06:00"]`) belongs to the weekday on which it begins',
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
    special_days: dict[Day, Intervals] = Field(
        default_factory=dict,
        description="half days and the like: by day its intervals, which win over weekday, holiday and make-up day; "
        "`[]` is closed",
        examples=['{2026-12-24: [["09:00", "12:00"]]}'],
    )


NO_TARGET = "none"
"""Said of a time: nothing is promised. Not said at all, the source's own deadline counts where it has one."""


def _hours(value: Any) -> Any:
    if value is None or value == NO_TARGET:
        return value
    # YAML knows numbers, JSON too: a text is refused here, so that the message speaks of both things one may write
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise PydanticCustomError("hours", "write hours above 0, or none where nothing is promised")
    return value


Promise = Annotated[float | Literal["none"] | None, BeforeValidator(_hours)]
"""Hours of service time, `none`, or not said."""


def _own_hours(value: Any) -> Any:
    return {"always": True} if value == "always" else value


class TimeTarget(Model):
    """Response and resolution times of one priority, in hours of service time. `none` instead of it: no times at all.

    A time that is not said is the source's own deadline, where the source has one.
    """

    response_h: Promise = Field(
        None, description="first human response within; `none`: nothing is promised", examples=["0.5"]
    )
    resolution_h: Promise = Field(
        None, description="resolved within, pauses taken out; `none`: nothing is promised", examples=["4"]
    )
    hours: Annotated[ServiceHours | None, BeforeValidator(_own_hours)] = Field(
        None,
        description="service hours of this priority alone: `always`, or the keys of `service_hours`; without a "
        "`timezone` that of `service_hours`",
        examples=["always"],
    )

    def promised(self, kind: Literal["response_h", "resolution_h"]) -> float | None:
        """The hours of one of the two times; ``None`` where there are none, said or not."""
        hours = self.response_h if kind == "response_h" else self.resolution_h
        return hours if isinstance(hours, float) else None


class Target(Model):
    """The target of one measure; for a member of a dimension, or for the whole (both empty)."""

    process: str = Field(description="process id", examples=["incident"])
    measure: str = Field(description="id of one of its measures", examples=["resolution_compliance"])
    at_least: float | None = Field(None, description="met from this value on; a share is 0 to 1", examples=["0.9"])
    at_most: float | None = Field(None, description="met up to this value", examples=["0.05"])
    warn: float | None = Field(None, description="met, but at risk beyond this", examples=["0.92"])
    dimension: str = Field("", description="for one member of a dimension only: its column", examples=["priority"])
    over: Literal["period", "year"] = Field(
        "period",
        description="judged in each period, or over the year so far (`year`): the report then says what is left of the "
        "year's allowance",
        examples=["year"],
    )
    member: str = Field("", description="and the member, as the source spells it", examples=["Critical"])

    @property
    def no_shares(self) -> Mapping[str, float]:
        """By key the values that no share can have, such as 95 for 95 %: of a share nothing would ever reach them."""
        said = {"at_least": self.at_least, "at_most": self.at_most, "warn": self.warn}
        return {key: value for key, value in said.items() if value is not None and not 0 <= value <= 1}


def _times(value: Any) -> Any:
    return {"response_h": NO_TARGET, "resolution_h": NO_TARGET} if value == NO_TARGET else value


def _placed(target: TimeTarget, zone: str) -> TimeTarget:
    if target.hours is None or "timezone" in target.hours.model_fields_set:
        return target
    return target.model_copy(update={"hours": target.hours.model_copy(update={"timezone": zone})})


class AgreementVersion(Model):
    """What was agreed from ``effective_from`` (a local day) until the next version."""

    version: str = Field(min_length=1, description="name of the version, printed in reports", examples=['"2026"'])
    effective_from: Day = Field(
        description="first day on which it counts; a period is judged by the version of its last day",
        examples=["2026-01-01"],
    )
    service_hours: ServiceHours = Field(description="agreed service time")
    time_targets: dict[str, Annotated[TimeTarget, BeforeValidator(_times)]] = Field(
        default_factory=dict,
        description="by priority as the source spells it; `none`: nothing is promised for it; for a priority that is "
        "not named here the source's own deadlines count",
        examples=["{Critical: {response_h: 0.5, resolution_h: 4, hours: always}, Low: none}"],
    )
    targets: tuple[Target, ...] = Field(
        (),
        description="what the measures must reach",
        examples=["[{process: incident, measure: resolution_compliance, at_least: 0.9}]"],
    )
    services: tuple[AgreedService, ...] = Field(
        (),
        description="the services whose availability is agreed; without them it is shown per service, and not for the "
        "whole",
        examples=["[{name: ERP}, {name: CRM, from: 2026-04-01, until: 2026-12-31}]"],
    )
    satisfied: tuple[SatisfiedAnswers, ...] = Field(
        (),
        description="which answers count as satisfied, per scale; of 1 to 5 they are 4 and 5 where nothing is said, "
        "answers on any other scale are left out then",
        examples=["[{scale: [1, 5], answers: [4, 5]}]"],
    )
    notice_h: float = Field(
        24, ge=0, description="a planned change is announced so many hours before its planned start", examples=["72"]
    )

    @field_validator("time_targets")
    @classmethod
    def _in_one_zone(cls, targets: dict[str, TimeTarget], info: ValidationInfo) -> dict[str, TimeTarget]:
        """Hours of a priority that name no zone are in that of the agreement, not in the default of the model."""
        whole = info.data.get("service_hours")
        return targets if whole is None else {name: _placed(target, whole.timezone) for name, target in targets.items()}

    def hours_of(self, priority: str | None) -> ServiceHours:
        """The service hours of a priority: its own where it has some."""
        target = self.time_targets.get(priority) if priority is not None else None
        return (target and target.hours) or self.service_hours


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
        return max(self._until(period), key=lambda version: version.effective_from, default=None)

    def hours_until(self, period: Period, priority: str | None = None) -> tuple[tuple[Day, ServiceHours], ...]:
        """Service hours of the version in force on the last day of ``period`` and of those before it, oldest first.

        Each with the day from which it counts; of ``priority`` its own, in the versions in which it has some.
        """
        return tuple((version.effective_from, version.hours_of(priority)) for version in self._until(period))

    def own_hours_until(self, period: Period) -> Mapping[str, tuple[tuple[Day, ServiceHours], ...]]:
        """`hours_until` of each priority that has hours of its own in any of these versions."""
        named = [item for version in self._until(period) for item in version.time_targets.items()]
        own = dict.fromkeys(priority for priority, target in named if target.hours)
        return {priority: self.hours_until(period, priority) for priority in own}

    def _until(self, period: Period) -> list[AgreementVersion]:
        return [version for version in self.versions if version.effective_from < period.next_day]
