"""Hand-made inputs of one monthly report, in the shapes that the measures hand over: nothing is computed by them."""

# ruff: noqa: E501 (tables of numbers)

from __future__ import annotations

import datetime as dt
import itertools
import json
from dataclasses import replace
from functools import cache
from typing import Any

import pandas as pd
from itss.agreements.models import AgreementVersion, ServiceHours, Target
from itss.checks.findings import Finding
from itss.measures.base import FIGURE_COLUMNS, Measure
from itss.measures.compute import Measured
from itss.measures.coverage import COVERAGE_COLUMNS
from itss.periods import parse_period
from itss.processes import PROCESSES
from itss.processes.base import Column, Process
from itss.processes.columns import PRIORITY
from itss.report_list.models import Entry, ReportList
from itss.reports.content import ImprovementLine, ReportInputs, RevisionLine, Submission
from itss.text import text

HOSTILE = '=HYPERLINK("http://evil.example/?x=","click") <script>alert(1)</script> [x](javascript:alert(1)) | `a` www.evil.example'

_MEASURES = """
incident opened count neither c 新增数量 Opened
incident resolved count neither c 解决数量 Resolved
incident backlog count lower c 积压 Backlog
incident backlog_over_30d count lower c 积压超过30天 Backlog_over_30_days
incident response_compliance share higher a 响应及时率 Response_compliance
incident resolution_compliance share higher a SLA达成率 Resolution_compliance
incident sla_breached_open count lower a 未解决已违约 Breached,_still_open
incident ttr_mean_h h lower a 平均解决时间 Mean_time_to_resolve
incident ttr_median_h h lower a 解决时间中位数 Median_time_to_resolve
incident reopen_rate share lower a 重开率 Reopen_rate
change opened count neither c 变更数量 Changes_opened
change change_success_rate share higher a 变更成功率 Change_success_rate
change emergency_ratio share lower d 紧急变更占比 Emergency_ratio
service_level service_level_attainment share higher a 服务级别达成率 Service_level_attainment
security vulnerabilities_open count lower b 未修复漏洞 Open_vulnerabilities
security vulnerabilities_overdue count lower b 逾期漏洞 Overdue_vulnerabilities
capacity utilisation_p95 share lower c 利用率P95 Utilisation,_95th_percentile
satisfaction csat_top2 share higher f 满意率 Satisfied_(top_2_of_5)
satisfaction csat_mean score higher f 平均分 Mean_score
satisfaction csat_answers count higher f 答卷数 Answers
satisfaction csat_response_rate share higher f 回收率 Response_rate
""".strip().splitlines()

_PROCESSES = {
    "incident": ("事件", "Incident"),
    "change": ("变更", "Change"),
    "service_level": ("服务级别", "Service level"),
    "security": ("信息安全", "Security"),
    "capacity": ("容量", "Capacity"),
    "satisfaction": ("满意度", "Satisfaction"),
}
_DIMENSIONS = {
    "service": text("服务", "service"),
    "priority": text("优先级", "priority"),
    "severity": text("严重程度", "severity"),
    "resource": text("资源", "resource"),
}


def measures() -> dict[tuple[str, str], Measure]:
    return dict(_measures())


@cache
def _measures() -> dict[tuple[str, str], Measure]:
    found = {}
    for line in _MEASURES:
        process, name, unit, better, section, zh, en = line.split()
        found[process, name] = Measure(
            id=name,
            process=process,
            unit=unit,  # type: ignore[arg-type]
            better=better,  # type: ignore[arg-type]
            section=section,  # type: ignore[arg-type]
            name=text(zh, en.replace("_", " ")),
            definition=text(
                f"{zh}：按归期字段落在周期内的记录计算", f"{en.replace('_', ' ')} over the records dated in the period"
            ),
            compute=lambda scope: None,  # type: ignore[arg-type,return-value]
            needs=("opened_at",),
            date_column="opened_at",
        )
    return found


def processes() -> dict[str, Process]:
    known = measures()
    return {
        key: replace(  # with the roles that it really plays
            PROCESSES[key],
            name=text(*names),
            columns=tuple(
                replace(PRIORITY, text=words) if name == "priority" else Column(name, "string", words)
                for name, words in _DIMENSIONS.items()
            ),
            expectations=(),
            measures=tuple(m for m in known.values() if m.process == key),
            major_events=(lambda scope: scope.rows) if key in ("incident", "change") else None,
        )
        for key, names in _PROCESSES.items()
    }


_TARGETS = (
    ("incident", "response_compliance", 0.95, None, "", ""),
    ("incident", "resolution_compliance", 0.95, None, "", ""),
    ("incident", "resolution_compliance", 0.98, None, "priority", "Critical"),
    ("incident", "ttr_mean_h", None, 8.0, "", ""),
    ("incident", "reopen_rate", None, 0.05, "", ""),
    ("change", "change_success_rate", 0.95, None, "", ""),
    ("service_level", "service_level_attainment", 0.99, None, "", ""),
    ("capacity", "utilisation_p95", None, 0.8, "resource", "db-01 storage"),
    ("satisfaction", "csat_top2", 0.9, None, "", ""),
    ("security", "vulnerabilities_overdue", None, 0.0, "", ""),
)  # fmt: skip

_NOW: dict[tuple[str, str], tuple[Any, ...]] = {
    # value, numerator, denominator, n, status, last values before it
    ("incident", "opened"): (812, None, None, 812, "", [742, 711, 758, 690, 731, 455, 640, 720, 735, 748, 722, 760, 744, 736]),
    ("incident", "resolved"): (798, None, None, 798, "", [735, 715, 751, 702, 725, 470, 622, 715, 741, 742, 730, 752, 750, 739]),
    ("incident", "backlog"): (143, None, None, 143, "", [95, 91, 98, 86, 92, 77, 95, 100, 94, 100, 92, 100, 94, 91]),
    ("incident", "backlog_over_30d"): (21, None, None, 21, "", [12, 11, 12, 9, 11, 9, 13, 14, 12, 12, 11, 13, 12, 11]),
    ("incident", "response_compliance"): (0.9712, 780, 803, 803, "met", [0.969, 0.971, 0.968, 0.974, 0.97, 0.981, 0.972, 0.969, 0.973, 0.97, 0.968, 0.972, 0.971, 0.97]),
    ("incident", "resolution_compliance"): (0.9124, 730, 800, 800, "missed", [0.961, 0.958, 0.962, 0.957, 0.963, 0.97, 0.955, 0.96, 0.962, 0.959, 0.961, 0.957, 0.96, 0.961]),
    ("incident", "sla_breached_open"): (9, None, None, 9, "", [3, 2, 4, 3, 2, 1, 3, 4, 3, 3, 2, 3, 4, 2]),
    ("incident", "ttr_mean_h"): (7.84, None, None, 798, "at_risk", [5.9, 6.1, 5.8, 6.0, 5.7, 5.2, 6.2, 6.0, 5.9, 6.1, 6.0, 5.8, 6.1, 5.9]),
    ("incident", "ttr_median_h"): (4.1, None, None, 798, "", [3.9, 3.8, 4.0, 3.9, 3.7, 3.5, 4.0, 3.9, 3.8, 4.0, 3.9, 3.8, 4.0, 3.9]),
    ("incident", "reopen_rate"): (0.0276, 22, 798, 798, "met", [0.031, 0.03, 0.03, 0.029, 0.029, 0.029, 0.028, 0.028, 0.028, 0.028, 0.028, 0.0279, 0.0278, 0.0277]),
    ("change", "opened"): (64, None, None, 64, "", [60, 58, 66, 55, 61, 30, 52, 63, 60, 62, 59, 64, 61, 60]),
    ("change", "change_success_rate"): (0.94969, 151, 159, 159, "missed", [0.967, 0.966, 0.97, 0.964, 0.967, 1.0, 0.962, 0.968, 0.966, 0.967, 0.966, 0.968, 0.967, 0.966]),
    ("change", "emergency_ratio"): (0.094, 6, 64, 64, "", [0.083, 0.086, 0.076, 0.091, 0.082, 0.1, 0.077, 0.079, 0.083, 0.081, 0.085, 0.078, 0.082, 0.083]),
    ("service_level", "service_level_attainment"): (0.975, 39, 40, 40, "missed", [1.0, 1.0, 0.975, 1.0, 1.0, 1.0, 1.0, 1.0, 0.975, 1.0, 1.0, 1.0, 1.0, 1.0]),
    ("security", "vulnerabilities_open"): (17, None, None, 17, "", [14, 15, 16, 14, 15, 16, 15, 14, 15, 16, 17, 16, 15, 16]),
    ("security", "vulnerabilities_overdue"): (2, None, None, 17, "missed", [0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]),
    ("capacity", "utilisation_p95"): (None, None, None, 0, "", []),
    ("satisfaction", "csat_top2"): (0.887, 188, 212, 212, "missed", [0.921, 0.918, 0.925, 0.92, 0.919, 0.93, 0.917, 0.922, 0.92, 0.921, 0.918, 0.923, 0.921, 0.92]),
    ("satisfaction", "csat_mean"): (4.31, None, None, 212, "", [4.45, 4.44, 4.46, 4.45, 4.44, 4.5, 4.43, 4.46, 4.45, 4.45, 4.44, 4.46, 4.45, 4.45]),
    ("satisfaction", "csat_answers"): (212, None, None, 212, "", [201, 195, 207, 188, 199, 120, 170, 196, 200, 203, 197, 206, 202, 200]),
    ("satisfaction", "csat_response_rate"): (0.266, 212, 797, 797, "", [0.27, 0.27, 0.27, 0.27, 0.27, 0.26, 0.27, 0.27, 0.27, 0.27, 0.27, 0.27, 0.27, 0.27]),
}  # fmt: skip

_MEMBERS = {
    ("incident", "priority"): ("Critical", "High", "Moderate", "Low"),
    ("incident", "service"): ("邮件 Email", "ERP", "VPN", "桌面支持 Desktop", "网络 Network", "门户 Portal"),
    ("change", "service"): ("邮件 Email", "ERP", "VPN"),
    ("security", "severity"): ("critical", "high", "medium", "low"),
    ("capacity", "resource"): ("app-01 cpu", "app-02 cpu", "db-01 memory", "db-01 storage", "link-1 network"),
    ("satisfaction", "service"): ("邮件 Email", "ERP", "VPN", "桌面支持 Desktop"),
}


def _row(key: tuple[str, str], dimension: str, member: str, value: float | None, *rest: Any) -> dict[str, Any]:
    numerator, denominator, n, status = rest
    target = next(
        (t[2] if t[2] is not None else t[3] for t in _TARGETS if (t[0], t[1], t[4], t[5]) == (*key, dimension, member)),
        None,
    )
    interval = (0.837, 0.923) if key[1] == "csat_top2" and not dimension else (None, None)
    excluded = {"cancelled": 14, "ended_before_start": 3} if key == ("incident", "opened") and not dimension else {}
    return {
        "measure": key[1], "process": key[0], "period": "2026-09", "dimension": dimension, "member": member, "value": value,
        "unit": _measures()[key].unit, "numerator": numerator, "denominator": denominator, "n": n, "target": target,
        "status": status, "low": interval[0], "high": interval[1], "excluded": json.dumps(excluded), "version": 1,
    }  # fmt: skip


def figures() -> pd.DataFrame:
    return _figures().copy()


@cache
def _figures() -> pd.DataFrame:
    rows = []
    for key, (value, numerator, denominator, n, status, _) in _NOW.items():
        rows.append(
            _row(key, "", "", value, numerator, denominator, n, status or ("not_applicable" if value is None else ""))
        )
    for (process, dimension), members in _MEMBERS.items():
        for (owner, name), (value, _, _, n, _, _) in _NOW.items():
            if owner != process:
                continue
            for at, member in enumerate(members):
                unit = _measures()[owner, name].unit
                if name == "utilisation_p95":
                    part, status = (0.41, 0.55, 0.72, 0.86, 0.33)[at], "missed" if at == 3 else ""
                    rows.append(_row((owner, name), dimension, member, part, None, None, 720, status))
                    continue
                share = (at + 1) / sum(range(1, len(members) + 1))
                part = value if unit != "count" else round(value * share)
                if unit == "share":
                    part = min(1.0, value * (0.97 + 0.02 * at))
                bad = (owner, name, dimension, member) == ("incident", "resolution_compliance", "priority", "Critical")
                count = max(1, round(n * share))
                up, down = (round(count * part), count) if unit == "share" else (None, None)
                rows.append(_row((owner, name), dimension, member, part, up, down, count, "missed" if bad else ""))
    return pd.DataFrame(rows, columns=[*FIGURE_COLUMNS, "low", "high", "excluded", "version"])


def many_services(count: int) -> pd.DataFrame:
    """The figures, with incidents split by that many services; service 001 has two cases, 002 three, and so on."""
    given = figures()
    split = (given["process"] == "incident") & (given["dimension"] == "service")
    one = given[split & (given["member"] == "ERP")]
    more = [one.assign(member=f"service {at:03d}", n=at + 1) for at in range(count)]
    return pd.concat([given[~split], *more], ignore_index=True)


def history_and_trends() -> tuple[pd.DataFrame, pd.DataFrame]:
    period = parse_period("2026-09", "month", "Asia/Shanghai")
    lines, trends = [], []
    for (process, name), (value, _, _, n, _, past) in _NOW.items():
        if value is None:
            continue
        values = [*past, value]
        for back, number in enumerate(reversed(values)):
            lines.append((name, process, period.shift(-back).label, number, n))
        moving = [abs(b - a) for a, b in itertools.pairwise(past)]
        mean, spread = sum(past) / len(past), 2.66 * sum(moving) / len(moving)
        lower, upper = max(0.0, mean - spread), mean + spread
        if _measures()[process, name].unit == "share":
            upper = min(1.0, upper)
        direction = {"reopen_rate": "improving", "vulnerabilities_open": "worsening"}.get(name, "no_trend")
        trends.append(
            (name, process, len(values), value, past[-1], None, past[2], None, mean, lower, upper,
             not lower <= value <= upper, direction, -0.0002, 0.004 if direction == "improving" else 0.21)
        )  # fmt: skip
    columns = ["measure", "process", "n_points", "value", "previous", "change", "last_year", "change_last_year", "mean",
               "lower", "upper", "signal", "direction", "slope", "p"]  # fmt: skip
    past = pd.DataFrame(lines, columns=["measure", "process", "period", "value", "n"])
    past["origin"] = ["published" if "2025-10" <= label < "2026-09" else "computed" for label in past["period"]]
    return past, pd.DataFrame(trends, columns=columns)


def restatements(*rows: tuple[str, str, str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["measure", "process", "period", "published", "recomputed"])


def nonconformities(count: int = 79) -> pd.DataFrame:
    start = pd.Timestamp("2026-09-01T01:00Z")
    rows = [
        {
            "process": "incident", "measure": "resolution_compliance", "member": "", "id": f"INC{4000 + i:06d}",
            "title": HOSTILE if i == 0 else ("无法收发邮件，客户端提示“连接超时”" if i % 3 else "ERP posting fails with lock timeout"),
            "service": ("邮件 Email", "ERP", "VPN")[i % 3], "priority": ("Critical", "High", "Moderate", "Low")[i % 4],
            "opened_at": start + pd.Timedelta(hours=7 * i % 700), "ended_at": start + pd.Timedelta(hours=7 * i % 700 + 30) if i % 9 else pd.NaT,
            "elapsed_h": 8.5 + i % 13, "target": (4.0, 8.0, 24.0, 40.0)[i % 4],
        }
        for i in range(count)
    ]  # fmt: skip
    columns = [
        "process",
        "measure",
        "member",
        "id",
        "title",
        "service",
        "priority",
        "opened_at",
        "ended_at",
        "elapsed_h",
        "target",
    ]
    frame = pd.DataFrame(rows, columns=columns)
    for name in ("opened_at", "ended_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame


def major_events() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "process": "incident", "id": "INC004711", "title": "邮件系统中断", "service": "邮件 Email",
                "started_at": pd.Timestamp("2026-09-15T14:10Z"), "ended_at": pd.Timestamp("2026-09-15T19:40Z"), "duration_h": 5.5,
                "cause": "变更 CHG000311 回退失败，存储路径丢失", "action": "恢复快照；补充回退演练；变更窗口前检查多路径",
                "opened_before_7d": 171, "opened_after_7d": 262, "breaches_before_7d": 7, "breaches_after_7d": 31,
            },
            {
                "process": "change", "id": "CHG000311", "title": "邮件存储固件升级", "service": "邮件 Email",
                "started_at": pd.Timestamp("2026-09-15T14:00Z"), "ended_at": pd.Timestamp("2026-09-15T16:00Z"), "duration_h": 2.0,
                "cause": None, "action": None,
                "opened_before_7d": 171, "opened_after_7d": 262, "breaches_before_7d": 7, "breaches_after_7d": 31,
            },
        ]
    )  # fmt: skip


def findings() -> list[Finding]:
    why, remedy = (
        text("标题像公式，可能在表格软件中被执行", "titles look like formulas"),
        text("请在源系统中改正标题", "Mend the titles in the source."),
    )
    return [
        Finding("incident", "title_not_formula", "warning", "title", 3, 8120, ("INC004000", "INC004123", "INC004200"), why, remedy,
                "connection itsm_sample, include/sql/itss/incident.sql"),
    ]  # fmt: skip


def people_and_entry(language: str, template: str, kind: str) -> tuple[ReportList, Entry]:
    titles = {
        "report_manager": ("服务报告经理", "Report manager"),
        "report_author": ("报告编制人", "Report author"),
        "head_of_department": ("部门负责人", "Head of department"),
        "management_representative": ("管理者代表", "Management representative"),
        "customer_representative": ("客户代表", "Customer representative"),
        "service_level_manager": ("服务级别经理", "Service level manager"),
    }
    people = {
        key: {"title": {"zh-CN": zh, "en": en}, "email": f"{key}@example.com", "user": key}
        for key, (zh, en) in titles.items()
    }
    level = lambda name, zh, en, who: {"name": name, "title": {"zh-CN": zh, "en": en}, "approvers": [who]}  # noqa: E731
    entry = {
        "key": "customer_monthly",
        "kind": kind,
        "title": {"zh-CN": "IT运维服务月度报告", "en": "IT operations, monthly service report"},
        "language": language,
        "department": {"zh-CN": "运维服务部", "en": "IT operations"},
        "template": template,
        "requirements": {"zh-CN": "按SLA每月向客户报告六项内容", "en": "The six contents, monthly, as the SLA says"},
        "period": {"kind": "month", "schedule": "0 6 1 * *", "first": "2025-07-01"},
        "data_source": {name: {"system": "itss", "connection": "itsm_sample"} for name in _PROCESSES},
        "collection_method": "sql",
        "data_collector": ["report_author"],
        "author": "report_author",
        "approval": [level("initial_review", "初审", "Initial review", "head_of_department"),
                     level("approval", "审批", "Approval", "management_representative")],
        "distribution": {"recipients": ["customer_representative", "service_level_manager"]},
        "agreement": "sla_it_operations",
        "history": 15,
    }  # fmt: skip
    whole = ReportList.model_validate({"report_manager": "report_manager", "people": people, "reports": [entry]})
    return whole, whole.reports[0]


def make(language: str = "zh-CN", template: str = "internal", kind: str = "customer", **changes: Any) -> ReportInputs:
    """Inputs of September 2026; ``changes`` replaces fields of the inputs, ``measured`` some of its frames.

    The template is the one that shows everything.
    """
    history, trends = history_and_trends()
    frames = {
        "figures": figures(), "before": figures().head(0), "history": history, "restatements": restatements(), "trends": trends, "nonconformities": nonconformities(),
        "major_events": major_events(), "coverage": pd.DataFrame(columns=COVERAGE_COLUMNS),
    } | changes.pop("measured", {})  # fmt: skip
    whole, entry = people_and_entry(language, template, kind)
    collected = dt.datetime(2026, 10, 1, 0, 30, tzinfo=dt.UTC)
    fields: dict[str, Any] = {
        "entry": entry,
        "list": whole,
        "period": parse_period("2026-09", "month", "Asia/Shanghai"),
        "revision": 1,
        "due_at": dt.datetime(2026, 10, 14, 10, 0, tzinfo=dt.UTC),
        "cutoff_at": collected,
        "agreement_title": text("运维服务协议", "IT operations agreement"),
        "agreement": AgreementVersion(
            version="2026.1",
            effective_from=dt.date(2026, 1, 1),
            service_hours=ServiceHours(always=True),
            targets=tuple(
                Target(process=p, measure=m, at_least=low, at_most=high, dimension=d, member=who)
                for p, m, low, high, d, who in _TARGETS
            ),
        ),
        "measured": Measured(**frames),
        "findings": findings(),
        "submissions": [
            Submission(
                name,
                f"connection itsm_sample, include/sql/itss/{name}.sql",
                8120,
                f"{i:02x}" * 32,
                collected,
                columns=("id", "opened_at", "is_major"),
            )
            for i, name in enumerate(_PROCESSES, 17)
        ],
        "revisions": [RevisionLine(1, "open", collected)],
        "measures": measures(),
        "processes": processes(),
        "code_version": "0.1.0",
        "preview": False,
    }
    return ReportInputs(**(fields | changes))


SERVICES = ("邮件 Email", "ERP", "VPN", "桌面支持 Desktop", "网络 Network", "门户 Portal", "打印 Print", "文件 Files",
            "电话 Telephony", "备份 Backup", "人事系统 HR", "仓储系统 WMS")  # fmt: skip
_CROWDED = {  # target, value of a member that misses, of one that meets it
    "resolution_compliance": (0.95, 0.906, 0.972),
    "response_compliance": (0.95, 0.931, 0.981),
    "reopen_rate": (0.05, 0.083, 0.021),
    "ttr_mean_h": (8.0, 11.4, 6.2),
}


def crowded(language: str = "zh-CN", missed: int = 40, **changes: Any) -> ReportInputs:
    """Four targets of each of twelve services, so many of which, with those of before, are missed."""
    given = make(language)
    base = given.measured.figures
    figures_ = base[~((base["process"] == "incident") & (base["dimension"] == "service"))]
    left, rows, targets = missed - int((base["status"] == "missed").sum()), [], list(given.agreement.targets)  # type: ignore[union-attr]
    for at, (service, (name, (target, bad, good))) in enumerate(itertools.product(SERVICES, _CROWDED.items())):
        is_missed, n = at < left, 40 + 7 * (at % 11)
        value, is_share = bad if is_missed else good, name != "ttr_mean_h"
        high = name in ("resolution_compliance", "response_compliance")
        targets.append(
            Target(process="incident", measure=name, dimension="service", member=service,
                   at_least=target if high else None, at_most=None if high else target)
        )  # fmt: skip
        numerator = round(value * n) if is_share else None
        row = _row(("incident", name), "service", service, value, numerator, n if is_share else None, n, "")
        rows.append({**row, "target": target, "status": "missed" if is_missed else "met"})
    more = pd.DataFrame(rows, columns=list(base.columns))
    agreement = given.agreement.model_copy(update={"targets": tuple(targets)})  # type: ignore[union-attr]
    everything = pd.concat([figures_, more], ignore_index=True)
    frames = {"figures": everything} | changes.pop("measured", {})
    changes.setdefault("template", "customer")
    return make(language, measured=frames, agreement=agreement, **changes)


def crowded_and_told(language: str = "zh-CN") -> ReportInputs:
    """Forty misses of which much is known: causes and corrections of every one, long actions, a dozen major events."""
    missed = crowded(language).measured.figures.query("status == 'missed'")
    behind = nonconformities(12)
    rows = [
        behind.assign(process=process, measure=measure, member=member, cause=("存储路径丢失，固件缺陷 firmware defect", "人手不足 short of staff", None) * 4,
                      action=("恢复快照，补充回退演练", "", None) * 4)
        for process, measure, member in missed[["process", "measure", "member"]].itertuples(index=False, name=None)
    ]  # fmt: skip
    titles = ("Raise Resolution compliance of {}: a second line on weekends, and a stock of spare parts, 周末二线值班",
              "Reopen rate of {}: check with the customer before closing, 关闭前与客户确认")  # fmt: skip
    actions = [
        ImprovementLine(f"customer_monthly-2026-08-{at}", "customer_monthly", title.format(service), "report_manager",
                        dt.date(2026, 10, 5 + at), "overdue" if at == 0 else "open")
        for at, (service, title) in enumerate(itertools.product(SERVICES[:5], titles))
    ]  # fmt: skip
    events = pd.concat([major_events()] * 6, ignore_index=True)
    events["id"] = [f"{name}-{at}" for at, name in enumerate(events["id"])]
    frames = {"nonconformities": pd.concat(rows, ignore_index=True), "major_events": events}
    return crowded(language, measured=frames, improvements=actions)
