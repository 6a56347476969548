"""The parts of a report as tests ask for them: statements, analysis, own words and the other blocks, each by itself."""

from __future__ import annotations

from dataclasses import dataclass

from itss.reports.document import Block, Facts, OwnWords, Paragraph, Part, Report, Sentences


@dataclass(frozen=True)
class Content:
    """One part, sorted."""

    key: str
    title: str
    lead: tuple[str, ...]
    analysis: tuple[str, ...]
    comment: str
    blocks: tuple[Block, ...]


def contents(report: Report) -> list[Content]:
    """The parts behind the first page that are no appendices."""
    return [_sorted(part) for part in report.body if not part.is_appendix and part.key != "front"]


def appendices(report: Report) -> list[Content]:
    """The appendices."""
    return [_sorted(part) for part in report.body if part.is_appendix]


def facts(report: Report) -> dict[str, str]:
    """What the report says of itself."""
    return dict(
        pair for part in report.body for block in part.blocks if isinstance(block, Facts) for pair in block.pairs
    )


def _sorted(part: Part) -> Content:
    lead = tuple(block.text for block in part.blocks if isinstance(block, Paragraph) and block.role == "lead")
    said = tuple(text for block in part.blocks if isinstance(block, Sentences) for text in block.texts)
    own = "".join(block.text for block in part.blocks if isinstance(block, OwnWords))
    rest = tuple(
        block
        for block in part.blocks
        if not isinstance(block, Sentences | OwnWords) and not (isinstance(block, Paragraph) and block.role == "lead")
    )
    return Content(part.key, part.title, lead, said, own, rest)
