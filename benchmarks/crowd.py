"""A list of many reports, and their last thirteen periods on record: archived, but for the newest, which wait."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import shutil
from pathlib import Path

import yaml
from itss.periods import Period
from itss.ref import Ref
from itss.register import Register, drafting, life, opening, questions, sealing
from itss.report_list.due import report_due_at
from itss.report_list.loader import Loaded, load
from itss.watch.board import PERIODS

from benchmarks.years_record import document

ROOT = Path(__file__).resolve().parents[1]
NOW = dt.datetime(2026, 10, 12, 4, tzinfo=dt.UTC)
"""Three days after the reports of September are due in China, where the first week of October is a holiday."""


def crowded_list(folder: Path, reports: int) -> Path:
    """A list of so many reports of one supplier, owed for years; the path of the list."""
    example = ROOT / "docs" / "examples" / "supplier"
    shutil.copytree(example, folder)
    listed = yaml.safe_load((example / "report_list.yaml").read_text(encoding="utf-8"))
    (entry,) = listed["reports"]
    period = entry["period"] | {"first": dt.date(2020, 1, 1)}
    listed["reports"] = [entry | {"key": f"supplier_{at:03d}", "period": period} for at in range(reports)]
    agreement = folder / "agreements" / "cloud_uc.yaml"
    words = agreement.read_text(encoding="utf-8")
    agreement.write_text(re.sub(r"effective_from: .*", "effective_from: 2020-01-01", words, count=1), encoding="utf-8")
    path = folder / "report_list.yaml"
    path.write_text(yaml.safe_dump(listed, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def fill(register: Register, path: Path, periods: int = PERIODS) -> Loaded:
    """Put the newest ``periods`` of every report of the list on record; those of the last one wait for approval."""
    loaded = load(path)
    newest = loaded.list.reports[0].period.period_of(NOW).shift(-1)
    for back in range(periods):
        period = newest.shift(-back)
        _open(register, loaded, period, archive_only=back > 0)
        with register.writing() as desk:
            for entry in loaded.list.reports:
                ref = Ref(entry.key, period.label, 1)
                row, sha256 = desk.revision(ref), hashlib.sha256(ref.path.encode()).hexdigest()
                drafting.record_draft(desk, row, said_sha256=sha256, statement_sha256=sha256)
                if back:
                    sealing.seal(desk, row, f"/archive/{ref.path}", sha256, NOW)
                else:
                    life.submit(desk, row)
                    questions.ask(desk, row, entry.approval[0].name)
    return loaded


def _open(register: Register, loaded: Loaded, period: Period, *, archive_only: bool) -> None:
    with register.writing() as desk:
        for entry in loaded.list.reports:
            opening.open_revision(
                desk,
                report=entry.key,
                period=period.label,
                due_at=report_due_at(entry.period, period),
                run=f"scheduled__{entry.key}_{period.label}",
                entry=document(loaded, entry, period) | {"archive_only": archive_only},
                agreement_version="2026",
                code_version="0.1.0",
                now=NOW,
            )
