"""The workbook that a data provider fills in, made from the columns of the process: headers, lists, formats, examples.

The first line of a header cell is the column's name, by which it is read back; what follows is for people. The
workbook says inside for which report, period and process it is. Surprise: it is the same to the byte each time.
"""

from __future__ import annotations

import datetime as dt
import re
import textwrap
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter

from itss.agreements.models import AgreementVersion
from itss.hand_in.height import LINE, lines
from itss.hand_in.place import Place
from itss.measures.base import RECORDED_AT
from itss.processes import EXCLUSION_SHEET
from itss.processes.base import Column, ColumnType, Process
from itss.text import Language, Text, text

DATA, EXAMPLE, HELP = "数据 data", "示例 example", "说明 instructions"
MARKS = ("itss_report", "itss_period", "itss_process")
"""Document properties that say what the workbook is for."""
YES_NO: dict[Language, tuple[str, str]] = {"zh-CN": ("是", "否"), "en": ("yes", "no")}
REQUIRED = " *"

_BRAND, _SOFT = "#17496e", "#eef3f7"
_LAST_ROW = 1_048_575
_FORMATS: dict[ColumnType, str] = {
    "string": "@",
    "intervals": "@",
    "history": "@",
    "boolean": "@",
    "instant": "yyyy-mm-dd hh:mm",
    "number": "0.######",
    "integer": "0",
}
_KINDS: dict[ColumnType, Text] = {
    "string": text("文本", "text"),
    "instant": text("时间，如 2026-09-01 08:05", "time, such as 2026-09-01 08:05"),
    "number": text("数字", "number"),
    "integer": text("整数", "whole number"),
    "boolean": text("是或否", "yes or no"),
    "intervals": text("时段：开始/结束;开始/结束", "intervals: begin/end;begin/end"),
    "history": text("变更记录：时间=值;时间=值", "history: time=value;time=value"),
}


def template(place: Place, version: AgreementVersion | None) -> bytes:
    """The workbook for ``place``; the priorities that ``version`` agrees times for are offered as a list."""
    process = place.declared
    lists: dict[str, Sequence[str]] = {
        column.name: YES_NO[place.entry.language] for column in process.columns if column.type == "boolean"
    }
    if place.process == EXCLUSION_SHEET:
        lists["process"] = [key for key in place.entry.data_source if key != EXCLUSION_SHEET]
    if version and version.time_targets:
        lists["priority"] = tuple(version.time_targets)
    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties(
            {"title": _title(place).en, "created": place.period.start.replace(tzinfo=None), "author": "itss"}
        )
        for name, value in zip(MARKS, place.key, strict=True):
            book.set_custom_property(name, value)
        _data(book, process, lists)
        _example(book, process, place, lists)
        _help(book, process, place)
    return buffer.getvalue()


def column_of(header: str) -> str:
    """The name of the column that a header cell stands for: its first word, without the mark of a required one."""
    found = re.match(r"\s*([A-Za-z_][A-Za-z0-9_]*)", header)
    return found[1].lower() if found else header.strip()


def kind_of(column: Column) -> Text:
    """What may stand in a cell of the column."""
    if column.values:
        return text(f"取值：{'、'.join(column.values)}", f"one of: {', '.join(column.values)}")
    if column.type == "number" and column.name.endswith("_h"):
        return text("小时数，如 4.5", "hours, such as 4.5")
    return _KINDS[column.type]


def _data(book: xlsxwriter.Workbook, process: Process, lists: Mapping[str, Sequence[str]]) -> None:
    sheet = book.add_worksheet(DATA)
    _headers(book, sheet, process)
    for number, column in enumerate(_asked(process)):
        offered = lists.get(column.name, ())
        sheet.data_validation(1, number, _LAST_ROW, number, _validation(column, offered))
    sheet.activate()


def _headers(book: xlsxwriter.Workbook, sheet: Any, process: Process) -> None:
    shared: dict[str, Any] = {"bold": True, "text_wrap": True, "valign": "top", "border": 1, "border_color": "#c9d3dc"}
    plain = book.add_format(shared | {"bg_color": _SOFT, "font_color": "#1b2733"})
    required = book.add_format(shared | {"bg_color": _BRAND, "font_color": "#ffffff"})
    sheet.set_row(0, 66)
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    for number, column in enumerate(_asked(process)):
        cells = book.add_format({"num_format": _FORMATS[column.type], "valign": "top"})
        sheet.set_column(number, number, 22 if column.type in ("instant", "intervals", "history") else 18, cells)
        mark = REQUIRED if column.required else ""
        words = f"{column.name}{mark}\n{column.text.zh}\n{textwrap.shorten(column.text.en, 60, placeholder=' …')}"
        sheet.write_string(0, number, words, required if column.required else plain)


def _validation(column: Column, offered: Sequence[str]) -> dict[str, Any]:
    prompt = f"{column.text.zh} · {kind_of(column).zh}\n{column.text.en} · {kind_of(column).en}"
    rule: dict[str, Any] = {
        "input_title": column.name,
        "input_message": textwrap.shorten(prompt, 250, placeholder=" …"),
        "error_title": column.name,
        "error_message": f"{kind_of(column).zh}\n{kind_of(column).en}"[:255],
    }
    if column.values or column.type == "boolean":
        return rule | {"validate": "list", "source": list(column.values or offered)}
    if offered:  # a spelling that the agreement does not know is possible, but nobody will judge it
        return rule | {"validate": "list", "source": list(offered), "error_type": "warning"}
    if column.type == "instant":
        earliest = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook knows no zones
        return rule | {"validate": "date", "criteria": ">=", "value": earliest, "error_type": "warning"}
    if column.type in ("number", "integer"):
        kind = "decimal" if column.type == "number" else "integer"
        return rule | {"validate": kind, "criteria": "between", "minimum": -(10**9), "maximum": 10**9}
    return rule | {"validate": "any"}


def _example(book: xlsxwriter.Workbook, process: Process, place: Place, lists: Mapping[str, Sequence[str]]) -> None:
    sheet = book.add_worksheet(EXAMPLE)
    _headers(book, sheet, process)
    for row in (1, 2):
        for number, column in enumerate(_asked(process)):
            value = _example_value(process, column, place, lists.get(column.name, ()), row, number)
            if isinstance(value, dt.datetime):
                sheet.write_datetime(row, number, value)
            else:
                sheet.write(row, number, value)


def _asked(process: Process) -> list[Column]:
    """The columns of the sheet: when a source wrote a record down is nothing that people fill in."""
    return [column for column in process.columns if column.name != RECORDED_AT]


def _example_value(
    process: Process, column: Column, place: Place, offered: Sequence[str], row: int, number: int
) -> str | float | dt.datetime | None:
    """A value that the checks accept: times in the order of the columns, numbers inside their range."""
    if column.examples:
        return column.examples[min(row, len(column.examples)) - 1] or None
    zone = ZoneInfo(place.source.timezone)
    day = place.period.end.astimezone(zone).replace(tzinfo=None) - dt.timedelta(days=3 - row)
    if column.type == "instant":  # the last days: data that ends earlier would be stale
        return day + dt.timedelta(hours=8, minutes=20 * number)
    if column.type in ("intervals", "history"):
        return None
    if column.type == "boolean":
        return offered[row % 2]
    if column.type in ("number", "integer"):
        value = _inside(process, column.name)
        return float(round(value)) if column.type == "integer" else value
    if column.values or offered:
        return (*column.values, *offered)[0]
    return f"{process.id.upper()}-{row:04d}" if column.name == "id" else f"{column.text.zh} {row}"


def _inside(process: Process, name: str) -> float:
    """A number that every range of the column allows."""
    low, high = 0.0, 2.0
    for rule in process.expectations:
        if rule.type == "ExpectColumnValuesToBeBetween" and rule.kwargs["column"] == name:
            lowest, highest = rule.kwargs.get("min_value"), rule.kwargs.get("max_value")
            low = low if lowest is None else float(lowest)
            high = low + 2 if highest is None else float(highest)
    return (low + high) / 2


def _help(book: xlsxwriter.Workbook, process: Process, place: Place) -> None:
    """One column of lines: a reader takes every sheet for a table, and this one must not look broken."""
    sheet = book.add_worksheet(HELP)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_column(0, 0, 120, book.add_format({"text_wrap": True, "valign": "top"}))
    head = book.add_format({"bold": True, "font_size": 14, "font_color": _BRAND, "text_wrap": True})
    for row, line in enumerate(_lines(process, place)):
        sheet.set_row(row, LINE * lines(line, 120) + (6 if row == 0 else 0))
        sheet.write_string(row, 0, line, head if row == 0 else None)


def _title(place: Place) -> Text:
    entry, process = place.entry, place.declared
    return text(
        f"{entry.title.zh} {place.period.label} · {process.name.zh}",
        f"{entry.title.en} {place.period.label} · {process.name.en}",
    )


_HISTORIES = text(
    "5. 变更记录（states、priorities）一格写全部变更，如 2026-09-01 08:00=open;2026-09-03 10:00=solved；"
    "状态只用 open、paused、solved、closed、cancelled。填写后，解决、关闭、挂起、重开均由此得出，不再看其他列；"
    "没有则留空。",
    "5. A history (states, priorities) holds all changes in one cell: 2026-09-01 08:00=open;2026-09-03 10:00=solved. "
    "States are open, paused, solved, closed and cancelled. Where given, resolution, closing, pauses and reopenings "
    "follow from it, and their own columns are not asked; leave it empty where there is none.",
)


def _lines(process: Process, place: Place) -> list[str]:
    last = place.period.next_day - dt.timedelta(days=1)
    where = "/".join(place.key)
    people = place.collectors
    zh = (
        f"请在 {place.due_words} 前提交。提交人：{'、'.join(one.title.zh for one in people)}。",
        f"报告期：{place.period.first_day} 至 {last}。时间按 {place.source.timezone} 填写。",
        f"1. 在“{DATA}”表中填写，每条记录一行；标 * 的列必填；不要改动第一行，不要合并单元格，不要写公式。",
        f"2. “{EXAMPLE}”表是填写示例，不会被读取。没有的数据请留空，不要填 0 或“无”。",
        f"3. 保存为 .xlsx，在门户的“提交数据”页上传，或放入收件文件夹 {where}/。",
        "4. 系统立即检查：有错误时退回一份标出每处错误的副本；通过后登记为一个版本，再次提交即为新版本。",
    )
    en = (
        f"Hand it in by {place.due_words}. Handed in by: {', '.join(one.title.en for one in people)}.",
        f"Period: {place.period.first_day} to {last}. Times are those of {place.source.timezone}.",
        f"1. Fill in the sheet '{DATA}', one row a record; columns marked * are required; leave the first row as it "
        "is, merge no cells, write no formulas.",
        f"2. The sheet '{EXAMPLE}' shows how; it is not read. Leave a cell empty when you do not know, rather than 0.",
        f"3. Save it as .xlsx and upload it on the page 'Hand in' of the portal, or put it into {where}/ of the inbox.",
        "4. It is checked at once: with errors you get a copy that marks each of them; without, it is on record as a "
        "version, and handing in again makes a new one.",
    )
    columns = (
        f"{column.name}{REQUIRED if column.required else ''} — {column.text.zh}（{kind_of(column).zh}） — "
        f"{column.text.en} ({kind_of(column).en})"
        for column in _asked(process)
    )
    more = _HISTORIES if any(column.type == "history" for column in process.columns) else None
    own_zh, own_en = ([more.zh], [more.en]) if more else ([], [])
    return [_title(place).zh, _title(place).en, *zh, *own_zh, *en, *own_en, "列 Columns", *columns]
