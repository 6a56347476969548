"""Rules for reports as their readers know them (IBCS, ONS, NHS): a report goes in, what breaks a rule comes out.

Each rule asks the document tree alone, in the words of the report's own language, so that it holds for every template.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any

from itss.processes import PROCESSES
from itss.reports import catalogue
from itss.reports.catalogue import Catalogue
from itss.reports.document import (
    Beside,
    Block,
    Cell,
    Chart,
    Facts,
    Listing,
    OwnWords,
    Paragraph,
    Part,
    Points,
    Report,
    Sentences,
    Table,
)
from itss.reports.drawing import svg
from itss.reports.drawing.scale import axis_of

Finding = str
Rule = Callable[[Report, Catalogue], Iterator[Finding]]
OVER_PERIODS = ("control", "lines", "columns", "stacked")
RATES = ("share", "h", "score", "min", "days")
VARIANCES = ("change", "last_year", "gap", "delta", "difference")
BASES = ("basis", "n", "short", "rows")
TREND = re.compile(r"improving|worsening|rising|falling|\btrend\b|持续|趋势", re.IGNORECASE)
LONG = re.compile(r"(\d+) ?(?:periods|points|figures|期|项|个)|p[=<]", re.IGNORECASE)
NO_TREND = re.compile(r"no trend|too few|no lasting|无趋势|没有趋势|无明显|期数|样本少|few cases", re.IGNORECASE)


def lint(report: Report) -> list[Finding]:
    """What breaks a rule, each with the rule's name and the part it is in."""
    words = catalogue.load(report.language)
    return [f"{name}: {found}" for name, rule in RULES.items() for found in rule(report, words)]


def blocks_of(part: Part) -> Iterator[Block]:
    """The blocks of a part, those of columns beside each other one after the other."""
    yield from _flat(part.blocks)


def _flat(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        if isinstance(block, Beside):
            yield from _flat(block.left)
            yield from _flat(block.right)
        else:
            yield block


def everything(report: Report, *kinds: type) -> Iterator[tuple[Part, Any]]:
    """Blocks of some kinds with their parts."""
    for part in report.body:
        yield from ((part, block) for block in blocks_of(part) if isinstance(block, kinds))


def title_of(block: Table | Listing | Chart) -> str:
    return block.title if isinstance(block, Chart) else block.caption


def titles(report: Report, words: Catalogue) -> Iterator[Finding]:
    """Who, what and when: report and period on top, a title for each part, a title of its own for each exhibit."""
    if not (report.title.strip() and report.period.strip() and report.kind.strip()):
        yield "the report lacks its title, its kind or its period"
    for part in report.body[1:]:
        if not part.title.strip():
            yield f"part {part.key} has no title"
    for part in report.body:
        seen: set[tuple[type, str]] = set()
        for _, block in ((part, one) for one in blocks_of(part) if isinstance(one, (Table, Listing, Chart))):
            title = title_of(block).strip()
            if not title:
                yield f"{part.key}: a {type(block).__name__.lower()} has no title"
            elif (type(block), title) in seen:
                yield f"{part.key}: two exhibits are called “{title}”"
            seen.add((type(block), title))
    yield from _charts_without_process(report, words)


def _charts_without_process(report: Report, words: Catalogue) -> Iterator[Finding]:
    """*Opened by service* does not say of what: of incidents, or of changes."""
    names = {words.of(process.name).casefold() for process in PROCESSES.values()}
    names |= {name.casefold() for name in PROCESS_NAMES}
    for part, chart in everything(report, Chart):
        if not any(name in chart.title.casefold() for name in names):
            yield f"{part.key}: chart “{chart.title}” does not say of which process"


PROCESS_NAMES: set[str] = set()
"""Names of processes that the material calls otherwise than the product."""


def time_runs_right(report: Report, words: Catalogue) -> Iterator[Finding]:
    """Time goes from left to right, each period once; a period's label sorts like the period."""
    for part, chart in everything(report, Chart):
        if chart.kind in OVER_PERIODS and any(a >= b for a, b in pairwise(chart.categories)):
            yield f"{part.key}: chart “{chart.title}” does not run from left to right"
    for part, table in everything(report, Table):
        periods = [
            column.title for column in table.columns if re.fullmatch(r"\d{4}-(\d\d|W\d\d|Q\d|H\d)", column.title)
        ]
        if periods != sorted(periods):
            yield f"{part.key}: the periods of “{table.caption}” do not run from left to right"


def one_look(report: Report, words: Catalogue) -> Iterator[Finding]:
    """Actual, target and previous stand in this order, and are never the series of a chart that looks otherwise."""
    order = [words(f"column.{name}") for name in ("value", "target", "status", "previous", "change", "last_year")]
    for part, table in everything(report, Table):
        found = [column.title for column in table.columns if column.title in order]
        is_said_twice = any(found.count(title) > 1 for title in order[:3])
        if found != sorted(found, key=order.index) or is_said_twice:
            yield f"{part.key}: columns of “{table.caption}” stand as {', '.join(found)}"
    plans = {words("column.target").casefold(), words("column.previous").casefold()}
    for part, chart in everything(report, Chart):
        if any(series.name.casefold() in plans for series in chart.series):
            yield f"{part.key}: chart “{chart.title}” draws target or previous as a series of its own"
        if chart.target is not None and not chart.target_text:
            yield f"{part.key}: chart “{chart.title}” has a target line that says no target"


def one_scale(report: Report, words: Catalogue) -> Iterator[Finding]:
    """Rates of a process over the periods beside each other, with targets that bound them alike, have one scale."""
    for part in report.body:
        for is_chart, group in groupby(part.blocks, key=lambda block: isinstance(block, Chart)):
            families: dict[tuple[str, ...], list[Chart]] = {}
            for chart in group if is_chart else ():
                if isinstance(chart, Chart) and chart.kind == "control" and chart.target is not None:
                    process = chart.title.split(" · ")[0]
                    families.setdefault((chart.unit, process, chart.target_text[:1]), []).append(chart)
            for (unit, *_), charts in families.items():
                if unit in RATES and len({axis_of(chart)[:2] for chart in charts}) > 1:
                    yield f"{part.key}: {unit} beside each other on different scales: {[c.title for c in charts]}"


def signs(report: Report, words: Catalogue) -> Iterator[Finding]:
    """A sign before a number says that it is a difference, and every difference has one."""
    variances = {words(f"column.{name}") for name in VARIANCES}
    for part, table in everything(report, Table):
        for at, column in enumerate(table.columns):
            for cell in (row[at] for row in table.rows):
                is_signed = cell.text[:1] == "+" or (cell.signed and cell.value is not None)
                if is_signed and column.title not in variances:
                    yield f"{part.key}: “{cell.text}” in column “{column.title}” of “{table.caption}” is no difference"
                if column.title in variances and cell.value and cell.text[:1] not in "+−":
                    yield f"{part.key}: “{cell.text}” in column “{column.title}” of “{table.caption}” has no sign"


def contact(report: Report, words: Catalogue) -> Iterator[Finding]:
    """Whom to ask stands on the first page, as a role."""
    facts = [pair for part, block in everything(report, Facts) for pair in block.pairs if not part.is_only_in_workbook]
    if not report.author or (words("fact.author"), report.author) not in facts:
        yield "nobody is named who can be asked"


def bases(report: Report, words: Catalogue) -> Iterator[Finding]:
    """A rate stands beside the number of cases it is made of: in its row, or in its own cell."""
    named = {words(f"column.{name}") for name in BASES}
    for part, table in everything(report, Table):
        if named & {column.title for column in table.columns}:
            continue
        bare = [cell for row in table.rows for cell in row if _is_rate(cell) and not _has_base(cell)]
        is_of_one = {words("column.id"), words("column.event")} & {column.title for column in table.columns}
        if bare and not is_of_one:  # the hours of one record are no statistic
            yield f"{part.key}: “{bare[0].text}” in “{table.caption}” says not of how many"


def _is_rate(cell: Cell) -> bool:
    return cell.kind in RATES and cell.value is not None and not cell.prefix and not cell.signed


def _has_base(cell: Cell) -> bool:
    return bool(re.search(r"n ?= ?\d|\d ?/ ?\d|\d (min|分钟)", cell.text))


def trends(report: Report, words: Catalogue) -> Iterator[Finding]:
    """Two periods are a change and no trend: who says *improving* says over how many periods."""
    for part in report.body:
        for text in _sentences(part):
            for sentence in re.split(r"(?<=[.。；;])\s*", text):
                if TREND.search(sentence) and not NO_TREND.search(sentence) and not _is_long(sentence):
                    yield f"{part.key}: “{sentence}” calls something a trend without saying over how many periods"


def _is_long(sentence: str) -> bool:
    found = LONG.search(sentence)
    return bool(found) and (found.group(1) is None or int(found.group(1)) > 2)


def _sentences(part: Part) -> Iterator[str]:
    for block in blocks_of(part):
        if isinstance(block, Points):
            yield from (f"{point.head}: {point.text}" for point in block.points)
        elif isinstance(block, Sentences):
            yield from block.texts
        elif isinstance(block, Paragraph) and block.role == "lead":
            yield block.text
        elif isinstance(block, OwnWords):
            continue  # the author's own words are theirs


def drawn_alike(reports: Sequence[Report]) -> Iterator[Finding]:
    """Over all reports of one look: target lines, and first series, are drawn the same way everywhere."""
    looks: dict[tuple[str, str], set[str]] = {}
    for report in reports:
        cells = svg_cells(report)
        for _, chart in everything(report, Chart):
            for name, look in line_looks(svg.draw(chart, cells)):
                looks.setdefault((str(report.look.colours), name), set()).add(look)
    for (_, name), found in looks.items():
        if len(found) > 1:
            yield f"{name} is drawn in {len(found)} ways: {sorted(found)}"


def svg_cells(report: Report) -> Any:
    from itss.reports.cells import Cells

    return Cells(catalogue.load(report.language), "UTC")


def line_looks(drawing: str) -> Iterator[tuple[str, str]]:
    """What of a drawing has a name and a look: (its class, stroke, width and dashes)."""
    for tag in re.findall(r"<(?:line|path|polyline)\b[^>]*>", drawing):
        name = re.search(r'class="(target|mean|line s\d)"', tag)
        if name:
            look = re.findall(r'(stroke(?:-width|-dasharray)?)="([^"]*)"', tag)
            yield name.group(1), " ".join(f"{key}={value}" for key, value in look)


RULES: dict[str, Rule] = {
    "title": titles,
    "time": time_runs_right,
    "look": one_look,
    "scale": one_scale,
    "sign": signs,
    "contact": contact,
    "base": bases,
    "trend": trends,
}
