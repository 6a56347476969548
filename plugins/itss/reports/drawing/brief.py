"""The approver's brief: what the report says on one screen of Markdown, inside the approval task.

Surprise: the text of tickets ends up here, and the renderer makes links even of bare addresses. Every such text is
escaped, and an address is broken with a zero-width space, so that a ticket's title cannot become a link.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from itss.reports import catalogue
from itss.reports.catalogue import Catalogue
from itss.reports.document import Cell, OwnWords, Part, Point, Report, Table
from itss.text import Language

MAX_LINES = 15
BREAK = "\u200b"
CONTENTS = "abcdef"
_MARKUP = re.compile(r"([\\`*_{}\[\]#|~$^])")
_ADDRESS = re.compile(
    r"(?i)(?<=:)(?=//)|(?<=/)(?=/)|(?<=www)(?=\.)|(?<=mailto)(?=:)|(?=@)|(?<=@)|(?<=\.)(?=[^\W\d_]{2})"
)
"""Where an address can be broken: behind a scheme, ``//``, ``www``, an at sign, before a domain."""


def render(report: Report, links: Mapping[str, str]) -> str:
    """The brief; ``links`` are addresses by name (``page``, ``workbook``, …), ours and therefore trusted."""
    words = catalogue.load(report.language)
    parts = [
        f"### {escape(report.title)} · {escape(report.period)} · {escape(report.revision)}",
        *(f"**{escape(mark)}**" for mark in report.marks),
        f"**{escape(report.headline)}**",
        *_comment(report, words),
        _table(_without_sparks(report.scorecard), words),
        _list(words("brief.wrong"), report.wrong, words, report.calm[0]),
        _list(words("brief.moved"), report.moved, words, report.calm[1]),
        _list(words("brief.findings"), report.findings, words, report.calm[2]),
        *_comments(report, words),
        *_since(report, words),
        *_titled(report.restatements, "brief.restatements", words),
        *_titled(report.redefined, "brief.redefined", words),
        *_titled(report.proposals, "brief.proposals", words),
        *_titled(report.improvements, "brief.improvements", words),
    ]
    return "\n\n".join([*parts, *(_links(links, words) if links else ())])


def to_answer(
    text: str,
    language: Language,
    facts: Mapping[str, str],
    links: Mapping[str, str],
    *,
    is_late: bool,
    voided: Sequence[str] = (),
) -> str:
    """The brief ``text`` as a level gets it: on top by when to answer and to which content, below where all of it is.

    ``facts`` are level, by, due, zone and sha256; ``links`` are addresses by name, as for `render`; ``is_late``, that
    the report is overdue already; ``voided``, what has changed since it was signed before.
    """
    words = catalogue.load(language)
    late = words("brief.late") if is_late else ""
    top = words("brief.asked", late=late, **{name: escape(value) for name, value in facts.items()})
    if voided:
        top += f"\n\n**{escape(words('brief.voided'))}** {escape(words.join(_changed(voided, words)[:MAX_LINES]))}"
    return "\n\n".join([top, text, *_links(links, words)])


def _links(links: Mapping[str, str], words: Catalogue) -> list[str]:
    lines = [f"- [{escape(_label(name, words))}](<{address}>)" for name, address in links.items()]
    return [f"#### {escape(words('brief.links'))}", "\n".join(lines)]


def _changed(names: Sequence[str], words: Catalogue) -> list[str]:
    """What changed in a statement, in words: ``files.report.html.sha256`` is the file report.html, said once."""
    said = []
    for name in names:
        part, _, rest = name.removesuffix(".sha256").removesuffix(".bytes").partition(".")
        known = f"brief.part.{part}" in words.keys
        said.append(f"{words(f'brief.part.{part}') if known else part} {rest}".rstrip())
    return list(dict.fromkeys(said))


def meeting(report: Report, gaps: Table | None, problems: Sequence[str], people: Sequence[str]) -> str:
    """What the form of the review meeting shows: what was refused, how to write it, and what the report says.

    ``people`` are those who may own an item, as they can be written.
    """
    words = catalogue.load(report.language)
    refused = [f"**{escape(words('meeting.refused'))}**", "\n".join(f"- {escape(one)}" for one in problems)]
    parts = [
        *(refused if problems else []),
        f"{escape(words('meeting.how'))} {escape(words.join(list(people)))}",
        f"### {escape(report.title)} · {escape(report.period)} · {escape(report.revision)}",
        f"**{escape(report.headline)}**",
        _table(_without_sparks(report.scorecard), words),
        *_titled(gaps, "brief.gaps", words),
        _list(words("brief.wrong"), report.wrong, words, report.calm[0]),
        _list(words("brief.moved"), report.moved, words, report.calm[1]),
        *_titled(report.improvements, "brief.improvements", words),
    ]
    return "\n\n".join(parts)


def returned(level: str, who: str, comment: str) -> str:
    """Who returned the report, and why, in Markdown: what the author's form shows."""
    said = [f"> {escape(line)}" for line in comment.splitlines() if line.strip()]
    return f"**{escape(level)}** {escape(who)}\n\n" + ("\n>\n".join(said) or "–")


def escape(text: str) -> str:
    """Text as Markdown that reads as that very text: no markup, no link, no HTML, no line break."""
    plain = unlinked(" ".join(text.split()))
    plain = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKUP.sub(r"\\\1", plain)


def unlinked(text: str) -> str:
    """Text in which no reader of mails, chats or Markdown finds an address to make a link of."""
    return _ADDRESS.sub(BREAK, text)


def _label(name: str, words: Catalogue) -> str:
    return words(f"link.{name}") if f"link.{name}" in words.keys else name


def _list(title: str, points: tuple[Point, ...], words: Catalogue, nothing: str = "") -> str:
    """Points under their title; where there are none, the sentence that the report has in their place."""
    lines = [f"- **{escape(point.head)}** – {escape(point.text)}" for point in points[:MAX_LINES]]
    if len(points) > MAX_LINES:
        lines.append(f"- {escape(words('brief.more', n=len(points) - MAX_LINES))}")
    return f"#### {escape(title)}\n\n" + ("\n".join(lines) or escape(nothing or words("brief.none")))


def _comment(report: Report, words: Catalogue) -> list[str]:
    """The author's own words, marked as such and taken literally."""
    found = [block.text for part in report.body if part.key not in CONTENTS for block in _own(part)]
    if not found:
        return []
    said = [f"> {escape(line)}" for line in "\n".join(found).splitlines() if line.strip()]
    return [f"#### {escape(words('comment.title'))}", "\n>\n".join(said)]


def _comments(report: Report, words: Catalogue) -> list[str]:
    """What the author said on single contents when they reworked the report."""
    said = [
        f"- **{part.key}) {escape(part.title)}** – {escape(block.text)}"
        for part in report.body
        if part.key in CONTENTS
        for block in _own(part)
    ]
    return [f"#### {escape(words('comment.sections'))}", "\n".join(said)] if said else []


def _own(part: Part) -> list[OwnWords]:
    return [block for block in part.blocks if isinstance(block, OwnWords)]


def _since(report: Report, words: Catalogue) -> list[str]:
    """What changed since the last revision; that nothing did is said, too."""
    if not report.since:
        return _titled(report.changes, "brief.changes", words)
    figures = _titled(report.changes, "caption.changes", words) or [escape(words("changes.none"))]
    return [_list(words("brief.changes"), report.since, words), *figures]


def _titled(table: Table | None, title: str, words: Catalogue) -> list[str]:
    """A table under its title; nothing is said where there is nothing."""
    if table is None:
        return []
    parts = [f"#### {escape(words(title))}", _table(_first(table), words)]
    if len(table.rows) > MAX_LINES:
        parts.append(escape(words("brief.more", n=len(table.rows) - MAX_LINES)))
    return parts


def _first(table: Table) -> Table:
    return Table(table.caption, table.columns, table.rows[:MAX_LINES])


def _without_sparks(table: Table) -> Table:
    """A table without its column of sparklines, which Markdown cannot draw."""
    drawn = {at for row in table.rows for at, cell in enumerate(row) if cell.spark}
    keep = [at for at in range(len(table.columns)) if at not in drawn]
    rows = tuple(tuple(row[at] for at in keep) for row in table.rows)
    return Table(table.caption, tuple(table.columns[at] for at in keep), rows)


def _table(table: Table, words: Catalogue) -> str:
    if not table.rows:
        return escape(words("brief.none"))
    rules = {"left": "---", "right": "---:", "center": ":---:"}
    head = "| " + " | ".join(escape(column.title) for column in table.columns) + " |"
    rule = "| " + " | ".join(rules[column.align] for column in table.columns) + " |"
    return "\n".join([head, rule, *("| " + " | ".join(map(_cell, row)) + " |" for row in table.rows)])


def _cell(cell: Cell) -> str:
    return f"**{escape(cell.text)}**" if cell.tone == "missed" else escape(cell.text)
