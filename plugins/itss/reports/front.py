"""The first page: were the targets met, what went wrong. Read in ten seconds; *what moved* is in ``movement``.

What went wrong comes in two forms: as lines of text for mail, brief and meeting, and as a table for the report itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from itss.reports import covered, events, exclusions, lacking, misses, remedies
from itss.reports.checked import nothing_found
from itss.reports.document import Block, Point, Points
from itss.reports.figure import Figure
from itss.reports.movement import nothing_moved
from itss.reports.targets import nothing_missed, targeted
from itss.reports.writer import Writer

MAX_POINTS = 5
MISSED, DOUBT = "✗", "!"


def wrong(writer: Writer, figures: Sequence[Figure]) -> tuple[Point, ...]:
    """Missed targets, those not measured, major events, then doubts of the data; what does not fit is counted."""
    return (*_missed_points(writer, figures), *noted(writer, figures))


def missed(writer: Writer, sheet: str = "") -> tuple[Block, ...]:
    """The table of the missed targets, and under it whatever else is wrong, or that nothing is.

    ``sheet`` of the workbook has in full what the table shortens.
    """
    figures, found = targeted(writer), misses.missed(writer)
    rest = noted(writer, figures)
    if not found:
        return (Points(writer.words("front.wrong"), rest, calm(writer)[0]),)
    table = misses.table(writer, found, sheet)
    return (table, Points(writer.words("front.noted"), rest, "")) if rest else (table,)


def answer(writer: Writer) -> str:
    """Whether all is well, in a sentence: what is being done about the misses, or how many other points there are."""
    figures = targeted(writer)
    if said := misses.answer(writer):
        return said
    rest, met = len(noted(writer, figures)), nothing_missed(writer)
    if not rest:
        return met
    return writer.words("analysis.joint").join([met, writer.plural("front.attention", rest) + writer.words("stop")])


def noted(writer: Writer, figures: Sequence[Figure]) -> tuple[Point, ...]:
    """What is wrong beside the missed targets."""
    points = [*exclusions.points(writer, figures), *_unmeasured_points(writer, figures)]
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


def _missed_points(writer: Writer, figures: Sequence[Figure]) -> list[Point]:
    found = [figure for figure in figures if figure.status == "missed"]
    points = [
        Point(writer.label(figure), _missed_text(writer, figure), "missed", MISSED) for figure in found[:MAX_POINTS]
    ]
    if len(found) > MAX_POINTS:
        more = writer.plural("wrong.more", len(found) - MAX_POINTS)
        points.append(Point(more, writer.words("wrong.more_text"), "missed", MISSED))
    return points


def _unmeasured_points(writer: Writer, figures: Sequence[Figure]) -> list[Point]:
    points: list[Point] = []
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
