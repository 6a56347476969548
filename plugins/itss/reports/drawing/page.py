"""The report as one self-contained HTML page: nothing is fetched, no script runs, every text is escaped.

Surprise: the content security policy allows the page's own style sheet by its hash, so a style that a hostile ticket
title might smuggle in is refused by the browser even if escaping failed. The same page, printed, is the PDF.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from markupsafe import Markup, escape

from itss.reports import catalogue
from itss.reports.catalogue import Catalogue
from itss.reports.cells import Cells
from itss.reports.document import Beside, Block, Cell, Chart, Column, Listing, Paper, Part, Picture, Report
from itss.reports.drawing import svg
from itss.reports.drawing.cell_text import CONTROL
from itss.reports.drawing.html_templates import environment
from itss.reports.drawing.style_sheet import page_edge, style, widths
from itss.reports.template.look import Look

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NO_ID = re.compile(r"[^A-Za-z0-9_-]+")


def render(report: Report) -> str:
    """The page; the same report gives the same bytes."""
    drawn = [part for part in report.body if not part.is_only_in_workbook]
    return draw(
        "page/report.html.j2",
        report,
        report.look,
        _edge(report),
        has_pictures=_has_picture(report),
        report=report,
        footer=report.look.footer.of(report.language) if report.look.footer else "",
        front=next((part for part in drawn if part.key == "front"), None),
        parts=list(with_ids(part for part in drawn if part.key != "front")),
        sheets=[part.sheet for part in report.body if part.is_only_in_workbook],
    )


def draw(
    template: str, paper: Paper, look: Look | None = None, more: str = "", *, has_pictures: bool = False, **context: Any
) -> str:
    """A page of ``template`` with what ``page/report_parts.j2`` needs, its style sheet and its policy."""
    drawing = Drawing(catalogue.load(paper.language), look)
    # the sheet is allowed by its hash, and which widths it has is known when everything is drawn
    page = environment().get_template(template).render(**drawing.context(), **context, css=_LATER, policy=_LATER)
    css, policy = style("report.css", look, f"{widths(drawing.used)}\n{more}", has_pictures=has_pictures)
    page = page.replace(_LATER, str(escape(policy)), 1).replace(_LATER, css, 1)
    return CONTROL.sub("\ufffd", page)


_LATER = "\x02"
"""Takes the place of policy and sheet, which come before any text of a page, until they are known."""


class Drawing:
    """What the macros of a page ask for; it remembers the widths that were used and the names that were given."""

    def __init__(self, words: Catalogue, look: Look | None = None) -> None:
        self.words, self.look = words, look
        self.cells = Cells(words, "UTC")  # everything with a zone was written by the content already
        self.used: set[int] = set()
        self._named: dict[str, int] = {}

    def context(self) -> dict[str, Any]:
        """The names that ``page/report_parts.j2`` uses."""
        return {
            "language": self.words.language,
            "words": self.words,
            "groupby_run": runs,
            "classes": classes,
            "width": self._width,
            "once": self._once,
            "chart": lambda chart: Markup(svg.draw(chart, self.cells, self.look)),  # noqa: S704 - svg escapes every text
            "spark": lambda cell: Markup(svg.spark(cell.spark, cell.tone, self.look)),  # noqa: S704 - numbers only
            "rows_of": listing_rows,
            "data_of": lambda chart: chart_table(chart, self.cells),
            "data_url": data_url,
        }

    def _width(self, thousandths: int) -> str:
        self.used.add(thousandths)
        return f"w{thousandths}"

    def _once(self, name: str) -> str:
        """A name that no other region of the page has."""
        self._named[name] = count = self._named.get(name, 0) + 1
        return name if count == 1 else f"{name} ({count})"


def runs(blocks: Sequence[Block]) -> list[tuple[str, list[Block]]]:
    """Blocks by kind (``page_break``), neighbours together: charts beside each other stand in one grid."""
    return [(_HUMP.sub("_", kind.__name__).lower(), list(group)) for kind, group in groupby(blocks, key=type)]


def classes(*names: str | None) -> Markup:
    """The attribute of the class names that are some; nothing where none is."""
    kept = " ".join(name for name in names if name)
    return Markup(' class="{}"').format(kept) if kept else Markup()


def data_url(picture: Picture) -> str:
    """A picture as an address that holds it."""
    return f"data:{picture.media_type};base64,{base64.b64encode(picture.data).decode()}"


def with_ids(parts: Iterator[Part]) -> Iterator[tuple[str, Part]]:
    """Parts with an id of the page, which their key is where no other part has it."""
    taken = {"main"}
    for part in parts:
        wanted = name = _NO_ID.sub("-", part.key) or "part"
        number = 1
        while name in taken:
            number += 1
            name = f"{wanted}-{number}"
        taken.add(name)
        yield name, part


def listing_rows(listing: Listing) -> list[list[Cell]]:
    """The first rows of a listing as cells."""
    head = listing.frame.head(listing.shown)
    columns = [[_cell(value, column) for value in head[name]] for name, column in _named(listing)]
    return [list(row) for row in zip(*columns, strict=True)]


def chart_table(chart: Chart, cells: Cells) -> list[list[str]]:
    """A chart's numbers as rows, for those who read rather than look."""
    return [
        [category, *(cells.number(series.values[at], chart.unit).text for series in chart.series)]
        for at, category in enumerate(chart.categories)
    ]


def _edge(report: Report) -> str:
    """What stands on the edges of the printed pages."""
    look, words = report.look, catalogue.load(report.language)
    header, footer = (text.of(report.language) if text else "" for text in (look.header, look.footer))
    before, _, rest = words("page.number", page="\0", pages="\1").partition("\0")
    between, _, after = rest.partition("\1")
    return page_edge(
        (f"{report.title} · {report.period}", " · ".join(filter(None, (header, *report.marks)))),
        " · ".join(filter(None, (footer, report.title, report.revision))),
        (before, between, after),
    )


def _has_picture(report: Report) -> bool:
    drawn = (block for part in report.body if not part.is_only_in_workbook for block in _all(part.blocks))
    return report.logo is not None or any(isinstance(block, Picture) for block in drawn)


def _all(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Beside):
            yield from _all((*block.left, *block.right))


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
