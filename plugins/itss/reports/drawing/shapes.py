"""The pieces that charts in SVG are made of: text, lines, paths, with their looks as attributes.

Looks are presentation attributes, never classes: WeasyPrint does not apply the page's style sheet inside inline SVG.
Every coordinate is rounded to a tenth; the same chart is the same bytes on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import pairwise
from unicodedata import east_asian_width

from itss.reports.template.look import Look

_SYSTEM_FONTS = ("Segoe UI", "Helvetica Neue", "Arial", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC")
SMALL, NORMAL = 11, 12
LETTER = 5.8
"""Width of a narrow letter of the small size; a wide one takes two."""
Point = tuple[float, float]


def svg(size: tuple[int, int], title: str, alt: str, look: Look, inner: str) -> str:
    """The element, described for those who cannot see it."""
    fonts = ", ".join((*look.fonts, *_SYSTEM_FONTS, "sans-serif"))
    return (
        f'<svg viewBox="0 0 {size[0]} {size[1]}" role="img" '
        f'aria-label="{escape(alt)}" font-family="{escape(fonts)}" font-size="{SMALL}" fill="{look.colours.soft}">'
        f"<title>{escape(title)}</title>{inner}</svg>"
    )


def text(x: float, y: float, words: str, **look: str | float) -> str:
    """Words, escaped, that begin at a point (or lie around or before it, by ``text_anchor``)."""
    return f'<text x="{n(x)}" y="{n(y)}"{attributes(look)}>{escape(words)}</text>'


def line(start: Point, end: Point, **look: str | float) -> str:
    """A straight line."""
    (x1, y1), (x2, y2) = start, end
    return f'<line x1="{n(x1)}" x2="{n(x2)}" y1="{n(y1)}" y2="{n(y2)}"{attributes(look)}/>'


def rect(x: float, y: float, width: float, height: float, tip: str = "", **look: str | float) -> str:
    """A rectangle; ``tip`` is shown where a mouse stands on it."""
    place = f'x="{n(x)}" y="{n(y)}" width="{n(max(width, 0))}" height="{n(max(height, 0))}"'
    return _closed("rect", f"{place}{attributes(look)}", tip)


def circle(at: Point, r: float, tip: str = "", **look: str | float) -> str:
    """A disc, or a ring."""
    return _closed("circle", f'cx="{n(at[0])}" cy="{n(at[1])}" r="{n(r)}"{attributes(look)}', tip)


def path(d: str, tip: str = "", **look: str | float) -> str:
    """Any outline."""
    return _closed("path", f'd="{d}"{attributes(look)}', tip)


def course(points: Sequence[Point | None]) -> str:
    """The outline through the known points; a gap where a period has no value."""
    parts = [f"M{n(points[0][0])} {n(points[0][1])}"] if points and points[0] else []
    for before, point in pairwise(points):
        if point:
            parts.append(f"{'L' if before else 'M'}{n(point[0])} {n(point[1])}")
    return "".join(parts)


def diamond(at: Point, r: float = 6) -> str:
    """The outline of a square on its corner."""
    return f"M{n(at[0])} {n(at[1] - r)}l{n(r)} {n(r)}l-{n(r)} {n(r)}l-{n(r)} -{n(r)}z"


def attributes(look: dict[str, str | float]) -> str:
    """Looks as attributes; ``css`` is the class, a name for tests and readers that no style sheet needs."""
    named = {name: value for name, value in look.items() if value != ""}
    return "".join(
        f' {"class" if name == "css" else name.replace("_", "-")}="{value}"' for name, value in named.items()
    )


def fit(label: str, most: int = 24) -> str:
    """A label in ``most`` columns of a terminal, where wide characters count twice; cut with an ellipsis."""
    if width(label) <= most:
        return label
    kept = ""
    for letter in label:
        if width(kept + letter) > most - 1:
            break
        kept += letter
    return kept + "…"


def width(words: str) -> int:
    """Columns of a terminal that words take."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in words)


def n(value: float) -> str:
    """A coordinate."""
    return f"{value:.1f}".removesuffix(".0")


def _closed(name: str, attributes_: str, tip: str) -> str:
    return f"<{name} {attributes_}><title>{escape(tip)}</title></{name}>" if tip else f"<{name} {attributes_}/>"
