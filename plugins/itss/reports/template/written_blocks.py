"""Blocks that the template's author writes out: paragraphs, lists, tables, quotations, pictures."""

from __future__ import annotations

from collections.abc import Iterator

from markdown_it.tree import SyntaxTreeNode

from itss.reports.document import Align, Block, Cell, Column, Items, Paragraph, Picture, Table
from itss.reports.template import pictures
from itss.reports.template.files import TemplateFiles
from itss.reports.template.placeholders import Position
from itss.reports.template.running_text import Refuse, RunningText, Text

NARROWEST, WIDEST = 12, 60


class WrittenBlocks:
    """Reads the nodes of such blocks."""

    def __init__(self, running: RunningText, files: TemplateFiles, refuse: Refuse) -> None:
        self._running, self._files, self._refuse = running, files, refuse

    def blocks(self, node: SyntaxTreeNode, position: Position) -> Iterator[Block]:
        """The blocks of a node that is neither heading nor paragraph nor page break."""
        match node.type:
            case "bullet_list" | "ordered_list":
                items = [self._item(item, position) for item in node.children]
                yield Items(tuple(items), is_ordered=node.type == "ordered_list")
            case "table":
                yield self._table(node, position)
            case "blockquote":
                for child in node.children:
                    if child.type == "paragraph":
                        paragraph = self._running.paragraph(child.children[0], position)
                        yield Paragraph(paragraph.text, "quote", paragraph.runs)
                    else:
                        self._refuse(position, "A quotation has paragraphs only.", "Write it without lists and tables.")
            case "fence" | "code_block":
                self._refuse(position, "A report has no blocks of code.", "Delete the ``` lines.")
            case other:
                self._refuse(position, f"'{other}' has no place in a report.", "Write it as text.")

    def text(self, text: Text) -> Iterator[Block]:
        """A paragraph, or the picture that it consists of."""
        images = [node for node in text.nodes if node.type == "image"]
        others = [node for node in text.nodes if node.type not in ("image", "softbreak")]
        if images and not any(node.type != "text" or node.content.strip() for node in others):
            yield from (picture for image in images for picture in self._picture(image, text.position))
            return
        if call := self._running.is_figure_alone(text):
            self._refuse(text.position, f"{call}() alone is a number without a name.", "Write a sentence around it.")
            return
        paragraph = self._running.of(text.nodes, text.position)
        if paragraph.text.strip():
            yield paragraph

    def _picture(self, image: SyntaxTreeNode, position: Position) -> Iterator[Picture]:
        name = str(image.attrs.get("src", ""))
        media = pictures.media_of(name)
        alt = "".join(self._running.paragraph(image, position).text) if image.children else ""
        data = next((layer.files[name] for layer in self._files.layers if name in layer.files), None)
        if data is None or media is None:
            known = sorted({one for layer in self._files.layers for one in layer.files if pictures.media_of(one)})
            there = f"Pictures there are: {', '.join(known)}." if known else "Put it there."
            self._refuse(position, f"There is no picture '{name}' in the template's folder.", there)
            return
        if said := pictures.fault(name, data):
            self._refuse(position, said, "Put a sound picture there.")
            return
        if not alt.strip():
            self._refuse(position, f"The picture '{name}' has no words for those who cannot see it.",
                         f"Write ![what it shows]({name}).")  # fmt: skip
        yield Picture(data, media, alt)

    def _item(self, item: SyntaxTreeNode, position: Position) -> Paragraph:
        if [child.type for child in item.children] != ["paragraph"]:
            self._refuse(position, "An item of a list is one paragraph.", "Write lists in lists as lists of their own.")
            return Paragraph("")
        return self._running.paragraph(item.children[0].children[0], position)

    def _table(self, node: SyntaxTreeNode, position: Position) -> Table:
        head, *body = node.children
        titles = [self._running.cell(_inline(cell), position) for cell in head.children[0].children]
        lines = [row for part in body for row in part.children]
        rows = tuple(tuple(self._running.cell(_inline(cell), position) for cell in row.children) for row in lines)
        aligned = [_align(cell) for cell in head.children[0].children]
        columns = tuple(
            _column(title, align, [row[at] for row in rows if at < len(row)])
            for at, (title, align) in enumerate(zip(titles, aligned, strict=True))
        )
        return Table("", columns, rows)


def _inline(cell: SyntaxTreeNode) -> SyntaxTreeNode | None:
    return cell.children[0] if cell.children else None


def _align(cell: SyntaxTreeNode) -> Align | None:
    style = str(cell.attrs.get("style", ""))
    return next((align for align in ("left", "right", "center") if style.endswith(align)), None)


def _column(title: Cell, align: Align | None, cells: list[Cell]) -> Column:
    """As wide as what is in it; numbers to the right where the author says nothing."""
    longest = max([len(title.text) * 2, *(len(cell.text) for cell in cells)], default=NARROWEST)
    width = min(max(longest + 2, NARROWEST), WIDEST)
    is_number = bool(cells) and all(cell.value is not None or cell.text in ("", "–") for cell in cells)
    return Column(title.text, width, align or ("right" if is_number else "left"), wrap=longest > WIDEST)
