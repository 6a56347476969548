"""Calls that stand alone on their line: tables, charts, generated sentences, the record.

Each returns blocks of the document tree, none where there is nothing to show.
"""

from __future__ import annotations

from itss.reports import allowance as allowances
from itss.reports import (
    analysis,
    data_quality,
    definitions,
    empty,
    events,
    improvements,
    leads,
    nonconformities,
    restated,
    revision_history,
    tables,
)
from itss.reports import exclusions as excluded
from itss.reports import facts as report_facts
from itss.reports.document import (
    Beside,
    Block,
    Facts,
    Items,
    OwnWords,
    PageBreak,
    Paragraph,
    Sentences,
)
from itss.reports.template import arguments
from itss.reports.template.arguments import Content, Count, Flag
from itss.reports.template.materials import Materials
from itss.reports.template.placeholders import Blocks, Later, Placeholder, SheetEdge, at_most_one


def beside(_: Materials, left: arguments.Beside, right: arguments.Beside) -> Blocks:
    """Two calls in two columns where the paper is wide enough."""
    return [Beside(_blocks(left), _blocks(right))]


def _blocks(placeholder: Placeholder) -> tuple[Block, ...]:
    content = placeholder.held.content
    return tuple(content) if isinstance(content, list | tuple) else ()


def facts(given: Materials, titled: Flag = True) -> Blocks:
    """Period, cut-off, agreement, author, approval, recipients and revision of the report; ``titled`` or without."""
    title = given.writer.words("front.facts") if titled else ""
    return [Facts(title, report_facts.pairs(given.writer, given.author))]


def lead(given: Materials, key: Content) -> Blocks:
    """The statements that a content begins with."""
    return [Paragraph(text, "lead") for text in leads.lead(given.writer, key)]


def analysis_call(given: Materials, key: Content) -> Blocks:
    """What the figures of a content say in words: two to five sentences, no cause claimed."""
    texts = analysis.sentences(given.writer, key, len(leads.lead(given.writer, key)))
    return [Sentences(given.writer.words("analysis.title"), texts)] if texts else []


def comment(given: Materials, key: Content | None = None) -> Blocks:
    """The author's own words on a content, or on the whole report.

    A comment that the template has no place for is put at the begin of its part.
    """
    given.placed.add(key or "")
    return own_words(given, key or "")


def own_words(given: Materials, key: str) -> list[Block]:
    """What the author wrote on a content (its key) or the whole (an empty key); nothing where they wrote nothing."""
    inputs = given.writer.given
    text = (inputs.comments.get(key, "") if key else inputs.comment).strip()
    return [OwnWords(given.writer.words("comment.title"), text, given.author)] if text else []


def empty_call(given: Materials, key: Content) -> Blocks:
    """Why a content has no data, or lacks a part; nothing where all is there."""
    return [Paragraph(text, "empty") for text in empty.reasons(given.writer, key)]


def gaps(given: Materials) -> Blocks:
    """The targets that were missed or nearly so, with the gap to each."""
    return at_most_one(nonconformities.gaps(given.writer))


def concentration(given: Materials) -> Blocks:
    """In which services or priorities the breaches are."""
    return at_most_one(nonconformities.concentration(given.writer))


def remedies(given: Materials) -> Blocks:
    """What is being done about each missed target: correction, cause, corrective action."""
    return at_most_one(nonconformities.remedied(given.writer))


def major_events(given: Materials, limit: Count = 1_000) -> Blocks:
    """Each major event with duration, cause and action, and the seven days before and after; ``limit`` on the page."""
    return events.tables(given.writer, limit)


def improvements_call(given: Materials, limit: Count = 1_000) -> Blocks:
    """The items to improve that reviews raised, as they stood when the period ended; the page shows ``limit``."""
    found = improvements.table(given.writer)
    return [tables.cut(given.writer, found, limit)] if found else []


def sources(given: Materials) -> Blocks:
    """Where the rows came from, how many there are, and what they cover."""
    return [data_quality.sources(given.writer)]


def findings(given: Materials) -> Blocks:
    """What the checks of the data found, or that they found nothing."""
    return data_quality.findings(given.writer)


def left_out(given: Materials) -> Blocks:
    """The rows that are in no figure, or not in all, and why."""
    return data_quality.left_out(given.writer)


def unavailable(given: Materials) -> Blocks:
    """The measures that the sources cannot yield, and why."""
    return data_quality.unavailable(given.writer)


def definitions_call(given: Materials, used: Flag = False) -> Later:
    """What the measures mean: all of the report, or with ``used=true`` those that it shows."""
    return lambda: [definitions.table(given.writer, given.used if used else None)]


def revisions(given: Materials) -> Blocks:
    """The revisions of this period's report, and what changed since the last one and in earlier periods."""
    return revision_history.blocks(given.writer)


def restatements(given: Materials) -> Blocks:
    """The published figures that come out otherwise today."""
    return at_most_one(restated.table(given.writer))


def levels(given: Materials) -> Blocks:
    """Who will be asked to sign, level by level."""
    people, words = given.writer.given.list.people, given.writer.cells.words
    items = tuple(
        Paragraph(
            given.writer.words(
                "label.about",
                process=words.of(level.title),
                text=words.join([words.of(people[key].title) for key in level.approvers if key in people]),
            )
        )
        for level in given.writer.given.entry.approval
    )
    return [Items(items, is_ordered=True)]


def exclusions(given: Materials) -> Blocks:
    """The agreed exclusions with reason and evidence, the figures before and after them, and each record."""
    return excluded.blocks(given.writer)


def allowance(given: Materials) -> Blocks:
    """What is left of the allowance of targets that are agreed for a year."""
    return at_most_one(allowances.table(given.writer))


def page_break(given: Materials) -> Blocks:
    """What follows begins a page."""
    return [PageBreak()]


def sheet(given: Materials, name: arguments.Words) -> SheetEdge:
    """Encloses what goes to a sheet of the workbook only.

    ``{% call sheet("name") %} … {% endcall %}``
    """
    return SheetEdge(name)
