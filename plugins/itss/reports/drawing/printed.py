"""How a sheet is printed on A4: which way round, where a page begins, and whether all of it can be one page.

What is wider than the paper is shrunk to its width by the program that prints. Surprise: pages are reckoned by the
heights that the rows were given, so a row that floats below a chart needs one, too.
"""

from __future__ import annotations

from dataclasses import dataclass

from xlsxwriter.worksheet import Worksheet


@dataclass(frozen=True)
class Paper:
    """The room between the margins: its width in pixels of columns, its height in points of rows."""

    wide: int
    tall: int

    def scale(self, pixels: float, height: float = 0) -> float:
        """By how much a sheet of that size is shrunk to be on one page, or on its width alone."""
        return min(1.0, self.wide / max(pixels, 1), self.tall / height if height else 1.0)


# a little less than there is: no two programs take the same height for the same row
PORTRAIT, LANDSCAPE = Paper(715, 765), Paper(1043, 518)
ROW = 15.0
LEAST_SCALE = 0.65
"""Smaller than this, one page is too small to be read: its letters of ten points have 6.5."""
_SHRUNK = 1.3
"""So much wider than portrait a sheet may be and still be read on it."""


class Printed:
    """The printed pages of one sheet in the making."""

    def __init__(self, raw: Worksheet) -> None:
        self._raw = raw
        self._paper = LANDSCAPE
        self._breaks: list[int] = []
        self._heights: list[float] = []
        """Of the rows since the last page that was begun."""
        self._before = 0.0
        """The height of the pages before."""
        raw.set_paper(9)  # A4
        raw.set_landscape()
        raw.fit_to_pages(1, 0)
        raw.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.5)

    def turn_for(self, pixels: int) -> float:
        """Take the paper for a sheet of this width; returns the pixels by which the sheet is narrower."""
        if pixels <= _SHRUNK * PORTRAIT.wide:
            self._turn(PORTRAIT)
        return max(0.0, self._paper.wide - pixels)

    def _turn(self, paper: Paper) -> None:
        self._paper = paper
        if paper is PORTRAIT:
            self._raw.set_portrait()
        else:
            self._raw.set_landscape()

    def add(self, height: float) -> None:
        """A row of this height was written."""
        self._heights.append(height)

    def begin(self, row: int) -> None:
        """Begin a page at ``row``."""
        if sum(self._heights):
            self._breaks.append(row)
            self._before += sum(self._heights)
            self._heights.clear()

    def keep(self, row: int, height: float, pixels: int) -> None:
        """Begin a page at ``row`` unless the next ``height`` points fit on this one, or would not fit on any."""
        room = self._paper.tall / self._paper.scale(pixels)
        if sum(self._heights) % room + height > room >= height:
            self.begin(row)

    def end(self, pixels: int, *, is_one_page: bool) -> float:
        """Set the pages that were begun, or one if all can be read on it; returns the pixels that it has to spare."""
        height = self._before + sum(self._heights)
        best = max((PORTRAIT, LANDSCAPE), key=lambda paper: paper.scale(pixels, height))
        scale = best.scale(pixels, height)
        if not is_one_page or scale < LEAST_SCALE:
            if self._breaks:
                self._raw.set_h_pagebreaks(self._breaks)
            return 0.0
        self._turn(best)
        self._raw.fit_to_pages(1, 1)
        return max(0.0, best.wide / scale - pixels)
