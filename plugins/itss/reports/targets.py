"""What became of the agreed targets: how many were agreed, measured, judged and met, in one count for all pages.

Refuses to call a target met whose data do not cover the period, and counts one that could not be measured among the
agreed ones. Every sentence on *the targets* is made of this count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from itss.reports.document import Tally, Tone
from itss.reports.figure import Figure
from itss.reports.inputs import ReportInputs
from itss.reports.writer import Writer

ORDER = ("missed", "at_risk", "met", "not_judged", "not_available", "not_applicable", "")
LATER = ("c", "d", "e")
"""Sections whose targets stand behind those of service, nonconformities and satisfaction."""


@dataclass(frozen=True)
class TargetCount:
    """How many targets stand where; ``met`` includes those at risk, ``uncovered`` are met on data with a gap."""

    agreed: int
    not_measured: int
    unjudged: int
    met: int
    at_risk: int
    missed: int
    uncovered: int
    by_agreement: int = 0
    """Met, and missed without what was agreed not to count."""

    @property
    def judged(self) -> int:
        """Those that the data of a whole period decided, or that were missed already."""
        return self.met + self.missed

    @property
    def all_met(self) -> bool:
        """Whether *all targets were met* may be said."""
        return 0 < self.agreed == self.met

    @property
    def tone(self) -> Tone:
        """The tone of the whole: good only where nothing is open."""
        if self.missed:
            return "missed"
        if not self.met:
            return "muted"
        return "at_risk" if self.at_risk or self.uncovered or self.not_measured else "met"


def targeted(writer: Writer) -> list[Figure]:
    """Every figure with a target, worst first."""
    found = [figure for figure in writer.given.every_figure if figure.target is not None]
    return sorted(found, key=lambda f: (ORDER.index(f.status), f.dimension != "", f.measure.section in LATER))


def count(given: ReportInputs, figures: Sequence[Figure]) -> TargetCount:
    """The count of ``figures``, all of which have a target."""
    kept = [figure for figure in figures if figure.status in ("met", "at_risk")]
    covered = [figure for figure in kept if given.is_covered(figure.key[0])]
    status = [figure.status for figure in figures]
    return TargetCount(
        agreed=len(figures),
        not_measured=status.count("not_available"),
        unjudged=sum(one in ("not_judged", "not_applicable", "") for one in status),
        met=len(covered),
        at_risk=sum(figure.status == "at_risk" for figure in covered),
        missed=status.count("missed"),
        uncovered=len(kept) - len(covered),
        by_agreement=sum(one.raw is not None and one.raw.status == "missed" for one in kept),
    )


def summary(writer: Writer, counted: TargetCount) -> str:
    """``27 targets: 18 met (2 of them at risk), 9 missed``, without its stop; what was not measured, too."""
    measured = counted.agreed - counted.not_measured
    key = "headline.measured" if counted.not_measured else "headline.met"
    met = writer.plural(key, counted.agreed, met=counted.met, measured=measured)
    if counted.at_risk:
        met += writer.plural("headline.at_risk", counted.at_risk)
    of_met = (("by_agreement", counted.by_agreement), ("missed", counted.missed))
    rest = (*of_met, ("uncovered", counted.uncovered), ("unjudged", counted.unjudged))
    more = [writer.plural(f"headline.{name}", number) for name, number in rest if number]
    return writer.words("headline.separator").join([met, *more])


def headline(writer: Writer, figures: Sequence[Figure]) -> tuple[str, Tone]:
    """The verdict in one line, and its tone."""
    if not figures:
        return writer.words("headline.no_targets"), "muted"
    counted = count(writer.given, figures)
    return summary(writer, counted) + writer.words("stop"), counted.tone


def tallies(writer: Writer, figures: Sequence[Figure]) -> tuple[Tally, ...]:
    """How many targets are met, at risk, missed, not judged; and, where there are any, not measured or not covered."""
    counted = count(writer.given, figures)
    always: tuple[tuple[str, int, Tone], ...] = (
        ("met", counted.met - counted.at_risk, "met"),
        ("at_risk", counted.at_risk, "at_risk"),
        ("missed", counted.missed, "missed"),
        ("muted", counted.unjudged, "muted"),
    )
    sometimes: tuple[tuple[str, int, Tone], ...] = (
        ("not_measured", counted.not_measured, "muted"),
        ("uncovered", counted.uncovered, "muted"),
    )
    shown = [*always, *(one for one in sometimes if one[1])]
    return tuple(Tally(writer.words(f"tally.{name}"), number, tone) for name, number, tone in shown)


def nothing_missed(writer: Writer) -> str:
    """What may be said of the targets where none was missed: whether all were met, or only those that were judged."""
    counted = count(writer.given, targeted(writer))
    if not counted.agreed:
        return writer.words("targets.none_agreed")
    if not counted.judged:
        return writer.plural("targets.none_judged", counted.agreed)
    if counted.all_met:
        return writer.plural("targets.all_met", counted.agreed)
    return writer.words("targets.judged_met", judged=counted.judged, total=counted.agreed)
