"""The three fields of the form that triggers a report, checked by Airflow before there is a run.

A run that was opened for a wrong period keeps it, however often it is cleared: so what can be seen in the letters is
refused here. Whether the period is over and owed is a question of the clock; the task *open* asks it.
"""

from __future__ import annotations

from airflow.sdk import Param

from itss.periods import PeriodKind, label_example, label_pattern
from itss.report_list.entry_parts import ReportPeriod
from itss.text import Text, text

_KINDS: dict[PeriodKind, Text] = {
    "week": text("周（ISO 8601）", "week (ISO 8601)"),
    "month": text("月", "month"),
    "quarter": text("季度", "quarter"),
    "half_year": text("半年", "half-year"),
    "year": text("年度", "year"),
}


def run_form(rule: ReportPeriod) -> dict[str, Param]:
    """``period`` (as labels of the entry's kind are written), ``revision`` and ``use_todays_form``; none is needed."""
    kind, example = _KINDS[rule.kind], label_example(rule.kind, rule.year_starts)
    begins = text(f"，年度自 {rule.year_starts} 月起", f", of a year that begins in month {rule.year_starts}")
    zh, en = (begins.zh, begins.en) if rule.first_period().is_fiscal else ("", "")
    return {
        "period": Param(
            None,
            type=["null", "string"],
            pattern=f"^({label_pattern(rule.kind, rule.year_starts)})?$",
            examples=[rule.first_period().label],
            title="报告周期 Period",
            description=f"{kind.zh}{zh}，写作 {example}；留空：最近一个已结束的周期。 "
            f"A {kind.en}{en}, written like {example}; empty: the last one that is over.",
        ),
        "revision": Param(
            None,
            type=["null", "integer"],
            minimum=1,
            title="版本 Revision",
            description="从 1 起的整数；留空：下一个版本号。 A whole number from 1; empty: the next free one.",
        ),
        "use_todays_form": Param(
            False,
            type="boolean",
            title="使用当前格式 Use today's form",
            description="更正已发出的周期时，用当前的报告模板和自定义KPI；留空：沿用该周期已发出版本的模板和定义。 "
            "Correct a period that went out with today's template and own KPIs; left empty: with those of the version "
            "that went out.",
        ),
    }
