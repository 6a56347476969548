"""From the text of a template, whose calls are placeholders, to the parts of the document tree.

Markdown is read by markdown-it-py: CommonMark with tables, no HTML, no code. ``##`` begins a part, what stands before
the first is the first page. Everything that cannot be drawn is a problem with the line of the template.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from itss.problems import Problem
from itss.reports.document import Block, Heading, PageBreak, Paragraph, Part
from itss.reports.sheet_names import SheetNames
from itss.reports.template.files import TemplateFiles
from itss.reports.template.placeholders import Held, Inline, Placeholders, Position, SheetEdge
from itss.reports.template.running_text import RunningText
from itss.reports.template.written_blocks import WrittenBlocks

_OFF = ("code", "lheading", "html_block", "html_inline")


@dataclass
class _Draft:
    key: str
    title: str
    sheet: str
    blocks: list[Block] = field(default_factory=list)
    is_only_in_workbook: bool = False
    is_appendix: bool = False

    def part(self) -> Part:
        """The part, once it has all its blocks."""
        return Part(self.key, self.title, self.sheet, tuple(self.blocks), self.is_only_in_workbook, self.is_appendix)


class Tree:
    """The parts of one text; ``problems`` is what is wrong with it."""

    def __init__(self, held: Placeholders, files: TemplateFiles, sheets: SheetNames, front_sheet: str) -> None:
        self._held, self._sheets = held, sheets
        self.problems: list[Problem] = []
        self._positions: list[Position] = []
        self._running = RunningText(held, self._refuse)
        self._written = WrittenBlocks(self._running, files, self._refuse)
        self._part = _Draft("front", "", sheets.take(front_sheet))
        self._sheet: _Draft | None = None
        self._drafts = [self._part]

    def parts(self, text: str, first: Position) -> tuple[Part, ...]:
        """The parts of a text that still carries its marks; ``first`` is where it begins."""
        plain, self._positions = self._held.unmarked(text, first)
        markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable(list(_OFF))
        markdown.validateLink = lambda url: bool(url) or True  # type: ignore[method-assign]  # each is judged with its line
        for node in SyntaxTreeNode(markdown.parse(plain)).children:
            self._take(node)
        return tuple(draft.part() for draft in self._drafts)

    def _take(self, node: SyntaxTreeNode) -> None:
        position = self._position(node)
        match node.type:
            case "heading":
                self._heading(node, position)
            case "paragraph":
                for block in self._paragraph(node, position):
                    self._add(block)
            case "hr":
                self._add(PageBreak())
            case _:
                for block in self._written.blocks(node, position):
                    self._add(block)

    def _position(self, node: SyntaxTreeNode) -> Position:
        line = node.map[0] if node.map else 0
        return self._positions[min(line, len(self._positions) - 1)]

    def _add(self, block: Block) -> None:
        (self._sheet or self._part).blocks.append(block)

    def _refuse(self, position: Position, message: str, remedy: str = "") -> None:
        self.problems.append(Problem(Path(position.file), position.line, "", message, remedy))

    def _heading(self, node: SyntaxTreeNode, position: Position) -> None:
        level, inline = int(node.tag[1]), node.children[0]
        paragraph = self._running.paragraph(inline, position)
        if level in (3, 4):
            self._add(Heading(paragraph.text, 3 if level == 3 else 4))
        elif level != 2:
            self._refuse(position, f"A heading with {'#' * level} has no place in a report.",
                         "Write ## for a part, ### and #### inside it; the title is the report's own.")  # fmt: skip
        elif self._sheet is not None:
            self._refuse(position, "A part cannot begin inside sheet().", "Write ### there, or end the sheet before.")
        else:
            named = [held for held in self._running.placeholders(inline) if isinstance(held.content, Inline)]
            self._begin(paragraph, next((held for held in named if _content(held)), None), position)

    def _begin(self, heading: Paragraph, named: Held | None, position: Position) -> None:
        """A new part, which ``named`` makes one of the six contents or an appendix."""
        content = named.content if named else None
        if not isinstance(content, Inline):
            number = sum(draft.key.startswith("part_") for draft in self._drafts) + 1
            self._open(_Draft(f"part_{number}", heading.text, self._sheets.take(heading.text)))
            return
        if any(draft.key == content.content for draft in self._drafts):
            self._refuse(position, f"'{content.content}' is here for the second time.", "Let one part be this content.")
        sheet = self._sheets.take(content.sheet)
        self._open(_Draft(content.content, heading.text, sheet, is_appendix=content.is_appendix))

    def _open(self, draft: _Draft) -> None:
        self._part = draft
        self._drafts.append(draft)

    def _paragraph(self, node: SyntaxTreeNode, position: Position) -> Iterator[Block]:
        """The blocks of a paragraph: lines with nothing but block calls are those blocks, the rest is text."""
        for line in self._running.lines(node.children[0], position):
            if isinstance(line, Held) and isinstance(line.content, SheetEdge):
                self._edge(line, line.content)
            elif isinstance(line, Held):
                content = line.content() if callable(line.content) else line.content
                yield from content if not isinstance(content, Inline | SheetEdge) else ()
            else:
                yield from self._written.text(line)

    def _edge(self, held: Held, edge: SheetEdge) -> None:
        """Begin or end a sheet of its own; it comes behind the part in which it was called."""
        if not edge.name:
            self._drafts += [self._sheet] if self._sheet else []
            self._sheet = None
        elif self._sheet is not None:
            self._refuse(held.position, "A sheet cannot begin inside another.", "End the first one before.")
        else:
            for message in self._sheets.faults(edge.name):
                self._refuse(held.position, message, "Give the sheet another name.")
            number = sum(draft.is_only_in_workbook for draft in self._drafts) + 1
            name = self._sheets.take(edge.name)
            self._sheet = _Draft(f"sheet_{number}", edge.name, name, is_only_in_workbook=True)


def _content(held: Held) -> str:
    return held.content.content if isinstance(held.content, Inline) else ""
