"""The rules that hold for every process, because they follow from its columns. Knows nothing of Great Expectations.

Ids are there and unique, required columns filled, every cell parsed, rows present and recent: critical. Text that a
spreadsheet or browser would take for code: a warning, since the report shows it as text anyhow.
"""

from __future__ import annotations

from collections.abc import Iterator

from itss.processes.base import Expectation, Process, Severity
from itss.text import Text, text

UNPARSED, KEY, NEWEST = "_unparsed", "_key", "_newest"
"""Columns of the checked frame beside the process's own: unread cells, how a row is called, a row's latest instant."""

_SPOKEN = frozenset({"title", "comment", "cause", "action", "service", "customer", "category", "indicator", "asset"})
_FORMULA = r"^\s*[=+@\-]"
_MARKUP = r"(?i)</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>|<(?:script|img|svg|iframe)\b|javascript:"


def common_rules(process: Process, *, mandatory: bool, since: str | None) -> Iterator[Expectation]:
    """The rules of any process; ``since`` is the begin of the period, ISO, or ``None`` to not ask for fresh rows."""
    yield _not_empty("critical" if mandatory else "warning")
    if since:
        yield _fresh(since, "critical" if mandatory else "warning")
    yield Expectation(
        "unparsed",
        "ExpectColumnValuesToBeNull",
        {"column": UNPARSED},
        "critical",
        text("有单元格无法解析，相关指标会漏计。", "Cells could not be read, so figures would miss them."),
        text(
            "请更正来源数据，或在 SQL 中转换（文件来源用 as_instant）。",
            "Correct them in the source, or convert them in the SQL (files: as_instant).",
        ),
    )
    yield Expectation(
        "id_unique",
        "ExpectColumnValuesToBeUnique",
        {"column": "id"},
        "critical",
        text("编号重复，同一记录会被重复计算。", "Ids stand twice, so records would be counted twice."),
        text("请在 SQL 中每条记录只取一行。", "Return one row a record in the SQL, e.g. its last update."),
    )
    for column in process.columns:
        if column.required:
            yield _filled(column.name, column.text)
        elif column.name in _SPOKEN:
            yield _plain(column.name, "formula", _FORMULA)
            yield _plain(column.name, "markup", _MARKUP)


def _not_empty(severity: Severity) -> Expectation:
    return Expectation(
        "not_empty",
        "ExpectTableRowCountToBeBetween",
        {"min_value": 1},
        severity,
        text("来源没有返回任何数据。", "The source returned no rows."),
        text("请检查来源、查询条件和报告期。", "Check the source, the conditions of the SQL and the period."),
    )


def _fresh(since: str, severity: Severity) -> Expectation:
    return Expectation(
        "fresh",
        "ExpectColumnMaxToBeBetween",
        {"column": NEWEST, "min_value": since},
        severity,
        text(
            "来源中没有报告期开始之后的记录，数据可能已停止更新。", "Nothing in the source is as recent as the period."
        ),
        text(
            "请确认来源仍在更新；若本期确实没有记录，请将该来源设为 mandatory: false。",
            "Make sure the source is alive; if nothing happened in the period, set mandatory: false for it.",
        ),
    )


def _filled(name: str, said: Text) -> Expectation:
    return Expectation(
        f"{name}_present",
        "ExpectColumnValuesToNotBeNull",
        {"column": name},
        "critical",
        text(f"必填列 {name}（{said.zh}）为空。", f"The required column {name} ({said.en}) is empty."),
        text("请在来源系统补全，或更正查询。", "Fill it in the source, or correct the SQL."),
    )


def _plain(name: str, kind: str, pattern: str) -> Expectation:
    zh, en = {"formula": ("公式", "a spreadsheet formula"), "markup": ("网页代码", "HTML")}[kind]
    return Expectation(
        f"{name}_{kind}",
        "ExpectColumnValuesToNotMatchRegex",
        {"column": name, "regex": pattern},
        "warning",
        text(f"{name} 看起来像{zh}；报告中按文本显示。", f"{name} looks like {en}; the report shows it as plain text."),
        text("请核实是否有人恶意录入。", "Make sure that nobody entered it in bad faith."),
    )
