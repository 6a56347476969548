"""What every part of the report needs to write itself: the inputs, the words and the cells.

Owns names (measure, member, dimension) and what of a figure stands in a cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from itss.measures.base import Measure
from itss.reports.cells import Cells
from itss.reports.document import Cell, Tone
from itss.reports.inputs import Figure, ReportInputs, Trend

TONES: dict[str, Tone] = {"met": "met", "at_risk": "at_risk", "missed": "missed"}


@dataclass(frozen=True)
class Writer:
    """Inputs and words together."""

    given: ReportInputs
    cells: Cells

    @cached_property
    def periods(self) -> tuple[str, ...]:
        """Labels of the periods with any history, oldest first, without holes, ending with the report's own."""
        period, known = self.given.period, {label for line in self.given.history.values() for label in line}
        labels = [period.shift(-back).label for back in range(self.given.entry.history - 1, -1, -1)]
        first = next((at for at, label in enumerate(labels) if label in known), len(labels) - 1)
        return tuple(labels[first:])

    def words(self, key: str, /, **values: object) -> str:
        """Words of the catalogue."""
        return self.cells.words(key, **values)

    def plural(self, key: str, n: float, /, **values: object) -> str:
        """Words of the catalogue for ``n`` of something."""
        return self.cells.words.plural(key, n, **values)

    def name(self, measure: Measure) -> str:
        """A measure's name."""
        return self.cells.words.of(measure.name)

    def process(self, key: str) -> str:
        """A process's name; of one this report does not know, its id."""
        process = self.given.processes.get(key)
        return self.cells.words.of(process.name) if process else key

    def dimension(self, process: str, dimension: str) -> str:
        """A dimension's name: that of the column."""
        known = self.given.processes.get(process)
        for column in known.columns if known else ():
            if column.name == dimension:
                return self.cells.words.of(column.text)
        return dimension

    def member(self, figure: Figure) -> str:
        """A member, or that the field is empty."""
        return figure.member or self.words("member.empty")

    def label(self, figure: Figure) -> str:
        """Process and measure, and the member it is about."""
        name = self.words("label.measure", process=self.process(figure.key[0]), measure=self.name(figure.measure))
        if not figure.dimension:
            return name
        dimension = self.dimension(figure.key[0], figure.dimension)
        return self.words("label.member", name=name, dimension=dimension, member=self.member(figure))

    def value(self, figure: Figure, tone: Tone = "") -> Cell:
        """A figure's value; the reason where there is none."""
        if figure.value is None:
            return Cell(self.words("status." + (figure.status or "none")), tone="muted")
        return self.cells.against(figure.value, figure.target, figure.measure.unit, figure.status, tone)

    def shown(self, figure: Figure) -> str:
        """A figure's value in words."""
        return self.value(figure).text

    def target(self, figure: Figure) -> Cell:
        """A figure's target."""
        return self.cells.target(figure.target, figure.measure.unit, figure.at_least)

    def trend(self, figure: Figure) -> Trend | None:
        """The trend behind a whole-scope figure."""
        return None if figure.dimension else self.given.trends.get(figure.key)

    def line(self, key: tuple[str, str]) -> tuple[float | None, ...]:
        """A measure's values over `periods`."""
        known = self.given.history.get(key, {})
        return tuple(known.get(label) for label in self.periods)

    def basis(self, figure: Figure) -> Cell:
        """The cases a figure stands on, for a share *x of y*."""
        if figure.measure.unit == "share" and figure.numerator is not None and figure.denominator is not None:
            words = self.words("basis.of", part=f"{figure.numerator:,.0f}", whole=f"{figure.denominator:,.0f}")
            return Cell(words, tone="muted")
        return self.cells.count(figure.n, "muted")
