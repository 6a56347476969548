"""The evidence of a draft: submissions, findings, figures, and the statement they became.

Each write replaces what the revision had before, so a step may run again. Once a mail of the revision has left,
its evidence stands: different data then close it as superseded, and the report goes on as the next revision. A revision
that somebody has rejected takes no other statement.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from itss.errors import RegisterError
from itss.register.database import ConcludedError
from itss.register.decisions import refuse_rejected
from itss.register.desk import Desk
from itss.register.life import CLOSED, advance, closed, is_out, move, rank
from itss.register.queries import corrects, last_sealed, ref_of
from itss.register.records import State
from itss.register.schema import FigureRow, FindingRow, RestatementRow, RevisionRow, SubmissionRow

if TYPE_CHECKING:
    import pandas as pd

    from itss.checks.findings import Finding

EXTRA_FIGURE_COLUMNS = ["low", "high", "excluded", "version"]
_TEXT = frozenset({"measure", "process", "period", "dimension", "member", "unit", "status", "excluded"})
_WHOLE = frozenset({"n", "version"})


def record_submissions(desk: Desk, row: RevisionRow, submissions: Iterable[Mapping[str, Any]]) -> None:
    """Replace the submissions; each maps process, source, rows, sha256, collected_at (aware or ISO), missing."""
    new = [_submission(row, item) for item in submissions]
    old = desk.session.scalars(select(SubmissionRow).where(SubmissionRow.revision_id == row.id)).all()
    if not _may_replace(desk, row):
        if {(was.process, was.sha256) for was in old} != {(one.process, one.sha256) for one in new}:
            raise _supersede(desk, row, "the data")
        return
    for was in old:
        desk.session.delete(was)
    desk.session.flush()  # a new row of a process would be refused beside the old one
    desk.session.add_all(new)
    desk.log(row, "submissions", rows={one.process: one.rows for one in new})


def record_findings(desk: Desk, row: RevisionRow, findings: Sequence[Finding]) -> None:
    """Replace the findings."""
    if not _may_replace(desk, row):
        return
    desk.replace_frame(FindingRow, row, [_finding(row, position, item) for position, item in enumerate(findings)])
    desk.log(row, "findings", severities=dict(Counter(item.severity for item in findings)))


def record_figures(desk: Desk, row: RevisionRow, figures: pd.DataFrame) -> None:
    """Replace the figures; `RegisterError` when a column of `FIGURE_COLUMNS` is missing."""
    from itss.measures.base import FIGURE_COLUMNS  # brings pandas, which most steps do without

    missing = [column for column in FIGURE_COLUMNS if column not in figures.columns]
    if missing:
        raise RegisterError(f"The figures lack the columns {', '.join(missing)}.", "Measure this revision again.")
    if not _may_replace(desk, row):
        return
    columns = [column for column in [*FIGURE_COLUMNS, *EXTRA_FIGURE_COLUMNS] if column in figures.columns]
    rows = figures[columns].astype(object).where(figures[columns].notna(), None).to_dict("records")
    empty: dict[str, Any] = {"low": None, "high": None, "excluded": "", "version": None}
    new = [
        empty | {str(column): _cell(str(column), value) for column, value in item.items()} | _place(row, position)
        for position, item in enumerate(rows)
    ]
    desk.replace_frame(FigureRow, row, new)
    desk.log(row, "figures", count=len(new))


def record_restatements(desk: Desk, row: RevisionRow, restatements: pd.DataFrame) -> None:
    """Replace the restatements (measure, process, period, published, recomputed)."""
    if not _may_replace(desk, row):
        return
    rows = restatements.astype(object).where(restatements.notna(), None).to_dict("records")
    numbers = ("published", "recomputed")
    new = [
        {str(name): value for name, value in item.items()}
        | {name: None if item[name] is None else float(item[name]) for name in numbers}
        | _place(row, position)
        for position, item in enumerate(rows)
    ]
    desk.replace_frame(RestatementRow, row, new)
    desk.log(row, "restatements", count=len(new))


def record_draft(desk: Desk, row: RevisionRow, *, said_sha256: str, statement_sha256: str) -> bool:
    """Bind the revision to a statement; ``True`` where it says what the period's last sealed revision says.

    Not where somebody has got another revision since: to them it is a correction.
    """
    if row.reached == "unchanged" and row.said_sha256 == said_sha256:
        return True
    if row.reached in CLOSED:
        raise closed(row, "takes no other statement")
    refuse_rejected(desk.session, row)
    is_same = (row.said_sha256, row.statement_sha256) == (said_sha256, statement_sha256)
    if is_same and rank(row.reached) >= rank("rendered"):
        advance(desk, row, "rendered", after="open")  # nothing but a failure to take back
        return False
    if not is_same and is_out(desk.session, row):
        raise _supersede(desk, row, "the statement")
    last = last_sealed(desk.session, row.report.key, row.report.period)
    is_unchanged = (
        last is not None
        and last.said_sha256 == said_sha256
        # who got a later one, which was given up then, has to be told that it is as before
        and not corrects(desk.session, ref_of(row), since=last.number)
    )
    after: State = "unchanged" if is_unchanged else "rendered"
    row.said_sha256, row.statement_sha256 = said_sha256, statement_sha256
    row.submitted_at = row.released_at = None
    move(desk, row, after, after, said_sha256=said_sha256, statement_sha256=statement_sha256)
    return is_unchanged


def _may_replace(desk: Desk, row: RevisionRow) -> bool:
    if row.reached in CLOSED:
        raise closed(row, "takes no other data")
    return not is_out(desk.session, row)


def _supersede(desk: Desk, row: RevisionRow, what: str) -> ConcludedError:
    move(desk, row, "superseded", "superseded", changed=what)
    row.note = f"{what} changed after it had reached at least one recipient"
    return ConcludedError(
        f"{ref_of(row)} has reached at least one recipient, and {what} has changed since.",
        f"Trigger the report anew: it becomes revision {row.number + 1}, marked as corrected.",
    )


def _submission(row: RevisionRow, item: Mapping[str, Any]) -> SubmissionRow:
    collected_at = item["collected_at"]
    if isinstance(collected_at, str):
        collected_at = dt.datetime.fromisoformat(collected_at)
    wanted = {key: item[key] for key in ("process", "source", "rows", "sha256")}
    return SubmissionRow(revision_id=row.id, collected_at=collected_at, missing=item.get("missing", ""), **wanted)


def _finding(row: RevisionRow, position: int, item: Finding) -> dict[str, Any]:
    return _place(row, position) | {
        "process": item.process,
        "rule": item.rule,
        "severity": item.severity,
        "column_name": item.column,
        "failed": item.failed,
        "total": item.total,
        "sample": list(item.rows),
        "why_zh": item.why.zh,
        "why_en": item.why.en,
        "remedy_zh": item.remedy.zh,
        "remedy_en": item.remedy.en,
        "source": item.source,
    }


def _place(row: RevisionRow, position: int) -> dict[str, Any]:
    return {"revision_id": row.id, "position": position}


def _cell(column: str, value: Any) -> Any:
    # plain Python values: the drivers know nothing of numpy
    if column in _TEXT:
        return "" if value is None else str(value)
    if value is None:
        return None
    return int(value) if column in _WHOLE else float(value)
