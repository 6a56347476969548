"""Findings as a table (``findings.parquet``, ``findings.csv``) and back."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pandas as pd

from itss.checks.findings import FINDING_COLUMNS, Finding
from itss.text import text

_COUNTS = ("failed", "total")


def findings_frame(findings: Iterable[Finding]) -> pd.DataFrame:
    """One row a finding; ``rows`` is a JSON list, since an id may contain any separator."""
    records = [
        {
            "process": finding.process,
            "severity": finding.severity,
            "rule": finding.rule,
            "column": finding.column,
            "failed": finding.failed,
            "total": finding.total,
            "rows": json.dumps(finding.rows, ensure_ascii=False),
            "why_zh": finding.why.zh,
            "why_en": finding.why.en,
            "remedy_zh": finding.remedy.zh,
            "remedy_en": finding.remedy.en,
            "source": finding.source,
            "since": finding.since,
        }
        for finding in findings
    ]
    types = {name: "int64" if name in _COUNTS else "str" for name in FINDING_COLUMNS}
    return pd.DataFrame(records, columns=FINDING_COLUMNS).astype(types)


def findings_from_frame(frame: pd.DataFrame) -> list[Finding]:
    """What `findings_frame` was given."""
    return [
        Finding(
            process=row["process"],
            rule=row["rule"],
            severity=row["severity"],
            column=row["column"],
            failed=int(row["failed"]),
            total=int(row["total"]),
            rows=tuple(json.loads(row["rows"])),
            why=text(row["why_zh"], row["why_en"]),
            remedy=text(row["remedy_zh"], row["remedy_en"]),
            source=row["source"],
            since=row.get("since", ""),  # older versions did not tell
        )
        for row in frame.to_dict("records")
    ]
