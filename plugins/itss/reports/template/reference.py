"""docs/reference/template-calls.md, made of the calls themselves: `python -m itss.reports.template.reference`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from itss.reports.sheet_names import MOST
from itss.reports.template.arguments import kinds, written
from itss.reports.template.budget import MAX_SECONDS, MAX_STEPS, MAX_TEXT
from itss.reports.template.calls import CALLS, Call

_TITLES = {
    "inline": ("In running text", "They stand in a sentence, a heading, a list or a cell of a table."),
    "block": ("Alone on a line", "They stand alone on their line, outside lists and tables."),
    "sheet": ("A sheet of the workbook", "It encloses other text."),
    "query": ("In loops and conditions", "They give lists of ids, and true or false; they print nothing themselves."),
}
_HEAD = f"""# The calls of a report's template

Generated from the code: `python -m itss.reports.template.reference > docs/reference/template-calls.md`. Do not edit.

A template is the folder `templates/<name>` beside the report list: `report.zh-CN.md.j2` and `report.en.md.j2` are
Markdown with Jinja, `look.yaml` says how it looks. An entry names it with `template: <name>`.
[How to design a report](../how-to/design-a-report.md) shows one from the first line on.

- `##` begins a part: a section of the page, a sheet of the workbook. What stands before the first is the first page.
  `###` and `####` are headings inside a part. Paragraphs, **emphasis**, lists, tables with `|`, quotations with `>`,
  links to `https:` and `mailto:`, pictures of the folder (`![text]`, then the file in brackets) are as in Markdown;
  `---` begins a page. There is no HTML and no code.
- `{{% block a %}}` to `{{% block f %}}` are the six contents, `{{% block front %}}` the first page: who extends a
  template (`{{% extends "customer" %}}`) writes the blocks that are to be others; `{{{{ super() }}}}` is what it
  replaces.
- Measures are named as in [measures.md](measures.md), process and measure: `incident.backlog`. A measure that the
  entry's processes do not have is a problem that `python -m itss check` names with file and line; data that are missing
  in a period are said to be so where the figure would stand.
- What a call returns can be printed and given to another call; it cannot be compared. Conditions ask the calls of the
  last section.
- Filters: `default`, `first`, `last`, `join`, `length`, `lower`, `upper`, `trim`, `sort`, `unique`, `reverse`. Tests:
  `defined`, `undefined`, `none`, `in`, `odd`, `even`. `language` is the report's. Nothing else is reached: no file, no
  network, no `include`. A template has {MAX_STEPS:,} steps of loops and macros, {MAX_TEXT:,} characters and
  {MAX_SECONDS} seconds.
- Names of sheets have at most {MOST} characters as Excel counts. A title that is longer is cut with …; the sheet itself
  has it in full. Names that would be the same get a number.
- What the author of a report writes is never lost: where a template has no `comment()`, it is put into its part.
- `omits: {{f: why}}` of an entry prints the reason where the content would stand.
"""


def reference() -> str:
    """The page."""
    return "\n".join([_HEAD, *(line for kind in _TITLES for line in _section(kind))]).rstrip() + "\n"


def _section(kind: str) -> Iterator[str]:
    title, said = _TITLES[kind]
    yield from (f"## {title}", "", said, "")
    for call in CALLS.values():
        if call.kind == kind:
            yield from _call(call)


def _call(call: Call) -> Iterator[str]:
    yield f"### `{call.name}{written(call.function)}`"
    yield ""
    yield inspect.cleandoc(call.function.__doc__ or "").replace("``", "`")
    yield ""
    known = kinds(call.function)
    yield from (f"- `{name}`: {kind.said}" for name, kind in known.items())
    yield from [""] if known else []


if __name__ == "__main__":
    print(reference(), end="")
