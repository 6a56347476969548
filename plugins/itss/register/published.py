"""What was published, as frames, and what the checks of a period are compared with; pandas is imported only here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Subquery, exists, func, select, true, tuple_
from sqlalchemy.orm import Session

from itss.register.queries import keys_of, renamings
from itss.register.reviews import improvement_rows
from itss.register.schema import FigureRow, FindingRow, HandInRow, ReportRow, RestatementRow, RevisionRow, SubmissionRow

if TYPE_CHECKING:
    import pandas as pd

    from itss.checks.verdicts import Past
    from itss.periods import Period

REMEMBERED = 24
"""So many earlier periods are compared: what was usual before has passed."""
DELIVERED_COLUMNS = ["report", "period", "due_at", "delivered_at", "revision", "status", "submitted"]
HISTORY_COLUMNS = [
    "measure",
    "process",
    "period",
    "value",
    "n",
    "unit",
    "numerator",
    "denominator",
    "status",
    "version",
    "revision",
    "delivered_at",
    "is_covered",
]
RESTATEMENT_COLUMNS = ["measure", "process", "period", "published", "recomputed"]
_PUBLISHED = ("delivered", "sealed")


def figures(session: Session, row: RevisionRow) -> pd.DataFrame:
    """The figures: `FIGURE_COLUMNS` and low, high, excluded, version; nulls are NaN."""
    from itss.measures.base import FIGURE_COLUMNS
    from itss.register.drafting import EXTRA_FIGURE_COLUMNS

    columns = [*FIGURE_COLUMNS, *EXTRA_FIGURE_COLUMNS]
    rows = session.execute(
        select(*(getattr(FigureRow, column) for column in columns))
        .where(FigureRow.revision_id == row.id)
        .order_by(FigureRow.position)
    ).all()
    frame = _frame(rows, columns)
    numbers = ["value", "numerator", "denominator", "target", "low", "high"]
    return frame.astype(dict.fromkeys(numbers, "float64") | {"n": "Int64", "version": "Int64"})


def restatements(session: Session, row: RevisionRow) -> pd.DataFrame:
    """The published figures that came out otherwise in this revision."""
    rows = session.execute(
        select(*(getattr(RestatementRow, column) for column in RESTATEMENT_COLUMNS))
        .where(RestatementRow.revision_id == row.id)
        .order_by(RestatementRow.position)
    ).all()
    return _frame(rows, RESTATEMENT_COLUMNS).astype({"published": "float64", "recomputed": "float64"})


def past(session: Session, report: str, period: Period) -> Past:
    """What the checks of ``period`` compare with: earlier row counts, the published backlog, earlier findings.

    Of the last `REMEMBERED` periods before it that are on record, each by its newest revision that passed the checks.
    """
    from itss.checks.verdicts import Past
    from itss.processes import PROCESSES

    stocks = [(process.id, process.stock) for process in PROCESSES.values() if process.stock]
    keys = keys_of(session, report)
    backlog: dict[str, float] = {}
    labels = session.scalars(
        select(ReportRow.period)
        .where(ReportRow.key.in_(keys), ReportRow.period < period.label)
        .distinct()
        .order_by(ReportRow.period.desc())
        .limit(REMEMBERED)
    ).all()
    last = _newest_published(keys, period.shift(-1).label)
    for process, value in session.execute(
        select(FigureRow.process, FigureRow.value)
        .join(RevisionRow, RevisionRow.id == FigureRow.revision_id)
        .join(ReportRow)
        .join(last, (last.c.period == ReportRow.period) & (last.c.number == RevisionRow.number))
        .where(
            ReportRow.key.in_(keys),
            tuple_(FigureRow.process, FigureRow.measure).in_(stocks),
            FigureRow.period == period.shift(-1).label,
            FigureRow.dimension == "",
            FigureRow.member == "",
            FigureRow.value.is_not(None),
        )
    ):
        backlog[process] = value or 0.0
    return Past(rows=_row_counts(session, keys, labels), backlog=backlog, found=_found(session, keys, labels))


def delivered_reports(session: Session, periods: Collection[str] | None = None) -> pd.DataFrame:
    """One row per report and period on record (of ``periods`` alone): its first delivery, and its revision.

    A later correction does not make an early report late, nor a late one early, so the first delivery counts and
    ``due_at`` is the first revision's. Where nothing was delivered yet, ``delivered_at`` is null, and revision and
    status are the newest. ``submitted`` says, by process, when its data was first handed in: accepted from people,
    where people hand it in, else collected. Where there are only such data yet, the report has a row without revision.
    """
    now = renamings(session)
    accepted = _by_place(session, now, periods, HandInRow, HandInRow.report, HandInRow.period, HandInRow.at)
    collected = _by_place(
        session, now, periods, SubmissionRow, ReportRow.key, ReportRow.period, SubmissionRow.collected_at
    )
    first: dict[tuple[str, str], Any] = {}
    chosen: dict[tuple[str, str], Any] = {}
    for row in session.execute(
        select(
            ReportRow.key,
            ReportRow.period,
            RevisionRow.number,
            RevisionRow.due_at,
            RevisionRow.delivered_at,
            RevisionRow.state,
        )
        .join(RevisionRow, RevisionRow.report_id == ReportRow.id)
        .where(_is_among(ReportRow.period, periods))
        .order_by(RevisionRow.number)
    ):
        place = now.get(row.key, row.key), row.period
        first.setdefault(place, row)
        if place not in chosen or chosen[place].delivered_at is None:
            chosen[place] = row
    rows: list[tuple[Any, ...]] = [
        (
            *place,
            *(first[place].due_at, row.delivered_at, row.number, row.state),
            collected.get(place, {}) | accepted.pop(place, {}),
        )
        for place, row in chosen.items()
    ]
    rows += [(*place, None, None, None, "missing", processes) for place, processes in accepted.items()]
    return _instants(_frame(sorted(rows, key=lambda item: item[:2]), DELIVERED_COLUMNS), "due_at", "delivered_at")


def source_rows(session: Session, process: str, periods: Collection[str] | None = None) -> pd.DataFrame:
    """The rows of a process whose source is the register itself: *improvement*, or *reporting* (of ``periods``)."""
    return improvement_rows(session) if process == "improvement" else delivered_reports(session, periods)


def published_history(
    session: Session, report: str, since: str = "", measures: Collection[str] | None = None
) -> pd.DataFrame:
    """Whole-scope figures of the newest published revision of each period of a report, oldest period first.

    Of no period before ``since``; of ``measures`` alone only those that have a value. ``is_covered`` is false where
    that revision found that the source covered the period in part only.
    """
    keys = keys_of(session, report)
    newest = _newest_published(keys, since=since)
    chosen = [] if measures is None else [FigureRow.measure.in_(measures), FigureRow.value.is_not(None)]
    rows = session.execute(
        select(
            FigureRow.measure,
            FigureRow.process,
            FigureRow.period,
            FigureRow.value,
            FigureRow.n,
            FigureRow.unit,
            FigureRow.numerator,
            FigureRow.denominator,
            FigureRow.status,
            FigureRow.version,
            RevisionRow.number,
            RevisionRow.delivered_at,
            ~_is_uncovered(FigureRow),
        )
        .join(RevisionRow, RevisionRow.id == FigureRow.revision_id)
        .join(ReportRow)
        .join(newest, (newest.c.period == ReportRow.period) & (newest.c.number == RevisionRow.number))
        .where(ReportRow.key.in_(keys), ReportRow.period >= since)
        .where(FigureRow.dimension == "", FigureRow.member == "", *chosen)
        .order_by(FigureRow.period, FigureRow.position)
    ).all()
    frame = _frame(rows, HISTORY_COLUMNS).astype(
        dict.fromkeys(("value", "numerator", "denominator"), "float64")
        | {"n": "Int64", "version": "Int64", "is_covered": "bool"}
    )
    return _instants(frame, "delivered_at")


def _is_uncovered(row: type[FigureRow] | type[SubmissionRow]) -> ColumnElement[bool]:
    """Whether the revision of a row has found that its source did not cover the period."""
    from itss.checks.whole import COVERED

    return exists().where(
        FindingRow.revision_id == row.revision_id,
        FindingRow.process == row.process,
        FindingRow.rule == COVERED,
    )


def _newest_published(keys: Sequence[str], period: str | None = None, since: str = "") -> Subquery:
    """Period and number of the newest published revision of each period from ``since`` on, or of one."""
    found = (
        select(ReportRow.period, func.max(RevisionRow.number).label("number"))
        .join(RevisionRow, RevisionRow.report_id == ReportRow.id)
        .where(ReportRow.key.in_(keys), ReportRow.period >= since)
        .where(RevisionRow.reached.in_(_PUBLISHED), RevisionRow.delivered_at.is_not(None))
    )
    if period is not None:
        found = found.where(ReportRow.period == period)
    return found.group_by(ReportRow.period).subquery()


def _row_counts(session: Session, keys: Sequence[str], labels: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """By process, the row counts of each covered period's newest revision that passed its checks, oldest first."""
    passed = (
        select(ReportRow.period, func.max(RevisionRow.number).label("number"))
        .join(RevisionRow, RevisionRow.report_id == ReportRow.id)
        .where(
            ReportRow.key.in_(keys),
            ReportRow.period.in_(labels),
            RevisionRow.said_sha256.is_not(None),
            RevisionRow.state != "failed",
        )
        .group_by(ReportRow.period)
        .subquery()
    )
    counts: dict[str, tuple[int, ...]] = {}
    for process, rows in session.execute(
        select(SubmissionRow.process, SubmissionRow.rows)
        .join(RevisionRow, RevisionRow.id == SubmissionRow.revision_id)
        .join(ReportRow)
        .join(passed, (passed.c.period == ReportRow.period) & (passed.c.number == RevisionRow.number))
        # the database does not see by itself that no other period can match
        .where(ReportRow.key.in_(keys), ReportRow.period.in_(labels), SubmissionRow.missing == "")
        .where(~_is_uncovered(SubmissionRow))
        .order_by(ReportRow.period)
    ):
        counts[process] = (*counts.get(process, ()), rows)
    return counts


def _found(session: Session, keys: Sequence[str], labels: Sequence[str]) -> dict[tuple[str, str], frozenset[str]]:
    """By process and rule, the periods in which it was found: those that were stopped by it, too."""
    found: dict[tuple[str, str], frozenset[str]] = {}
    for process, rule, period in session.execute(
        select(FindingRow.process, FindingRow.rule, ReportRow.period)
        .join(RevisionRow, RevisionRow.id == FindingRow.revision_id)
        .join(ReportRow)
        .where(ReportRow.key.in_(keys), ReportRow.period.in_(labels))
        .distinct()
    ):
        found[process, rule] = found.get((process, rule), frozenset()) | {period}
    return found


def _is_among(column: Any, wanted: Collection[str] | None) -> ColumnElement[bool]:
    return true() if wanted is None else column.in_(wanted)


def _by_place(
    session: Session,
    now: dict[str, str],
    periods: Collection[str] | None,
    table: type[Any],
    report: Any,
    period: Any,
    at: Any,
) -> dict[tuple[str, str], dict[str, dt.datetime]]:
    """By report and period and then by process, the first instant of what was handed in or collected."""
    found = select(report, period, table.process, func.min(at)).select_from(table).where(_is_among(period, periods))
    if table is SubmissionRow:
        found = found.join(RevisionRow, RevisionRow.id == SubmissionRow.revision_id).join(ReportRow)
        found = found.where(SubmissionRow.missing == "")
    else:
        found = found.where(HandInRow.status == "accepted")
    first: dict[tuple[str, str], dict[str, dt.datetime]] = {}
    for key, label, process, instant in session.execute(found.group_by(report, period, table.process)):
        here = first.setdefault((now.get(key, key), label), {})
        here[process] = min(instant, here.get(process, instant))
    return first


def _frame(rows: Sequence[Any], columns: list[str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame([tuple(row) for row in rows], columns=columns)


def _instants(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    import pandas as pd

    for column in columns:
        frame[column] = pd.to_datetime(frame[column], utc=True).astype("datetime64[us, UTC]")
    return frame
