"""The report of the mail tests: its entry, its figures, and a revision of it that may leave."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
from itss.archive.folder import RevisionFolder
from itss.measures.base import FIGURE_COLUMNS, Measure, Outcome
from itss.measures.coverage import COVERAGE_COLUMNS
from itss.periods import Period, parse_period
from itss.processes.base import Process
from itss.register import Register
from itss.report_list.models import Entry, ReportList
from itss.reports.inputs import ReportInputs, Submission
from itss.text import text

NOW = dt.datetime(2026, 10, 1, 6, 0, tzinfo=dt.UTC)
PEOPLE: dict[str, Any] = {
    "report_manager": {"title": {"zh-CN": "服务报告经理", "en": "Report manager"}, "email": "manager@example.com"},
    "report_author": {"title": {"zh-CN": "报告编制人", "en": "Report author"}, "email": "author@example.com"},
    "customer": {"title": {"zh-CN": "客户代表", "en": "Customer representative"}, "email": "customer@example.com"},
    "owner": {"title": {"zh-CN": "业务关系经理", "en": "Business relationship manager"}, "email": "owner@example.com"},
    "head": {"title": {"zh-CN": "部门负责人", "en": "Head of department"}, "email": "head@example.com"},
}
MEASURES = [
    Measure(id_, "incident", "share", "higher", "a", text(zh, en), text(zh, en), lambda _: Outcome(None, 0))
    for id_, zh, en in (
        ("resolution_compliance", "按时解决率", "Resolved in time"),
        ("response_compliance", "按时响应率", "Responded in time"),
        ("csat", "满意度", "Satisfaction"),
        ("opened", "新增", "Opened"),
    )
]


@dataclass(frozen=True)
class Report:
    """A job as the steps have it."""

    entry: Entry
    people: ReportList
    period: Period
    revision: int
    folder: RevisionFolder

    @property
    def ref(self) -> tuple[str, str, int]:
        return self.entry.key, self.period.label, self.revision

    @property
    def handed_in(self) -> list[str]:
        return self.folder.names("handed_in")

    def of(self, **changes: Any) -> Report:
        return replace(self, **changes)


def report(folder: Path, language: str = "zh-CN", title: str = "客户服务月报", revision: int = 1) -> Report:
    entry = Entry.model_validate(
        {
            "key": "customer_monthly",
            "kind": "customer",
            "title": {"zh-CN": title, "en": title if language == "en" else "Customer report"},
            "language": language,
            "department": {"zh-CN": "运维服务部", "en": "Operations"},
            "template": "customer",
            "requirements": {"zh-CN": "按服务级别协议", "en": "As agreed"},
            "period": {"kind": "month", "schedule": "0 6 1 * *", "first": "2026-01-01"},
            "data_source": {"incident": {"system": "itss", "connection": "itsm_sample"}},
            "collection_method": "sql",
            "data_collector": ["owner"],
            "author": "report_author",
            "approval": [{"name": "initial_review", "title": {"zh-CN": "初审", "en": "Review"}, "approvers": ["head"]}],
            "distribution": {"recipients": ["customer", "owner"], "formats": ["xlsx", "html"]},
            "agreement": "sla",
        }
    )
    people = ReportList.model_validate({"report_manager": "report_manager", "people": PEOPLE, "reports": []})
    return Report(entry, people, parse_period("2026-09", "month", "Asia/Shanghai"), revision, RevisionFolder(folder))


def inputs(
    given: Report, statuses: tuple[str, ...] = ("met", "missed", "at_risk", ""), missing: str = "", member: str = ""
) -> ReportInputs:
    """``member``: that priority missed a target of its own."""
    rows = [
        {"measure": measure.id, "process": "incident", "value": 0.9, "n": 9, "status": status}
        for measure, status in zip(MEASURES, statuses, strict=True)
    ]
    rows = [row | {"dimension": "", "member": "", "target": 0.8 if row["status"] else None} for row in rows]
    if member:
        rows.append(rows[0] | {"status": "missed", "dimension": "priority", "member": member})
    figures = pd.DataFrame(rows, columns=FIGURE_COLUMNS)
    return ReportInputs(
        entry=given.entry,
        list=given.people,
        period=given.period,
        revision=given.revision,
        due_at=NOW,
        cutoff_at=NOW,
        agreement_title=text("运维服务协议", "IT operations agreement"),
        agreement=None,
        measured=SimpleNamespace(
            figures=figures,
            coverage=pd.DataFrame(columns=COVERAGE_COLUMNS),
            nonconformities=pd.DataFrame(columns=["process", "measure", "member", "id", "cause", "action"]),
            major_events=pd.DataFrame(),
        ),
        findings=[],
        submissions=[Submission("incident", "itsm_sample", 9, "1" * 64, NOW, missing)],
        revisions=[],
        measures={(measure.process, measure.id): measure for measure in MEASURES},
        processes={"incident": Process("incident", text("事件管理", "Incident management"), (), (), tuple(MEASURES))},
        code_version="0.1.0",
        preview=False,
    )


def released(register: Register, given: Report) -> Report:
    """Open, render and release the revision, so that it may be delivered; its folder is bound to what was signed."""
    opened = register.open_revision(
        report=given.entry.key,
        period=given.period.label,
        due_at=NOW,
        run=f"run-{given.revision}",
        entry={},
        agreement_version="",
        code_version="0.1.0",
        now=NOW,
    )
    content = f"{opened.number:064d}"
    register.record_draft(opened.ref, said_sha256=content, statement_sha256=content)
    register.submit(opened.ref)
    register.record_decision(
        opened.ref,
        level="initial_review",
        title="初审",
        answer="approve",
        who={"id": "head_of_department"},
        at=NOW,
        comment="",
        statement_sha256=content,
    )
    register.release(opened.ref, ["initial_review"], statement_sha256=content, files={})
    signed = {name: hashlib.sha256(given.folder.read(name)).hexdigest() for name in given.folder.names()}
    return given.of(folder=given.folder.bind(signed))
