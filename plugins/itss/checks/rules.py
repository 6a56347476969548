"""The rules on single rows that hold for every process, because they follow from its columns.

Knows nothing of Great Expectations. Columns are there and typed, ids there and unique: critical. A row with a cell
that was not read, or without a required one, is quarantined. Text that a spreadsheet or browser would take for code:
a warning, since the report shows it as text anyhow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from itss.processes.base import Column, Expectation, Process
from itss.text import Text, text

UNPARSED = "_unparsed"
"""The column of collected rows that tells the cells which were not read."""

_SPOKEN = frozenset({"title", "comment", "cause", "action", "service", "customer", "category", "indicator", "asset"})
_FORMULA = r"^\s*(?:=\s*[^\s=]|[+@\-](?:[\d\s.+*/^\-]*[\d.+*/^\-])?[A-Za-z_][\w.]*[(|])"
"""What a spreadsheet would compute, or call: not a bullet, a placeholder, a negative number or a telephone's number."""
_MARKUP = r"(?i)</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>|<(?:script|img|svg|iframe)\b|javascript:"
_TYPES = {
    "string": "str",
    "instant": "Timestamp",
    "number": "float64",
    "integer": "int64",
    "boolean": "bool",
    "intervals": "str",
    "history": "str",
}
"""As Great Expectations calls the types of pandas columns."""


def row_rules(process: Process) -> Iterator[Expectation]:
    """The rules of any process on its rows, then its own."""
    yield _schema(process)
    for column in process.columns:
        yield _typed(column)
    yield Expectation(
        "unparsed",
        "ExpectColumnValuesToBeNull",
        {"column": UNPARSED},
        "critical",
        text("有单元格无法解析，相关指标会漏计。", "Cells could not be read, so figures would miss them."),
        text(
            "请更正来源数据，或在 SQL 中转换（文件来源：时间用 as_instant，Excel 日期序号用 from_serial）。",
            "Correct them in the source, or convert them in the SQL (files: as_instant, from_serial).",
        ),
        quarantine=True,
    )
    yield Expectation(
        "id_unique",
        "ExpectColumnValuesToBeUnique",
        {"column": "id"},
        "critical",
        text("编号重复，同一记录会被重复计算。", "Ids are there twice, so records would be counted twice."),
        text("请在 SQL 中每条记录只取一行。", "Return one row a record in the SQL, e.g. its last update."),
    )
    for column in process.columns:
        if column.required:
            yield _filled(column.name, column.text)
        elif column.name in _SPOKEN:
            yield _plain(column.name, "formula", _FORMULA)
            yield _plain(column.name, "markup", _MARKUP)
    yield from process.expectations


def contract_rules(cannot_tell: Mapping[str, Sequence[str]]) -> Iterator[Expectation]:
    """A value that the source says it cannot tell must not turn up: its measures are kept out because of that."""
    for column, values in cannot_tell.items():
        named = ", ".join(values)
        yield Expectation(
            f"{column}_cannot_tell",
            "ExpectColumnValuesToNotBeInSet",
            {"column": column, "value_set": list(values)},
            "critical",
            text(
                f"来源声明无法得知 {column} = {named}，数据中却出现，相关指标因该声明而未统计。",
                f"The source says that it never yields {column} = {named}, and yet it is in the data: what counts it "
                "is not available because of that.",
            ),
            text(
                "请由编写查询者更正查询，或删去声明（SQL 中的 cannot tell 行，或数据来源的 cannot_tell）。",
                "Whoever wrote the query corrects it, or removes the declaration (the line `cannot tell` of the SQL, "
                "or `cannot_tell` of the data source).",
            ),
        )


def _schema(process: Process) -> Expectation:
    return Expectation(
        "schema",
        "ExpectTableColumnsToMatchSet",
        {"column_set": [column.name for column in process.columns if column.required], "exact_match": False},
        "critical",
        text("缺少必需的列。", "A required column is missing."),
        text("请在查询中返回该列。", "Return it in the query."),
    )


def _typed(column: Column) -> Expectation:
    return Expectation(
        f"{column.name}_typed",
        "ExpectColumnValuesToBeOfType",
        {"column": column.name, "type_": _TYPES[column.type]},
        "critical",
        text(f"列 {column.name} 的类型不是 {column.type}。", f"The column {column.name} is no {column.type}."),
        text("请重新收集数据（清除 collect 任务）。", "Collect the data again: clear the run from 'collect' on."),
    )


def _filled(name: str, said: Text) -> Expectation:
    return Expectation(
        f"{name}_present",
        "ExpectColumnValuesToNotBeNull",
        {"column": name},
        "critical",
        text(f"必填列 {name}（{said.zh}）为空。", f"The required column {name} ({said.en}) is empty."),
        text("请在来源系统补全，或更正查询。", "Fill it in the source, or correct the SQL."),
        quarantine=True,
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
