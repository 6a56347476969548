"""The report list (服务报告列表): the procedure's ten columns per entry, as frozen typed records.

Owns what ``include/report_list.yaml`` may contain; reading the file and reporting its problems with line numbers
is ``loader``'s. An entry names people by their key in ``people``; roles, never persons, in the demo list.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PrivateAttr, StringConstraints

from itss.model import Day, Model
from itss.own_measures.own_file import NOTHING_OWN, Own
from itss.report_list.customers import Customer, ForCustomer
from itss.report_list.data_source import DataSource
from itss.report_list.entry_parts import ApprovalLevel, Distribution, PoolSize, ReportPeriod, Span, When
from itss.report_list.person import Delegate, Key, Person, ReportKey
from itss.text import Language, Text

Section = Literal["a", "b", "c", "d", "e", "f"]
EntryKind = Literal["customer", "supplier", "process", "improvement"]
Collection = Literal["sql", "file", "register"]


def _several(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


_Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class Entry(Model):
    """One line of the list = one DAG. The ten columns, and what is needed to carry them out."""

    key: ReportKey = Field(
        description="name of the report in the register, the archive and Airflow; changed only together with `was`",
        examples=["customer_monthly"],
    )
    for_each: str | None = Field(
        None,
        description="a file of customers beside the list: the entry is made for each of them, as `key.customer`, a "
        "report and a DAG of its own",
        examples=["customers.yaml"],
    )
    customer: ForCustomer | None = Field(None, description="the customer whom it was made for; never written by hand")
    was: ReportKey | None = Field(
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
    start_within: Span | None = Field(
        None,
        description="spread the load: the run starts so much later than `schedule` at most, each report at a moment of "
        "its own, the same as long as its key is. `schedule` then has one plain minute and hour, and the time does not "
        "cross midnight",
        examples=["2h"],
    )
    after: Annotated[tuple[ReportKey, ...], BeforeValidator(_several)] = Field(
        (),
        description="keys of reports, one or a list: this one collects its data only once each of their periods that "
        "it is made of (a quarter: three months) has a sealed version, and fails when it is due and one has not "
        "([how](../how-to/after-and-when.md))",
        examples=["[customer_monthly]"],
    )
    when: When | None = Field(
        None,
        description="start the report by the load of a source, too: the first after the period's end "
        "([how](../how-to/after-and-when.md)); `start_within` moves the `schedule` alone",
        examples=["{asset: itsm_loaded}"],
    )
    task_limit: Span = Field(
        "2h",
        description="a step that takes longer is ended and fails, whatever holds it ([how](../operations.md#load)); "
        "*collect* may take as long as the `time_limit_s` of its source and five minutes, where that is longer",
        examples=["2h"],
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

    @property
    def binds(self) -> frozenset[str]:
        """The names of the binds that its queries have beside those of the period; none where it is no customer's."""
        return frozenset(self.customer.binds) if self.customer else frozenset()


class ReportList(Model):
    """The whole list: people, the report manager (服务报告经理), the delegates, and the valid entries."""

    report_manager: Key = Field(
        description="服务报告经理 – the person who is notified of every failure and rejection",
        examples=["report_manager"],
    )
    people: dict[Key, Person] = Field(description="everybody an entry names, each under a key of their own")
    delegates: tuple[Delegate, ...] = Field((), description="代理 – who answers for whom, from when to when")
    pools: dict[str, PoolSize] = Field(
        default_factory=dict,
        description="by Airflow connection, how many queries may run on it at once: `itss setup` makes an Airflow pool "
        "of this size for it. A connection that is not named here has no limit of its own",
        examples=["{itsm_sample: 4}"],
    )
    reports: tuple[Entry, ...] = Field(description="服务报告列表 – the entries")
    _own: Own = PrivateAttr(default=NOTHING_OWN)
    _customers: tuple[Customer, ...] | None = PrivateAttr(default=None)

    @property
    def own(self) -> Own:
        """The KPIs, columns and processes of the file beside the list; of a list on record, nothing."""
        return self._own

    def with_own(self, own: Own) -> ReportList:
        """The same list with what is declared beside it."""
        found = self.model_copy()
        found._own = own
        return found

    @property
    def customers(self) -> tuple[Customer, ...] | None:
        """The customers of the files beside the list; ``None`` of a list on record, which does not say who they are."""
        return self._customers

    def with_customers(self, customers: Iterable[Customer]) -> ReportList:
        """The same list with the customers beside it."""
        found = self.model_copy()
        found._customers = tuple(customers)
        return found

    def entry(self, key: str) -> Entry:
        """The entry of ``key``; `KeyError` if there is none."""
        return {entry.key: entry for entry in self.reports}[key]

    def reviewer_keys(self, entry: Entry) -> list[str]:
        """Who is asked for the minutes of a review: the approvers, who organise it, and the report manager."""
        keys = [key for level in entry.approval for key in level.approvers]
        return list(dict.fromkeys([*keys, self.report_manager]))

    def named(self, keys: Container[str]) -> dict[str, Person]:
        """The people of ``keys``, as far as they are known."""
        return {key: person for key, person in self.people.items() if key in keys}

    def asked(self, keys: Iterable[str]) -> list[Person]:
        """The people of ``keys``, each with whoever is named as their delegate, for whatever days."""
        return [person for key in keys for person in (self.people[key], *self.delegates_of(key))]

    def delegates_of(self, key: str) -> list[Person]:
        """Everybody who is named as delegate of ``key``, for whatever days, each once."""
        return [self.people[to] for to in dict.fromkeys(one.to for one in self.delegates if one.for_ == key)]

    def stands_in(self, key: str, day: dt.date) -> Delegate | None:
        """The delegation of ``key`` that covers ``day``; the loader lets no two of one person overlap."""
        return next((one for one in self.delegates if one.for_ == key and one.covers(day)), None)
