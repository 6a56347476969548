"""The blocks of a part on its sheet, whatever they are: text as lines, tables, charts beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from itss.reports.catalogue import Catalogue
from itss.reports.document import Beside, Block, Chart, Facts, Listing, PageBreak, Picture, Table
from itss.reports.drawing import sheet_figures
from itss.reports.drawing.native import ChartData
from itss.reports.drawing.sheet import Sheet, Span
from itss.reports.drawing.sheet_lines import Line, Lines, Piece
from itss.reports.drawing.sheet_table import Tables


class Blocks:
    """Draws blocks; ``sheets`` are the names of the sheets on which listings begin, by the listing's identity."""

    def __init__(
        self, lines: Lines, tables: Tables, words: Catalogue, data: ChartData | None, sheets: Mapping[int, str]
    ) -> None:
        self._lines = lines
        self._tables = tables
        self._words = words
        self._data = data
        self._sheets = sheets

    def draw(self, sheet: Sheet, blocks: Sequence[Block]) -> None:
        """Draw ``blocks`` below each other, neighbouring charts beside each other."""
        for is_chart, group in groupby(blocks, key=lambda block: isinstance(block, Chart)):
            if not is_chart:
                for block in group:
                    self._block(sheet, block)
            elif self._data is not None:
                drawn = [block for block in group if isinstance(block, Chart)]
                sheet_figures.charts(sheet, drawn, self._data, self._lines, self._words)

    def _block(self, sheet: Sheet, block: Block) -> None:
        match block:
            case Table():
                sheet.headers.append(self._tables.draw(sheet, block))
            case Listing():
                self._pointer(sheet, block)
            case Picture():
                sheet_figures.picture(sheet, block, self._lines)
            case PageBreak():
                sheet.page_break()
            case Beside():
                self._beside(sheet, block)
            case Facts():
                self._facts(sheet, block)
            case _:
                sheet.write(self._lines.of(block) or [])

    def _beside(self, sheet: Sheet, block: Beside) -> None:
        """Two columns of text; what has tables or charts stands below each other."""
        sides = [self._text(side) for side in (block.left, block.right)]
        left, right = sheet.halves()
        if sides[0] is None or sides[1] is None or left == right:
            self.draw(sheet, (*block.left, *block.right))
            return
        sheet.beside(((left, sides[0]), (right, sides[1])))

    def _text(self, blocks: Sequence[Block]) -> list[Line] | None:
        found = [self._lines.of(block) for block in blocks]
        return None if None in found else [line for lines in found for line in lines or ()]

    def _facts(self, sheet: Sheet, block: Facts) -> None:
        """Names and values in two columns, so that they take half the height."""
        left, right = sheet.halves()
        sheet.write([self._lines.title(block.title)])
        half = len(block.pairs) if left == right else (len(block.pairs) + 1) // 2
        first, second = self._lines.pairs(block.pairs[:half]), self._lines.pairs(block.pairs[half:])
        sheet.beside(((left, first), (right, second)) if second else ((left, first),))

    def _pointer(self, sheet: Sheet, block: Listing) -> None:
        name = self._sheets[id(block)]
        look = {"font_color": sheet.formats.colours.brand, "underline": 1}
        sheet.write([Line((Piece(f"{block.caption}: {name}", look),), {}, 14.5, 4, link=name)], Span(0, sheet.all.last))


def listings_of(blocks: Sequence[Block]) -> list[Listing]:
    """Every listing among ``blocks``, in their order."""
    found: list[Listing] = []
    for block in blocks:
        if isinstance(block, Listing):
            found.append(block)
        elif isinstance(block, Beside):
            found += listings_of((*block.left, *block.right))
    return found
