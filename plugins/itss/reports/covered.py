"""What the data of a source cover, in words: from when to when, and that a gap allows no comparison."""

from __future__ import annotations

from itss.reports.document import Point
from itss.reports.inputs import CoverageLine
from itss.reports.writer import Writer


def gaps(writer: Writer) -> list[CoverageLine]:
    """The processes of the report whose period is not wholly covered."""
    lines = writer.given.coverage.values()
    return [line for line in lines if line.process in writer.given.processes and line.covered != "whole"]


def sentence(writer: Writer, line: CoverageLine) -> str:
    """From when to when facts of this kind are known, and what follows for the period."""
    facts, values = facts_of(writer, line), {}
    if line.since is None or line.until is None:
        return writer.words("coverage.unknown", facts=facts)
    values = {name: day(writer, moment) for name, moment in (("since", line.since), ("until", line.until))}
    return writer.words(f"coverage.{line.covered}", facts=facts, **values)


def points(writer: Writer) -> list[Point]:
    """A line of the first page for each gap."""
    return [Point(writer.process(line.process), sentence(writer, line), "at_risk", "!") for line in gaps(writer)]


def facts_of(writer: Writer, line: CoverageLine) -> str:
    """What the leading events of a process are called; of a field that has no word, its records."""
    key = f"coverage.facts.{line.column}"
    if key in writer.cells.words.keys:
        return writer.words(key)
    return writer.words("coverage.facts.other", column=writer.dimension(line.process, line.column))


def day(writer: Writer, moment: object) -> str:
    """The day of an instant in the report's zone."""
    return writer.cells.instant(moment).text[:10]
