"""Whether a report is as short as its look asks: what its approvers are shown where it is not."""

from __future__ import annotations

from dataclasses import replace

from itss.reports import catalogue
from itss.reports.document import Point, Report


def judged(report: Report, pages: int) -> Report:
    """The report with a finding more where its PDF has more pages than its look allows; it is issued all the same."""
    most = report.look.max_pages
    if not most or pages <= most:
        return report
    words = catalogue.load(report.language)
    point = Point(words("finding.length"), words("finding.length_text", pages=pages, most=most), "at_risk", "!")
    return replace(report, findings=(*report.findings, point))
