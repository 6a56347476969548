"""A mail's HTML as plain text: the other form of it, and what a chat shows.

Each block is a line, a link is its words and its address. Where the HTML leaves room above a block, the text of a mail
has an empty line; a chat has none.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = frozenset({"p", "div", "h1", "h2", "li", "tr", "ul", "ol", "table", "hr", "br"})
_UNSHOWN = frozenset({"head", "style", "script"})
_SPACED = frozenset({"p", "h1", "h2", "table"})
_NO_ROOM = re.compile(r"margin(-top)?:0[ ;]|margin(-top)?:0$")
_ROOM = "\0"
"""Stands for an empty line until the others are removed; no text of a mail can hold it."""


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.lines = [""]
        self._unshown = 0
        self._address = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unshown += tag in _UNSHOWN
        if tag in _BLOCKS:
            if tag in _SPACED and not _NO_ROOM.search(dict(attrs).get("style") or ""):
                self.lines.append(_ROOM)
            self.lines.append("- " if tag == "li" else "")
        if tag == "td" and self.lines[-1]:
            self.lines[-1] += ": "
        if tag == "a":
            self._address = dict(attrs).get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        self._unshown -= tag in _UNSHOWN
        if tag in _BLOCKS:
            self.lines.append("")
        if tag == "a":
            self.lines[-1] += f" {self._address} "

    def handle_data(self, data: str) -> None:
        if self._unshown:
            return
        first, *rest = data.replace(_ROOM, "").split("\n")
        self.lines[-1] += first
        self.lines += rest


def plain_text(html: str, *, is_spaced: bool = False) -> str:
    """The words of ``html``, a line a block; empty lines only where ``is_spaced`` asks for them, one at a time."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    lines = (" ".join(line.split()) for line in parser.lines)
    lines = (line for line in lines if line not in ("", "-"))
    shown = "\n".join("" if line == _ROOM else line for line in lines if is_spaced or line != _ROOM)
    return re.sub(r"\n{3,}", "\n\n", shown).strip("\n")
