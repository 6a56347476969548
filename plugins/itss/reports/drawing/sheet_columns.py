"""How wide the columns of a sheet are: tables on one sheet share them, so each is as wide as the widest wish for it.

Numbers are never shown as ``#####``. Where the sheet would become too wide to be read on paper, running text gives way
first: it wraps.
"""

from __future__ import annotations

from collections.abc import Sequence

from itss.reports.document import Beside, Block, Column, Listing, Table
from itss.reports.drawing import text_width
from itss.reports.drawing.printed import LANDSCAPE

MAX_PX = LANDSCAPE.wide * 1.3
"""Wider than this, letters of ten points are printed with less than eight."""
LEAST_TEXT, MAX_NUMBER = 22, 60
Wish = tuple[float, float]
"""The width that a column wants, and the one that it needs."""


def widths_of(blocks: Sequence[Block], least: Sequence[int] = ()) -> list[float]:
    """The widths for every table among ``blocks``; ``least`` where there are fewer."""
    wishes = [_wishes(table) for table in _tables(blocks)]
    return shared([*wishes, [(float(width), float(width)) for width in least]])


def listing_widths(listing: Listing) -> list[float]:
    """The widths of a listing, which has its sheet for itself."""
    return shared([[_plain(column) for column in listing.columns]])


def shared(wishes: Sequence[Sequence[Wish]]) -> list[float]:
    """The widths that fulfil all ``wishes``, or what all need where that is too much."""
    count = max(1, *map(len, wishes))
    here = [[wish[at] for wish in wishes if at < len(wish)] or [(12.0, 12.0)] for at in range(count)]
    wanted = [max(want for want, _ in column) for column in here]
    needed = [max(need for _, need in column) for column in here]
    soft = sum(wanted) - sum(needed)
    excess = sum(wanted) * 7 + 5 * count - MAX_PX
    share = min(1.0, excess / 7 / soft) if soft > 0 and excess > 0 else 0.0
    return [round(want - (want - need) * share, 1) for want, need in zip(wanted, needed, strict=True)]


def _wishes(table: Table) -> list[Wish]:
    found = []
    for at, column in enumerate(table.columns):
        want, need = _plain(column)
        number = max((text_width.of_number(row[at].text) for row in table.rows if row[at].value is not None), default=0)
        number = min(number, MAX_NUMBER)
        found.append((max(want, number), max(need, number)))
    return found


def _plain(column: Column) -> Wish:
    return float(column.width), float(min(column.width, LEAST_TEXT) if column.wrap else column.width)


def _tables(blocks: Sequence[Block]) -> list[Table]:
    found: list[Table] = []
    for block in blocks:
        if isinstance(block, Table):
            found.append(block)
        elif isinstance(block, Beside):
            found += _tables((*block.left, *block.right))
    return found
