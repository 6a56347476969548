"""Security vulnerabilities (安全漏洞): one row per vulnerability of an asset."""

from __future__ import annotations

from itss.processes import columns as c
from itss.processes.base import Process
from itss.processes.rows import one_of, ordered
from itss.processes.security.measures import MEASURES, derive_security
from itss.text import text

SEVERITY = c.string("severity", "严重程度", "severity", values=("critical", "high", "medium", "low"), says="priority")

DERIVED = (c.number("fix_h", "修复时长", "plain hours from finding to fix, where fixed in the period"),)

PROCESS = Process(
    id="security",
    name=text("信息安全管理", "Security management"),
    event=text("漏洞发现", "findings of vulnerabilities"),
    columns=(
        c.ID,
        c.TITLE,
        c.SERVICE,
        SEVERITY,
        c.instant("found_at", "发现时间", "found", required=True),
        c.deadline("due_at", "修复期限", "to be fixed by"),
        c.instant("fixed_at", "修复时间", "fixed; empty = open"),
        c.string("asset", "资产", "what is vulnerable"),
    ),
    expectations=(
        ordered("found_at", "fixed_at", "critical"),
        ordered("found_at", "due_at", "warning"),
        one_of(SEVERITY, "critical"),
    ),
    measures=MEASURES,
    dimensions=("service", "severity"),
    always_by=("severity",),
    derive=derive_security,
    derived=DERIVED,
    ended_by=("fixed_at",),
    inflow="vulnerabilities_found",
    outflow="vulnerabilities_fixed",
    stock="vulnerabilities_open",
    headline=("vulnerabilities_found", "vulnerabilities_fixed", "vulnerabilities_open", "vulnerabilities_overdue"),
    breaches=("vulnerabilities_overdue",),
)
