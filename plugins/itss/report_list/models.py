"""The report list (服务报告列表): the procedure's ten columns per entry, as frozen typed records.

Owns what may stand in ``include/report_list.yaml``; reading the file and reporting its problems with line numbers
is ``loader``'s. An entry names people by their key in ``people``; roles, never persons, in the demo list.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, PrivateAttr, StringConstraints

from itss.model import Day, LocalTime, Model
from itss.own_measures.own_file import NOTHING_OWN, Own
from itss.periods import Period, PeriodKind, closed_period, parse_period, period_of
from itss.report_list.data_source import DataSource
from itss.report_list.person import Delegate, Key, Person
from itss.text import Language, Text

Section = Literal["a", "b", "c", "d", "e", "f"]
EntryKind = Literal["customer", "supplier", "process", "improvement"]
Collection = Literal["sql", "file", "register"]

_Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


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
        """The period that ``moment`` (aware) lies in."""
        return period_of(moment, self.kind, self.timezone, self.year_starts)

    def first_period(self) -> Period:
        """The period that ``first`` lies in."""
        return self.period_of(dt.datetime.combine(self.first, dt.time(12), tzinfo=ZoneInfo(self.timezone)))

    def parse(self, label: str) -> Period:
        """The period of a label; raises `PeriodError` naming the expected shape."""
        return parse_period(label, self.kind, self.timezone, self.year_starts)

    def closed(self, label: str, now: dt.datetime) -> Period:
        """The period of ``label``, by default the last complete one; `PeriodError` where it is not over at ``now``."""
        return closed_period(label, self.kind, self.timezone, now, self.year_starts)


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
        description="working days to answer in; a reminder goes out on the last one, the report manager hears of it "
        "after",
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
    """报告分发要求 – who gets the released report, where it is laid down, and in which forms."""

    recipients: tuple[Key, ...] = Field(
        (),
        description="these people get a mail each; may be left out where there is a `folder`",
        examples=["[customer_representative]"],
    )
    folder: str | None = Field(
        None,
        min_length=1,
        description="公共平台 – shared folder in which the report is laid down as `<report>/<period>/<title> …`: an "
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


class Entry(Model):
    """One line of the list = one DAG. The ten columns, and what is needed to carry them out."""

    key: Key = Field(
        description="name of the report in the register, the archive and Airflow; changed only together with `was`",
        examples=["customer_monthly"],
    )
    was: Key | None = Field(
        None,
        description="the key that it had before: its history, limits and numbering go on under the new one",
        examples=["customer_report"],
    )
    retired: Day | None = Field(
        None,
        description="the report has ended: no period that ends after this day is owed or started. Keep the entry: what "
        "is open ends as it was opened",
        examples=["2026-12-31"],
    )
    kind: EntryKind = Field(
        description="for the customer (给客户服务报告), about a supplier (供应商服务报告), about the processes "
        "(公司内部服务报告) or about improvements (服务改进和回顾)",
        examples=["customer"],
    )
    title: Text = Field(
        description="title of the report", examples=["{zh-CN: 客户服务月度报告, en: Monthly customer service report}"]
    )
    language: Language = Field(description="language of the report, its mails and its tasks", examples=["zh-CN"])
    # the ten columns
    department: Text = Field(
        description="报告部门 – the department that reports", examples=["{zh-CN: 运维服务部, en: IT operations}"]
    )
    template: Key = Field(
        description="报告模板 – the form of the report: the folder `templates/<name>` beside the list, or one of the "
        "shipped ones (`customer`, `internal`, `supplier`, `on_time`, `improvement`)",
        examples=["customer"],
    )
    omits: dict[Section, _Reason] = Field(
        default_factory=dict,
        description="which of the six contents a to f the form leaves out, each with the reason that the report prints",
        examples=["{f: no survey is agreed with this customer}"],
    )
    requirements: Text = Field(
        description="报告要求 – what the report is for and must contain",
        examples=["{zh-CN: 按服务级别协议每月报告, en: Monthly as the SLA demands}"],
    )
    period: ReportPeriod = Field(description="报告周期 – which period, and when the report is due")
    data_source: dict[str, DataSource] = Field(
        min_length=1,
        description="报告数据来源 – by process id, where its rows come from; `exclusion` is the sheet of agreed "
        "exclusions",
        examples=["{incident: {system: itss, connection: itsm_sample}}"],
    )
    collection_method: Collection = Field(
        description="报告数据收集方法 – from databases (sql), handed-in files (file) or the register (register)",
        examples=["sql"],
    )
    data_collector: tuple[Key, ...] = Field(
        min_length=1, description="报告数据收集人员 – the people who hand in data", examples=["[data_provider]"]
    )
    author: Key = Field(
        description="报告撰写人员 – the person who compiles the report, and reworks it", examples=["report_author"]
    )
    approval: tuple[ApprovalLevel, ...] = Field(
        min_length=1, description="报告审批要求 – the levels of approval, in order (初审, 审批)"
    )
    separate_people: bool = Field(
        True,
        description="四眼原则 – each level is answered by somebody else; `false` lets one person answer several. The "
        "author never answers any",
        examples=["true"],
    )
    distribution: Distribution = Field(description="报告分发要求 – who gets the approved report")
    # how it is carried out
    agreement: Key = Field(
        description="name of the agreement with targets and service hours, `agreements/<name>.yaml`",
        examples=["customer_sla"],
    )
    dimensions: tuple[str, ...] = Field(
        ("service", "priority"),
        description="columns by which the figures are split, where a process has them",
        examples=["[service, priority]"],
    )
    history: int = Field(14, ge=1, le=60, description="how many periods the trends look back", examples=["14"])
    rules: Literal["eight", "nhs"] = Field(
        "eight",
        description="rules of the control charts: `eight` (a point outside the limits, or the last eight on one side "
        "of the mean), or `nhs` (those of NHS *plot the dots*: also seven on one side, seven rising or falling, two of "
        "three near a limit; every point of a run is marked)",
        examples=["nhs"],
    )
    comment: bool = Field(
        False,
        description="ask the author for a comment (编制人意见) on the figures, printed beside the analysis",
        examples=["false"],
    )
    remind_working_days: int = Field(
        2,
        ge=0,
        le=20,
        description="remind who has not handed in, so many working days before the data is due",
        examples=["2"],
    )
    on_backfill: Literal["archive", "full"] = Field(
        "archive",
        description="what a backfill does: build, check and archive without asking or mailing anybody, or all of it",
        examples=["archive"],
    )
    retention_years: int = Field(
        6,
        ge=1,
        le=100,
        description="保存期限 – for so many years after its sealing nothing of a version may be removed (6 are two "
        "certification cycles); the later of what the entry said when the version was opened and says now counts, and "
        "nothing is ever removed by itself",
        examples=["6"],
    )
    review: bool = Field(
        False,
        description="ask the approvers and the report manager for the minutes of the review meeting (回顾) before "
        "archiving",
        examples=["false"],
    )


class ReportList(Model):
    """The whole list: people, the report manager (服务报告经理), the delegates, and the valid entries."""

    report_manager: Key = Field(
        description="服务报告经理 – the person who hears of every failure and rejection", examples=["report_manager"]
    )
    people: dict[Key, Person] = Field(description="everybody an entry names, each under a key of their own")
    delegates: tuple[Delegate, ...] = Field((), description="代理 – who answers for whom, from when to when")
    reports: tuple[Entry, ...] = Field(description="服务报告列表 – the entries")
    _own: Own = PrivateAttr(default=NOTHING_OWN)

    @property
    def own(self) -> Own:
        """The KPIs, columns and processes of the file beside the list; of a list on record, nothing."""
        return self._own

    def with_own(self, own: Own) -> ReportList:
        """The same list with what is declared beside it."""
        found = self.model_copy()
        found._own = own
        return found

    def entry(self, key: str) -> Entry:
        """The entry of ``key``; `KeyError` if there is none."""
        return {entry.key: entry for entry in self.reports}[key]

    def reviewer_keys(self, entry: Entry) -> list[str]:
        """Who is asked for the minutes of a review: the approvers, who organise it, and the report manager."""
        keys = [key for level in entry.approval for key in level.approvers]
        return list(dict.fromkeys([*keys, self.report_manager]))

    def asked(self, keys: Iterable[str]) -> list[Person]:
        """The people of ``keys``, each with whoever is named as their delegate, for whatever days."""
        return [person for key in keys for person in (self.people[key], *self.delegates_of(key))]

    def delegates_of(self, key: str) -> list[Person]:
        """Everybody who is named as delegate of ``key``, for whatever days, each once."""
        return [self.people[to] for to in dict.fromkeys(one.to for one in self.delegates if one.for_ == key)]

    def stands_in(self, key: str, day: dt.date) -> Delegate | None:
        """The delegation of ``key`` that covers ``day``; the loader lets no two of one person overlap."""
        return next((one for one in self.delegates if one.for_ == key and one.covers(day)), None)
