"""Cell formats of the workbook: the look's font and colours, and number formats, each made once.

Surprise: a unit's words come from the catalogue and become a number format (``#,##0.0" 小时"``), so a cell that
reads *7.8 小时* is the number 7.84.
"""

from __future__ import annotations

import re
from io import StringIO
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format

from itss.reports.catalogue import Catalogue
from itss.reports.document import Cell, Kind, Tone
from itss.reports.template.look import Colours, Look
from itss.text import Language

FONTS: dict[Language, str] = {"zh-CN": "Microsoft YaHei", "en": "Arial"}
_ACCENTS = ("brand", "brand_2", "met", "at_risk", "missed", "soft")


class Formats:
    """Formats of one workbook, by what they are for, in the colours and the font of ``look``."""

    def __init__(self, book: xlsxwriter.Workbook, words: Catalogue, look: Look) -> None:
        self._book = book
        self._words = words
        self.colours: Colours = look.colours
        self.font = font_of(look, words.language)
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}
        self._rules: dict[Tone, Format] = {}

    def make(self, **properties: Any) -> Format:
        """The format of these properties; the look's font and ink unless they say otherwise."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            base = {"font_name": self.font, "font_size": 10, "font_color": self.colours.ink, "valign": "vcenter"}
            self._made[key] = self._book.add_format(base | properties)
        return self._made[key]

    def tone(self, tone: Tone) -> str:
        """The colour of text in this tone."""
        colours = self.colours
        known = {"met": colours.met, "at_risk": colours.at_risk, "missed": colours.missed, "muted": colours.soft}
        return known.get(tone, colours.ink)

    def wash(self, tone: Tone) -> str:
        """The colour behind text in this tone."""
        colours = self.colours
        known = {"met": colours.met_wash, "at_risk": colours.at_risk_wash, "missed": colours.missed_wash}
        return known.get(tone, colours.wash)

    def rule(self, tone: Tone) -> Format:
        """What a conditional format changes in a cell of this tone."""
        if tone not in self._rules:
            bold = {"bold": True} if tone in ("met", "at_risk", "missed") else {}
            self._rules[tone] = self._book.add_format({"font_color": self.tone(tone)} | bold)
        return self._rules[tone]

    def cell(self, cell: Cell, align: str, valign: str, *, wrap: bool, indent: int) -> Format:
        """The format of a table cell."""
        properties: dict[str, Any] = {"align": align, "bottom": 1, "bottom_color": self.colours.line}
        properties |= {"text_wrap": wrap, "valign": valign}
        if align == "left":
            properties["indent"] = indent
        if cell.tone:
            properties["font_color"] = self.tone(cell.tone)
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


def font_of(look: Look, language: Language) -> str:
    """The font of the workbook; the system's own for the language unless the look names one."""
    return look.workbook_font or FONTS[language]


def set_theme(book: xlsxwriter.Workbook, look: Look, language: Language) -> None:
    """Make the look's colours and font those of the workbook's theme, so that what a reader adds looks alike."""
    xml = book.theme_xml
    for number, name in enumerate(_ACCENTS, 1):
        colour = getattr(look.colours, name)[1:].upper()
        xml = re.sub(rf'(<a:accent{number}><a:srgbClr val=")[0-9A-F]{{6}}', rf"\g<1>{colour}", xml)
    xml = re.sub(r'(<a:dk2><a:srgbClr val=")[0-9A-F]{6}', rf"\g<1>{look.colours.ink[1:].upper()}", xml)
    xml = re.sub(r'(<a:latin typeface=")[^"]+', rf"\g<1>{font_of(look, language)}", xml)
    book.use_custom_theme(StringIO(xml))


def _quoted(words: str) -> str:
    return '"{}"'.format(words.replace('"', "″")) if words else ""
