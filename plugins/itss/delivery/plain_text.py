"""A mail's HTML as plain text: the other form of it, and what a chat shows.

Each block is a line, a link is its words and its address.
"""

from __future__ import annotations

from html.parser import HTMLParser

_BLOCKS = frozenset({"p", "div", "h1", "h2", "li", "tr", "ul", "ol", "table", "hr", "br"})
_UNSHOWN = frozenset({"head", "style", "script"})


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.lines = [""]
        self._unshown = 0
        self._address = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unshown += tag in _UNSHOWN
        if tag in _BLOCKS:
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
        first, *rest = data.split("\n")
        self.lines[-1] += first
        self.lines += rest


def plain_text(html: str) -> str:
    """The words of ``html``, a line a block, without empty lines."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    lines = (" ".join(line.split()) for line in parser.lines)
    return "\n".join(line for line in lines if line not in ("", "-"))
