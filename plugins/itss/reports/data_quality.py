"""The appendix on data quality (数据质量): the sources, what the checks found, what was left out, and why."""

from __future__ import annotations

from itss.checks.findings import Finding
from itss.reports import lacking, quarantined
from itss.reports.checked import nothing_found
from itss.reports.document import Block, Cell, Column, Paragraph, Point, Table, Tone
from itss.reports.figure import Figure
from itss.reports.inputs import Submission
from itss.reports.writer import Writer

ID_SAMPLE = 8
SEVERITIES = ("critical", "warning", "info")


def findings(writer: Writer) -> list[Block]:
    """What the checks found, or that they found nothing."""
    if writer.given.findings:
        return [_findings(writer)]
    none = nothing_found(writer)
    return [Paragraph(none)] if none else []


def left_out(writer: Writer) -> list[Block]:
    """The rows that are in no figure, or not in all of them, and why."""
    excluded = [figure for figure in writer.given.whole.values() if figure.excluded]
    barred = bool(len(writer.given.quarantine))
    found: list[Block] = [_excluded(writer, excluded)] if excluded or barred else []
    return [*found, quarantined.listing(writer)] if barred else found


def unavailable(writer: Writer) -> list[Block]:
    """The measures that the sources cannot yield, and why."""
    figures = [figure for figure in writer.given.whole.values() if figure.status == "not_available"]
    return [_unavailable(writer, figures)] if figures else []


def sources(writer: Writer) -> Table:
    """Where the rows came from, how many, and what they cover."""
    words, cells = writer.words, writer.cells
    columns = (
        Column(words("column.process"), 24),
        Column(words("column.source"), 52, wrap=True),
        Column(words("column.collected_at"), 18),
        Column(words("column.newest"), 18),
        Column(words("column.covers"), 34, wrap=True),
        Column(words("column.rows"), 16, "right"),
        Column(words("column.sha256"), 26),
        Column(words("column.state"), 30, wrap=True),
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
