"""What a call of a template returns: one character that stands for its figure, table or chart until the text is read.

So data never meet Markdown. Placeholders are characters of the private planes of Unicode, which no template may
contain; others of them mark from which line of which file a line of text comes, and are taken out before it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from itss.reports.document import Block, Cell
from itss.reports.template.budget import RefusedError

_HELD, _MARK = 0xF0000, 0x100000
MOST_CALLS, MOST_LINES = 5_000, 65_000


@dataclass(frozen=True)
class Position:
    """A line of a template's file, counted from 1."""

    file: str
    line: int


@dataclass(frozen=True)
class Inline:
    """A figure or a name in running text. ``content`` is the part that it makes of a heading it is in."""

    cell: Cell
    is_figure: bool = False
    content: str = ""
    is_appendix: bool = False
    sheet: str = ""


Blocks = Sequence[Block]
Later = Callable[[], Blocks]
"""Blocks that are made when the whole text is known."""


@dataclass(frozen=True)
class SheetEdge:
    """Where what goes to a sheet of its own begins and, without a ``name``, ends."""

    name: str = ""


@dataclass(frozen=True)
class Held:
    """What stands behind a placeholder, which call made it, and where it was called."""

    call: str
    position: Position
    content: Inline | Blocks | Later | SheetEdge


class Placeholder:
    """What the template holds in its hands: it can be printed and given to another call, and nothing else."""

    __slots__ = ("_call", "char", "held")

    def __init__(self, char: str, held: Held) -> None:
        self.char, self.held, self._call = char, held, held.call

    def __str__(self) -> str:
        return self.char

    def _refuse(self, *_: object) -> NoReturn:
        raise RefusedError(
            f"{self._call}() is there to be printed; it cannot be compared or counted.",
            "Ask is_missed(id), is_met(id), has(content) or measures(…) in a condition.",
        )

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __bool__ = __len__ = __iter__ = __contains__ = __hash__ = _refuse


class Placeholders:
    """All of one text, and the lines that its marks stand for."""

    def __init__(self) -> None:
        self._held: list[Held] = []
        self._marks: dict[Position, str] = {}
        self._positions: list[Position] = []

    def put(self, held: Held) -> Placeholder:
        """A new placeholder."""
        if len(self._held) == MOST_CALLS:
            raise RefusedError(f"The template makes more than {MOST_CALLS:,} calls.", "Make its loops shorter.")
        self._held.append(held)
        return Placeholder(chr(_HELD + len(self._held) - 1), held)

    def of(self, char: str) -> Held | None:
        """What a character stands for; ``None`` if it is an ordinary one."""
        at = ord(char) - _HELD
        return self._held[at] if 0 <= at < len(self._held) else None

    def mark(self, position: Position) -> str:
        """The mark of a line of a file."""
        if position not in self._marks and len(self._positions) < MOST_LINES:
            self._marks[position] = chr(_MARK + len(self._positions))
            self._positions.append(position)
        return self._marks.get(position, "")

    def unmarked(self, text: str, first: Position) -> tuple[str, list[Position]]:
        """The text without its marks, and from where each of its lines comes."""
        lines, positions, last = [], [], first
        for line in text.split("\n"):
            found = [self._positions[ord(char) - _MARK] for char in line if self._is_mark(char)]
            last = found[0] if found else last
            positions.append(last)
            lines.append("".join(char for char in line if not self._is_mark(char)) if found else line)
            last = found[-1] if found else last
        return "\n".join(lines), positions

    def _is_mark(self, char: str) -> bool:
        return _MARK <= ord(char) < _MARK + len(self._positions)


def is_private(char: str) -> bool:
    """Whether a character belongs to the private planes, which templates may not use."""
    return ord(char) >= _HELD


def at_most_one(block: Block | None) -> Blocks:
    """A block that may have nothing to show, as what a call returns."""
    return [block] if block else []
