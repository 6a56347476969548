"""The page of a run's data checks (``checks.html``): every rule on every process, with what was seen.

It is made when the checks have run, also when they stop the report, and is one file that needs nothing else. In both
languages, since whoever corrects a source may read either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from itss.checks.findings import Finding
from itss.checks.verdicts import Suite, Verdict
from itss.processes.base import Expectation, Process
from itss.reports.drawing import html_templates
from itss.reports.drawing.style_sheet import style
from itss.text import text

RESULTS = {
    "passed": text("通过", "passed"),
    "critical": text("严重", "critical"),
    "warning": text("警告", "warning"),
    "info": text("提示", "note"),
    "not evaluated": text("无法执行", "not evaluated"),
    "not asked": text("来源无此列", "column absent"),
}
_WORST = ("not evaluated", "critical", "warning", "info", "passed", "not asked")


def render(
    title: str, revision: str, processes: Mapping[str, Process], suites: Sequence[Suite], found: Sequence[Finding]
) -> str:
    """The page; ``found`` are all findings, also those on the agreement, which belong to no suite."""
    critical = sum(finding.severity == "critical" for finding in found)
    others = {(suite.process, verdict.rule.id) for suite in suites for verdict in suite.verdicts}
    css, policy = style("checks.css")
    return (
        html_templates.environment()
        .get_template("page/checks.html.j2")
        .render(
            language="zh-CN",
            title=title,
            revision=revision,
            critical=critical,
            warnings=len(found) - critical,
            suites=[(processes[suite.process].name, suite, _ranked(suite.verdicts)) for suite in suites],
            agreed=[finding for finding in found if (finding.process, finding.rule) not in others],
            results=RESULTS,
            result=_result,
            asked=_asked,
            css=css,
            policy=policy,
        )
    )


def _ranked(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Worst first, else as they were asked."""
    return sorted(verdicts, key=lambda verdict: _WORST.index(_result(verdict)))


def _result(verdict: Verdict) -> str:
    return verdict.rule.severity if verdict.result == "failed" else verdict.result


def _asked(rule: Expectation) -> str:
    """The expectation as Great Expectations was asked it."""
    given = ", ".join(f"{name}={value!r}" for name, value in rule.kwargs.items() if name != "ignore_row_if")
    return f"{rule.type}({given})" + (f", where {' and '.join(map(str, rule.only))}" if rule.only else "")
