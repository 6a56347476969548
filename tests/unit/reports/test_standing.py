"""Where points and limits come from is seen in charts and told in a table; the author's words stay his."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from types import ModuleType
from xml.etree import ElementTree

import openpyxl
import pandas as pd
from itss.measures.redefined import PROPOSAL_COLUMNS, REDEFINED_COLUMNS
from itss.reports import catalogue, content
from itss.reports.cells import Cells
from itss.reports.document import Chart, Report, Series, Table
from itss.reports.drawing import brief, page, svg, workbook
from report_parts import appendices, contents

Make = Callable[..., Report]


def standing(report: Report) -> list[list[str]]:
    (section,) = (s for s in contents(report) if s.key == "e")
    table = section.blocks[-1]
    assert isinstance(table, Table)
    return [[cell.text for cell in row] for row in table.rows]


def test_figures_of_the_same_origin_share_a_row(material: ModuleType) -> None:
    trends = material.history_and_trends()[1].assign(limits="provisional", baseline_first="", baseline_last="")
    trends["baseline"] = float("nan")
    one = (trends["process"] == "incident") & (trends["measure"] == "opened")
    trends.loc[one, ["limits", "baseline", "baseline_first", "baseline_last"]] = ["fixed", 2, "2025-08", "2026-08"]
    report = content.build(material.make("en", measured={"trends": trends}))
    spans = ["2025-10 to 2026-08 (11)", "2025-07 to 2025-09 (3)"]
    assert standing(report) == [
        ["all other figures", str(len(trends) - 1), *spans, "provisional, from the points shown"],
        ["Incident · Opened", "1", *spans, "baseline 2025-08 to 2026-08, version 2"],
    ]
    (section,) = (s for s in contents(report) if s.key == "e")
    assert (
        f"Control limits frozen from published figures: 1, provisional: {len(trends) - 1}; " in (section.analysis[-1])
    )


def test_points_never_published_are_hollow(make_report: Make) -> None:
    charts = [b for s in contents(make_report("en")) for b in s.blocks if isinstance(b, Chart) and b.kind == "control"]
    assert charts
    for chart in charts:
        hollow = [chart.categories[at] for at in chart.series[0].hollow]
        assert hollow == ["2025-07", "2025-08", "2025-09"]


def test_hollow_points_are_drawn_and_explained() -> None:
    drawn = Chart(
        kind="control", title="t", categories=("1", "2", "3"), unit="share",
        series=(Series("s", (0.5, 0.6, 0.7), flagged=(1,), hollow=(0, 1)),),
    )  # fmt: skip
    root = ElementTree.fromstring(svg.draw(drawn, Cells(catalogue.load("en"), "UTC")))
    hollow = [element.get("class") for element in root.iter() if element.get("fill") == "#ffffff"]
    assert (hollow.count("point"), hollow.count("flagged")) == (1, 1)
    assert "computed, not published" in "".join(root.itertext())


def test_hollow_points_are_white_in_the_workbook(make_report: Make) -> None:
    files = zipfile.ZipFile(io.BytesIO(workbook.render(make_report("en"))))
    charts = [files.read(name).decode() for name in files.namelist() if name.startswith("xl/charts/chart")]
    points = [point for chart in charts for point in re.findall(r"<c:dPt>.*?</c:dPt>", chart)]
    white = [point for point in points if 'solidFill><a:srgbClr val="FFFFFF"' in point]
    assert len(white) >= 3


def test_analysis_and_comment_stand_in_the_workbook_as_text(material: ModuleType) -> None:
    said = '=HYPERLINK("http://evil.example")\n<b>人手不足</b>'
    report = content.build(material.make("zh-CN", comment=said))
    book = openpyxl.load_workbook(io.BytesIO(workbook.render(report)))
    front = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value]
    (comment,) = (cell for cell in front if "人手不足" in str(cell.value))
    assert (comment.value, comment.data_type, comment.hyperlink) == (said, "s", None)
    assert "编制人意见" in [cell.value for cell in front]
    told = [str(cell.value) for row in book.worksheets[1].iter_rows() for cell in row if cell.value]
    assert "分析   " + "".join(contents(report)[0].analysis) in told


def test_the_comment_is_escaped_and_marked_on_the_page(material: ModuleType) -> None:
    html = page.render(content.build(material.make("en", comment="<script>alert(1)</script> & more")))
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in html
    assert "In the author's own words (Report author), not generated from the figures." in html.replace("&#39;", "'")
    assert "Author" not in page.render(content.build(material.make("en"))).split('class="card"')[0]


def test_a_new_definition_is_marked_where_it_begins_and_shown_beside_the_old_one(material: ModuleType) -> None:
    trends = material.history_and_trends()[1].assign(limits="provisional", baseline_first="", baseline_last="")
    one = (trends["process"] == "incident") & (trends["measure"] == "opened")
    trends["defined_since"] = ["2026-09" if chosen else "" for chosen in one]
    changed = pd.DataFrame(
        [["opened", "incident", label, 1, 2, 700.0, value] for label, value in (("2026-07", 640.0), ("2026-08", None))],
        columns=REDEFINED_COLUMNS,
    )
    proposed = pd.DataFrame(
        [["opened", "incident", 2, 14, "2025-08", "2026-09", 650.0, 600.0, 700.5]], columns=PROPOSAL_COLUMNS
    )
    frames = {"trends": trends, "redefined": changed, "proposals": proposed}
    report = content.build(material.make("en", measured=frames))
    (row,) = (row for row in standing(report) if "Opened" in row[0])
    assert re.fullmatch(
        r"provisional, .* shown; definition version \d since 2026-09; earlier points computed under it", row[-1]
    )
    assert report.redefined is not None
    assert report.proposals is not None
    cells = [[cell.text for cell in row] for row in report.redefined.rows]
    assert cells[0] == ["Incident · Opened", "2026-07", "version 1 → 2", "700", "640", "−60"]
    assert cells[1][-2] == "–"
    assert [cell.text for cell in report.proposals.rows[0]] == [
        "Incident · Opened", "incident opened", "2025-08 to 2026-09 (14)", "650", "600 – 700.5",
    ]  # fmt: skip
    assert "python -m itss.register baseline customer_monthly <process> <id>" in report.proposals.note
    assert any(report.redefined in section.blocks for section in appendices(report))
    said = brief.render(report, {})
    assert "Changed definitions: as published, and under the new definition" in said
    assert "Proposed baselines" in said
    (flow,) = (
        block
        for section in contents(report)
        for block in section.blocks
        if isinstance(block, Chart) and block.marks and "Opened" in block.series[0].name
    )
    drawn = svg.draw(flow, Cells(catalogue.load("en"), "Asia/Shanghai"))
    at = flow.categories.index("2026-09")
    assert [(mark.at, mark.kind) for mark in flow.marks if mark.kind == "definition"] == [(at, "definition")]
    assert "new definition" in drawn


def test_without_a_changed_definition_nothing_is_said_of_one(material: ModuleType) -> None:
    report = content.build(material.make("en"))
    assert (report.redefined, report.proposals) == (None, None)
    assert "new definition" not in page.render(report)
