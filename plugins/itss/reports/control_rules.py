"""What the control charts of a report mark, and how often that is chance: said once where there are limits."""

from __future__ import annotations

from itss.measures.false_alarms import FALSE_ALARMS, PERIODS
from itss.reports.writer import Writer

PLACE = "rules of the charts"
"""Under which name a report notes that it has said so."""


def sentence(writer: Writer) -> str:
    """The rules of the entry and their rate of false alarms; empty where no figure has limits."""
    if all(trend.upper is None for trend in writer.given.trends.values()):
        return ""
    rules = writer.given.entry.rules
    share = writer.cells.plain(FALSE_ALARMS[rules], "share", 0)
    return writer.words("note.false_alarms", rules=writer.words(f"rules.{rules}"), share=share, n=PERIODS)
