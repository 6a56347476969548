"""A report as lines of text, one a sentence, row or series, so that two reports can be held against each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pandas as pd
from itss.reports.document import (
    Beside,
    Block,
    Chart,
    Facts,
    Heading,
    Items,
    Listing,
    OwnWords,
    Paragraph,
    Part,
    Points,
    Sentences,
    Table,
    Verdict,
)

TAB = "\t"
_END = re.compile(r"(?<=[。；])|(?<=\.) (?=[A-Z0-9])")


def lines(body: Iterable[Part]) -> list[str]:
    """Every figure, sentence, table and chart of a report's parts."""
    return [line for part in body for line in _of_part(part)]


def sentences(text: str) -> list[str]:
    """The sentences of a text, white space being one blank."""
    return [" ".join(piece.split()) for piece in _END.split(text) if piece.strip()]


def _of_part(part: Part) -> Iterator[str]:
    yield from _text("title", part.title)
    for block in part.blocks:
        yield from _of_block(block)


def _of_block(block: Block) -> Iterator[str]:  # noqa: C901 - one case a kind of block
    match block:
        case Table():
            yield from _table(block)
        case Listing():
            yield TAB.join(["table", block.caption, *(column.title for column in block.columns)])
            for row in block.frame.itertuples(index=False):
                yield TAB.join(["row", block.caption, *map(_raw, row)])
            yield from _text("text", block.note)
        case Chart():
            yield from _chart(block)
        case Beside():
            for inner in (*block.left, *block.right):
                yield from _of_block(inner)
        case Paragraph():
            yield from _text("text", block.text)
        case Heading():
            yield from _text("title", block.text)
        case Items():
            for item in block.items:
                yield from _text("text", item.text)
        case Verdict():
            yield from _text("text", block.headline)
            yield from (f"tally{TAB}{tally.label}{TAB}{tally.count}" for tally in block.tallies)
        case Points():
            for point in block.points:
                yield from _text("text", f"{point.head}: {point.text}")
            yield from _text("text", block.nothing if not block.points else "")
        case Facts():
            yield from (TAB.join(["fact", *pair]) for pair in block.pairs)
        case Sentences():
            for text in block.texts:
                yield from _text("text", text)
        case OwnWords():
            yield from _text("own words", block.text)


def _text(kind: str, text: str) -> Iterator[str]:
    for sentence in sentences(text):
        yield f"{kind}{TAB}{sentence}"


def _table(table: Table) -> Iterator[str]:
    yield TAB.join(["table", table.caption, *(column.title for column in table.columns)])
    for row in table.rows:
        drawn = (" ".join(map(_raw, cell.spark)) if cell.spark else _raw(cell.text) for cell in row)
        yield TAB.join(["row", table.caption, *drawn])
    yield from _text("text", table.note)
    yield from _text("text", table.cut)


def _chart(chart: Chart) -> Iterator[str]:
    yield TAB.join(["chart", chart.kind, chart.title, *chart.categories])
    for line in chart.series:
        yield TAB.join(["series", chart.title, line.name, *map(_raw, line.values)])


def _raw(value: object) -> str:
    if value is None or (not isinstance(value, str) and pd.isna(value)):  # type: ignore[call-overload]
        return "–"
    return f"{value:.6g}" if isinstance(value, float) else " ".join(str(value).split())
