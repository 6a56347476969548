"""Another program than Excel opens the workbook: every sheet, every row, every chart, and no number shown as hashes."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as Xml

import openpyxl
import pytest
from itss.reports.document import Report
from itss.reports.drawing import workbook

SOFFICE = shutil.which("soffice")
pytestmark = [
    pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed (libreoffice-calc-nogui)"),
    pytest.mark.filterwarnings("ignore:Sparkline Group extension"),
]
TABLE, DRAW = (f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("table", "drawing"))

Make = Callable[..., Report]


def converted(path: Path, kind: str) -> bytes:
    """The workbook as LibreOffice saves it in another kind of file."""
    profile = f"-env:UserInstallation={(path.parent / 'profile').as_uri()}"
    command = [str(SOFFICE), profile, "--headless", "--convert-to", kind, "--outdir", str(path.parent), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)
    assert "Error" not in done.stderr + done.stdout
    return path.with_suffix(f".{kind}").read_bytes()


def filled(row: Xml.Element) -> int:
    """The cells of a row that say something; LibreOffice writes neighbours and rows that are alike once."""
    cells = [cell for cell in row.iter(f"{TABLE}table-cell") if "".join(cell.itertext()).strip()]
    alike = sum(int(cell.get(f"{TABLE}number-columns-repeated", "1")) for cell in cells)
    return alike * int(row.get(f"{TABLE}number-rows-repeated", "1"))


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_sheet_row_and_chart_is_there(tmp_path: Path, make_report: Make, language: str) -> None:
    data = workbook.render(make_report(language))
    path = tmp_path / "report.xlsx"
    path.write_bytes(data)
    archive = zipfile.ZipFile(io.BytesIO(converted(path, "ods")))
    root = Xml.fromstring(archive.read("content.xml"))
    sheets = {sheet.get(f"{TABLE}name"): sheet for sheet in root.iter(f"{TABLE}table") if sheet.get(f"{TABLE}name")}
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert list(sheets)[: len(book.sheetnames)] == book.sheetnames
    for name in book.sheetnames:
        theirs = sum(filled(row) for row in sheets[name].iter(f"{TABLE}table-row"))
        ours = sum(str(cell.value or "").strip() != "" for row in book[name].iter_rows() for cell in row)
        assert theirs >= ours > 0, name
    charts = sum(bool(re.fullmatch(r"xl/charts/chart\d+\.xml", n)) for n in zipfile.ZipFile(path).namelist())
    assert sum(1 for _ in root.iter(f"{DRAW}object")) == charts > 10


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed (poppler-utils)")
def test_printed_it_has_no_empty_page_and_no_hashes(tmp_path: Path, make_report: Make) -> None:
    path = tmp_path / "report.xlsx"
    path.write_bytes(workbook.render(make_report("en")))
    converted(path, "pdf")
    text = subprocess.run(["pdftotext", path.with_suffix(".pdf"), "-"], capture_output=True, text=True, check=True)
    pages = text.stdout.split("\f")[:-1]
    assert len(pages) > 10
    assert all(len(text) > 100 for text in pages)
    assert not [text for text in pages if "###" in text]
