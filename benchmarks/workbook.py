"""The workbook with 100,000 detail rows, against a bare loop of XlsxWriter over the same cells; memory of both sizes.

The peer is ``constant_memory``, writes each value by the call of its type, and has no format but that of dates. CPU
time, for the machine may be busy. Peak memory is what rendering adds in a process of its own, the rows not counted.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import gc
import io
import multiprocessing
import time
from pathlib import Path

import pandas as pd
import xlsxwriter
from itss.reports.document import Column, Facts, Listing, Part, Report, Table
from itss.reports.drawing import workbook

from benchmarks.entry import Entry, in_turns, rounded

ROWS, MANY = 100_000, 1_000_000
GOAL, GOAL_MB = 1.3, 200
_AT = dt.datetime(2026, 10, 1, 0, 30, tzinfo=dt.UTC)
_COLUMNS = (
    Column("Indicator", 34, wrap=True),
    Column("Id", 19, kind="code"),
    Column("Title", 40, wrap=True),
    Column("Service", 16),
    Column("Priority", 12),
    Column("Opened", 20, kind="instant"),
    Column("Ended", 20, kind="instant"),
    Column("Taken (h)", 12, "right", kind="h"),
    Column("Target (h)", 12, "right", kind="h"),
)


def entries() -> list[Entry]:
    """One line for the time, one for the memory."""
    report = _report(ROWS)
    rows = _listing(report).frame
    ours, peer = in_turns(lambda: workbook.render(report), lambda: _bare(rows), clock=time.process_time)
    small, big = (_peak_mb(count) for count in (ROWS, MANY))
    return [
        Entry(
            name=f"workbook with {ROWS:,} detail rows",
            value=rounded(ours),
            unit="s",
            peer="bare XlsxWriter loop, constant_memory",
            peer_value=rounded(peer),
            ratio=rounded(ours / peer),
            goal=f"≤ {GOAL} ×",
            holds=ours <= GOAL * peer,
        ),
        Entry(
            name=f"its memory with {MANY:,} rows",
            value=big,
            unit="MB",
            peer=f"with {ROWS:,} rows",
            peer_value=small,
            ratio=rounded(big / max(small, 1)),
            goal=f"≤ {GOAL_MB} MB",
            holds=big <= GOAL_MB,
        ),
    ]


def _bare(rows: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"constant_memory": True, "strings_to_urls": False})
    sheet, date = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for at, column in enumerate(_COLUMNS):
        sheet.write_string(0, at, column.title)
    kinds = [column.kind for column in _COLUMNS]
    for row, values in enumerate(rows.itertuples(index=False, name=None), 1):
        for at, value in enumerate(values):
            if value != value:
                continue
            if kinds[at] == "instant":
                sheet.write_datetime(row, at, value, date)
            elif kinds[at] == "h":
                sheet.write_number(row, at, value)
            else:
                sheet.write_string(row, at, value)
    book.close()
    return buffer.getvalue()


def _peak_mb(count: int) -> int:
    """What rendering so many rows adds to the memory of a fresh process, at its peak."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_measured_mb, (count,))


def _measured_mb(count: int) -> int:
    report = _report(count)
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # else what was freed while the rows were made is taken again and not counted
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from now on
    before = _high_water_kb()
    workbook.render(report)
    return round((_high_water_kb() - before) / 1024)


def _high_water_kb() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


def _listing(report: Report) -> Listing:
    (listing,) = (block for part in report.body for block in part.blocks if isinstance(block, Listing))
    return listing


def _report(count: int) -> Report:
    """A report of a first page and of so many rows, no two of them the same."""
    at = range(count)
    opened = pd.Series(pd.Timestamp("2026-09-01T01:00") + pd.to_timedelta([7 * i % 700 for i in at], unit="h"))
    titles = ("ERP posting fails with lock timeout", "无法收发邮件，客户端提示“连接超时”", "VPN drops")
    frame = pd.DataFrame(
        {
            "indicator": "Incident · Resolution compliance",
            "id": [f"INC{i:07d}" for i in at],
            "title": [f"{titles[i % 3]} {i}" for i in at],
            "service": [("邮件 Email", "ERP", "VPN")[i % 3] for i in at],
            "priority": [("Critical", "High", "Moderate", "Low")[i % 4] for i in at],
            "opened_at": opened,
            "ended_at": (opened + pd.Timedelta(hours=30)).where(pd.Series(at) % 9 > 0),
            "elapsed_h": [8.5 + i % 13 for i in at],
            "target": [(4.0, 8.0, 24.0, 40.0)[i % 4] for i in at],
        }
    )
    listing = Listing("Records in breach", "Records", _COLUMNS, frame, 20, "")
    body = (
        Part("front", "", "Summary", (Facts("About this report", (("Period", "2026-09"),)),)),
        Part("rows", "Records", "Records", (listing,), is_only_in_workbook=True),
    )
    return Report(
        language="en", title="Service report", kind="Customer service report", period="September 2026",
        revision="Revision 1", marks=(), created_at=_AT, author="Report author", headline="",
        tone="", tallies=(), wrong=(), moved=(), calm=("", "", ""), scorecard=Table("", (), ()), body=body,
    )  # fmt: skip
