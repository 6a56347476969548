"""What can be asked of the register. Frames are made here and nowhere else; pandas is imported only for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from itss.ref import Ref
from itss.register.hand_ins import first_accepted
from itss.register.life import find, ref_of
from itss.register.records import Event, FoundAt, Revision, State, Submission
from itss.register.schema import (
    EventRow,
    FigureRow,
    FindingRow,
    ReportRow,
    RestatementRow,
    RevisionRow,
    SubmissionRow,
)

if TYPE_CHECKING:
    import pandas as pd

    from itss.checks.findings import Finding
    from itss.checks.verdicts import Past
    from itss.periods import Period

REMEMBERED = 24
"""Row counts of so many earlier periods are compared: what was usual before has passed."""
DELIVERED_COLUMNS = ["report", "period", "due_at", "delivered_at", "revision", "status", "submitted"]
HISTORY_COLUMNS = [
    "measure",
    "process",
    "period",
    "value",
    "n",
    "unit",
    "status",
    "version",
    "revision",
    "delivered_at",
]
RESTATEMENT_COLUMNS = ["measure", "process", "period", "published", "recomputed"]
_PUBLISHED = ("delivered", "sealed")


def record_of(row: RevisionRow) -> Revision:
    """The row as a frozen record."""
    return Revision(
        report=row.report.key,
        period=row.report.period,
        number=row.number,
        state=cast(State, row.state),
        run=row.run,
        due_at=row.due_at,
        content_sha256=row.content_sha256,
        files=dict(row.files),
        opened_at=row.opened_at,
        note=row.note,
        archive_path=row.archive_path,
        manifest_sha256=row.manifest_sha256,
        reached=cast(State, row.reached),
        agreement_version=row.agreement_version,
        code_version=row.code_version,
        submitted_at=row.submitted_at,
        released_at=row.released_at,
        delivered_at=row.delivered_at,
        sealed_at=row.sealed_at,
    )


def revisions(session: Session, report: str, period: str) -> list[Revision]:
    """All revisions of one report and period, by number."""
    rows = session.scalars(
        select(RevisionRow)
        .join(ReportRow)
        .where(ReportRow.key == report, ReportRow.period == period)
        .order_by(RevisionRow.number)
    )
    return [record_of(row) for row in rows]


def sealed(session: Session, report: str | None, period: str | None) -> list[Revision]:
    """Every sealed revision, of one report or one period of it where named, in order."""
    found = select(RevisionRow).join(ReportRow).where(RevisionRow.state == "sealed")
    if report is not None:
        found = found.where(ReportRow.key == report)
    if period is not None:
        found = found.where(ReportRow.period == period)
    return [
        record_of(row) for row in session.scalars(found.order_by(ReportRow.key, ReportRow.period, RevisionRow.number))
    ]


def unsealed(session: Session, before: dt.datetime) -> list[Revision]:
    """What was delivered before that instant and does not lie in the archive."""
    found = select(RevisionRow).where(RevisionRow.reached == "delivered", RevisionRow.delivered_at < before)
    return [record_of(row) for row in session.scalars(found.order_by(RevisionRow.id))]


def removed(session: Session) -> dict[Ref, Event]:
    """The log lines of removals, by the version that was removed."""
    rows = session.execute(
        select(EventRow, RevisionRow)
        .join(RevisionRow, RevisionRow.id == EventRow.revision_id)
        .where(EventRow.what == "removed")
    )
    return {ref_of(of): Event(row.at, row.who, row.what, dict(row.details)) for row, of in rows}


def submissions(session: Session, ref: Ref) -> list[Submission]:
    """What was handed in, in the order it was recorded."""
    rows = session.scalars(
        select(SubmissionRow).where(SubmissionRow.revision_id == find(session, ref).id).order_by(SubmissionRow.id)
    )
    return [Submission(r.process, r.source, r.rows, r.sha256, r.missing, r.collected_at) for r in rows]


def findings(session: Session, ref: Ref) -> list[Finding]:
    """The findings as they were made."""
    rows = session.scalars(
        select(FindingRow).where(FindingRow.revision_id == find(session, ref).id).order_by(FindingRow.position)
    )
    return [_finding(row) for row in rows]


def findings_by_revision(session: Session, report: str, process: str = "") -> list[FoundAt]:
    """What was found in every revision of a report, oldest first; those in which nothing was found are in it, too."""
    revisions = session.scalars(
        select(RevisionRow)
        .join(ReportRow)
        .where(ReportRow.key == report)
        .order_by(ReportRow.period, RevisionRow.number)
    ).all()
    rows = session.scalars(
        select(FindingRow)
        .where(FindingRow.revision_id.in_([revision.id for revision in revisions]))
        .order_by(FindingRow.position)
    )
    found: dict[int, list[Finding]] = {revision.id: [] for revision in revisions}
    for row in rows:
        if process in ("", row.process):
            found[row.revision_id].append(_finding(row))
    return [FoundAt(record_of(revision), tuple(found[revision.id])) for revision in revisions]


def past(session: Session, report: str, period: Period) -> Past:
    """What the checks of ``period`` are compared with: of each earlier period its newest revision that passed them."""
    from itss.checks.verdicts import Past

    passed = {
        row.report.period: row
        for row in session.scalars(
            select(RevisionRow)
            .join(ReportRow)
            .where(
                ReportRow.key == report,
                ReportRow.period < period.label,
                RevisionRow.content_sha256.is_not(None),
                RevisionRow.state != "failed",
            )
            .order_by(ReportRow.period, RevisionRow.number)
        )
    }
    counts: dict[str, list[int]] = {}
    handed_in = select(SubmissionRow).where(
        SubmissionRow.revision_id.in_([row.id for row in passed.values()]), SubmissionRow.missing == ""
    )
    order = {row.id: at for at, row in enumerate(passed.values())}
    for item in sorted(session.scalars(handed_in), key=lambda one: order[one.revision_id]):
        counts.setdefault(item.process, []).append(item.rows)
    history = published_history(session, report)
    last = history[(history["period"] == period.shift(-1).label) & (history["measure"] == "backlog")]
    # a run of findings goes through the periods that were stopped by them, too
    found: dict[tuple[str, str], set[str]] = {}
    for at in findings_by_revision(session, report):
        for finding in at.findings:
            found.setdefault((finding.process, finding.rule), set()).add(at.revision.period)
    return Past(
        rows={process: tuple(rows[-REMEMBERED:]) for process, rows in counts.items()},
        backlog={str(row["process"]): float(row["value"]) for row in last.dropna(subset="value").to_dict("records")},
        found={key: frozenset(periods) for key, periods in found.items()},
    )


def _finding(row: FindingRow) -> Finding:
    from itss.checks.findings import Finding
    from itss.text import Text

    return Finding(
        process=row.process,
        rule=row.rule,
        severity=cast(Any, row.severity),
        column=row.column_name,
        failed=row.failed,
        total=row.total,
        rows=tuple(row.sample),
        why=Text(zh=row.why_zh, en=row.why_en),
        remedy=Text(zh=row.remedy_zh, en=row.remedy_en),
        source=row.source,
    )


def events(session: Session, ref: Ref) -> list[Event]:
    """The log of one revision, oldest first."""
    rows = session.scalars(select(EventRow).where(EventRow.revision_id == find(session, ref).id).order_by(EventRow.id))
    return [Event(row.at, row.who, row.what, dict(row.details)) for row in rows]


def figures(session: Session, ref: Ref) -> pd.DataFrame:
    """The figures as they were recorded; nulls are NaN, instants none."""
    from itss.measures.base import FIGURE_COLUMNS
    from itss.register.drafting import EXTRA_FIGURE_COLUMNS

    columns = [*FIGURE_COLUMNS, *EXTRA_FIGURE_COLUMNS]
    rows = session.execute(
        select(*(getattr(FigureRow, column) for column in columns))
        .where(FigureRow.revision_id == find(session, ref).id)
        .order_by(FigureRow.position)
    ).all()
    frame = _frame(rows, columns)
    numbers = ["value", "numerator", "denominator", "target", "low", "high"]
    return frame.astype(dict.fromkeys(numbers, "float64") | {"n": "Int64", "version": "Int64"})


def restatements(session: Session, ref: Ref) -> pd.DataFrame:
    """The published figures that came out otherwise in this revision."""
    rows = session.execute(
        select(*(getattr(RestatementRow, column) for column in RESTATEMENT_COLUMNS))
        .where(RestatementRow.revision_id == find(session, ref).id)
        .order_by(RestatementRow.position)
    ).all()
    return _frame(rows, RESTATEMENT_COLUMNS).astype({"published": "float64", "recomputed": "float64"})


def delivered_reports(session: Session) -> pd.DataFrame:
    """One row per report and period on record: its first delivery, and the revision that made it.

    A later correction does not make an early report late, nor a late one early, so the first delivery counts and
    ``due_at`` is the first revision's. Where nothing was delivered yet, ``delivered_at`` is null, and revision and
    status are the newest. ``submitted`` says, by process, when its data was first handed in: accepted from people,
    where people hand it in, else collected. Where there are only such data yet, the report has a row without revision.
    """
    accepted = first_accepted(session)
    submitted: dict[int, dict[str, dt.datetime]] = {}
    handed_in = select(RevisionRow.report_id, SubmissionRow.process, func.min(SubmissionRow.collected_at)).join(
        RevisionRow, RevisionRow.id == SubmissionRow.revision_id
    )
    here = handed_in.where(SubmissionRow.missing == "").group_by(RevisionRow.report_id, SubmissionRow.process)
    for report, process, at in session.execute(here):
        submitted.setdefault(report, {})[process] = at
    first: dict[int, RevisionRow] = {}
    chosen: dict[int, RevisionRow] = {}
    for row in session.scalars(select(RevisionRow).order_by(RevisionRow.report_id, RevisionRow.number)):
        first.setdefault(row.report_id, row)
        if row.report_id not in chosen or chosen[row.report_id].delivered_at is None:
            chosen[row.report_id] = row
    rows: list[tuple[Any, ...]] = [
        (
            *(row.report.key, row.report.period, first[key].due_at),
            *(row.delivered_at, row.number, row.state),
            submitted.get(key, {}) | accepted.pop((row.report.key, row.report.period), {}),
        )
        for key, row in chosen.items()
    ]
    rows += [(*place, None, None, None, "missing", processes) for place, processes in accepted.items()]
    return _instants(_frame(sorted(rows, key=lambda item: item[:2]), DELIVERED_COLUMNS), "due_at", "delivered_at")


def published_history(session: Session, report: str) -> pd.DataFrame:
    """Whole-scope figures of the newest published revision of each period of a report, oldest period first."""
    newest = (
        select(RevisionRow.report_id, func.max(RevisionRow.number).label("number"))
        .join(ReportRow)
        .where(ReportRow.key == report, RevisionRow.reached.in_(_PUBLISHED), RevisionRow.delivered_at.is_not(None))
        .group_by(RevisionRow.report_id)
        .subquery()
    )
    rows = session.execute(
        select(
            FigureRow.measure,
            FigureRow.process,
            FigureRow.period,
            FigureRow.value,
            FigureRow.n,
            FigureRow.unit,
            FigureRow.status,
            FigureRow.version,
            RevisionRow.number,
            RevisionRow.delivered_at,
        )
        .join(RevisionRow, RevisionRow.id == FigureRow.revision_id)
        .join(newest, (newest.c.report_id == RevisionRow.report_id) & (newest.c.number == RevisionRow.number))
        .where(FigureRow.dimension == "", FigureRow.member == "")
        .order_by(FigureRow.period, FigureRow.position)
    ).all()
    frame = _frame(rows, HISTORY_COLUMNS).astype({"value": "float64", "n": "Int64", "version": "Int64"})
    return _instants(frame, "delivered_at")


def _frame(rows: Sequence[Any], columns: list[str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame([tuple(row) for row in rows], columns=columns)


def _instants(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    import pandas as pd

    for column in columns:
        frame[column] = pd.to_datetime(frame[column], utc=True).astype("datetime64[us, UTC]")
    return frame
