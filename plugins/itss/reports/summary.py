"""What a report says in a few lines, for those who are asked about it: the verdict, what is wrong, what moved.

Written as ``summary.json`` beside the report before its statement is made, so that it is signed with it, and a notice
that is sent days later counts nothing anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from itss.reports import catalogue, targets
from itss.reports.cells import Cells
from itss.reports.document import Point, Report
from itss.reports.inputs import ReportInputs
from itss.reports.writer import Writer

SUMMARY_FILE = "summary.json"
_WRONG, _MOVED = 5, 3


@dataclass(frozen=True)
class Summary:
    """``met`` of ``agreed`` targets, counted as in the headline; the lines are in the language of the report."""

    agreed: int
    met: int
    headline: str
    wrong: tuple[str, ...]
    moved: tuple[str, ...]
    more: int
    """So many more are wrong, or moved, than the lines say."""

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Summary:
        """The summary in a document; `KeyError` or `TypeError` if it is none."""
        return cls(
            agreed=int(document["agreed"]),
            met=int(document["met"]),
            headline=str(document["headline"]),
            wrong=tuple(map(str, document["wrong"])),
            moved=tuple(map(str, document["moved"])),
            more=int(document["more"]),
        )


def summary(given: ReportInputs, report: Report) -> Summary:
    """The summary of ``report``, which was built from ``given``."""
    writer = Writer(given, Cells(catalogue.load(given.entry.language), given.period.zone))
    counted = targets.count(given, targets.targeted(writer))
    wrong, moved = report.wrong[:_WRONG], report.moved[:_MOVED]
    return Summary(
        agreed=counted.agreed,
        met=counted.met,
        headline=report.headline,
        wrong=tuple(map(_line, wrong)),
        moved=tuple(map(_line, moved)),
        more=len(report.wrong) + len(report.moved) - len(wrong) - len(moved),
    )


def _line(point: Point) -> str:
    return f"{point.head} – {point.text}"
