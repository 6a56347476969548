"""服务报告信息收集登记表: the ten columns of every entry with the next due dates, and what has been handed in.

One sheet a language, and one with the data of the periods that are being collected. Deterministic: the only clock in it
is ``now``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter

from itss.hand_in.height import LINE, lines
from itss.own_measures import name_of
from itss.periods import Period
from itss.register import HandIn
from itss.report_list.data_source import DataSource
from itss.report_list.due import data_due_at, has_ended, is_owed, last_owed, recent_periods, report_due_at
from itss.report_list.models import Entry, ReportList
from itss.text import Language, Text, text

NAME = "服务报告信息收集登记表.xlsx"
_BRAND, _SOFT, _WARN = "#17496e", "#eef3f7", "#f6c7c3"

_TITLE = text("服务报告信息收集登记表", "Service report information register")
_SHEETS = {"zh-CN": "登记表", "en": "Register"}
_DATA = "数据提交 data"
_KINDS = {
    "customer": text("给客户服务报告", "customer report"),
    "supplier": text("供应商服务报告", "supplier report"),
    "process": text("公司内部服务报告", "internal service report"),
    "improvement": text("服务改进和回顾", "improvement report"),
}
_PERIODS = {
    "week": text("每周", "weekly"),
    "month": text("每月", "monthly"),
    "quarter": text("每季度", "quarterly"),
    "half_year": text("每半年", "half-yearly"),
    "year": text("每年", "yearly"),
}
_METHODS = {"sql": text("数据库查询", "from databases"), "file": text("文件提交", "handed-in files")}
_METHODS["register"] = text("登记册", "from the register")
_COLUMNS: tuple[tuple[Text, int], ...] = (
    (text("报告", "Report"), 26),
    (text("类型", "Kind"), 16),
    (text("报告部门", "Department"), 16),
    (text("报告模板", "Template"), 11),
    (text("报告要求", "Requirements"), 38),
    (text("报告周期", "Period"), 20),
    (text("报告数据来源", "Data source"), 34),
    (text("报告数据收集方法", "Collection method"), 14),
    (text("报告数据收集人员", "Data collector"), 18),
    (text("报告撰写人员", "Author"), 16),
    (text("报告审批要求", "Approval requirement"), 26),
    (text("报告分发要求", "Distribution requirement"), 28),
    (text("下一报告期", "Next period"), 11),
    (text("数据应提交", "Data due"), 17),
    (text("报告应交付", "Report due"), 17),
)
_DATA_COLUMNS: tuple[tuple[str, int], ...] = (
    ("报告 report", 26),
    ("报告期 period", 11),
    ("过程 process", 26),
    ("来源 source", 26),
    ("收集人员 data collector", 26),
    ("应提交 due", 17),
    ("状态 state", 24),
    ("版本 version", 9),
    ("提交时间 handed in", 17),
    ("提交人 by", 18),
    ("行数 rows", 9),
)


def register_workbook(
    people: ReportList, hand_ins: Sequence[HandIn], now: dt.datetime, collector: str | None = None
) -> bytes:
    """The workbook; with ``collector``, the key of a person, only what that person collects data for."""
    living = [entry for entry in people.reports if not has_ended(entry, now)]
    entries = [entry for entry in living if collector is None or collector in entry.data_collector]
    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        created = now.astimezone(dt.UTC).replace(tzinfo=None, microsecond=0)
        book.set_properties({"title": f"{_TITLE.zh} {_TITLE.en}", "created": created})
        sheets = _Sheets(book)
        for language in ("zh-CN", "en"):
            rows = [_entry_row(entry, people, now, language) for entry in entries]
            heads = [(title.of(language), width) for title, width in _COLUMNS]
            sheets.add(_SHEETS[language], f"{_TITLE.of(language)}  {now:%Y-%m-%d}", heads, rows)
        data = [row for entry in entries for row in _data_rows(entry, people, hand_ins, now)]
        sheets.add(_DATA, f"数据提交情况 data handed in  {now:%Y-%m-%d}", list(_DATA_COLUMNS), data)
    return buffer.getvalue()


def collected_periods(people: ReportList, now: dt.datetime) -> frozenset[str]:
    """The labels of the periods whose handed-in data is in the workbook."""
    following = [next_period(entry, now) for entry in people.reports]
    return frozenset(period.shift(back).label for period in following for back in (0, -1))


def next_period(entry: Entry, now: dt.datetime) -> Period:
    """The earliest period whose report is not due yet; before the first one owed, that one; else the last one owed."""
    rule = entry.period
    first = rule.first_period()
    periods = list(recent_periods(entry, now)) or [first if now < first.start else last_owed(entry) or first]
    return next((period for period in periods if report_due_at(rule, period) >= now), periods[-1])


def _entry_row(entry: Entry, people: ReportList, now: dt.datetime, language: Language) -> list[str]:
    rule, period = entry.period, next_period(entry, now)
    zone = ZoneInfo(rule.timezone)
    comma = "、" if language == "zh-CN" else ", "

    def names(keys: Sequence[str]) -> str:
        return comma.join(people.people[key].title.of(language) for key in keys)

    due = text(
        f"{_PERIODS[rule.kind].zh}；期后第 {rule.due_working_days} 个工作日 {rule.due_time:%H:%M}",
        f"{_PERIODS[rule.kind].en}; working day {rule.due_working_days} after it, {rule.due_time:%H:%M}",
    )
    sources = [
        f"{name_of(people.own, name).of(language)}: {_source(one).of(language)}"
        for name, one in entry.data_source.items()
    ]

    def delegates(keys: Sequence[str]) -> str:
        today = now.astimezone(zone).date()
        word = text("代理", "delegate").of(language)
        found = [one for one in people.delegates if one.for_ in keys and one.until >= today]
        return "".join(f"; {word} {names((one.to,))} {one.since} – {one.until}" for one in found)

    levels = [
        f"{level.title.of(language)} ({names(level.approvers)}{delegates(level.approvers)})" for level in entry.approval
    ]
    return [
        f"{entry.title.of(language)}\n{entry.key}",
        _KINDS[entry.kind].of(language),
        entry.department.of(language),
        f"{entry.template}, {entry.language}",
        entry.requirements.of(language),
        due.of(language),
        "\n".join(sources),
        _METHODS[entry.collection_method].of(language),
        names(entry.data_collector),
        names((entry.author,)),
        " → ".join(levels),
        _distribution(entry, names(entry.distribution.recipients)),
        period.label,
        f"{data_due_at(rule, period).astimezone(zone):%Y-%m-%d %H:%M}",
        f"{report_due_at(rule, period).astimezone(zone):%Y-%m-%d %H:%M}",
    ]


def _distribution(entry: Entry, names: str) -> str:
    """Who gets it in which form, and where it is laid down."""
    forms = f"{names or '–'}: {', '.join(entry.distribution.formats)}"
    return f"{forms}\n公共平台 {entry.distribution.folder}" if entry.distribution.folder else forms


def _source(source: DataSource) -> Text:
    where = source.connection or source.file or source.system
    said = text(where, where) if not source.hand_in else text(f"提交文件（{where}）", f"handed-in file ({where})")
    return said if source.mandatory else text(f"{said.zh}，可选", f"{said.en}, optional")


def _data_rows(
    entry: Entry, people: ReportList, hand_ins: Sequence[HandIn], now: dt.datetime
) -> Iterator[list[str | int]]:
    """A row for each process that is handed in, for the periods that are being collected."""
    zone = ZoneInfo(entry.period.timezone)
    newest = {(one.report, one.period, one.process): one for one in hand_ins if one.status == "accepted"}
    going_on = next_period(entry, now)
    for period in (going_on.shift(-1), going_on):
        for process, source in entry.data_source.items():
            if not source.hand_in or not is_owed(entry, period):
                continue
            due, name = data_due_at(entry.period, period), name_of(people.own, process)
            version = newest.get((entry.key, period.label, process))
            lacking = "逾期 overdue" if due < now else "待提交 expected"
            told: list[str | int] = ["", "", "", ""]
            if version is not None:
                at = f"{version.at.astimezone(zone):%Y-%m-%d %H:%M}"
                told = [version.number or "", at, _who(version.who, people), version.rows]
            yield [
                f"{entry.title.zh}\n{entry.title.en}",
                period.label,
                f"{name.zh} {name.en}",
                f"{_source(source).zh} {_source(source).en}",
                "\n".join(_who(key, people) for key in entry.data_collector),
                f"{due.astimezone(zone):%Y-%m-%d %H:%M}",
                "已提交 handed in" if version else lacking,
                *told,
            ]


def _who(key: str, people: ReportList) -> str:
    person = people.people.get(key)
    return f"{person.title.zh} {person.title.en}" if person else key


class _Sheets:
    """Tables with a title, a coloured header and wrapped cells, printed on one page in width."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        shared: dict[str, Any] = {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#c9d3dc"}
        self.book = book
        self.title = book.add_format({"bold": True, "font_size": 16, "font_color": _BRAND})
        self.head = book.add_format(shared | {"bold": True, "bg_color": _BRAND, "font_color": "#ffffff"})
        self.cell = book.add_format(shared)
        self.late = book.add_format(shared | {"bg_color": _WARN})

    def add(
        self, name: str, title: str, columns: Sequence[tuple[str, int]], rows: Sequence[Sequence[str | int]]
    ) -> None:
        sheet = self.book.add_worksheet(name)
        sheet.write_string(0, 0, title, self.title)
        for number, (head, width) in enumerate(columns):
            sheet.set_column(number, number, width)
            sheet.write_string(2, number, head, self.head)
        sheet.set_row(2, 30)
        for line, row in enumerate(rows, 3):
            is_late = any(str(value).startswith("逾期") for value in row)
            sheet.set_row(line, LINE * max(lines(str(value), at[1]) for value, at in zip(row, columns, strict=True)))
            for number, value in enumerate(row):
                sheet.write(line, number, value, self.late if is_late else self.cell)
        sheet.freeze_panes(3, 1)
        sheet.set_landscape()
        sheet.set_paper(8)  # A3
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(2)
