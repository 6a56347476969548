"""Cell formats of the workbook: fonts, colours and number formats, each made once.

Surprise: a unit's words come from the catalogue and become a number format (``#,##0.0" 小时"``), so a cell that
reads *7.8 小时* is the number 7.84.
"""

from __future__ import annotations

from typing import Any

import xlsxwriter
from xlsxwriter.format import Format

from itss.reports.catalogue import Catalogue
from itss.reports.document import Cell, Kind

INK, SOFT, LINE, WASH, BRAND, BRAND_2 = "#1B2733", "#5B6875", "#DFE4E9", "#F5F7F9", "#17496E", "#8FB3CC"
TONES = {"met": "#1B7A46", "at_risk": "#9A5B00", "missed": "#B3261E", "muted": "#7B8793", "": INK}
BANDS = {"met": "#E8F4ED", "at_risk": "#FDF3E1", "missed": "#FCEBE9", "muted": WASH, "": WASH}
TARGET = "#9A5B00"
FONTS = {"zh-CN": "Microsoft YaHei", "en": "Arial"}


class Formats:
    """Formats of one workbook, by what they are for."""

    def __init__(self, book: xlsxwriter.Workbook, words: Catalogue) -> None:
        self._book = book
        self._words = words
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def make(self, **properties: Any) -> Format:
        """The format of these properties; the house's font and ink unless they say otherwise."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            base = {"font_name": FONTS[self._words.language], "font_size": 10, "font_color": INK, "valign": "vcenter"}
            self._made[key] = self._book.add_format(base | properties)
        return self._made[key]

    def cell(self, cell: Cell, align: str, valign: str, *, wrap: bool, indent: int) -> Format:
        """The format of a table cell."""
        properties: dict[str, Any] = {"align": align, "bottom": 1, "bottom_color": LINE, "text_wrap": wrap}
        properties["valign"] = valign
        if align == "left":
            properties["indent"] = indent
        if cell.tone:
            properties["font_color"] = TONES[cell.tone]
        if cell.strong or cell.tone in ("met", "at_risk", "missed"):
            properties["bold"] = True
        if cell.kind == "code":
            properties |= {"font_name": "Consolas", "font_size": 9}
        if cell.value is not None:
            properties["num_format"] = self.number(cell.kind, cell.digits, cell.prefix, signed=cell.signed)
        return self.make(**properties)

    def number(self, kind: Kind, digits: int, prefix: str = "", *, signed: bool = False) -> str:
        """The number format of a kind of figure."""
        if kind == "instant":
            return "yyyy-mm-dd hh:mm"
        decimals = "." + "0" * digits if digits else ""
        if kind in ("share", "change"):
            body = f"0{decimals}%"
        else:
            before, _, after = self._words(f"unit.{kind}", n="\0").partition("\0")
            body = _quoted(before) + f"#,##0{decimals}" + _quoted(after)
        body = _quoted(prefix) + body
        return f"+{body};-{body};{body}" if signed else body


def _quoted(words: str) -> str:
    return f'"{words}"' if words else ""
