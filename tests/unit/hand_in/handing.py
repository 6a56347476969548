"""The supplier example as a list that data is handed in for, and workbooks as a person fills them in."""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
from itss.hand_in.place import Place, find_place
from itss.hand_in.template import column_of, template
from itss.register import Register
from itss.settings import settings

ROOT = Path(__file__).resolve().parents[3]
REPORT = "supplier_monthly"
NOW = dt.datetime(2026, 10, 9, 2, tzinfo=dt.UTC)  # Friday, the second working day after the holidays of October


def wall(month: int, day: int, hour: int, minute: int = 0) -> dt.datetime:
    """A time of 2026 as it is typed into a workbook."""
    return dt.datetime(2026, month, day, hour, minute)  # noqa: DTZ001 - a workbook knows no zones


ROWS = (
    {"id": "S1", "resource": "数据库 A", "sampled_at": wall(9, 1, 8), "utilisation": 0.5},
    {"id": "S2", "resource": "数据库 A", "sampled_at": wall(9, 20, 8), "utilisation": 0.75},
)

BAD = (
    ROWS[0] | {"utilisation": "halb", "kind": "disk"},
    ROWS[1] | {"id": "S1", "sampled_at": None},
)


def place(process: str = "capacity", period: str = "2026-09") -> Place:
    return find_place(settings(), REPORT, period, process, NOW)


def register() -> Register:
    made = Register(settings().register_url)
    made.upgrade()
    return made


def workbook(path: Path, where: Place, rows: Sequence[Mapping[str, Any]] = ROWS) -> Path:
    """The template of ``where`` with ``rows`` typed into it, by the names in its headers."""
    path.write_bytes(template(where, None))
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    at = {column_of(cell.value): cell.column for cell in sheet[1]}
    for line, row in enumerate(rows, 2):
        for name, value in row.items():
            sheet.cell(line, at[name]).value = value
    book.save(path)
    return path


def drop(name: str | bytes, source: Path, age_s: float = 60) -> Path:
    """A copy of ``source`` in the drop folder, which was written ``age_s`` ago."""
    folder = place().folder(settings().inbox)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / os.fsdecode(name)
    path.write_bytes(source.read_bytes())
    rest(path, age_s)
    return path


def rest(path: Path, age_s: float = 60) -> None:
    os.utime(path, (time.time() - age_s,) * 2, follow_symlinks=False)


def connect(monkeypatch: Any, port: int) -> None:
    extra = {"disable_ssl": True, "disable_tls": True, "from_email": "reports@example.com", "timeout": 5}
    connection = {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(connection))
