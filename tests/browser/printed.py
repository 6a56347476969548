"""Documents as pictures: the pages of a PDF by Poppler, the sheets of a workbook by LibreOffice."""

from __future__ import annotations

import base64
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page

NEEDED = {"soffice": "libreoffice-calc-nogui", "pdftoppm": "poppler-utils"}
"""The programs, and the Debian packages that have them."""
DOTS_PER_INCH = 110


def missing() -> list[str]:
    """The packages that would have to be installed first."""
    return [package for program, package in NEEDED.items() if shutil.which(program) is None]


def pages(pdf: bytes) -> list[bytes]:
    """Each page as a PNG."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "report.pdf"
        path.write_bytes(pdf)
        subprocess.run(["pdftoppm", "-png", "-r", str(DOTS_PER_INCH), path, path.with_suffix("")], check=True)
        return [found.read_bytes() for found in sorted(path.parent.glob("*.png"))]


def sheets(workbook: bytes, headed: Sequence[str]) -> list[bytes]:
    """Of the printed workbook, as PNGs: its first page, and the first page under each of these headings."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "report.xlsx"
        path.write_bytes(workbook)
        profile = f"-env:UserInstallation={(path.parent / 'profile').as_uri()}"
        command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", place, str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        path = path.with_suffix(".pdf")
        text = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True).stdout
        lines = [{" ".join(line.split()) for line in page.splitlines()} for page in text.split("\f")]
        wanted = [next(at for at, page in enumerate(lines) if heading in page) for heading in headed]
        found = pages(path.read_bytes())
        return [found[at] for at in (0, *wanted)]


def laid_out(page: Page, papers: list[bytes], columns: int, width: int) -> bytes:
    """One PNG with ``papers`` side by side, ``columns`` in a row, on a grey desk that is ``width`` dots wide."""
    shown = "".join(f'<img alt="" src="data:image/png;base64,{base64.b64encode(paper).decode()}">' for paper in papers)
    style = (
        f"body{{margin:0;padding:16px;background:#d9dde2;width:{width - 32}px;display:grid;gap:16px;"
        f"grid-template-columns:repeat({columns},1fr);align-items:start}}img{{width:100%;display:block}}"
    )
    page.set_viewport_size({"width": width, "height": 100})
    page.set_content(f"<!doctype html><style>{style}</style>{shown}")
    return page.screenshot(full_page=True)
