"""The first page: were the targets met, what went wrong. Read in ten seconds; *what moved* is in ``movement``.

Surprise: a target of a single member (a resource, a priority) that was met is counted, but has no row of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from itss.reports import covered, events, lacking, remedies
from itss.reports.checked import nothing_found
from itss.reports.document import Cell, Column, Point, Table
from itss.reports.figure import Figure
from itss.reports.movement import nothing_moved
from itss.reports.tables import last_year, lean
from itss.reports.targets import nothing_missed
from itss.reports.writer import Writer

MAX_POINTS = 5
MAX_MET_MEMBERS = 2
SPARK_POINTS = 13
MISSED, DOUBT = "✗", "!"


def scorecard(writer: Writer, figures: Sequence[Figure]) -> Table:
    """Targets against actuals, worst first; without targets the key figures."""
    words, chosen, note = writer.words, list(figures) or _key_figures(writer), writer.words("note.scorecard")
    met = [figure for figure in chosen if figure.dimension and figure.status == "met"]
    if len(met) > MAX_MET_MEMBERS:  # a row for each resource that is well would bury the ones that are not
        chosen = [figure for figure in chosen if figure not in met]
        names = dict.fromkeys(writer.label_by(figure) for figure in met)
        note = writer.plural("note.met_members", len(met), names=writer.cells.words.join(list(names))) + note
    unmeasured = [figure for figure in figures if figure.status == "not_available"]
    note = lacking.note(writer, unmeasured[MAX_POINTS:]) + note  # the first ones are said under *what went wrong*
    drawn = writer.plural("column.history", min(len(writer.periods), SPARK_POINTS))
    against = (Column(words("column.target"), 16, "right"), Column(words("column.status"), 14)) if figures else ()
    columns = (
        Column(words("column.indicator"), 44, wrap=True),
        Column(words("column.value"), 13, "right"),
        *against,
        Column(words("column.previous"), 13, "right"),
        Column(words("column.change"), 15, "right"),
        Column(words("column.last_year"), 15, "right"),
        Column(drawn, 17, "center"),
        Column(words("column.basis"), 20, "right"),
        Column(words("column.basis_before"), 13, "right"),
        Column(words("column.basis_last_year"), 13, "right"),
    )
    caption = words("caption.scorecard" if figures else "caption.key_figures")
    rows = tuple(_score_row(writer, figure, with_target=bool(figures)) for figure in chosen)
    return lean(Table(caption, columns, rows, note), drawn, *last_year(writer))


def _score_row(writer: Writer, figure: Figure, *, with_target: bool) -> tuple[Cell, ...]:
    trend, unit = writer.trend(figure), figure.measure.unit
    previous, year_ago = (trend.previous, trend.last_year) if trend else (None, None)
    status = writer.status(figure)
    spark = () if figure.dimension else writer.line(figure.key)[-SPARK_POINTS:]
    if sum(value is not None for value in spark) < 2:
        spark = ()
    value = writer.value(figure, status.tone if status.tone in ("missed", "at_risk", DOUBT) else "")
    return (
        writer.cells.text(writer.label(figure)),
        replace(value, strong=True),
        *((writer.target(figure), status) if with_target else ()),
        writer.cells.number(previous, unit),
        writer.cells.change(figure.value, previous, unit),
        writer.cells.change(figure.value, year_ago, unit),
        Cell(tone=status.tone, spark=spark) if spark else Cell("–", tone="muted"),
        writer.basis(figure),
        writer.basis_before(figure),
        writer.basis_last_year(figure),
    )


def _key_figures(writer: Writer) -> list[Figure]:
    """What stands on the scorecard where nothing was agreed: the headline of each process."""
    headline = {(process.id, measure) for process in writer.given.processes.values() for measure in process.headline}
    return [figure for key, figure in writer.given.whole.items() if key in headline and figure.value is not None]


def wrong(writer: Writer, figures: Sequence[Figure]) -> tuple[Point, ...]:
    """Missed targets, those not measured, major events, then doubts of the data; what does not fit is counted."""
    points = _target_points(writer, figures)
    if not figures and len(writer.given.measured.nonconformities):
        points += _recorded_points(writer)
    points += _event_points(writer)
    points += covered.points(writer)
    overdue = sum(line.state == "overdue" for line in writer.given.improvements)
    if overdue:
        text = writer.plural("improvement.wrong_text", overdue)
        points.append(Point(writer.words("improvement.wrong"), text, "at_risk", DOUBT))
    doubtful = [finding for finding in writer.given.findings if finding.severity != "info"]
    if doubtful:
        text = writer.plural("wrong.data_text", len(doubtful))
        points.append(Point(writer.words("wrong.data"), text, "at_risk", DOUBT))
    for submission in writer.given.submissions:
        if submission.missing:
            name = writer.process(submission.process)
            points.append(Point(name, writer.words("wrong.missing", process=name), "at_risk", DOUBT))
    return tuple(points)


def _target_points(writer: Writer, figures: Sequence[Figure]) -> list[Point]:
    missed = [figure for figure in figures if figure.status == "missed"]
    points = [
        Point(writer.label(figure), _missed_text(writer, figure), "missed", MISSED) for figure in missed[:MAX_POINTS]
    ]
    if len(missed) > MAX_POINTS:
        more = writer.plural("wrong.more", len(missed) - MAX_POINTS)
        points.append(Point(more, writer.words("wrong.more_text"), "missed", MISSED))
    unmeasured = [figure for figure in figures if figure.status == "not_available"]
    for figure in unmeasured[:MAX_POINTS]:
        text = writer.words(
            "wrong.not_measured", target=writer.target(figure).text, reason=lacking.reason(writer, figure)
        )
        points.append(Point(writer.label(figure), text, "at_risk", DOUBT))
    if len(unmeasured) > MAX_POINTS:
        more = writer.plural("wrong.more_not_measured", len(unmeasured) - MAX_POINTS)
        points.append(Point(more, writer.words("wrong.more_not_measured_text"), "at_risk", DOUBT))
    return points


def _missed_text(writer: Writer, figure: Figure) -> str:
    """Value and target, the cases that fell short (of a member beside those of the whole), and what is being done."""
    values = {"value": writer.shown(figure), "target": writer.target(figure).text}
    if figure.against is None or not figure.n:
        on = writer.on(figure, figure.value, figure.n) if figure.is_on_cases else ""
        text = writer.words("wrong.missed", **values) + on
    else:
        text = writer.words("wrong.missed_share", **values, part=f"{figure.against:,.0f}", whole=f"{figure.n:,}")
        whole = writer.given.whole.get(figure.key)
        if figure.dimension and whole and whole.against is not None:
            text += writer.words("wrong.of_all", total=f"{whole.against:,.0f}")
    few = writer.words("basis.few_said") if figure.is_few else ""
    return text + few + writer.words("moved.reason", reason=remedies.said(writer, figure))


def _recorded_points(writer: Writer) -> list[Point]:
    """Where nothing was agreed, the breaches that the source itself recorded."""
    rows = writer.given.measured.nonconformities
    counts = rows.drop_duplicates(["process", "measure", "id"]).value_counts(["process", "measure"], sort=False)
    return [
        Point(writer.measure_label(process, measure), writer.plural("wrong.recorded", count), "at_risk", DOUBT)
        for process, measure, count in counts.reset_index().itertuples(index=False, name=None)
    ]


def _event_points(writer: Writer) -> list[Point]:
    events = writer.given.measured.major_events
    points = []
    for row in events.head(3).to_dict("records"):
        hours = writer.cells.number(_hours(row["duration_h"]), "h").text
        head = writer.words("label.event_id", process=writer.event(str(row["process"])), id=row["id"])
        text = writer.words("wrong.event_text", title=row["title"], service=row["service"] or "–", hours=hours)
        points.append(Point(head, text, "at_risk", DOUBT))
    if len(events) > len(points):
        more = writer.plural("wrong.more_events", len(events) - len(points))
        points.append(Point(more, writer.words("wrong.more_events_text"), "at_risk", DOUBT))
    return points


def _hours(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and value == value else None


def calm(writer: Writer) -> tuple[str, str, str]:
    """What stands in the place of an empty *what went wrong*, *what moved* and list of findings.

    Each says only what was asked: of targets that were judged, of events that the source would tell, of data that
    were checked.
    """
    wrong = [nothing_missed(writer), events.nothing(writer), nothing_found(writer)]
    return writer.words("analysis.joint").join(filter(None, wrong)), nothing_moved(writer), nothing_found(writer)
