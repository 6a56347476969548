"""What a report says in words, as lines of a sheet: one cell each, over some or all of its columns.

A block that is neither table nor chart is a list of lines, so that two of them can stand beside each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from itss.reports.catalogue import Catalogue
from itss.reports.document import (
    Block,
    Facts,
    Heading,
    Items,
    OwnWords,
    Paragraph,
    Point,
    Points,
    Run,
    Sentences,
    Verdict,
)
from itss.reports.drawing.formats import Formats

TALLY_SYMBOLS = {"met": "✓", "at_risk": "!", "missed": "✗", "muted": "–"}
Style = Mapping[str, Any]


@dataclass(frozen=True)
class Piece:
    """Text in one look: properties of its font."""

    text: str
    font: Style = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """One cell: its ``pieces``, the properties of the cell, and points: per line of text, around it, at least."""

    pieces: tuple[Piece, ...]
    cell: Style = field(default_factory=dict)
    pitch: float = 14.5
    pad: float = 2
    least: float = 0
    link: str = ""
    """The sheet to which it leads."""

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)

    @property
    def size(self) -> float:
        """The size of its biggest letters, in points."""
        return max((float(piece.font.get("font_size", 10)) for piece in self.pieces), default=10)


class Lines:
    """Blocks as lines, in the colours of ``formats``."""

    def __init__(self, formats: Formats, words: Catalogue) -> None:
        self._formats = formats
        self._words = words
        self._soft = {"font_color": formats.colours.soft}
        self._brand = {"bold": True, "font_color": formats.colours.brand}

    def of(self, block: Block) -> list[Line] | None:
        """The lines of a block; nothing for one that is no running text."""
        match block:
            case Paragraph():
                return [self.paragraph(block)]
            case Heading():
                return [self.title(block.text, 13 if block.level == 3 else 11)]
            case Items():
                return list(self._items(block))
            case Verdict():
                return list(self._verdict(block))
            case Points():
                return [self.title(block.title), *self._points(block)]
            case Facts():
                return [self.title(block.title), *self.pairs(block.pairs)]
            case Sentences():
                return [self._sentences(block)]
            case OwnWords():
                return list(self._own_words(block))
        return None

    def title(self, text: str, size: float = 13) -> Line:
        """A title inside a sheet."""
        return Line((Piece(text, self._brand | {"font_size": size}),), {"valign": "bottom"}, size * 1.3, 7)

    def paragraph(self, paragraph: Paragraph) -> Line:
        """Running text in the look of its role."""
        runs = paragraph.runs or (Run(paragraph.text),)
        pieces = tuple(Piece(_with_address(run), self._run(run)) for run in runs)
        cell: dict[str, Any] = {"valign": "top"}
        if paragraph.role == "empty":
            look = {"bg_color": self._formats.wash("muted"), "indent": 1}
            return Line(tuple(Piece(piece.text, {**piece.font, **self._soft}) for piece in pieces), look, 15.5, 8)
        if paragraph.role == "note":
            return Line(
                tuple(Piece(piece.text, {**piece.font, **self._soft, "font_size": 9}) for piece in pieces), cell
            )
        if paragraph.role == "lead":
            return Line(tuple(Piece(piece.text, {"font_size": 11, **piece.font}) for piece in pieces), cell, 17.5)
        if paragraph.role == "quote":
            cell |= {"indent": 1, "left": 5, "left_color": self._formats.colours.brand_2}
        return Line(pieces, cell, 15.5)

    def _run(self, run: Run) -> dict[str, Any]:
        look: dict[str, Any] = {"font_color": self._formats.tone(run.tone)} if run.tone else {}
        return look | ({"bold": True} if run.strong else {}) | ({"italic": True} if run.emphasis else {})

    def _items(self, block: Items) -> Iterator[Line]:
        for number, item in enumerate(block.items, 1):
            line = self.paragraph(item)
            mark = Piece(f"{number}.  " if block.is_ordered else "•  ", self._soft)
            yield Line((mark, *line.pieces), {**line.cell, "indent": 1}, line.pitch)

    def _verdict(self, block: Verdict) -> Iterator[Line]:
        look = {"bg_color": self._formats.wash(block.tone), "indent": 1}
        head = {"bold": True, "font_size": 15, "font_color": self._formats.tone(block.tone)}
        yield Line((Piece(block.headline, head),), look, 20, 10)
        if any(tally.count for tally in block.tallies):
            counts = "      ".join(f"{TALLY_SYMBOLS[one.tone]} {one.label} {one.count}" for one in block.tallies)
            yield Line((Piece(counts, self._soft | {"font_size": 11}),), look, 16, 4)

    def _points(self, block: Points) -> Iterator[Line]:
        if not block.points:
            yield Line((Piece(block.nothing, self._soft),), {"valign": "top"})
        for point in block.points:
            yield self._point(point)

    def _point(self, point: Point) -> Line:
        head = {"bold": True, "font_color": self._formats.tone(point.tone if point.tone != "muted" else "")}
        cell = {"bottom": 1, "bottom_color": self._formats.colours.line, "valign": "top"}
        return Line((Piece(f"{point.mark} {point.head}   ", head), Piece(point.text, self._soft)), cell, 14.5, 6)

    def pairs(self, pairs: tuple[tuple[str, str], ...]) -> list[Line]:
        """Names and values, a line each."""
        return [Line((Piece(f"{name}   ", self._soft), Piece(value)), {"valign": "top"}) for name, value in pairs]

    def _sentences(self, block: Sentences) -> Line:
        text = self._words("analysis.joint").join(block.texts)
        cell = {"valign": "top", "indent": 1, "bg_color": self._formats.wash("")}
        return Line((Piece(f"{block.title}   ", self._brand), Piece(text)), cell, 14.5, 8)

    def _own_words(self, block: OwnWords) -> Iterator[Line]:
        yield self.title(block.title)
        cell = {"valign": "top", "indent": 1, "bg_color": self._formats.wash("muted")}
        yield Line((Piece(block.text),), cell, 14.5, 6)
        by = self._words("comment.by", author=block.by)
        yield Line((Piece(by, self._soft | {"font_size": 9}),), {"valign": "top"})


def _with_address(run: Run) -> str:
    """A link with its address, since a piece of a cell cannot lead anywhere."""
    address = run.href.removeprefix("mailto:")
    return run.text if not address or address in run.text else f"{run.text} ({address})"
