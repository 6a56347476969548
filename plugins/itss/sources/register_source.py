"""Rows that the register itself holds: every report that was due, and the items to improve that reviews raised.

Refuses other processes. What was owed comes from the report list, what was delivered from the register: a report that
nobody ever started is late, and would be missing if the register alone were asked.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from itss.errors import SourceError
from itss.periods import Period
from itss.processes import PROCESSES
from itss.report_list.audience import is_of_customer
from itss.report_list.due import data_due_at, owed
from itss.report_list.models import Entry, ReportList
from itss.sources.conform import conform


def collect_register(
    process: str, report_list: ReportList, register_rows: pd.DataFrame | None, start: datetime, end: datetime
) -> pd.DataFrame:
    """The rows of ``process`` (*reporting* or *improvement*) in ``[start, end)``, from `Register.source_rows`."""
    if process == "reporting":
        return collect_reporting(report_list, register_rows, start, end)
    if process == "improvement":
        return collect_improvement(report_list, register_rows, end)
    raise SourceError(f"The register has no rows of '{process}'.", "Give it a connection or a file in the report list.")


def of_customer(register_rows: pd.DataFrame | None, entry: Entry, report_list: ReportList) -> pd.DataFrame | None:
    """Of an entry for one customer the rows of that customer's reports alone; of any other entry all of them."""
    if register_rows is None or register_rows.empty:
        return register_rows
    return register_rows[[is_of_customer(str(report), entry, report_list) for report in register_rows["report"]]]


def collect_improvement(report_list: ReportList, register_rows: pd.DataFrame | None, end: datetime) -> pd.DataFrame:
    """Every item raised before ``end``, as it stood then: what was closed later is open, so that a rerun says the same.

    ``register_rows`` is what `Register.improvement_rows` gives. The owner is named by his role.
    """
    known = [] if register_rows is None else register_rows.to_dict("records")
    rows = [_item(row, report_list, end) for row in known if row["opened_at"] < end]
    names = [column.name for column in PROCESSES["improvement"].columns if column.name in _ITEM]
    columns = {name: pd.Series([row[name] for row in rows], dtype=object) for name in names}
    return conform(PROCESSES["improvement"], columns, "UTC")


def _item(row: Mapping[Hashable, Any], report_list: ReportList, end: datetime) -> dict[str, Any]:
    closed = None if pd.isna(row["closed_at"]) or row["closed_at"] >= end else row["closed_at"]
    owner = report_list.people.get(row["owner"])
    values = (
        row["key"],
        row["report"],
        row["title"],
        f"{owner.title.zh} {owner.title.en}" if owner else row["owner"],
        row["state"] if closed else "open",
        row["opened_at"],
        row["due_at"],
        next((due for at, due in reversed(row["moves"]) if at < end), None),
        closed,
        closed is not None and row["state"] == "cancelled",
        row["result"] if closed else None,
    )
    return dict(zip(_ITEM, values, strict=True))


_ITEM = (
    *("id", "report", "title", "owner", "state", "opened_at"),
    *("due_at", "due_moved_at", "closed_at", "is_cancelled", "action"),
)


def collect_reporting(
    report_list: ReportList, register_rows: pd.DataFrame | None, start: datetime, end: datetime
) -> pd.DataFrame:
    """Rows of process ``reporting``, one per report due in ``[start, end)``.

    ``register_rows`` is what `Register.delivered_reports` gives: report, period, due_at, delivered_at, revision,
    status, submitted. Of several revisions the first delivery counts, since that is when the report was there.
    """
    known = _first_deliveries(register_rows)
    handed_in = _submissions(register_rows)
    rows = [
        {
            "id": f"{entry.key} {period.label}",
            "report": entry.key,
            "period": period.label,
            "due_at": due,
            **known.get((entry.key, period.label), {"delivered_at": None, "revision": None, "status": "missing"}),
            **_on_time(entry, period, handed_in.get((entry.key, period.label), {})),
        }
        for entry in report_list.reports
        for period, due in owed(entry, start, end)
    ]
    names = [column.name for column in PROCESSES["reporting"].columns]
    columns = {name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names}
    return conform(PROCESSES["reporting"], columns, "UTC")


def _on_time(entry: Entry, period: Period, submitted: Mapping[str, datetime]) -> dict[str, Any]:
    """The data is due one working day before its report, on the same day where the report is due on the first one."""
    due = data_due_at(entry.period, period)
    in_time = [process for process in entry.data_source if process in submitted and submitted[process] <= due]
    return {
        "submissions_due_at": due,
        "submissions_due": len(entry.data_source),
        "submissions_on_time": len(in_time),
    }


def _submissions(rows: pd.DataFrame | None) -> dict[tuple[str, str], Mapping[str, datetime]]:
    if rows is None or "submitted" not in rows:
        return {}
    return {(row["report"], row["period"]): row["submitted"] for row in rows.to_dict("records")}


def _first_deliveries(rows: pd.DataFrame | None) -> dict[tuple[str, str], dict[str, Any]]:
    if rows is None or rows.empty:
        return {}
    ordered = rows.sort_values(["report", "period", "delivered_at", "revision"], na_position="last", kind="stable")
    kept = ordered.drop_duplicates(["report", "period"])
    return {
        (row["report"], row["period"]): {name: row[name] for name in ("delivered_at", "revision", "status")}
        for row in kept.to_dict("records")
    }
