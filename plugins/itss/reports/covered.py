"""What the data of a source cover, in words: from when to when, and that a gap allows no comparison."""

from __future__ import annotations

from itss.reports.document import Point
from itss.reports.figure import CoverageLine
from itss.reports.writer import Writer


def gaps(writer: Writer) -> list[CoverageLine]:
    """The processes that were collected, and whose period is not wholly covered."""
    given = writer.given
    collected = {one.process for one in given.submissions if not one.missing}
    return [line for key, line in given.coverage.items() if key in collected and line.covered != "whole"]


def sentence(writer: Writer, line: CoverageLine) -> str:
    """From when to when facts of this kind are known, and what follows for the period."""
    values = {"event": writer.cells.words.of(writer.given.processes[line.process].event)}
    values["period"] = writer.given.period.label
    if line.first is None or line.last is None:
        return writer.words("coverage.unknown", **values) + writer.words("stop")
    first, last = (writer.cells.instant(moment).text for moment in (line.first, line.last))
    return writer.words(f"coverage.{line.covered}", first=first, last=last, **values) + writer.words("stop")


def points(writer: Writer) -> list[Point]:
    """A line of the first page for each gap."""
    return [Point(writer.process(line.process), sentence(writer, line), "at_risk", "!") for line in gaps(writer)]
