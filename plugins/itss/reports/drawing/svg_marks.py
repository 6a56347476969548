"""What happened on the time axis of a chart: a sign above its period, and a line of text below the chart.

Several in one period share one sign. At most `MAX_LINES` lines are written; the rest is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from itss.reports.cells import Cells
from itss.reports.document import Chart, Mark
from itss.reports.drawing import shapes
from itss.reports.drawing.palette import Palette
from itss.reports.drawing.scale import HEIGHT, LEFT, TOP, WIDTH, Scale

MAX_LINES = 4
LINE_HEIGHT = 15
_INDENT = 18
_BEFORE = ("agreement", "definition", "baseline")
"""What holds from the begin of a period on; the others happened within it."""
_SIGNS: Mapping[str, str] = {
    "agreement": "M-4 -4h8v8h-8z",
    "definition": "M0 -5l5 9h-10z",
    "baseline": "M-5 -1.5h10v3h-10z",
    "event": "M-5 -4h10l-5 9z",
    "improvement": "M-1.5 -5h3v3.5h3.5v3h-3.5v3.5h-3v-3.5h-3.5v-3h3.5z",
}


def marks(chart: Chart, cells: Cells, scale: Scale, colours: Palette) -> tuple[str, str, int]:
    """The signs on the axis, the lines below the chart, and the height of these."""
    told = [mark for mark in chart.marks if 0 <= mark.at < len(chart.categories)]
    if not told:
        return "", "", 0
    signs = [_sign(list(group), scale, colours) for _, group in groupby(ordered(told), key=_place)]
    lines = notes(chart, cells)
    top = HEIGHT + scale.top - TOP + 4
    parts = []
    for at, note in enumerate(lines):
        y = top + at * LINE_HEIGHT
        if note.kind:
            move = f"translate({LEFT + 6} {y})"
            parts.append(shapes.path(_SIGNS[note.kind], css="sign-key", transform=move, fill=colours.mark))
        room = int((WIDTH - LEFT - _INDENT) / shapes.LETTER)
        parts.append(shapes.text(LEFT + _INDENT, y + 4, shapes.fit(note.text, room)))
    return "".join(signs), "".join(parts), len(lines) * LINE_HEIGHT


def ordered(told: Sequence[Mark]) -> list[Mark]:
    """By time; in one place those first that hold from its begin."""
    return sorted(told, key=lambda mark: (mark.at, mark.kind not in _BEFORE, mark.kind, mark.text))


@dataclass(frozen=True)
class Note:
    """A line below the chart: of one mark, or (without a kind) of all that have none of their own."""

    kind: str
    text: str
    places: tuple[int, ...]


def notes(chart: Chart, cells: Cells) -> list[Note]:
    """A line for each mark, in the order of time; of more than `MAX_LINES` the newest, and how many more there are."""
    told = [mark for mark in ordered(chart.marks) if 0 <= mark.at < len(chart.categories)]
    shown = told if len(told) <= MAX_LINES else told[-(MAX_LINES - 1) :]
    lines = [Note(mark.kind, f"{chart.categories[mark.at]} {mark.text}", (mark.at,)) for mark in shown]
    if rest := told[: len(told) - len(shown)]:
        places = tuple(sorted({mark.at for mark in rest}))
        lines.append(Note("", cells.words.plural("chart.more_marks", len(rest)), places))
    return lines


def _place(mark: Mark) -> tuple[int, bool]:
    return mark.at, mark.kind not in _BEFORE


def _sign(here: Sequence[Mark], scale: Scale, colours: Palette) -> str:
    """One sign with its line down to the axis; the sign of the first mark stands for all of the place."""
    first = here[0]
    x = scale.x(first.at - 0.5 if first.kind in _BEFORE else first.at)
    stroke: dict[str, str | float] = {"stroke": colours.mark, "stroke_dasharray": "1 3"}
    line = shapes.line((x, scale.top), (x, scale.foot), css="sign-line", **stroke)
    move = f"translate({shapes.n(x)} {shapes.n(scale.top - 6)})"
    tip = "; ".join(mark.text for mark in here)
    sign = shapes.path(_SIGNS[first.kind], tip, css="sign", transform=move, fill=colours.mark)
    more = shapes.text(x + 7, scale.top - 2, f"×{len(here)}", font_size=9) if len(here) > 1 else ""
    return line + sign + more
