"""The first page: were the targets met, what went wrong. Read in ten seconds; *what moved* is in ``movement``.

Surprise: a target of a single member (a resource, a priority) that was met is counted, but has no row of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from itss.reports.document import Cell, Column, Point, Table, Tally, Tone
from itss.reports.figure import Figure
from itss.reports.writer import Writer

ORDER = ("missed", "at_risk", "met", "not_judged", "not_available", "not_applicable", "")
LATER = ("c", "d", "e")
"""Sections whose targets stand behind those of service, nonconformities and satisfaction."""
MAX_POINTS = 5
MAX_MET_MEMBERS = 2
SPARK_POINTS = 13
MISSED, DOUBT = "✗", "!"


def targeted(writer: Writer) -> list[Figure]:
    """Every figure with a target, worst first."""
    found = [figure for figure in writer.given.figures if figure.target is not None]
    return sorted(found, key=lambda f: (ORDER.index(f.status), f.dimension != "", f.measure.section in LATER))


def headline(writer: Writer, figures: Sequence[Figure]) -> tuple[str, Tone]:
    """The verdict in one line, and its tone."""
    if not figures:
        return writer.words("headline.no_targets"), "muted"
    judged = {status: sum(figure.status == status for figure in figures) for status in ORDER}
    met = writer.words("headline.met", met=judged["met"] + judged["at_risk"], total=len(figures))
    if judged["at_risk"]:
        met += writer.plural("headline.at_risk", judged["at_risk"])
    missed = [writer.plural("headline.missed", judged["missed"])] if judged["missed"] else []
    unjudged = sum(judged[status] for status in ORDER[3:])
    rest = [writer.plural("headline.unjudged", unjudged)] if unjudged else []
    text = writer.words("headline.separator").join([met, *missed, *rest]) + writer.words("stop")
    tones: tuple[Tone, ...] = ("missed", "at_risk", "met")
    return text, next((tone for tone in tones if judged[tone]), "muted")


def tallies(writer: Writer, figures: Sequence[Figure]) -> tuple[Tally, ...]:
    """How many targets are met, at risk, missed, and not judged."""
    groups: tuple[tuple[Tone, tuple[str, ...]], ...] = (
        ("met", ("met",)),
        ("at_risk", ("at_risk",)),
        ("missed", ("missed",)),
        ("muted", ORDER[3:]),
    )
    return tuple(
        Tally(writer.words(f"tally.{tone}"), sum(figure.status in statuses for figure in figures), tone)
        for tone, statuses in groups
    )


def scorecard(writer: Writer, figures: Sequence[Figure]) -> Table:
    """Targets against actuals, worst first; without targets the key figures."""
    words, chosen, note = writer.words, list(figures) or _key_figures(writer), writer.words("note.scorecard")
    met = [figure for figure in chosen if figure.dimension and figure.status == "met"]
    if len(met) > MAX_MET_MEMBERS:  # a row for each resource that is well would bury the ones that are not
        chosen = [figure for figure in chosen if figure not in met]
        names = dict.fromkeys(writer.label_by(figure) for figure in met)
        note = writer.plural("note.met_members", len(met), names=writer.cells.words.join(list(names))) + note
    against = (Column(words("column.target"), 13, "right"), Column(words("column.status"), 14)) if figures else ()
    columns = (
        Column(words("column.indicator"), 44, wrap=True),
        Column(words("column.value"), 13, "right"),
        *against,
        Column(words("column.previous"), 13, "right"),
        Column(words("column.change"), 15, "right"),
        Column(words("column.last_year"), 15, "right"),
        Column(words("column.history", n=min(len(writer.periods), SPARK_POINTS)), 20, "center"),
        Column(words("column.basis"), 16, "right"),
    )
    caption = words("caption.scorecard" if figures else "caption.key_figures")
    rows = tuple(_score_row(writer, figure, with_target=bool(figures)) for figure in chosen)
    return Table(caption, columns, rows, note)


def _score_row(writer: Writer, figure: Figure, *, with_target: bool) -> tuple[Cell, ...]:
    trend, unit = writer.trend(figure), figure.measure.unit
    previous, last_year = (trend.previous, trend.last_year) if trend else (None, None)
    status = writer.cells.status(figure.status)
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
        writer.cells.change(figure.value, last_year, unit),
        Cell(tone=status.tone, spark=spark) if spark else Cell("–", tone="muted"),
        writer.basis(figure),
    )


def _key_figures(writer: Writer) -> list[Figure]:
    """What stands on the scorecard where nothing was agreed: the headline of each process."""
    headline = {(process.id, measure) for process in writer.given.processes.values() for measure in process.headline}
    return [figure for key, figure in writer.given.whole.items() if key in headline and figure.value is not None]


def wrong(writer: Writer, figures: Sequence[Figure]) -> tuple[Point, ...]:
    """Missed targets, then major events, then data warnings; what does not fit is counted."""
    missed = [figure for figure in figures if figure.status == "missed"]
    shown, more = missed[:MAX_POINTS], len(missed) - MAX_POINTS
    points = [Point(writer.label(figure), _missed_text(writer, figure), "missed", MISSED) for figure in shown]
    if more > 0:
        points.append(Point(writer.plural("wrong.more", more), writer.words("wrong.more_text"), "missed", MISSED))
    if not figures and len(writer.given.measured.nonconformities):
        points += _recorded_points(writer)
    points += _event_points(writer)
    points += _coverage_points(writer)
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


def _missed_text(writer: Writer, figure: Figure) -> str:
    values = {"value": writer.shown(figure), "target": writer.target(figure).text}
    if figure.against is None or not figure.n:
        return writer.words("wrong.missed", **values)
    return writer.words("wrong.missed_share", **values, part=f"{figure.against:,.0f}", whole=f"{figure.n:,}")


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


def _coverage_points(writer: Writer) -> list[Point]:
    """Of each source that does not wholly cover the period: from when to when it does, and what follows."""
    points = []
    for key, line in writer.given.coverage.items():
        if line.covered == "whole" or line.first is None or line.last is None:
            continue
        first, last = (writer.cells.instant(moment).text for moment in (line.first, line.last))
        event = writer.cells.words.of(writer.given.processes[key].event)
        text = writer.words(
            f"wrong.covered_{line.covered}", event=event, first=first, last=last, period=writer.given.period.label
        )
        points.append(Point(writer.process(key), text, "at_risk", DOUBT))
    return points


def _hours(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and value == value else None


def calm(writer: Writer, figures: Sequence[Figure]) -> tuple[str, str]:
    """What stands in the place of an empty *what went wrong* and an empty *what moved*."""
    wrong = writer.words("front.nothing_wrong" if figures else "front.nothing_wrong_untargeted")
    has_limits = any(trend.upper is not None for trend in writer.given.trends.values())
    first = "front.nothing_moved" if has_limits else "front.nothing_changed"
    moved = writer.words(first if len(writer.periods) > 1 else "front.nothing_before")
    return wrong, moved
