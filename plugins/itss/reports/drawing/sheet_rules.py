"""Which colours of a table its own words and numbers say: they become conditional formats, the others stay painted.

A reader who sorts the rows or tries another number sees the colour follow. Surprise: a rule is made only where it
colours every cell of its column exactly as the report does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from itss.reports.document import Cell, Table, Tone
from itss.reports.drawing.formats import Formats

MAX_WORDS, MAX_STRING = 6, 255
"""So many different states a column has at most; so many characters a text in a formula."""
STATES: tuple[Tone, ...] = ("met", "at_risk", "missed")
Rows = Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Rules:
    """By column: words and their state; the column whose words say its state, and which; those above and below 0."""

    words: Mapping[int, Mapping[str, Tone]]
    follows: Mapping[int, tuple[int, frozenset[Tone]]]
    signs: Mapping[int, tuple[Tone, Tone]]

    def painted(self, cell: Cell, at: int) -> Cell:
        """The cell as it is painted: without the colour that a rule gives to it."""
        is_ruled = at in self.words or at in self.follows or at in self.signs
        return replace(cell, tone="") if is_ruled and cell.tone in STATES else cell


def rules_of(table: Table) -> Rules:
    """The rules that colour ``table`` as it is."""
    columns = list(enumerate(zip(*table.rows, strict=True))) if table.rows else []
    toned = [(at, cells) for at, cells in columns if at and any(cell.tone in STATES for cell in cells)]
    words = {at: said for at, cells in toned if (said := _words(cells))}
    rest = [(at, cells) for at, cells in toned if at not in words]
    states = next(((at, [row[at] for row in table.rows]) for at in words), None)
    follows = {}
    if states is not None:
        follows = {at: (states[0], found) for at, cells in rest if (found := _followed(cells, states[1]))}
    signs = {at: both for at, cells in rest if at not in follows and (both := _signs(cells))}
    return Rules(words, follows, signs)


def _words(cells: Sequence[Cell]) -> dict[str, Tone]:
    """Text and its state, where each text has one; empty where that is not so."""
    if any(cell.value is not None or cell.spark for cell in cells):
        return {}
    said = {(cell.text, cell.tone if cell.tone in STATES else "") for cell in cells}
    states: dict[str, Tone] = {text: tone for text, tone in said if tone}
    is_plain = len(said) == len({text for text, _ in said}) and all(len(text) * 2 < MAX_STRING for text in states)
    return dict(sorted(states.items())) if is_plain and len(states) <= MAX_WORDS else {}


def _followed(cells: Sequence[Cell], states: Sequence[Cell]) -> frozenset[Tone]:
    """The states whose colour the numbers beside them have; empty where one number has another one's, or not always."""
    pairs = {
        (cell.tone if cell.tone in STATES else "", state.tone if cell.value is not None else "")
        for cell, state in zip(cells, states, strict=True)
    }
    by_state = {state: {tone for tone, of in pairs if of == state} for _, state in pairs}
    is_clear = all(tones == {""} or tones == {state} for state, tones in by_state.items())
    return frozenset(state for state, tones in by_state.items() if state in tones and state in STATES if is_clear)


def _signs(cells: Sequence[Cell]) -> tuple[Tone, Tone] | None:
    """The states of the numbers above and below zero, where each side has one and all else has none."""
    numbers = [(cell.value, cell.tone) for cell in cells if isinstance(cell.value, (int, float))]
    sides: list[set[Tone]] = [{t for v, t in numbers if v > 0}, {t for v, t in numbers if v < 0}]
    rest = {cell.tone for cell in cells if not isinstance(cell.value, (int, float)) or cell.value == 0}
    if not all(cell.signed for cell in cells if isinstance(cell.value, (int, float))):
        return None  # what is no variance has no good side of zero
    if any(len(side) > 1 or "muted" in side for side in sides) or sides[0] == sides[1] or rest & set(STATES):
        return None
    return _only(sides[0]), _only(sides[1])


def _only(tones: set[Tone]) -> Tone:
    return next(iter(tones), "")


def apply(rules: Rules, raw: Worksheet, top: int, bottom: int, formats: Formats) -> None:
    """Write the conditional formats of the rows ``top`` to ``bottom``."""
    for at, words in rules.words.items():
        for text, tone in words.items():
            _cell(raw, top, bottom, at, "==", _text(text), formats.rule(tone))
    for at, (above, below) in rules.signs.items():
        for criteria, tone in ((">", above), ("<", below)):
            if tone:
                _cell(raw, top, bottom, at, criteria, 0, formats.rule(tone))
    for at, (status, states) in rules.follows.items():
        own, other = xl_rowcol_to_cell(top, at), xl_rowcol_to_cell(top, status, col_abs=True)
        for text in (text for text, tone in rules.words[status].items() if tone in states):
            tone = rules.words[status][text]
            criteria = f"=AND(ISNUMBER({own}),{other}={_text(text)})"
            rule = {"type": "formula", "criteria": criteria, "format": formats.rule(tone)}
            raw.conditional_format(top, at, bottom, at, rule)


def _cell(raw: Worksheet, top: int, bottom: int, at: int, criteria: str, value: str | int, look: Any) -> None:
    rule = {"type": "cell", "criteria": criteria, "value": value, "format": look}
    raw.conditional_format(top, at, bottom, at, rule)


def _text(text: str) -> str:
    return '"{}"'.format(text.replace('"', '""'))
