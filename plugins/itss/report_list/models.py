"""The report list (服务报告列表): the procedure's ten columns per entry, as frozen typed records.

Owns what may stand in ``include/report_list.yaml``; reading the file and reporting its problems with line numbers
is ``loader``'s. An entry names people by their key in ``people``; roles, never persons, in the demo list.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from itss.model import Model
from itss.periods import PeriodKind
from itss.text import Language, Text

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,49}$")]
Email = Annotated[str, Field(pattern=r"^[^@\s<>,;\"]+@[^@\s<>,;\"]+$", max_length=254)]
EntryKind = Literal["customer", "supplier", "process", "improvement"]
Collection = Literal["sql", "file", "register"]


class Person(Model):
    """A role holder: the Airflow user who answers tasks (``user``) and the address mails go to."""

    title: Text
    email: Email
    user: str | None = None


class ReportPeriod(Model):
    """报告周期 – which period, in whose zone, and by when."""

    kind: PeriodKind
    timezone: str = "Asia/Shanghai"
    schedule: str = Field(description="cron of the run, in `timezone`, e.g. `0 6 1 * *`")
    due_working_days: int = Field(5, ge=1, le=60, description="due on the n-th working day after the period")
    due_time: dt.time = dt.time(18, 0)
    holidays: str = Field("CN", pattern=r"^[A-Z]{2}$", description="country whose working days count")
    first: dt.date = Field(description="first day of the first period that is owed")


class DataSource(Model):
    """报告数据来源 – where the rows of one process come from.

    Exactly one of ``connection`` (SQL), ``file`` (path or glob, queried through DuckDB) or ``register``;
    the query is ``include/sql/<system>/<process>.sql``.
    """

    system: str = Field(pattern=r"^[a-z][a-z0-9_]{1,49}$")
    connection: str | None = None
    file: str | None = Field(None, description="path or glob; relative to the folder of the list")
    timezone: str = Field("UTC", description="zone of times that carry none")
    mandatory: bool = True


class ApprovalLevel(Model):
    """报告审批要求 – one level of the chain; any of ``approvers`` may answer."""

    name: Key
    title: Text
    approvers: tuple[Key, ...] = Field(min_length=1)


class Distribution(Model):
    """报告分发要求 – who gets the released report, and in which forms."""

    recipients: tuple[Key, ...] = Field(min_length=1)
    formats: tuple[Literal["xlsx", "html"], ...] = ("xlsx", "html")


class Entry(Model):
    """One line of the list = one DAG. The ten columns, and what is needed to carry them out."""

    key: Key
    kind: EntryKind
    title: Text
    language: Language
    # the ten columns
    department: Text  # 报告部门
    template: Literal["customer", "internal"]  # 报告模板
    requirements: Text  # 报告要求
    period: ReportPeriod  # 报告周期
    data_source: dict[str, DataSource] = Field(min_length=1)  # 报告数据来源, by process id
    collection_method: Collection  # 报告数据收集方法
    data_collector: tuple[Key, ...] = Field(min_length=1)  # 报告数据收集人员
    author: Key  # 报告撰写人员
    approval: tuple[ApprovalLevel, ...] = Field(min_length=1)  # 报告审批要求
    distribution: Distribution  # 报告分发要求
    # how it is carried out
    agreement: Key
    dimensions: tuple[str, ...] = ("service", "priority")
    history: int = Field(14, ge=1, le=60, description="how many periods the trends look back")
    review: bool = Field(False, description="ask for the review meeting (回顾) before archiving")


class ReportList(Model):
    """The whole list: people, the report manager (服务报告经理), and the valid entries."""

    report_manager: Key
    people: dict[Key, Person]
    reports: tuple[Entry, ...]

    def entry(self, key: str) -> Entry:
        """The entry of ``key``; `KeyError` if there is none."""
        return {entry.key: entry for entry in self.reports}[key]
