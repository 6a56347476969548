"""What the calls of a template work with, and what they note: which measures were used, whose words were placed."""

from __future__ import annotations

from dataclasses import dataclass, field

from itss.measures.base import Section
from itss.reports.figure import Figure
from itss.reports.writer import Writer

Key = tuple[str, str]


@dataclass
class Materials:
    """The writer of the report; ``used`` and ``placed`` are what the template has called so far."""

    writer: Writer
    author: str
    used: set[Key] = field(default_factory=set)
    placed: set[str] = field(default_factory=set)

    @property
    def measures(self) -> dict[str, Key]:
        """The measures that the entry's processes have, by the id that a template writes."""
        return {f"{process}.{measure}": (process, measure) for process, measure in self.writer.given.measures}

    def figures(self, ids: list[str]) -> list[Figure]:
        """The whole-scope figures of measures, as far as there are any; notes that they are used."""
        keys = [self.measures[one] for one in ids]
        self.used.update(keys)
        return [self.writer.given.whole[key] for key in keys if key in self.writer.given.whole]

    def figure(self, measure: str) -> Figure | None:
        """The whole-scope figure of a measure."""
        return next(iter(self.figures([measure])), None)

    def by(self, measure: str, dimension: str) -> list[Figure]:
        """The figures of a measure by the members of a dimension."""
        key = self.measures[measure]
        self.used.add(key)
        return [f for f in self.writer.given.members(key[0], dimension) if f.key == key]


CONTENTS: tuple[Section, ...] = ("a", "b", "c", "d", "e", "f")
APPENDICES = ("improvements", "definitions", "quality", "revisions")
