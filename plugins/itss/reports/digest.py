"""What whoever signs reads beside the report, in their own language: what it says of its targets and what has changed.

The same sentences as the brief, made of the same inputs; the figures, each under the names that its rows are asked by.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from itss.reports import catalogue, data_quality, front, movement, redefined, restated, revision_history, since, targets
from itss.reports.cells import Cells
from itss.reports.document import Cell, Point, Table, Tone
from itss.reports.figure import Figure
from itss.reports.inputs import ReportInputs
from itss.reports.writer import Writer
from itss.text import Language


@dataclass(frozen=True)
class FigureLine:
    """One figure: the ids by which its rows are asked for, and its cells."""

    process: str
    measure: str
    dimension: str
    member: str
    section: str
    """The process in words."""
    name: str
    value: Cell
    target: Cell
    status: Cell
    has_rows: bool
    raw: str = ""
    """The figure before agreed exclusions, where they change it."""


@dataclass(frozen=True)
class Digest:
    """``nothing_wrong`` and ``nothing_moved`` are the sentences that stand in the place of empty lists."""

    headline: str
    tone: Tone
    wrong: tuple[Point, ...]
    nothing_wrong: str
    since: tuple[Point, ...]
    changes: Table | None
    moved: tuple[Point, ...]
    nothing_moved: str
    restatements: Table | None
    redefined: Table | None
    proposals: Table | None
    findings: tuple[Point, ...]
    comment: str
    figures: tuple[FigureLine, ...]


def digest(inputs: ReportInputs, language: Language) -> Digest:
    """The digest of a report in ``language``, whichever the report's own is."""
    given = replace(inputs, entry=inputs.entry.model_copy(update={"language": language}))
    writer = Writer(given, Cells(catalogue.load(language), given.period.zone))
    agreed = targets.targeted(writer)
    headline, tone = targets.headline(writer, agreed)
    nothing_wrong, nothing_moved, _ = front.calm(writer)
    return Digest(
        headline=headline,
        tone=tone,
        wrong=front.wrong(writer, agreed),
        nothing_wrong=nothing_wrong,
        since=since.points(writer),
        changes=revision_history.changes(writer),
        moved=movement.moved(writer),
        nothing_moved=nothing_moved,
        restatements=restated.table(writer),
        redefined=redefined.points(writer),
        proposals=redefined.proposals(writer),
        findings=data_quality.finding_points(writer),
        comment=given.comment.strip(),
        # what no source can tell and nobody has agreed on, the report says once
        figures=tuple(_line(writer, one) for one in given.every_figure if one.status != "not_available" or one.target),
    )


def _line(writer: Writer, figure: Figure) -> FigureLine:
    name = writer.name(figure.measure)
    if figure.dimension:
        dimension = writer.dimension(figure.key[0], figure.dimension)
        name = writer.words("label.member", name=name, dimension=dimension, member=writer.member(figure))
    return FigureLine(
        *figure.key,
        figure.dimension,
        figure.member,
        writer.process(figure.key[0]),
        name,
        writer.value(figure),
        writer.target(figure),
        writer.status(figure),
        has_rows=figure.status != "not_available",
        raw=writer.raw(figure).strip(),
    )
