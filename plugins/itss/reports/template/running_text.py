"""Running text of a template: words, emphasis, links, and the figures that its placeholders stand for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import unquote

from markdown_it.tree import SyntaxTreeNode

from itss.reports.document import Cell, Paragraph, Run
from itss.reports.template.placeholders import Held, Inline, Placeholders, Position, is_private

Refuse = Callable[[Position, str, str], None]
_SCHEMES = ("https://", "mailto:")
_WIDE = 0x2E80
"""From here on characters are written without blanks between them (Chinese, kana, full-width signs)."""


@dataclass(frozen=True)
class Text:
    """A piece of a paragraph with its nodes, and where it is."""

    nodes: tuple[SyntaxTreeNode, ...]
    position: Position


class RunningText:
    """Reads inline nodes."""

    def __init__(self, held: Placeholders, refuse: Refuse) -> None:
        self._held, self._refuse = held, refuse

    def placeholders(self, inline: SyntaxTreeNode) -> Iterator[Held]:
        """Everything that is called in a piece of text."""
        for node in inline.walk():
            for char in node.content if node.type == "text" else "":
                if held := self._held.of(char):
                    yield held

    def lines(self, inline: SyntaxTreeNode, position: Position) -> Iterator[Held | Text]:
        """A paragraph's block calls, each by itself, and what text is between them."""
        text: list[SyntaxTreeNode] = []
        for line in _lines(inline):
            blocks = self._only_blocks(line)
            if blocks is None:
                text += [*([_blank(inline)] if text else []), *line]
                continue
            if text:
                yield Text(tuple(text), position)
                text = []
            yield from blocks
        if text:
            yield Text(tuple(text), position)

    def _only_blocks(self, line: list[SyntaxTreeNode]) -> list[Held] | None:
        """The block calls that a line is made of; ``None`` if it has anything else."""
        if not line or any(node.type != "text" for node in line):
            return None
        chars = "".join(node.content for node in line).split()
        found = [self._held.of(char) for char in "".join(chars)]
        blocks = [held for held in found if held is not None and not isinstance(held.content, Inline)]
        return blocks if blocks and len(blocks) == len(found) else None

    def paragraph(self, inline: SyntaxTreeNode, position: Position) -> Paragraph:
        """An inline node as a paragraph."""
        return self.of(tuple(inline.children), position)

    def of(self, nodes: tuple[SyntaxTreeNode, ...], position: Position) -> Paragraph:
        """Nodes as a paragraph; its runs only where they do not all look the same."""
        runs = _joined([run for node in nodes for run in self._runs(node, Run(""), position)])
        text = "".join(run.text for run in runs)
        if "**" in text:
            self._refuse(position, "There are ** that emphasise nothing.",
                         "Write no blank and no “”（）。 right at their inner side.")  # fmt: skip
        return Paragraph(text, runs=tuple(runs) if any(replace(run, text="") != Run("") for run in runs) else ())

    def cell(self, inline: SyntaxTreeNode | None, position: Position) -> Cell:
        """What is in a cell of a table: the figure itself where there is nothing else."""
        if inline is None:
            return Cell()
        chars = inline.content.strip()
        held = self._held.of(chars) if len(chars) == 1 else None
        if held and isinstance(held.content, Inline):
            return held.content.cell
        runs = self.paragraph(inline, position)
        return Cell(runs.text, strong=bool(runs.runs) and all(run.strong for run in runs.runs))

    def is_figure_alone(self, text: Text) -> str:
        """The call that a paragraph consists of, where it is a figure without a word."""
        chars = "".join(node.content for node in text.nodes if node.type == "text").strip()
        held = self._held.of(chars) if len(chars) == 1 else None
        return held.call if held and isinstance(held.content, Inline) and held.content.is_figure else ""

    def _runs(self, node: SyntaxTreeNode, look: Run, position: Position) -> Iterator[Run]:
        match node.type:
            case "text" | "code_inline":
                yield from self._words(node.content, look, position)
            case "softbreak":
                yield replace(look, text="\n")
            case "hardbreak":
                yield replace(look, text="\v")
            case "strong" | "em" | "link":
                inner = self._look(node, look, position)
                for child in node.children:
                    yield from self._runs(child, inner, position)
            case "image":
                self._refuse(position, "A picture stands alone on its line.", "Put an empty line before and after it.")
            case other:
                self._refuse(position, f"'{other}' has no place in running text.", "")

    def _look(self, node: SyntaxTreeNode, look: Run, position: Position) -> Run:
        if node.type == "strong":
            return replace(look, strong=True)
        if node.type == "em":
            return replace(look, emphasis=True)
        address = str(node.attrs.get("href", ""))
        if not address.startswith(_SCHEMES) or any(map(is_private, unquote(address))):
            self._refuse(position, f"A link leads to '{address}'.", "Write an address with https:// or mailto:.")
        return replace(look, href=address)

    def _words(self, text: str, look: Run, position: Position) -> Iterator[Run]:
        plain = ""
        for char in text:
            held = self._held.of(char)
            if held is None:
                if is_private(char):  # written as &#983040;, which Markdown reads after the file was judged
                    self._refuse(position, "There is a character of the private planes of Unicode here.", "Delete it.")
                plain += char
                continue
            if plain:
                yield replace(look, text=plain)
            plain = ""
            yield from self._figure(held, look)
        if plain:
            yield replace(look, text=plain)

    def _figure(self, held: Held, look: Run) -> Iterator[Run]:
        if not isinstance(held.content, Inline):
            self._refuse(held.position, f"{held.call}() is in a sentence, a list or a table.",
                         "Write it alone on its line, with an empty line before and after.")  # fmt: skip
        elif held.content.cell.spark:
            self._refuse(held.position, "sparkline() is in a sentence.", "Write it alone in a cell of a table.")
        else:
            yield replace(look, text=held.content.cell.text, tone=held.content.cell.tone)


def _lines(inline: SyntaxTreeNode) -> Iterator[list[SyntaxTreeNode]]:
    line: list[SyntaxTreeNode] = []
    for node in inline.children:
        if node.type == "softbreak":
            yield line
            line = []
        else:
            line.append(node)
    yield line


def _blank(inline: SyntaxTreeNode) -> SyntaxTreeNode:
    return next(node for node in inline.children if node.type == "softbreak")


def _joined(runs: list[Run]) -> list[Run]:
    """Runs of one look in one; a line's end is a blank, and nothing between Chinese characters."""
    found: list[Run] = []
    for at, run in enumerate(runs):
        if run.text == "\n":
            before = found[-1].text[-1:] if found else ""
            after = runs[at + 1].text[:1] if at + 1 < len(runs) else ""
            run = replace(run, text="" if _is_wide(before) and _is_wide(after) else " ")
        run = replace(run, text=re.sub("\v", "\n", run.text))
        if found and replace(found[-1], text="") == replace(run, text=""):
            found[-1] = replace(run, text=found[-1].text + run.text)
        elif run.text:
            found.append(run)
    return found


def _is_wide(char: str) -> bool:
    return bool(char) and ord(char) >= _WIDE
