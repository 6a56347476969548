"""The documents of the sample's customer report: page, workbook and PDF, made from what one preview has computed.

CPU time, for the machine may be busy. The PDF's peer is WeasyPrint alone on the very page.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from itss.archive.folder import RevisionFolder
from itss.commands import preview
from itss.reports import content
from itss.reports.document import Report
from itss.reports.drawing import page, pdf, workbook
from itss.settings import settings
from itss.steps import rendering
from itss.steps.job import plan

from benchmarks.entry import Entry, in_turns, rounded

REPORT, PERIOD = "customer_monthly", "2026-09"
PAGE_KB, PAGE_S, FORMS_S, PDF_S = 400, 1.0, 1.0, 5.0


@dataclass(frozen=True)
class Sample:
    """What the sample's report is made of, and what was made of it."""

    given: content.ReportInputs
    report: Report
    html: str


def entries() -> list[Entry]:
    """Size and seconds of the page, of all that every report is made as, and of the PDF."""
    with tempfile.TemporaryDirectory() as name:
        sample = made(Path(name))
    (drawn,) = in_turns(lambda: page.render(sample.report), clock=time.process_time)
    (forms,) = in_turns(lambda: _forms(sample.given), clock=time.process_time)
    size = len(sample.html.encode()) / 1e3
    found = [
        _entry("page of the sample, size", size, "kB", PAGE_KB),
        _entry("page of the sample", drawn, "s", PAGE_S),
        _entry("report, page and workbook of the sample", forms, "s", FORMS_S),
    ]
    return found if pdf.missing() else [*found, _printed(sample)]


def made(folder: Path) -> Sample:
    """Collect, check and measure the sample once, as a preview does."""
    os.environ |= {"ITSS_VAR": str(folder)}
    place, out = settings(), folder / "out"
    with contextlib.redirect_stdout(sys.stderr):
        preview.preview(place, REPORT, PERIOD, out)
    job = replace(plan(place, REPORT, PERIOD, dt.datetime.now(dt.UTC)), folder=RevisionFolder(out))
    given = rendering.inputs(job, preview=True)
    report = content.build(given)
    return Sample(given, report, page.render(report))


def _forms(given: content.ReportInputs) -> None:
    report = content.build(given)
    page.render(report)
    workbook.render(report)


def _printed(sample: Sample) -> Entry:
    ours, alone = in_turns(
        lambda: pdf.render(sample.html, sample.report), lambda: _alone(sample.html), clock=time.process_time
    )
    pages = pdf.render(sample.html, sample.report).pages
    entry = _entry(f"PDF of the sample, {pages} pages", ours, "s", PDF_S)
    return replace(entry, peer="WeasyPrint alone", peer_value=rounded(alone), ratio=rounded(ours / alone))


def _alone(html: str) -> None:
    import weasyprint

    weasyprint.HTML(string=html).write_pdf(pdf_tags=True)


def _entry(name: str, value: float, unit: str, most: float) -> Entry:
    return Entry(name, rounded(value), unit, "", None, None, f"≤ {most:g} {unit}", value <= most)
