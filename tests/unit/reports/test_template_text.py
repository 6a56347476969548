"""What becomes of a template's text: parts, headings, lists, tables, links, pictures, sheets; and what is refused."""

from __future__ import annotations

import pytest
from itss.reports.document import Cell, Heading, Items, PageBreak, Paragraph, Picture, Run, Table, Verdict
from report_material import HOSTILE, make, nonconformities
from template_material import parts, refusals

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c6360000000020001"
    "48afa4710000000049454e44ae426082"
)
"""One grey pixel."""


def test_parts_begin_with_their_headings_and_contents_are_named_by_section() -> None:
    found = parts(
        'Before.\n\n## {{ section("a") }}\n\nx\n\n## {{ section("f", "How you see us") }}\n\n## Our own\n\ny\n'
    )

    assert [(part.key, part.title, part.sheet) for part in found] == [
        ("front", "", "Summary"),
        ("a", "Performance against service level targets", "a Service level targets"),
        ("f", "How you see us", "f How you see us"),
        ("part_1", "Our own", "Our own"),
    ]
    assert found[0].blocks == (Paragraph("Before."),)


def test_running_text_has_emphasis_links_and_figures() -> None:
    (front,) = parts('In **{{ value("incident.backlog") }}** cases *this*, [there](https://example.com/a).')

    assert front.blocks[0].runs == (
        Run("In "),
        Run("143", strong=True),
        Run(" cases "),
        Run("this", emphasis=True),
        Run(", "),
        Run("there", href="https://example.com/a"),
        Run("."),
    )


def test_lines_of_chinese_are_joined_without_a_blank() -> None:
    (front,) = parts("本期共新增\n事件，\nNew line", language="zh-CN")

    assert front.blocks[0].text == "本期共新增事件， New line"


def test_headings_lists_page_breaks_quotations_and_pictures() -> None:
    text = "### One\n\n#### Two\n\n- a\n- **b**\n\n1. c\n\n---\n\n> said\n\n![The plan](plan.png)\n"
    (front,) = parts(text, files={"plan.png": PNG})

    assert front.blocks == (
        Heading("One", 3),
        Heading("Two", 4),
        Items((Paragraph("a"), Paragraph("b", runs=(Run("b", strong=True),)))),
        Items((Paragraph("c"),), is_ordered=True),
        PageBreak(),
        Paragraph("said", "quote"),
        Picture(PNG, "image/png", "The plan"),
    )


def test_a_table_of_the_author_holds_figures_that_can_be_calculated_with() -> None:
    (front,) = parts('| What | Now | Course |\n|---|---|---|\n| Open | {{ value("incident.backlog") }} | '
                     '{{ sparkline("incident.backlog") }} |\n')  # fmt: skip
    table = front.blocks[0]

    assert isinstance(table, Table)
    assert [column.title for column in table.columns] == ["What", "Now", "Course"]
    assert table.rows[0][:2] == (Cell("Open"), Cell("143", 143.0, "count"))
    assert table.rows[0][2].spark[-3:] == (94.0, 91.0, 143.0)
    assert table.columns[1].align == "right"


def test_calls_on_lines_of_their_own_are_blocks_also_without_empty_lines() -> None:
    (front,) = parts("First:\n{{ verdict() }}\n{{ levels() }}\nLast.\n")

    assert [type(block) for block in front.blocks] == [Paragraph, Verdict, Items, Paragraph]


def test_a_sheet_is_a_part_of_the_workbook_only_and_the_text_goes_on_behind_it() -> None:
    found = parts('## One\n\na\n\n{% call sheet("All of it") %}\n### Head\n\nb\n{% endcall %}\n\nc\n\n## Two\n')

    assert [(part.title, part.sheet, part.is_only_in_workbook) for part in found[1:]] == [
        ("One", "One", False), ("All of it", "All of it", True), ("Two", "Two", False),
    ]  # fmt: skip
    assert found[1].blocks == (Paragraph("a"), Paragraph("c"))
    assert found[2].blocks == (Heading("Head", 3), Paragraph("b"))


def test_data_never_meets_markdown() -> None:
    hostile = "# | a | **b** {{ title() }} {% raw %} <b> \n- x ](javascript:1)"
    given = make("en")
    rows = nonconformities().assign(title=hostile)
    found = parts('{{ rows("b") }}\n\n**{{ title() }}**', measured={"nonconformities": rows})

    assert [type(block).__name__ for block in found[0].blocks] == ["Listing", "Paragraph"]
    assert found[0].blocks[0].frame["title"].tolist() == [hostile] * 79
    assert given.entry.title.en in found[0].blocks[1].text
    assert HOSTILE not in hostile


def test_names_of_sheets_are_cut_visibly_and_told_apart() -> None:
    long = "A very long name of a part that no sheet can have"
    found = parts(f"## {long}\n\n## {long}\n\n## a/b: c?\n\n## History\n\n## 😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀\n")

    assert [part.sheet for part in found[1:]] == [
        "A very long name of a part tha…",
        "A very long name of a part… (2)",
        "a b c",
        "History (2)",
        "😀" * 15 + "…",
    ]


def test_words_of_the_author_are_never_lost() -> None:
    found = parts('x\n\n## {{ section("a") }}\n\ny\n', comment="All in all.", comments={"a": "Of a.", "f": "Of f."})

    assert [getattr(block, "text", "") for block in found[0].blocks] == ["x", "All in all.", "Of f."]
    assert [getattr(block, "text", "") for block in found[1].blocks] == ["Of a.", "y"]


def test_a_template_extends_one_of_its_language_and_may_ask_for_what_it_replaces() -> None:
    base = "{% block front %}\nBase.\n{% endblock %}\n\n{% block a %}\n## A\n\nText.\n{% endblock %}\n"
    (front, a) = parts('{% extends "base" %}\n{% block a %}\n{{ super() }}\n\nMore.\n{% endblock %}\n', base)

    assert front.blocks == (Paragraph("Base."),)
    assert a.blocks == (Paragraph("Text."), Paragraph("More."))


WRONG = {
    "x\n\nSee {{ verdict() }} here.": ["3: verdict() is in a sentence, a list or a table."],
    "- {{ verdict() }}": ["1: verdict() is in a sentence, a list or a table."],
    "x\n\n{{ value('incident.backlog') }}\n": ["3: value() alone is a number without a name."],
    "x\n\nIt is {{ sparkline('incident.backlog') }}.": ["3: sparkline() is in a sentence."],
    "x\n\n```\ncode\n```": ["3: A report has no blocks of code."],
    "x\n\n# Title": ["3: A heading with # has no place in a report."],
    "##### Deep": ["1: A heading with ##### has no place in a report."],
    "x\n\n[a](http://example.com)": ["3: A link leads to 'http://example.com'."],
    "[a](file:///etc/passwd) x": ["1: A link leads to 'file:///etc/passwd'."],
    "x\n\n![a](none.png)": ["3: There is no picture 'none.png' in the template's folder."],
    "![a](../../secret.png)": ["1: There is no picture '../../secret.png' in the template's folder."],
    "- a\n  - b": ["1: An item of a list is one paragraph."],
    "## {{ section('a') }}\n\n## {{ section('a') }}": ["3: 'a' is here for the second time."],
    '{% call sheet("a/b") %}x{% endcall %}': ["1: The name of a sheet cannot contain '/'."],
    '{% call sheet("' + "x" * 32 + '") %}x{% endcall %}': ["1: The name of a sheet has 31 characters at most"],
    '{% call sheet("history") %}x{% endcall %}': ["1: There is a sheet 'history' already."],
    '{% call sheet("a") %}x{% endcall %}\n{% call sheet("A") %}x{% endcall %}': ["2: There is a sheet 'A' already."],
    "x\n{{ sheet('a') }}": ["2: sheet() encloses what goes to the sheet."],
    '{% call sheet("a") %}\n## B\n{% endcall %}': ["2: A part cannot begin inside sheet()."],
    "**a **b": ["1: There are ** that emphasise nothing."],
    "x\n{% for a in [1] %}\ny": ["2: `{% for %}` is not closed. Write `{% endfor %}` where it ends."],
    "x\n{% if true %}\n{% for a in [1] %}\n{% endfor %}\ny": ["2: `{% if %}` is not closed."],
    "{% call sheet('a') %}\nx": ["1: `{% call %}` is not closed."],
    "x\n{% endfor %}": ["2: Encountered unknown tag 'endfor'."],
    "x\n{{ velue('incident.backlog') }}": ["2: 'velue' is not known here. Did you mean 'value'?"],
    "{{ title()|uper }}\n{{ title() is od }}": ["1: There is no filter 'uper'.", "2: There is no test 'od'."],
    "A {{ value('incident.resolution_complience') }}.": [
        "1: value(): There is no measure 'incident.resolution_complience' in this report. Did you mean "
        "'incident.resolution_compliance'?"
    ],
    "A {{ value('backlog') }}.": ["1: value(): 'backlog' is not complete. Write process and measure: 'inc"],
    "A {{ value('problem.backlog') }}.": ["1: value(): This report collects no data of 'problem' ('problem.backlog')."],
    "{{ chart('pie', 'incident.backlog') }}": ["1: chart(): 'pie' is not possible here. Possible are: bars,"],
    "{{ chart('bars', 'incident.backlog') }}": ["1: Bars stand for the members of a dimension. Write by=\"service\"."],
    "{{ chart('lines', ['incident.backlog', 'incident.ttr_mean_h']) }}": ["1: These measures have different units."],
    "{{ chart('flow') }}": ['1: chart("flow") is of a process.'],
    "{{ table('incident.backlog', by='priorty') }}": ["1: table(): There is no dimension 'priorty' in this report."],
    "{{ table('incident.backlog', colums=['n']) }}": ["1: table() has no 'colums'. Did you mean 'columns'?"],
    "{{ table() }}": ["1: table(): missing a required argument: 'measures'. Write table(measures,"],
    "{{ lead('g') }}": ["1: lead(): There is no content 'g' in this report."],
    "{{ what_moved(top=0) }}": ["1: what_moved(): '0' is no number from 1 to 1,000."],
    "{{ definitions(used='yes') }}": ["1: definitions(): 'yes' is neither true nor false."],
    "{{ beside('a', 'b') }}": ["1: beside(): A table, chart or list of points is expected here."],
    "A {{ value('incident.x') }}, {{ value('incident.y') }}.\n\n{{ lead('q') }}": [
        "1: value(): There is no measure 'incident.x'", "1: value(): There is no measure 'incident.y'", "3: lead():",
    ],
    "{% for a in [1] %}\n\n{{ a }} {{ verdict() }}\n{% endfor %}": ["3: verdict() is in a sentence"],
    "{% set a = 1 %}{{ b }}": ["1: 'b' is not known here."],
    "{% if title() == 'x' %}x{% endif %}": ["1: title() is there to be printed; it cannot be compared or counted."],
}  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_said_with_its_line_and_remedy(text: str) -> None:
    found = refusals(text)

    assert len(found) == len(WRONG[text]), found
    for said, expected in zip(found, WRONG[text], strict=True):
        assert said.startswith(expected), said


def test_a_line_of_the_parent_is_named_with_its_file() -> None:
    base = "{% block front %}\n\n{{ lead('q') }}\n{% endblock %}\n{% block a %}\n{% endblock %}"

    assert refusals('{% extends "base" %}\n{% block a %}x{% endblock %}\n', base) == [
        "3: lead(): There is no content 'q' in this report. There are: a, b, c, d, e, f."
    ]
    assert refusals('{% extends "base" %}\nLost.\n', base)[0].startswith("2: Text outside the blocks")


def test_dimensions_are_those_of_the_figures_or_those_that_are_always_split() -> None:
    text = "{{ dimensions('incident.backlog')|join(', ') }}; "
    text += "{{ dimensions('capacity.utilisation_p95', always=true)|join }}"

    assert parts(text)[0].blocks[0].text == "priority, service; resource"
