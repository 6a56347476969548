"""Why a figure is not available: which field the source lacks, which value it cannot tell, or that it is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from itss.reports.figure import Figure, YearAllowance
from itss.reports.writer import Writer


def reason(writer: Writer, figure: Figure) -> str:
    """The reason in words, without a stop."""
    process, measure = figure.key[0], figure.measure
    if (year := _uncovered_year(writer, figure)) is not None:
        return writer.words("lacking.year", first=year.first, last=year.last)
    given = writer.given.submission(process)
    if given is None or given.missing:
        return writer.words("lacking.missing", process=writer.process(process))
    cannot = [
        f"{column} = {value}" for column, value in measure.counts_values if value in given.cannot_tell.get(column, ())
    ]
    if cannot:
        return writer.words("lacking.value", values=writer.cells.words.join(cannot))
    own = _declared(writer, process)
    absent = [name for name in measure.needs if name in own and name not in given.columns]
    if absent and given.columns:
        return writer.words("lacking.columns", columns=_names(writer, process, absent))
    if figure.dimension and _is_told(writer, figure):
        return writer.words("lacking.member", member=writer.member(figure))
    # where the members have figures, the whole lacks no more than what it needs beyond them
    own_needs = () if not figure.dimension and measure.whole_needs and _has_members(writer, figure) else measure.needs
    needs = measure.needs if figure.dimension else (*own_needs, *measure.whole_needs)
    derived = [name for name in needs if name not in own]
    if derived and given.columns:
        return _underived(writer, process, derived)
    return writer.words("lacking.fields", columns=_names(writer, process, measure.needs))


def _uncovered_year(writer: Writer, figure: Figure) -> YearAllowance | None:
    """The year so far of a target over the year whose data do not cover it from its first day on."""
    found = writer.given.allowances.get((*figure.key, figure.member)) if figure in writer.given.yearly else None
    return found if found is not None and found.why == "not_covered" else None


def _underived(writer: Writer, process: str, derived: Sequence[str]) -> str:
    """What source or agreement must have for the derived columns, where the process says it."""
    known = writer.given.processes.get(process)
    takes = [c.takes for c in (known.derived if known else ()) if c.name in derived]
    said = dict.fromkeys(writer.cells.words.of(one) for one in takes if one is not None)
    if said and None not in takes:
        return writer.words("lacking.takes", what=writer.cells.words.join(list(said)))
    return writer.words("lacking.derived", columns=_names(writer, process, derived))


def note(writer: Writer, figures: Iterable[Figure]) -> str:
    """Of each of the figures, none of which could be measured, the reason; empty where there is none."""
    parts = [writer.words("lacking.of", name=writer.label(figure), reason=reason(writer, figure)) for figure in figures]
    return writer.words("lacking.note", items=writer.words("analysis.part_joint").join(parts)) if parts else ""


def _is_told(writer: Writer, figure: Figure) -> bool:
    """Whether the measure itself has a figure: then the data do not know the member."""
    return any(one.key == figure.key and one.status != "not_available" for one in writer.given.figures)


def _has_members(writer: Writer, figure: Figure) -> bool:
    return any(one.key == figure.key and one.dimension and one.value is not None for one in writer.given.figures)


def _declared(writer: Writer, process: str) -> set[str]:
    known = writer.given.processes.get(process)
    return {column.name for column in known.columns} if known else set()


def _names(writer: Writer, process: str, columns: Sequence[str]) -> str:
    """The fields as the process calls them, with their names in the query."""
    known = writer.given.processes.get(process)
    texts = {c.name: writer.cells.words.of(c.text) for c in (*known.columns, *known.derived)} if known else {}
    named = [writer.words("lacking.column", name=name, text=texts.get(name, name)) for name in columns]
    return writer.cells.words.join(named)
