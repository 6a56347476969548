"""What a review meeting has before it, in the reader's language: gaps, what went wrong and moved, items still open."""

from __future__ import annotations

from dataclasses import dataclass, replace

from itss.reports import catalogue, front, improvements, movement, nonconformities, targets
from itss.reports.cells import Cells
from itss.reports.document import Point, Table
from itss.reports.inputs import ReportInputs
from itss.reports.writer import Writer
from itss.text import Language


@dataclass(frozen=True)
class MeetingPapers:
    """``nothing_wrong`` and ``nothing_moved`` are the sentences in the place of empty lists."""

    headline: str
    gaps: Table | None
    wrong: tuple[Point, ...]
    nothing_wrong: str
    moved: tuple[Point, ...]
    nothing_moved: str
    items: Table | None


def meeting_papers(inputs: ReportInputs, language: Language) -> MeetingPapers:
    """The papers of a report in ``language``, whichever the report's own is."""
    given = replace(inputs, entry=inputs.entry.model_copy(update={"language": language}))
    writer = Writer(given, Cells(catalogue.load(language), given.period.zone))
    agreed = targets.targeted(writer)
    nothing_wrong, nothing_moved, _ = front.calm(writer)
    return MeetingPapers(
        headline=targets.headline(writer, agreed)[0],
        gaps=nonconformities.gaps(writer),
        wrong=front.wrong(writer, agreed),
        nothing_wrong=nothing_wrong,
        moved=movement.moved(writer),
        nothing_moved=nothing_moved,
        items=improvements.table(writer),
    )
