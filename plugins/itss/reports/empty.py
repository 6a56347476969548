"""Why one of the six contents has nothing, or lacks a part: never silence."""

from __future__ import annotations

from itss.measures.base import Section
from itss.reports import covered, leads
from itss.reports.tables import available, split_tables
from itss.reports.targets import targeted
from itss.reports.trend_table import known_trends
from itss.reports.writer import Writer


def has_content(writer: Writer, key: Section) -> bool:
    """Whether there is anything to say about a content in this period."""
    given, figures = writer.given, writer.given.of_section(key)
    if key == "e":
        return bool(known_trends(writer))
    if available(figures) or leads.lead(writer, key):
        return True
    if key == "b":
        missed = any(figure.status in ("missed", "at_risk") for figure in targeted(writer))
        return missed or bool(len(given.measured.nonconformities))
    if key == "c":
        return bool(split_tables(writer, [f for f in given.figures if f.measure.section == "c"]))
    return False


def reasons(writer: Writer, key: Section) -> list[str]:
    """The sentences that say so; none where nothing is missing."""
    given, has = writer.given, has_content(writer, key)
    here = {m.process for m in given.measures.values() if m.section == key or (key == "e" and not has)}
    texts = [
        writer.words("empty.missing", process=writer.process(s.process), source=s.source)
        for s in given.submissions
        if s.missing and s.process in here
    ]
    texts += [
        writer.words("empty.no_rows", process=writer.process(s.process), source=s.source)
        for s in given.submissions
        if not s.missing and s.rows == 0 and s.process in here
    ]
    gaps = [
        covered.sentence(writer, line)
        for line in covered.gaps(writer)
        if (line.process in here or key == "e")
        and not (key == "c" and leads.flow(writer, line.process))  # there it is said already
    ]
    if not has and not texts and not gaps:
        texts.append(writer.words("empty.unavailable" if here else "empty.no_source"))
    if texts and not has and not gaps:
        return [writer.words("empty.head") + writer.words("empty.separator").join(texts)]
    return [*texts, *gaps]
