"""What every part of the report needs to write itself: the inputs, the words and the cells.

Owns names (measure, member, dimension) and what of a figure stands in a cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from itss.measures.base import Measure
from itss.measures.process_figures import BLANK
from itss.processes.base import Opinion, Process
from itss.reports.cells import Cells
from itss.reports.document import Cell, Tone
from itss.reports.figure import Figure, Trend
from itss.reports.inputs import ReportInputs

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

    def span(self, periods: Sequence[str]) -> str:
        """``2025-08 to 2026-07 (12)`` of three or more in a row, else one by one; ``periods`` in order."""
        at = self.periods.index(periods[0]) if periods and periods[0] in self.periods else 0
        if len(periods) < 3 or tuple(periods) != self.periods[at : at + len(periods)]:
            return self.cells.words.join(list(periods))
        return self.words("standing.span", first=periods[0], last=periods[-1], n=len(periods))

    def name(self, measure: Measure) -> str:
        """A measure's name."""
        return self.cells.words.of(measure.name)

    def process(self, key: str) -> str:
        """A process's name; of one this report does not know, its id."""
        process = self.given.processes.get(key)
        return self.cells.words.of(process.name) if process else key

    def roles(self, key: str) -> Process:
        """The process, which is asked for its roles."""
        return self.given.processes[key]

    @property
    def is_around_covered(self) -> bool:
        """Whether the whole period is covered of what is counted in the days around a major event."""
        return all(self.given.is_covered(key) for key, process in self.given.processes.items() if process.around)

    def opinions(self) -> Iterator[tuple[str, Opinion]]:
        """The processes that tell what customers think."""
        for key, process in self.given.processes.items():
            if process.opinion:
                yield key, process.opinion

    def dimension(self, process: str, dimension: str) -> str:
        """A dimension's name; of one that the catalogue does not know, that of the column."""
        if f"dimension.{dimension}" in self.cells.words.keys:
            return self.words(f"dimension.{dimension}")
        known = self.given.processes.get(process)
        for column in (*known.columns, *known.derived) if known else ():
            if column.name == dimension:
                return self.cells.words.of(column.text)
        return dimension

    def event(self, process: str) -> str:
        """What a major event of a process is called."""
        key = f"event.{process}"
        return self.words(key) if key in self.cells.words.keys else self.process(process)

    def order(self, process: str, dimension: str, members: Iterable[str]) -> list[str]:
        """Members in the order of the column's values or the agreement's priorities; others most cases first."""
        known = self.given.processes.get(process)
        column = next((column for column in known.columns if column.name == dimension), None) if known else None
        values = column.values or column.usual if column else ()
        if column and not column.values and column.says == "priority" and self.given.agreement:
            values = tuple(self.given.agreement.time_targets) or values
        rank = {value: at for at, value in enumerate(values)}
        cases: dict[str, int] = {}
        for figure in self.given.members(process, dimension):
            cases[figure.member] = max(cases.get(figure.member, 0), figure.n)
        return sorted(members, key=lambda member: (rank.get(member, len(rank)), -cases.get(member, 0), member))

    def member(self, figure: Figure) -> str:
        """A member, or that the field is empty."""
        return self.member_name(figure.member)

    def member_name(self, member: str) -> str:
        """A member's name, or that the field is empty."""
        return self.words("member.empty") if member in ("", BLANK) else member

    def label(self, figure: Figure) -> str:
        """Process and measure, and the member it is about."""
        name = self.words("label.measure", process=self.process(figure.key[0]), measure=self.name(figure.measure))
        if not figure.dimension:
            return name
        dimension = self.dimension(figure.key[0], figure.dimension)
        return self.words("label.member", name=name, dimension=dimension, member=self.member(figure))

    def label_by(self, figure: Figure) -> str:
        """Process and measure, and the dimension it is split by."""
        dimension = self.dimension(figure.key[0], figure.dimension)
        name = self.words("chart.by", measure=self.name(figure.measure), dimension=dimension)
        return self.words("label.measure", process=self.process(figure.key[0]), measure=name)

    def measure_label(self, process: str, measure: str) -> str:
        """Process and measure by their ids."""
        known = self.given.measures.get((process, measure))
        name = self.name(known) if known else measure
        return self.words("label.measure", process=self.process(process), measure=name)

    def value(self, figure: Figure, tone: Tone = "") -> Cell:
        """A figure's value; the reason where there is none."""
        if figure.value is None:
            return Cell(self.words("status." + (figure.status or "none")), tone="muted")
        return self.cells.against(figure.value, figure.target, figure.measure.unit, figure.status, tone)

    def status(self, figure: Figure) -> Cell:
        """A figure's status with its symbol; a target whose measure is not available was *not measured*."""
        is_unmeasured = figure.target is not None and figure.status == "not_available"
        return (
            Cell(self.words("status.not_measured"), tone="muted") if is_unmeasured else self.cells.status(figure.status)
        )

    def shown(self, figure: Figure) -> str:
        """A figure's value in words; the raw one beside it where an agreed exclusion changes it."""
        return self.value(figure).text + self.raw(figure)

    def raw(self, figure: Figure) -> str:
        """``(before exclusions 91.2%, 31 / 34)``; empty where no agreed exclusion changes the figure."""
        if figure.raw is None:
            return ""
        value, basis = self.raw_value(figure).text, self.raw_basis(figure).text
        is_same = figure.measure.unit == "count" and figure.raw.value == figure.raw.n
        return self.words("exclusion.raw_count" if is_same else "exclusion.raw", value=value, basis=basis)

    def raw_value(self, figure: Figure) -> Cell:
        """The value without the agreed exclusions; the reason where there is none."""
        raw = figure.raw
        return Cell() if raw is None else self.value(replace(figure, value=raw.value, status=raw.status))

    def raw_basis(self, figure: Figure) -> Cell:
        """What that one stands on."""
        raw = figure.raw
        if raw is None:
            return Cell()
        before = replace(figure, value=raw.value, numerator=raw.numerator, denominator=raw.denominator, n=raw.n)
        return self.basis(before, with_raw=False)

    def target(self, figure: Figure) -> Cell:
        """A figure's target."""
        return self.cells.target(figure.target, figure.measure.unit, figure.at_least)

    def trend(self, figure: Figure) -> Trend | None:
        """The trend behind a whole-scope figure; ``None`` also where the data do not cover the period."""
        return None if figure.dimension else self.given.trends.get(figure.key)

    def line(self, key: tuple[str, str]) -> tuple[float | None, ...]:
        """A measure's values over `periods`."""
        known = self.given.history.get(key, {})
        return tuple(known.get(label) for label in self.periods)

    def basis(self, figure: Figure, *, with_raw: bool = True) -> Cell:
        """The cases of a figure, for a share *x of y*; that they are few, or that the data do not cover the period.

        Behind them the raw figure with its own, where an agreed exclusion changes it.
        """
        if figure.value is None and figure.status == "not_available":
            return Cell("–", tone="muted")
        few = (self.words("basis.few") if figure.is_few else "") + self._gap(figure.key[0])
        few += self.raw(figure) if with_raw else ""
        if figure.measure.unit == "share" and figure.numerator is not None and figure.denominator is not None:
            whole = self._counted(figure, figure.denominator).text
            return Cell(self.words("basis.of", part=f"{figure.numerator:,.0f}", whole=whole) + few, tone="muted")
        cell = self.cells.count(figure.n, "muted")
        return Cell(cell.text + few, tone="muted") if few else cell

    def basis_before(self, figure: Figure) -> Cell:
        """The cases of the figure of the period before, where there is one to compare with."""
        trend = self.trend(figure)
        return self._cases_of(figure, trend.n_before if trend and trend.previous is not None else None)

    def basis_last_year(self, figure: Figure) -> Cell:
        """The cases of the figure of the same period last year, where there is one to compare with."""
        trend = self.trend(figure)
        return self._cases_of(figure, trend.n_last_year if trend and trend.last_year is not None else None)

    def _cases_of(self, figure: Figure, n: int | None) -> Cell:
        if n is None:
            return Cell("–", tone="muted")
        few = self.words("basis.few") if figure.is_on_cases and n < figure.measure.few_below else ""
        cell = self._counted(figure, n)
        return Cell(cell.text + few, tone="muted") if few else cell

    def _counted(self, figure: Figure, n: float) -> Cell:
        """A number of cases; minutes of service time are none, so their unit stays beside them."""
        if figure.measure.counted_in == "minutes":
            return Cell(self.cells.plain(n, "min", 0), tone="muted")
        return self.cells.count(n, "muted")

    def _gap(self, process: str) -> str:
        """That the data of a process cover the period in part, or not at all."""
        line = self.given.coverage.get(process)
        known = self.given.submission(process)
        if line is None or line.covered == "whole" or known is None or known.missing:
            return ""
        return self.words(f"basis.{line.covered}")

    def on(self, figure: Figure, value: float | None, n: int | None) -> str:
        """``(n = 12)`` behind a value in a sentence; a count that is its own number of cases needs none."""
        if n is None or (figure.measure.unit == "count" and n == value):
            return ""
        return self.words(f"basis.{figure.measure.counted_in}", n=f"{n:,}")
