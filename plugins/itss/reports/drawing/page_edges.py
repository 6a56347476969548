"""What stands on the edge of each printed page of the workbook, within the 255 characters that Excel takes."""

from __future__ import annotations

from itss.reports.document import Paper, Report
from itss.reports.template.look import Colours

MAX_EDGE = 255


def head(paper: Paper, colours: Colours) -> str:
    """The header: the look's own, and marks such as *preview*; empty where there is neither."""
    own = paper.look.header.of(paper.language) if isinstance(paper, Report) and paper.look.header else ""
    text = " · ".join(part for part in (own, *paper.marks) if part)
    return _edge('&C&"-,Bold"&K' + colours.missed[1:].upper(), text) if text else ""


def foot(paper: Paper, colours: Colours) -> str:
    """The footer: the look's own, title, period and revision, and the page of all pages."""
    own = paper.look.footer.of(paper.language) if isinstance(paper, Report) and paper.look.footer else ""
    text = " · ".join(part for part in (own, paper.title, paper.period, paper.revision) if part)
    soft = colours.soft[1:].upper()
    return _edge(f"&L&8&K{soft}", text, f"&R&8&K{soft}&P / &N")


def _edge(before: str, text: str, after: str = "") -> str:
    """The text between its codes; an ampersand in it is doubled, what does not fit ends with an ellipsis."""
    room = MAX_EDGE - len(before) - len(after)
    doubled = [letter.replace("&", "&&") for letter in " ".join(text.split())]
    if sum(map(_units, doubled)) > room:
        while sum(map(_units, doubled)) > room - 1:
            doubled.pop()
        doubled.append("…")
    return before + "".join(doubled) + after


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
