"""A report's parts from its template: the sandbox runs it, Markdown is read, and nothing that must be said is lost.

Raises `TemplateRefusedError` with every problem. A content that the entry omits is replaced by the reason; the author's
words have their place even where the template has none for them.
"""

from __future__ import annotations

from dataclasses import replace

from itss.problems import Problem
from itss.reports.document import Block, Paragraph, Part
from itss.reports.one_scale import on_one_scale
from itss.reports.sheet_names import SheetNames
from itss.reports.template import block_calls
from itss.reports.template.calls import NAMES, Calls
from itss.reports.template.environment import Sandbox
from itss.reports.template.files import TemplateFiles
from itss.reports.template.materials import CONTENTS, Materials
from itss.reports.template.placeholders import Placeholders, Position
from itss.reports.template.refused import TemplateRefusedError
from itss.reports.template.tree import Tree
from itss.reports.writer import Writer

GENERATED_SHEETS = ("breaches", "quarantine", "chart_data")


def parts(writer: Writer, files: TemplateFiles, author: str) -> tuple[Part, ...]:
    """The parts in the template's order; the first is the first page."""
    problems, found = attempt(writer, files, author)
    if problems:
        raise TemplateRefusedError(problems)
    return found


def attempt(
    writer: Writer, files: TemplateFiles, author: str, *, is_check: bool = False
) -> tuple[list[Problem], tuple[Part, ...]]:
    """The problems of a template, and the parts as far as it comes to any.

    A check also judges the calls of branches that are not taken.
    """
    entry, held = writer.given.entry, Placeholders()
    sandbox = Sandbox(files, entry.language, NAMES, held)
    materials = Materials(writer, author)
    calls = Calls(materials, held)
    if sandbox.problems:
        return sandbox.problems, ()
    for asked in sandbox.asked if is_check else ():
        calls.judge(asked)
    try:
        text = sandbox.render(calls.bound(), entry.language)
    except TemplateRefusedError as error:
        return [*calls.problems, *error.problems], ()
    sheets = SheetNames(writer.words(f"sheet.{name}") for name in GENERATED_SHEETS)
    tree = Tree(held, files, sheets, writer.words("sheet.summary"))
    found = tree.parts(text, Position(sandbox.sources[-1].file, 1))
    found = tuple(replace(part, blocks=on_one_scale(part.blocks)) for part in found)
    return [*calls.problems, *tree.problems], _with_comments(materials, _with_reasons(writer, found, sheets))


def _with_reasons(writer: Writer, found: tuple[Part, ...], sheets: SheetNames) -> tuple[Part, ...]:
    """The parts, the reason standing in place of each content that the entry leaves out."""
    for key, reason in sorted(writer.given.entry.omits.items()):
        said: tuple[Block, ...] = (Paragraph(reason, "empty"),)
        if any(part.key == key for part in found):
            found = tuple(replace(part, blocks=said) if part.key == key else part for part in found)
            continue
        before = [at for at, part in enumerate(found) if part.key in CONTENTS and part.key < key]
        place = max(before, default=0) + 1
        sheet = sheets.take(writer.words(f"section.{key}.sheet"))
        found = (*found[:place], Part(key, writer.words(f"section.{key}.title"), sheet, said), *found[place:])
    return found


def _with_comments(materials: Materials, found: tuple[Part, ...]) -> tuple[Part, ...]:
    """The parts with those of the author's words that the template has no place for."""
    keys = {part.key for part in found}
    for key in ("", *CONTENTS):
        words = block_calls.own_words(materials, key)
        if key in materials.placed or not words:
            continue
        place = key if key in keys else "front"
        found = tuple(_with(part, words) if part.key == place else part for part in found)
    return found


def _with(part: Part, words: list[Block]) -> Part:
    """A part with the author's words on top; on the first page they stand below the verdict and the rest of it."""
    return replace(part, blocks=(*part.blocks, *words) if part.key == "front" else (*words, *part.blocks))
