"""The workbook as its reader uses it: it follows what they change, says what pictures show, and is whole XML."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree as Xml

import openpyxl
import pytest
from itss.reports.document import (
    Beside,
    Block,
    Cell,
    Chart,
    Column,
    Heading,
    Items,
    PageBreak,
    Paragraph,
    Part,
    Picture,
    Point,
    Points,
    Report,
    Series,
    Table,
)
from itss.reports.drawing import sheet_rules, workbook
from itss.reports.template.look import Colours, Look
from itss.text import text
from openpyxl.utils import range_boundaries

# openpyxl drops sparklines when it reads; the file has them
pytestmark = pytest.mark.filterwarnings("ignore:Sparkline Group extension")

Make = Callable[..., Report]
LANGUAGES = pytest.mark.parametrize("language", ["zh-CN", "en"])


def parts_of(report: Report) -> dict[str, bytes]:
    archive = zipfile.ZipFile(io.BytesIO(workbook.render(report)))
    return {name: archive.read(name) for name in archive.namelist()}


def with_blocks(report: Report, *blocks: Block) -> Report:
    return replace(report, body=(report.body[0], Part("a", "Title", "a Sheet", blocks)))


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\x80" * width for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@LANGUAGES
def test_every_chart_reads_cells_that_have_numbers(make_report: Make, language: str) -> None:
    report = make_report(language)
    files = parts_of(report)
    book = openpyxl.load_workbook(io.BytesIO(workbook.render(report)))
    charts = [data.decode() for name, data in files.items() if re.fullmatch(r"xl/charts/chart\d+\.xml", name)]
    sparks = [data.decode() for name, data in files.items() if "worksheets/sheet" in name]
    found = [ref for xml in charts for ref in re.findall(r"<c:f>(.*?)</c:f>", xml)]
    found += [ref for xml in sparks for ref in re.findall(r"<xm:f>(.*?)</xm:f>", xml)]
    assert len(found) > 40
    for reference in found:
        sheet, span = reference.rsplit("!", 1)
        left, top, right, bottom = range_boundaries(span.replace("$", ""))
        cells = book[sheet.strip("'")].iter_rows(top, bottom, left, right)
        assert any(cell.value is not None for row in cells for cell in row), reference


@LANGUAGES
def test_the_file_is_whole(make_report: Make, language: str) -> None:
    files = parts_of(make_report(language))
    for name, data in files.items():
        if name.endswith((".xml", ".rels")):
            Xml.fromstring(data)
    types = files["[Content_Types].xml"].decode()
    for name in re.findall(r'PartName="/([^"]+)"', types):
        assert name in files
    for name, data in files.items():
        if name.endswith(".rels"):
            folder = name.split("_rels/")[0]
            for target in re.findall(r'Target="([^"]+)"', data.decode()):
                path = target.lstrip("/") if target.startswith("/") else folder + target
                while "../" in path:
                    path = re.sub(r"[^/]+/\.\./", "", path, count=1)
                assert path in files, (name, target)
    names = re.findall(r'<sheet name="([^"]+)"', files["xl/workbook.xml"].decode())
    assert len({name.lower() for name in names}) == len(names)
    for name, where in re.findall(r'<definedName name="([^"]+)"[^>]*>([^<]+)<', files["xl/workbook.xml"].decode()):
        assert name.startswith("_xlnm.")
        assert where.split("!")[0].strip("'") in names
    tables = [data.decode() for name, data in files.items() if "/tables/" in name]
    ids = [re.search(r' displayName="([^"]+)"', xml)[1] for xml in tables]  # type: ignore[index]
    assert len(set(ids)) == len(ids) > 10


@LANGUAGES
def test_every_sheet_says_in_a1_what_it_is(make_report: Make, language: str) -> None:
    report = make_report(language)
    book = openpyxl.load_workbook(io.BytesIO(workbook.render(report)))
    assert book.worksheets[0]["A1"].value == report.title
    for part, sheet in zip(report.body[1:], book.worksheets[1:], strict=False):
        assert sheet["A1"].value.endswith(part.title)
    assert all(sheet["A1"].value for sheet in book)


@LANGUAGES
def test_every_chart_says_in_words_what_it_shows(make_report: Make, language: str) -> None:
    drawings = [data.decode() for name, data in parts_of(make_report(language)).items() if "drawings/drawing" in name]
    frames = [found for xml in drawings for found in re.findall(r"<xdr:cNvPr [^>]*>", xml)]
    assert len(frames) > 10
    assert all(re.search(r' descr="[^"]{10,}"', frame) for frame in frames)


def test_a_status_that_is_changed_changes_its_colours(make_report: Make) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook.render(make_report("en"))))
    summary = book.worksheets[0]
    rules = {
        (str(span.sqref), rule.type, tuple(rule.formula)): rule.dxf.font.color.rgb
        for span in summary.conditional_formatting
        for rule in span.rules
    }
    said = {formula: colour for (_, kind, (formula,)), colour in rules.items() if kind == "cellIs"}
    assert said.items() >= {'"✗ missed"': "FFB3261E", '"! at risk"': "FF8F5400", '"✓ met"': "FF1B7A46"}.items()
    assert any(kind == "expression" and "ISNUMBER" in formula for _, kind, (formula,) in rules)
    assert "0" not in said, "a value above zero is not missed for that"
    status = next(cell for row in summary.iter_rows() for cell in row if cell.value == "✗ missed")
    assert status.font.color.rgb == "FF1B2733", "not painted as well"


def test_rules_only_say_what_is_so() -> None:
    columns = (Column("Name"), Column("Value"), Column("State"))
    met, missed = Cell("ok", tone="met"), Cell("bad", tone="missed")

    def rules(*rows: tuple[Cell, ...]) -> sheet_rules.Rules:
        return sheet_rules.rules_of(Table("T", columns, rows))

    plain = rules((Cell("a"), Cell("1", 1.0, tone="met"), met), (Cell("b"), Cell("2", 2.0, tone="missed"), missed))
    assert plain == sheet_rules.Rules({2: {"bad": "missed", "ok": "met"}}, {1: (2, {"met", "missed"})}, {})
    partly = rules((Cell("a"), Cell("1", 1.0), met), (Cell("b"), Cell("2", 2.0, tone="missed"), missed))
    assert partly.follows == {1: (2, {"missed"})}
    two_faced = rules((Cell("a"), Cell("1", 1.0), met), (Cell("b"), Cell("2", 2.0), replace(met, tone="missed")))
    assert two_faced == sheet_rules.Rules({}, {}, {}), "one word, two states: painted"
    up, down = Cell("+1", 1.0, signed=True, tone="missed"), Cell("-2", -2.0, signed=True, tone="met")
    other = rules((Cell("a"), up, met), (Cell("b"), down, missed))
    assert other.follows == {}
    assert other.signs == {1: ("missed", "met")}
    assert rules((Cell("a"), replace(up, signed=False), met), (Cell("b"), down, missed)).signs == {}, "no variance"
    mixed = rules((Cell("a"), Cell("1", 1.0, tone="missed"), Cell("x")), (Cell("b"), Cell("2", 2.0), Cell("x")))
    assert mixed == sheet_rules.Rules({}, {}, {}), "two numbers above zero, one of them coloured: painted"


def test_a_chart_without_values_is_a_sentence(make_report: Make) -> None:
    empty = Chart("lines", "Backlog", ("2026-08", "2026-09"), (Series("Backlog", (None, None)),), "count")
    half = replace(empty, title="Both", series=(*empty.series, Series("Opened", (1.0, 2.0))), alt="two lines")
    report = with_blocks(make_report("en"), empty, half)
    files = parts_of(report)
    charts = [data.decode() for name, data in files.items() if re.fullmatch(r"xl/charts/chart\d+\.xml", name)]
    assert len(charts) == 1
    assert charts[0].count("<c:ser>") == 1
    sheet = openpyxl.load_workbook(io.BytesIO(workbook.render(report)))["a Sheet"]
    assert "Backlog: there are no values to draw." in [cell.value for cell in sheet["A"]]


def test_pictures_and_the_logo(make_report: Make) -> None:
    drawn, vector = Picture(png(900, 300), "image/png", "The desk"), Picture(b"<svg/>", "image/svg+xml", "A plan")
    report = replace(with_blocks(make_report("en"), drawn, vector, Picture(b"no", "image/png", "Broken")), logo=drawn)
    files = parts_of(report)
    assert [name for name in files if name.startswith("xl/media/")] == ["xl/media/image1.png"]
    drawings = "".join(data.decode() for name, data in files.items() if "drawings/drawing" in name)
    assert drawings.count('descr="The desk"') == 2
    sheet = openpyxl.load_workbook(io.BytesIO(workbook.render(report)))["a Sheet"]
    assert {"A plan", "Broken"} <= {cell.value for cell in sheet["A"]}


def test_every_kind_of_text_is_there(make_report: Make) -> None:
    points = Points("Missed", (Point("Backlog", "grew", "missed", "✗"),), "nothing")
    blocks: list[Block] = [
        Heading("A heading"),
        Items((Paragraph("first"), Paragraph("second")), is_ordered=True),
        PageBreak(),
        Beside((points,), (Points("Moved", (), "nothing moved"),)),
        Beside((Table("Inside", (Column("A"),), ((Cell("x"),),)),), (Paragraph("beside it"),)),
    ]
    sheet = openpyxl.load_workbook(io.BytesIO(workbook.render(with_blocks(make_report("en"), *blocks))))["a Sheet"]
    said = [cell.value for row in sheet.iter_rows() for cell in row if cell.value]
    expected = ["A heading", "1.  first", "2.  second", "Missed", "Moved", "✗ Backlog   grew", "nothing moved"]
    assert said[2:] == [*expected, "Inside", "A", "x", "beside it"]
    assert [at.id for at in sheet.row_breaks.brk] == [5]


def test_the_look_is_in_cells_charts_theme_and_edges(make_report: Make) -> None:
    own = Colours(brand="#7a1f3d", missed="#a01010")
    look = Look(
        colours=own,
        workbook_font="DengXian",
        header=text("仅供客户", "For the customer"),
        footer=text("页脚", "A foot"),
    )
    files = parts_of(replace(make_report("en"), look=look))
    assert b'<a:accent1><a:srgbClr val="7A1F3D"/>' in files["xl/theme/theme1.xml"]
    styles = files["xl/styles.xml"].decode()
    assert 'rgb="FF7A1F3D"' in styles
    assert "17496E" not in styles
    assert set(re.findall(r'<name val="([^"]+)"', styles)) == {"DengXian", "Consolas"}
    first = files["xl/worksheets/sheet1.xml"].decode()
    assert re.search(r"<oddHeader>[^<]*For the customer", first)
    assert "A foot · IT operations" in first


def test_few_formats_however_many_rows(make_report: Make) -> None:
    rows = tuple(
        (Cell(f"r{at}"), Cell(f"{at}", float(at), "count", tone="met" if at % 2 else "")) for at in range(3000)
    )
    report = with_blocks(make_report("en"), Table("T", (Column("A"), Column("B", align="right")), rows))
    (count,) = re.findall(r'<cellXfs count="(\d+)"', parts_of(report)["xl/styles.xml"].decode())
    assert int(count) < 200
