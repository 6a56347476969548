"""The report as one self-contained HTML page: nothing is fetched, no script runs, every text is escaped.

Surprise: the content security policy allows the page's own style sheet by its hash, so a style that a hostile ticket
title might smuggle in is refused by the browser even if escaping failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from markupsafe import Markup

from itss.reports import catalogue
from itss.reports.cells import Cells
from itss.reports.document import Block, Cell, Chart, Column, Listing, Paragraph, Report, Table
from itss.reports.drawing import svg
from itss.reports.drawing.cell_text import CONTROL
from itss.reports.drawing.html_templates import environment, style


def render(report: Report) -> str:
    """The page; the same report gives the same bytes."""
    css, policy = style("report.css")
    words = catalogue.load(report.language)
    cells = Cells(words, "UTC")  # everything with a zone was written by the content already
    page: str = (
        environment()
        .get_template(f"page/{report.audience}.html.j2")
        .render(
            groupby_run=runs,
            report=report,
            words=words,
            css=css,
            policy=policy,
            chart=lambda chart: Markup(svg.draw(chart, cells, report.look)),  # noqa: S704 - svg escapes every text
            spark=lambda cell: Markup(svg.spark(cell.spark, cell.tone, report.look)),  # noqa: S704 - numbers only
            rows_of=listing_rows,
            data_of=lambda chart: chart_table(chart, cells),
        )
    )
    return CONTROL.sub("\ufffd", page)


def runs(blocks: Sequence[Block]) -> list[tuple[str, list[Block]]]:
    """Blocks by kind, neighbours together: charts beside each other stand in one grid."""
    kinds: dict[type[Block], str] = {Paragraph: "paragraph", Table: "table", Listing: "listing", Chart: "chart"}
    return [(kind, list(group)) for kind, group in groupby(blocks, key=lambda block: kinds[type(block)])]


def listing_rows(listing: Listing) -> list[list[Cell]]:
    """The first rows of a listing as cells."""
    head = listing.frame.head(listing.shown)
    columns = [[_cell(value, column) for value in head[name]] for name, column in _named(listing)]
    return [list(row) for row in zip(*columns, strict=True)]


def _named(listing: Listing) -> list[tuple[str, Column]]:
    return list(zip(listing.frame.columns, listing.columns, strict=True))


def _cell(value: object, column: Column) -> Cell:
    if value is None or value != value:  # NaN and NaT differ from themselves
        return Cell("–", tone="muted")
    if column.kind == "instant":
        return Cell(f"{value:%Y-%m-%d %H:%M}", kind="instant")
    if isinstance(value, (int, float)):
        return Cell(f"{value:,.1f}", float(value), column.kind)
    return Cell(str(value), kind=column.kind)


def chart_table(chart: Chart, cells: Cells) -> list[list[str]]:
    """A chart's numbers as rows, for those who read rather than look."""
    return [
        [category, *(cells.number(series.values[at], chart.unit).text for series in chart.series)]
        for at, category in enumerate(chart.categories)
    ]
