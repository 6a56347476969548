"""What the mail of a report says of it: the verdict, for its subject too, and the targets that were missed or nearly.

The same counts, sentences and remedies as on the report's first page, from the same figures. Every missed target has
its line; the first ones say why, what is being done, by whom and until when.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from itss.reports import catalogue, front, remedies, targets
from itss.reports.cells import Cells
from itss.reports.figure import Figure
from itss.reports.inputs import ReportInputs
from itss.reports.targets import TargetCount
from itss.reports.writer import Writer

IN_FULL, AT_RISK = 8, 12
_TEXT = 240
"""Letters of a cause or an action in a mail; the report has all of it."""


@dataclass(frozen=True)
class MailLine:
    """One target; ``value`` and ``short`` (how many cases fell short) say on how many cases they stand.

    ``facts`` are names and values of what is known and being done about it.
    """

    label: str
    value: str
    target: str
    short: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class MailLines:
    """``verdict`` is empty where nothing is agreed; ``more_at_risk`` are so many more than are listed."""

    verdict: str
    headline: str
    answer: str
    missed: tuple[MailLine, ...]
    at_risk: tuple[MailLine, ...]
    more_at_risk: int
    absent: tuple[str, ...]
    """Processes whose data could not be collected."""


def mail_lines(given: ReportInputs) -> MailLines:
    """The lines of a report in its entry's language."""
    writer = Writer(given, Cells(catalogue.load(given.entry.language), given.period.zone))
    figures = targets.targeted(writer)
    missed, near = (
        [one for one in figures if one.status == status and (status == "missed" or given.is_covered(one.key[0]))]
        for status in ("missed", "at_risk")
    )
    return MailLines(
        verdict=_verdict(writer, targets.count(given, figures)),
        headline=targets.headline(writer, figures)[0],
        answer=front.answer(writer) if figures else "",
        missed=tuple(_lines(writer, missed, IN_FULL)),
        at_risk=tuple(_lines(writer, near[:AT_RISK], 0)),
        more_at_risk=len(near[AT_RISK:]),
        absent=tuple(writer.process(one.process) for one in given.submissions if one.missing),
    )


def _verdict(writer: Writer, counted: TargetCount) -> str:
    """``26/27 met · 1 missed``: of all that are agreed; of targets none of which could be judged, only that."""
    unjudged = counted.agreed - counted.judged
    parts = [writer.words("mail.met", met=counted.met, total=counted.agreed)] if counted.judged else []
    parts += [writer.plural("mail.missed", counted.missed)] if counted.missed else []
    parts += [writer.plural("mail.unjudged", unjudged)] if unjudged else []
    return " · ".join(parts)


def _lines(writer: Writer, figures: Sequence[Figure], in_full: int) -> Iterator[MailLine]:
    for at, figure in enumerate(figures):
        value, target, short = writer.shown(figure), writer.target(figure).text, _short(writer, figure)
        value += ("" if short else writer.on(figure, figure.value, figure.n)) + writer.raw(figure)
        facts = tuple(_facts(writer, figure)) if at < in_full else ()
        yield MailLine(writer.label(figure), value, target, short, facts)


def _short(writer: Writer, figure: Figure) -> str:
    """Empty where the figure is no share of cases."""
    if figure.against is None or not figure.n:
        return ""
    few = writer.words("basis.few_said") if figure.is_few else ""
    return writer.words("mail.short", part=f"{figure.against:,.0f}", whole=f"{figure.n:,}") + few


def _facts(writer: Writer, figure: Figure) -> Iterator[tuple[str, str]]:
    words, known = writer.words, remedies.remedy(writer, figure)
    if known.is_said:  # else one line says that nobody has said anything
        yield words("column.why"), _cut(known.why)
    yield words("column.doing"), _cut(known.action)
    if known.is_open:
        yield words("column.responsible"), known.owner or words("misses.nobody")
        yield words("column.until"), known.due or words("misses.no_day")


def _cut(text: str) -> str:
    return text if len(text) <= _TEXT else text[: _TEXT - 1].rstrip() + "…"
