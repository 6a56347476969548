"""The style sheet of a page: ours, in the colours and fonts of a look, and the security policy that allows only it.

Whatever a template's author or a ticket contributes is a colour, a font's name, a number or an escaped string: no text
can end the sheet or a rule of it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

from itss.reports.template.look import Look
from itss.settings import settings

FONTS = (
    '"Segoe UI", "Helvetica Neue", Arial, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", '
    '"WenQuanYi Micro Hei", sans-serif'
)
"""Those of the system, after the look's own."""
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .-")


def style(name: str, look: Look | None = None, more: str = "", *, has_pictures: bool = False) -> tuple[Markup, str]:
    """The sheet ``name`` of ours in a look, with the rules ``more``; and the policy of a page that has nothing else."""
    css = "\n".join(filter(None, (variables(look or Look()), _text(_folder() / name), more)))
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    pictures = "img-src data:; " if has_pictures else ""
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; {pictures}base-uri 'none'; form-action 'none'"
    return Markup(css), policy  # noqa: S704 - our own file; what is added to it is escaped here


def variables(look: Look) -> str:
    """Colours and fonts of a look as custom properties."""
    colours = "; ".join(f"--{name.replace('_', '-')}: {value}" for name, value in look.colours.model_dump().items())
    fonts = ", ".join([*(f'"{name}"' for name in look.fonts), FONTS])
    return f":root {{ {colours}; --fonts: {fonts}; }}"


def widths(thousandths: Iterable[int]) -> str:
    """A class a width, ``w125`` for 12.5 %: HTML has no width of a column any more, and the policy no inline style."""
    return " ".join(f".w{one} {{ width: {one / 10:g}%; }}" for one in sorted(set(thousandths)))


def page_edge(top: tuple[str, str], bottom: str, number: tuple[str, str, str], *, first_left: str = "") -> str:
    """What stands on the edge of each printed page: two texts on top, one and the page's number at the foot.

    ``number`` are the words around the page and the count of pages; ``first_left`` takes the place of the first text
    on the first page.
    """
    before, between, after = map(text, number)
    left, right = map(text, top)
    return (
        f"@page {{ @top-left {{ content: {left}; }} @top-right {{ content: {right}; }} "
        f"@bottom-left {{ content: {text(bottom)}; }} "
        f"@bottom-right {{ content: {before} counter(page) {between} counter(pages) {after}; }} }} "
        f"@page :first {{ @top-left {{ content: {text(first_left)}; }} }}"
    )


def text(words: str) -> str:
    """Words as a string of CSS; whatever is not a plain letter is written as its number."""
    return '"' + "".join(letter if letter in _PLAIN else f"\\{ord(letter):x} " for letter in words) + '"'


def _folder() -> Path:
    return settings().shipped / "templates" / "page"


@lru_cache
def _text(path: Path) -> str:
    return path.read_text("utf-8").strip()
