"""Behind the six contents: items to improve (待改善点), definitions, data quality, revision history (修订记录).

What makes a figure checkable stands here: its definition and version, where the rows came from, what was left out
and why, and which figures an earlier revision stated otherwise.
"""

from __future__ import annotations

import math

from itss.checks.findings import Finding
from itss.measures.base import Measure
from itss.reports import improvements, lacking, quarantined, redefined, restated
from itss.reports.checked import nothing_found
from itss.reports.document import Block, Cell, Column, Paragraph, Point, Section, Table, Tone
from itss.reports.figure import Figure, number
from itss.reports.inputs import ReportInputs, Submission
from itss.reports.writer import Writer

ID_SAMPLE = 8
SEVERITIES = ("critical", "warning", "info")


def build(writer: Writer) -> tuple[Section, ...]:
    """The appendices; the first one where reviews have raised anything."""
    improving = improvements.table(writer)
    return (
        *([_section(writer, "improvements", [improving])] if improving else []),
        _section(writer, "definitions", [_definitions(writer)]),
        _section(writer, "quality", _quality(writer)),
        _section(writer, "revisions", _revisions(writer)),
    )


def _section(writer: Writer, key: str, blocks: list[Block]) -> Section:
    title, sheet = writer.words(f"appendix.{key}.title"), writer.words(f"appendix.{key}.sheet")
    return Section(key, title, sheet, (writer.words(f"appendix.{key}.lead"),), tuple(blocks))


def _definitions(writer: Writer) -> Table:
    words, cells = writer.words, writer.cells
    columns = (
        Column(words("column.measure"), 28, wrap=True),
        Column(words("column.measure_id"), 32),
        Column(words("column.process"), 22),
        Column(words("column.definition"), 76, wrap=True),
        Column(words("column.unit"), 10),
        Column(words("column.date_column"), 16),
        Column(words("column.version"), 11, "right"),
    )
    rows = tuple(
        (
            cells.text(writer.name(figure.measure)),
            cells.code(figure.measure.id),
            cells.text(writer.process(figure.key[0])),
            cells.text(_defined(writer, figure.measure)),
            cells.text(words(f"unit_name.{figure.measure.unit}")),
            cells.code(figure.measure.date_column or ""),
            cells.count(figure.measure.version),
        )
        for figure in writer.given.whole.values()
    )
    return Table(words("caption.definitions"), columns, rows, words("note.status"))


def _quality(writer: Writer) -> list[Block]:
    blocks: list[Block] = [_sources(writer)]
    if writer.given.findings:
        blocks.append(_findings(writer))
    elif none := nothing_found(writer):
        blocks.append(Paragraph(none))
    excluded = [figure for figure in writer.given.whole.values() if figure.excluded]
    if excluded or len(writer.given.quarantine):
        blocks.append(_excluded(writer, excluded))
    if len(writer.given.quarantine):
        blocks.append(quarantined.listing(writer))
    lacking = [figure for figure in writer.given.whole.values() if figure.status == "not_available"]
    if lacking:
        blocks.append(_unavailable(writer, lacking))
    return blocks


def _sources(writer: Writer) -> Table:
    words, cells = writer.words, writer.cells
    columns = (
        Column(words("column.process"), 18),
        Column(words("column.source"), 52, wrap=True),
        Column(words("column.collected_at"), 18),
        Column(words("column.newest"), 18),
        Column(words("column.covers"), 34, wrap=True),
        Column(words("column.rows"), 12, "right"),
        Column(words("column.sha256"), 20),
        Column(words("column.state"), 40, wrap=True),
    )
    rows = tuple(
        (
            cells.text(writer.process(item.process)),
            cells.text(_source(writer, item)),
            cells.instant(item.collected_at),
            *_covered(writer, item.process),
            cells.count(item.rows),
            cells.code(item.sha256[:16]),
            cells.text(writer.words("source.missing", reason=item.missing), "at_risk")
            if item.missing
            else cells.text(_state_of(writer, item)),
        )
        for item in writer.given.submissions
    )
    return Table(words("caption.sources"), columns, rows, words("note.sources"))


def _defined(writer: Writer, measure: Measure) -> str:
    """A measure's definition, and what the agreement in force says of it."""
    said = writer.cells.words.of(measure.definition)
    if measure.agreed is None:
        return said
    return f"{said} {writer.cells.words.of(measure.agreed(writer.given.agreement))}"


def _covered(writer: Writer, process: str) -> tuple[Cell, Cell]:
    """The newest fact of a source, and from when to when it covers."""
    line, cells = writer.given.coverage.get(process), writer.cells
    if line is None:
        return cells.instant(None), cells.instant(None)
    if line.since is None or line.until is None:
        return cells.instant(line.newest), cells.instant(None)
    since, until = (cells.instant(moment).text for moment in (line.since, line.until))
    tone: Tone = "" if line.covered == "whole" else "at_risk"
    return cells.instant(line.newest), cells.text(writer.words("source.covers", since=since, until=until), tone)


def _state_of(writer: Writer, item: Submission) -> str:
    """Handed in, and how many of its rows concern none of the periods."""
    after, before = (item.outside.get(name, 0) for name in ("after", "before"))
    said = writer.words("source.ok")
    if not after + before:
        return said
    counts = {"n": f"{after + before:,}", "after": f"{after:,}", "before": f"{before:,}"}
    return said + writer.words("source.outside", **counts)


def _source(writer: Writer, item: Submission) -> str:
    """Where the rows came from, and what the source said of its own limits."""
    words, process = writer.cells.words, writer.given.processes.get(item.process)
    names = {column.name: words.of(column.text) for column in process.columns} if process else {}
    said = [item.source]
    if item.present_value:
        columns = words.join([names.get(name, name) for name in item.present_value])
        said.append(words("source.present_value", columns=columns))
    if item.cannot_tell:
        values = [f"{column} = {value}" for column, found in item.cannot_tell.items() for value in found]
        said.append(words("source.cannot_tell", values=words.join(values)))
    return "\n".join(said)


def _rows_found(writer: Writer, finding: Finding) -> str:
    """How many rows of how many; nothing where it names none because it is about the source as a whole."""
    if finding.failed and finding.failed == finding.total and not finding.rows:
        return "–"
    return writer.words("basis.of", part=f"{finding.failed:,}", whole=f"{finding.total:,}")


def _sample(finding: Finding) -> str:
    """Some of the rows by id; none where it is about the source as a whole."""
    return ", ".join(finding.rows[:ID_SAMPLE]) + (" …" if finding.rows and finding.failed > ID_SAMPLE else "")


def _findings(writer: Writer) -> Table:
    words, cells = writer.words, writer.cells
    columns = (
        Column(words("column.process"), 18),
        Column(words("column.finding"), 52, wrap=True),
        Column(words("column.severity"), 18),
        Column(words("column.failed"), 16, "right"),
        Column(words("column.sample"), 40, wrap=True),
        Column(words("column.remedy"), 40, wrap=True),
    )
    found = sorted(writer.given.findings, key=lambda finding: SEVERITIES.index(finding.severity))
    rows = tuple(
        (
            cells.text(writer.process(finding.process)),
            cells.text(_said(writer, finding)),
            Cell(words(f"severity.{finding.severity}"), tone="muted" if finding.severity == "info" else "at_risk"),
            Cell(_rows_found(writer, finding)),
            cells.code(_sample(finding)),
            cells.text(cells.words.of(finding.remedy)),
        )
        for finding in found
    )
    return Table(words("caption.findings"), columns, rows)


def _said(writer: Writer, finding: Finding) -> str:
    """Why it matters, in which column, and since when."""
    words, why = writer.words, writer.cells.words.of(finding.why)
    said = why if finding.is_on_the_whole else words("finding.text", why=why, column=finding.column)
    return said + (words("finding.since", period=finding.since) if finding.since else "")


def _excluded(writer: Writer, figures: list[Figure]) -> Table:
    words, cells = writer.words, writer.cells
    columns = (
        Column(words("column.process"), 18),
        Column(words("column.measure"), 52),
        Column(words("column.reason"), 18),
        Column(words("column.rows"), 12, "right"),
    )
    rows = tuple(
        (
            cells.text(writer.process(figure.key[0])),
            cells.text(writer.name(figure.measure)),
            cells.text(_reason(writer, figure.key[0], reason)),
            cells.count(count),
        )
        for figure in figures
        for reason, count in figure.excluded.items()
    )
    barred = tuple(
        (
            cells.text(writer.process(process)),
            cells.text(words("quality.every_figure")),
            cells.text(_reason(writer, process, "quarantined")),
            cells.count(count),
        )
        for process, count in quarantined.counts(writer).items()
    )
    return Table(words("caption.excluded"), columns, barred + rows, words("note.excluded"))


def _reason(writer: Writer, process: str, reason: str) -> str:
    return writer.cells.words.of(writer.roles(process).reason(reason))


def _unavailable(writer: Writer, figures: list[Figure]) -> Table:
    words, cells = writer.words, writer.cells
    columns = (
        Column(words("column.process"), 18),
        Column(words("column.measure"), 52),
        Column(words("column.reason"), 60, wrap=True),
    )
    rows = tuple(
        (
            cells.text(writer.process(figure.key[0])),
            cells.text(writer.name(figure.measure)),
            cells.text(lacking.reason(writer, figure)),
        )
        for figure in figures
    )
    return Table(words("caption.unavailable"), columns, rows)


def _revisions(writer: Writer) -> list[Block]:
    words, cells = writer.words, writer.cells
    columns = (
        Column(words("column.revision"), 14),
        Column(words("column.at"), 18),
        Column(words("column.state"), 18),
        Column(words("column.note"), 60, wrap=True),
    )
    rows = tuple(
        (cells.text(words("revision.label", n=line.number)), cells.instant(line.at),
         cells.text(_state(writer, line.state, is_this=line.number == writer.given.revision)), cells.text(line.note))
        for line in writer.given.revisions
    )  # fmt: skip
    blocks: list[Block] = []
    if rows:
        blocks.append(Table(words("caption.revisions"), columns, rows))
    table = changes(writer)
    if table:
        blocks.append(table)
    elif writer.given.previous is not None:
        blocks.append(Paragraph(words("changes.none")))
    elif not any(line.number < writer.given.revision for line in writer.given.revisions):
        blocks.append(Paragraph(words("changes.first")))
    tables = (restated.table(writer), restated.late(writer), redefined.points(writer), redefined.proposals(writer))
    blocks += [table for table in tables if table]
    return blocks


def _state(writer: Writer, state: str, *, is_this: bool) -> str:
    """A state in words. This very revision is still on its way while it is printed."""
    key = f"state.{state}"
    if is_this:
        return writer.words("state.this")
    return writer.words(key) if key in writer.cells.words.keys else state


def changes(writer: Writer) -> Table | None:
    """Figures that an earlier revision stated otherwise; ``None`` where there is none."""
    words, cells = writer.words, writer.cells
    before = _earlier(writer.given)
    rows: list[tuple[Cell, ...]] = []
    for figure in writer.given.figures if before else ():
        was = before.get((*figure.key, figure.dimension, figure.member))
        if not _differs(was, figure.value):
            continue
        unit = figure.measure.unit
        rows.append(
            (
                cells.text(writer.label(figure)),
                cells.number(was, unit),
                writer.value(figure),
                cells.change(figure.value, was, unit),
            )
        )
    now = {(*figure.key, figure.dimension, figure.member) for figure in writer.given.figures}
    rows += [_gone(writer, key, was) for key, was in before.items() if key not in now and was is not None]
    if not rows:
        return None
    columns = (
        Column(words("column.indicator"), 40),
        Column(words("column.before"), 18, "right"),
        Column(words("column.now"), 18, "right"),
        Column(words("column.difference"), 18, "right"),
    )
    return Table(words("caption.changes"), columns, tuple(rows), words("note.changes"))


def _gone(writer: Writer, key: tuple[str, str, str, str], was: float) -> tuple[Cell, ...]:
    """A figure that the last revision had and this one has not."""
    process, measure, dimension, member = key
    name, known = writer.measure_label(process, measure), writer.given.measures.get((process, measure))
    if dimension:
        words = writer.dimension(process, dimension)
        name = writer.words("label.member", name=name, dimension=words, member=writer.member_name(member))
    return writer.cells.text(name), writer.cells.number(was, known.unit if known else "number"), Cell("–"), Cell("–")


def _earlier(given: ReportInputs) -> dict[tuple[str, str, str, str], float | None]:
    if given.previous is None:
        return {}
    names = ["process", "measure", "dimension", "member"]
    keys = given.previous[names].astype(object).where(given.previous[names].notna(), "")
    return {
        (str(p), str(m), str(d), str(member)): number(value)
        for (p, m, d, member), value in zip(
            keys.itertuples(index=False, name=None), given.previous["value"], strict=True
        )
    }


def _differs(was: float | None, value: float | None) -> bool:
    if was is None or value is None:
        return was is not value
    return not math.isclose(was, value, rel_tol=1e-9, abs_tol=1e-12)


def finding_points(writer: Writer) -> tuple[Point, ...]:
    """Findings as lines, worst first, for the brief."""
    found = sorted(writer.given.findings, key=lambda finding: SEVERITIES.index(finding.severity))
    return tuple(
        Point(
            writer.words(f"severity.{finding.severity}") + " · " + writer.process(finding.process),
            _line(writer, finding),
            "muted" if finding.severity == "info" else "at_risk",
            "•" if finding.severity == "info" else "!",
        )
        for finding in found
    )


def _line(writer: Writer, finding: Finding) -> str:
    if finding.is_on_the_whole:
        return _said(writer, finding)
    return writer.words(
        "finding.line",
        why=writer.cells.words.of(finding.why),
        column=finding.column,
        failed=f"{finding.failed:,}",
        total=f"{finding.total:,}",
        rows=", ".join(finding.rows[:ID_SAMPLE]) or "–",
    )
