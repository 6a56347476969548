"""The parts of an entry that have keys of their own: its period, its levels of approval, its distribution."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from itss.model import Day, LocalTime, Model
from itss.periods import Period, PeriodKind, closed_period, parse_period, period_of
from itss.report_list.person import Key
from itss.text import Text

Span = Annotated[str, Field(pattern=r"^([1-9][0-9]{0,3}m|[1-9][0-9]?h)$")]
"""A length of time in minutes or hours, ``90m`` or ``2h``; `minutes` reads it."""
PoolSize = Annotated[int, Field(ge=1, le=1000)]


def minutes(span: Span) -> int:
    """The length of a `Span`, in minutes."""
    return int(span[:-1]) * (60 if span.endswith("h") else 1)


class ReportPeriod(Model):
    """报告周期 – which period, in whose zone, and by when."""

    kind: PeriodKind = Field(description="length of a period", examples=["month"])
    timezone: str = Field(
        "Asia/Shanghai", description="IANA zone in which periods begin and end", examples=["Asia/Shanghai"]
    )
    schedule: str = Field(
        description="cron (minute hour day month weekday) of the run, in `timezone`: once a period, before it is due",
        examples=['"0 6 1 * *"'],
    )
    due_working_days: int = Field(
        5, ge=1, le=60, description="due on the n-th working day after the period", examples=["5"]
    )
    due_time: LocalTime = Field(dt.time(18, 0), description="and at this local time", examples=['"18:00"'])
    holidays: str = Field(
        "CN",
        pattern=r"^[A-Z]{2}$",
        description="ISO 3166 code of the country whose working days count",
        examples=["CN"],
    )
    first: Day = Field(description="first day of the first period that is owed", examples=["2026-01-01"])
    year_starts: int = Field(
        1,
        ge=1,
        le=12,
        description="month in which quarters, half-years and years are counted from (财年): with 4 the first quarter "
        "is April to June, and periods are named by the begin of their year, `2026-04-Q1`, `2026-04-H1`, `2026-04-FY`",
        examples=["4"],
    )

    def period_of(self, moment: dt.datetime) -> Period:
        """The period that ``moment`` (aware) is in."""
        return period_of(moment, self.kind, self.timezone, self.year_starts)

    def first_period(self) -> Period:
        """The period that ``first`` is in."""
        return self.period_of(dt.datetime.combine(self.first, dt.time(12), tzinfo=ZoneInfo(self.timezone)))

    def parse(self, label: str) -> Period:
        """The period of a label; raises `PeriodError` naming the expected shape."""
        return parse_period(label, self.kind, self.timezone, self.year_starts)

    def closed(self, label: str, now: dt.datetime) -> Period:
        """The period of ``label``, by default the last complete one; `PeriodError` where it is not over at ``now``."""
        return closed_period(label, self.kind, self.timezone, now, self.year_starts)


class When(Model):
    """What starts the report beside its `schedule`: the load of a source, as an event of an Airflow asset."""

    asset: str = Field(
        min_length=1,
        max_length=1500,
        pattern=r"^\S(.*\S)?$",
        description="name of the asset, or its URI (whatever has `://` in it), as the DAG that loads the source "
        "declares it",
        examples=["itsm_loaded"],
    )


class ApprovalLevel(Model):
    """报告审批要求 – one level of the chain; any of ``approvers`` may answer, and never the author."""

    name: Key = Field(description="name of the level, and of its task", examples=["initial_review"])
    title: Text = Field(description="its words for people", examples=["{zh-CN: 初审, en: Initial review}"])
    approvers: tuple[Key, ...] = Field(
        (),
        description="any of these people may answer; none may be the author; nobody named: whoever Airflow lets answer",
        examples=["[head_of_department]"],
    )
    deadline_days: int = Field(
        2,
        ge=1,
        le=60,
        description="working days to answer in; a reminder goes out on the last one, the report manager is "
        "notified after it",
        examples=["2"],
    )
    expires_days: int = Field(
        30, ge=1, le=365, description="calendar days after which the question ends unanswered", examples=["30"]
    )
    accept_marked_done: bool | None = Field(
        None,
        description="whether the task marked as done in Airflow counts as an approval without a named answer "
        "(default: only where `approvers` names nobody)",
        examples=["false"],
    )

    @property
    def accepts_marked_done(self) -> bool:
        """Whether a task that somebody marked as done releases the report."""
        return not self.approvers if self.accept_marked_done is None else self.accept_marked_done


class Distribution(Model):
    """报告分发要求 – who gets the released report, into which folder it is written, and in which forms."""

    recipients: tuple[Key, ...] = Field(
        (),
        description="these people get a mail each; may be left out where there is a `folder`",
        examples=["[customer_representative]"],
    )
    folder: str | None = Field(
        None,
        min_length=1,
        description="公共平台 – shared folder to which the report is written as `<report>/<period>/<title> …`: an "
        "absolute path that exists on every worker, or an object store URL with an Airflow connection",
        examples=["/srv/shared/service_reports"],
    )
    formats: tuple[Literal["xlsx", "html", "pdf"], ...] = Field(
        ("xlsx", "html"), description="what is attached, and written into the folder", examples=["[xlsx, html, pdf]"]
    )
    sign_off_sheet: bool = Field(
        False,
        description="whether the sign-off sheet (审批单: who signed, when, to which checksum) goes out with the report",
        examples=["false"],
    )
