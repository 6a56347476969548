"""Calls that stand alone on their line: tables, charts, generated sentences, the record.

Each returns blocks of the document tree, none where there is nothing to show.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Annotated

from itss.reports import allowance as allowances
from itss.reports import (
    analysis,
    control_rules,
    data_quality,
    definitions,
    empty,
    events,
    graphs,
    improvements,
    leads,
    nonconformities,
    restated,
    revision_history,
    standing,
    tables,
    trend_table,
)
from itss.reports import exclusions as excluded
from itss.reports import facts as report_facts
from itss.reports import worst as worst_records
from itss.reports.document import (
    Beside,
    Block,
    Chart,
    Facts,
    Items,
    OwnWords,
    PageBreak,
    Paragraph,
    Sentences,
    Table,
)
from itss.reports.figure import Figure
from itss.reports.template import arguments
from itss.reports.template.arguments import Content, Count, Dimension, Flag, Measures, Process
from itss.reports.template.budget import RefusedError
from itss.reports.template.materials import Materials
from itss.reports.template.placeholders import Blocks, Later, Placeholder, SheetEdge

KINDS = ("control", "lines", "columns", "bars", "flow", "stock")
ChartKind = Annotated[str, arguments.choice(*KINDS)]
TABLE_COLUMNS = {
    "value": "column.value",
    "target": "column.target",
    "status": "column.status",
    "previous": "column.previous",
    "change": "column.change",
    "last_year": "column.last_year",
    "n": "column.n",
    "n_previous": "column.n_before",
    "n_last_year": "column.n_last_year",
}
Columns = Annotated[list[str], arguments.choices(*TABLE_COLUMNS)]


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


def chart(
    given: Materials,
    kind: ChartKind,
    measures: Measures | None = None,
    by: Dimension | None = None,
    process: Process | None = None,
) -> Blocks:
    """A chart; nothing where there are fewer than two points.

    ``control`` is each measure with its limits, ``lines`` and ``columns`` measures of one unit over the periods,
    ``bars`` a measure ``by`` the members of a dimension, ``flow`` what came in and went out of a ``process``,
    ``stock`` what was left of it.
    """
    found = list(_charts(given, kind, measures or [], by, process))
    hollow = kind == "control" and any(line.hollow for one in found for line in one.series)
    notes = [given.writer.words("section.e.hollow")] if hollow else []
    if any(one.upper is not None for one in found):
        notes.append(_rules(given))
    return [*found, *(Paragraph(text.strip(), "note") for text in notes if text)]


def _rules(given: Materials) -> str:
    """What the charts mark, and how often that is chance: where it is asked for first, and nowhere else."""
    said = "" if control_rules.PLACE in given.placed else control_rules.sentence(given.writer)
    given.placed.add(control_rules.PLACE)
    return said


def _charts(given: Materials, kind: str, ids: list[str], by: str | None, process: str | None) -> Iterable[Chart]:
    writer = given.writer
    if kind in ("flow", "stock"):
        if process is None:
            raise RefusedError(f'chart("{kind}") is of a process.', f'Write chart("{kind}", process="incident").')
        drawn = [graphs.flow_chart(writer, process) if kind == "flow" else graphs.stock_chart(writer, process)]
    elif kind == "bars":
        if by is None:
            raise RefusedError("Bars stand for the members of a dimension.", 'Write by="service".')
        drawn = [graphs.member_chart(writer, writer.given.measures[given.measures[one]], by) for one in ids]
        given.used.update(given.measures[one] for one in ids)
    elif kind == "control":
        drawn = [graphs.control_chart(writer, figure) for figure in given.figures(ids)]
    else:
        drawn = [_history(given, kind, ids)]
    return (one for one in drawn if one)


def _history(given: Materials, kind: str, ids: list[str]) -> Chart | None:
    writer, units = given.writer, {given.writer.given.measures[given.measures[one]].unit for one in ids}
    if len(units) > 1:
        raise RefusedError("These measures have different units.", "Draw a chart for each unit.")
    figures = [figure for figure in given.figures(ids) if figure.value is not None]
    if not figures:
        return None
    names = writer.cells.words.join([writer.name(figure.measure) for figure in figures])
    title = writer.words("label.about", process=writer.process(figures[0].key[0]), text=names)
    return graphs.history_chart(writer, kind, title, figures)


def table(given: Materials, measures: Measures, by: Dimension | None = None, columns: Columns | None = None) -> Blocks:
    """Measures one under the other, a table a process; ``by`` a dimension, its members down and the measures across.

    What is not available is said under it. ``columns`` are those to show, in their own order.
    """
    if by is not None:
        return _split(given, measures, by)
    found = tables.grouped_tables(given.writer, _by_process(given.figures(measures)))
    if columns is None:
        return found
    kept = {given.writer.words(TABLE_COLUMNS[name]) for name in columns}
    return [_narrow(one, kept) if isinstance(one, Table) else one for one in found]


def _by_process(figures: Sequence[Figure]) -> list[Figure]:
    order = list(dict.fromkeys(figure.key[0] for figure in figures))
    return sorted(figures, key=lambda figure: order.index(figure.key[0]))


def _narrow(found: Table, kept: set[str]) -> Table:
    keep = [at for at, column in enumerate(found.columns) if at == 0 or column.title in kept]
    rows = tuple(tuple(row[at] for at in keep) for row in found.rows)
    return replace(found, columns=tuple(found.columns[at] for at in keep), rows=rows)


def split(given: Materials, measures: Measures) -> Blocks:
    """The measures by every dimension that they are split by: a table a process and dimension."""
    dimensions = dict.fromkeys(f.dimension for f in given.writer.given.figures if f.dimension)
    return [block for process in _processes(measures) for by in dimensions for block in _split(given, process, by)]


def _processes(ids: list[str]) -> list[list[str]]:
    order = dict.fromkeys(one.split(".")[0] for one in ids)
    return [[one for one in ids if one.split(".")[0] == process] for process in order]


def _split(given: Materials, ids: list[str], by: str) -> list[Block]:
    known = given.writer.given.measures
    given.used.update(given.measures[one] for one in ids)
    found = [
        tables.split_table(given.writer, part[0].split(".")[0], by, [known[given.measures[one]] for one in part])
        for part in _processes(ids)
    ]
    return [one for one in found if one]


def rows(given: Materials, what: Annotated[str, arguments.ROWS] = "b", limit: Count = 25) -> Blocks:
    """The records in breach, of a measure or of all (``b``), worst first: ``limit`` on the page, all in the book."""
    key = None if what == "b" else given.measures[what]
    found = nonconformities.listing(given.writer, key, limit)
    return [found] if found else []


def worst(given: Materials, limit: Count = 5) -> Blocks:
    """The worst records in breach in a short table; put ``rows("b")`` on a sheet for all of them."""
    return _one(worst_records.table(given.writer, limit))


def gaps(given: Materials) -> Blocks:
    """The targets that were missed or nearly so, with the gap to each."""
    return _one(nonconformities.gaps(given.writer))


def concentration(given: Materials) -> Blocks:
    """In which services or priorities the breaches are."""
    return _one(nonconformities.concentration(given.writer))


def remedies(given: Materials) -> Blocks:
    """What is being done about each missed target: correction, cause, corrective action."""
    return _one(nonconformities.remedied(given.writer))


def major_events(given: Materials, limit: Count = 1_000) -> Blocks:
    """Each major event with duration, cause and action, and the seven days before and after; ``limit`` on the page."""
    return events.tables(given.writer, limit)


def trends(given: Materials) -> Blocks:
    """Every figure against the period before, last year and its limits."""
    return _one(trend_table.table(given.writer, _rules(given)))


def limits(given: Materials) -> Blocks:
    """What the limits and points stand on: published or computed, fixed or provisional."""
    known = trend_table.known_trends(given.writer)
    return [standing.table(given.writer, known)] if known else []


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
    return _one(restated.table(given.writer))


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
    return _one(allowances.table(given.writer))


def page_break(given: Materials) -> Blocks:
    """What follows begins a page."""
    return [PageBreak()]


def sheet(given: Materials, name: arguments.Words) -> SheetEdge:
    """Encloses what goes to a sheet of the workbook only.

    ``{% call sheet("name") %} … {% endcall %}``
    """
    return SheetEdge(name)


def _one(block: Block | None) -> Blocks:
    return [block] if block else []
