"""The workbook as a reader's program sees it: sheets, numbers, every row, no formula, the same bytes."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import openpyxl
import pytest
from itss.reports import content
from itss.reports.document import Chart, Report
from itss.reports.drawing import workbook
from itss.text import text
from openpyxl.worksheet.worksheet import Worksheet
from report_parts import appendices, contents

# openpyxl drops sparklines when it reads; the file has them
pytestmark = pytest.mark.filterwarnings("ignore:Sparkline Group extension")

Make = Callable[..., Report]


def opened(report: Report, **options: int) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(workbook.render(report, **options)))


HEADER = 3
"""The row of a listing's header, below its title and what there is to know."""


def values(sheet: Worksheet) -> list[object]:
    return [cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None]


def test_sheets_stand_in_the_order_of_the_contents(make_report: Make) -> None:
    contents = [
        "a 服务级别目标绩效",
        "b 不符合项和问题",
        "c 工作量特征",
        "d 主要事态之后的绩效",
        "e 趋势信息",
        "f 满意度分析",
    ]
    behind = ["指标定义", "数据质量", "修订记录", "b 不符合项明细", "图表数据"]
    assert opened(make_report("zh-CN", "internal")).sheetnames == ["摘要", *contents, *behind]


def test_the_scorecard_holds_numbers_with_their_units(make_report: Make) -> None:
    summary = opened(make_report("zh-CN", "internal")).worksheets[0]
    rows = {row[0].value: row for row in summary.iter_rows() if row[0].value}
    time_to_resolve = rows["事件 · 平均解决时间"]
    assert time_to_resolve[1].value == 7.84
    assert time_to_resolve[1].number_format == '#,##0.0" 小时"'
    assert time_to_resolve[2].value == 8.0
    assert time_to_resolve[2].number_format == '"≤ "#,##0.0" 小时"'
    missed = rows["变更 · 变更成功率"]
    assert missed[1].value == 0.94969
    assert missed[1].number_format == "0.00%"
    assert missed[3].value == "✗ 未达成"
    assert missed[6].value == pytest.approx((0.94969 - 0.966) * 100)
    assert "个百分点" in missed[6].number_format


def test_the_summary_answers_first(make_report: Make) -> None:
    told = [str(value) for value in values(opened(make_report("en", "internal")).worksheets[0])]
    position = {
        name: next(at for at, value in enumerate(told) if value.startswith(name))
        for name in ("3 of 10 targets met", "What went wrong", "What moved", "Targets and actuals", "About this report")
    }
    assert list(position.values()) == sorted(position.values())


def test_the_mark_of_a_look_is_written_once(make_report: Make) -> None:
    told = " ".join(str(value) for value in values(opened(make_report("en", "internal")).worksheets[0]))
    assert told.count("For internal use only") == 1


def test_every_breached_row_is_there(make_report: Make, material: ModuleType) -> None:
    sheet = opened(make_report("en"))["b Records"]
    ids = [cell.value for cell in sheet["B"][HEADER:]]
    assert sorted(ids) == sorted(material.nonconformities()["id"])
    assert sheet.freeze_panes == "C4"
    assert (sheet["A1"].value, sheet["A2"].value) == ("Records in breach", f"Rows 1 to {len(ids)} of {len(ids)}.")
    (table,) = sheet.tables.values()
    assert table.ref == table.autoFilter.ref == f"A3:I{len(ids) + HEADER}"


def test_more_rows_than_a_sheet_holds_go_on_on_the_next(material: ModuleType) -> None:
    report = content.build(material.make("en", measured={"nonconformities": material.nonconformities(100)}))
    book = opened(report, max_rows=43)
    parts = [book[name] for name in ("b Records", "b Records (2)", "b Records (3)")]
    assert [part.max_row - HEADER for part in parts] == [40, 40, 20]
    assert len({cell.value for part in parts for cell in part["B"][HEADER:]}) == 100
    assert all(part["B3"].value == "Id" for part in parts)
    assert [part["A2"].value for part in parts] == [
        "Rows 1 to 40 of 100. The rows after are on the sheet “b Records (2)”.",
        "Rows 41 to 80 of 100. The rows before are on the sheet “b Records”. "
        "The rows after are on the sheet “b Records (3)”.",
        "Rows 81 to 100 of 100. The rows before are on the sheet “b Records (2)”.",
    ]


def test_seventy_thousand_rows_lose_none(material: ModuleType) -> None:
    rows = material.nonconformities(7000)
    rows = rows.loc[rows.index.repeat(10)].assign(id=[f"INC{i:07d}" for i in range(70_000)])
    data = workbook.render(content.build(material.make("en", measured={"nonconformities": rows})))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        counts = [archive.read(name).count(b"<row ") for name in archive.namelist() if "worksheets/sheet" in name]
    assert 70_003 in counts


def test_the_workbook_has_the_members_that_the_page_leaves_out(material: ModuleType) -> None:
    report = content.build(material.make("en", "internal", measured={"figures": material.many_services(200)}))
    told = values(opened(report)["a Service level targets"])
    assert {f"service {at:03d}" for at in range(200)} <= set(told)


def test_no_title_becomes_a_formula_or_a_link(make_report: Make, material: ModuleType) -> None:
    data = workbook.render(make_report("en"))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            text = archive.read(name).decode()
            if "worksheets/sheet" in name:
                assert not re.search(r"<f[ >]", text), name
            if "_rels" in name:
                assert "evil.example" not in text
                assert 'TargetMode="External"' not in text
    cells = [c for row in openpyxl.load_workbook(io.BytesIO(data))["b Records"].iter_rows() for c in row]
    hostile = next(cell for cell in cells if cell.value == material.HOSTILE)
    assert hostile.data_type == "s"


@pytest.mark.parametrize("title", ["+1+1", "-2", "@SUM(A1)", "\t=1", "控制\x07符", "{=1}", "http://evil.example"])
def test_odd_titles_survive_as_text(material: ModuleType, title: str) -> None:
    rows = material.nonconformities(1).assign(title=title)
    cell = opened(content.build(material.make("en", measured={"nonconformities": rows})))["b Records"]["C4"]
    assert (cell.data_type, cell.value) == ("s", title.replace("\x07", "_x0007_"))
    assert cell.hyperlink is None


def test_a_title_longer_than_a_cell_ends_with_an_ellipsis(material: ModuleType) -> None:
    rows = material.nonconformities(1).assign(title="x" * 40_000)
    cell = opened(content.build(material.make("en", measured={"nonconformities": rows})))["b Records"]["C4"]
    assert len(cell.value) == 32_767
    assert cell.value.endswith("x…")


def test_charts_are_native_and_read_from_the_chart_data(make_report: Make) -> None:
    report = make_report("en")
    wanted = sum(isinstance(block, Chart) for s in (*contents(report), *appendices(report)) for block in s.blocks)
    with zipfile.ZipFile(io.BytesIO(workbook.render(report))) as archive:
        charts = [
            archive.read(name).decode() for name in archive.namelist() if re.fullmatch(r"xl/charts/chart\d+\.xml", name)
        ]
        sparklines = archive.read("xl/worksheets/sheet1.xml").decode().count("<x14:sparkline>")
    assert len(charts) == wanted >= 12
    assert all("'Chart data'!" in chart for chart in charts)
    assert sparklines == sum(bool(cell.spark) for row in report.scorecard.rows for cell in row) > 0


def test_it_prints_on_a4_with_title_and_page_numbers(make_report: Make) -> None:
    book = opened(make_report("en", preview=True))
    for sheet in book.worksheets[:-1]:
        assert (sheet.page_setup.paperSize, sheet.page_setup.fitToWidth or 1) == (9, 1)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert "September 2026" in sheet.oddFooter.left.text
        assert "&P / &N" in sheet.oddFooter.right.text
        assert "Preview" in sheet.oddHeader.center.text


def test_every_sheet_name_fits_and_every_link_leads_somewhere(make_report: Make) -> None:
    for language in ("zh-CN", "en"):
        book = opened(make_report(language))
        assert all(len(name) <= 31 for name in book.sheetnames)
        for sheet in book:
            for link in sheet._hyperlinks:
                assert link.location.split("!")[0].strip("'") in book.sheetnames


_RENDER = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
import report_material
from itss.reports import content
from itss.reports.drawing import page, workbook
report = content.build(report_material.make(sys.argv[2]))
print(hashlib.sha256(workbook.render(report)).hexdigest(), hashlib.sha256(page.render(report).encode()).hexdigest())
"""


def test_both_forms_are_the_same_bytes_in_another_process_zone_and_second(material: ModuleType) -> None:
    folder = str(Path(material.__file__).parent)
    seen = set()
    for seed, zone in (("1", "Asia/Shanghai"), ("2", "America/New_York")):
        environment = {"PYTHONHASHSEED": seed, "TZ": zone, "PATH": "", "LC_ALL": "C.UTF-8" if seed == "1" else "C"}
        seen.add(
            subprocess.run(
                [sys.executable, "-c", _RENDER, folder, "zh-CN"],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
    assert len(seen) == 1


def test_the_only_clock_in_the_file_is_the_data_cut_off(make_report: Make) -> None:
    with zipfile.ZipFile(io.BytesIO(workbook.render(make_report("en")))) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert set(re.findall(r"\d{4}-\d{2}-\d{2}T[\d:]+Z", core)) == {"2026-10-01T00:30:00Z"}


def test_long_titles_and_ampersands_do_not_break_the_print(material: ModuleType) -> None:
    given = material.make("en")
    entry = given.entry.model_copy(update={"title": text("甲&乙" * 60, "R&D " * 60)})
    sheet = opened(content.build(material.make("en", entry=entry))).worksheets[0]
    assert sheet.oddFooter.left.text.startswith("R&&D R&&D")
    assert sheet.oddFooter.right.text == "&P / &N"
