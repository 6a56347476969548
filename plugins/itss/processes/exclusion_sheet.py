"""The sheet in which agreed exclusions (约定剔除) are handed in: no process, but filled in and read like one.

Its columns are the keys of ``exclusions.yaml``, under names that say what they are in a table. Nothing is measured on
its rows, so it is not among `itss.processes.PROCESSES`.
"""

from __future__ import annotations

from dataclasses import replace

from itss.processes import EXCLUSION_SHEET
from itss.processes import columns as c
from itss.processes.base import Column, Process
from itss.text import text


def _required(column: Column, *examples: str) -> Column:
    return replace(column, required=True, examples=examples)


SHEET = Process(
    id=EXCLUSION_SHEET,
    name=text("约定剔除", "Agreed exclusions"),
    event=text("约定", "agreements"),
    columns=(
        _required(
            c.string("id", "剔除标识", "name of the exclusion: small letters, digits and _, once in the sheet"),
            "carrier_failure",
            "customer_works",
        ),
        _required(c.string("process", "流程", "process whose records or time are not counted")),
        replace(
            c.string("records", "剔除的记录", "numbers of the records, separated by commas; empty for a time"),
            examples=("INC0012, INC0013", ""),
        ),
        replace(c.instant("from_at", "剔除时段开始", "begin of the time; empty for records"), examples=("",)),
        replace(c.instant("until_at", "剔除时段结束", "its end, no more part of it"), examples=("",)),
        replace(c.string("service", "服务", "of a time: only of this service; empty: of all"), examples=("",)),
        replace(
            c.string("measures", "指标", "ids of the measures; empty: all of the process that have a target"),
            examples=("",),
        ),
        _required(c.string("reason", "原因", "why it is not counted, as agreed; printed in the report")),
        replace(
            c.string("evidence", "证据文件", "file beside the agreements; empty: this sheet is the evidence"),
            examples=("",),
        ),
        replace(c.string("sha256", "证据的SHA-256", "of the file of evidence, 64 digits"), examples=("",)),
        _required(c.string("agreed_by", "客户方同意人", "who agreed for the customer: role or name")),
        _required(c.instant("agreed_at", "同意日期", "the day on which they agreed")),
        replace(
            c.instant("withdrawn_at", "撤销日期", "the day on which it was withdrawn; empty: it counts"), examples=("",)
        ),
    ),
    expectations=(),
    measures=(),
    dimensions=(),
)
