"""What happened on the time axis of figures: a changed agreement, definition or baseline, an event, an improvement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from itss.reports.document import Mark
from itss.reports.figure import Figure
from itss.reports.writer import Writer


def chart_marks(writer: Writer, figures: Sequence[Figure]) -> tuple[Mark, ...]:
    """The marks of a chart that shows ``figures`` over the periods of the report."""
    return tuple(_definitions(writer, figures))


def _definitions(writer: Writer, figures: Sequence[Figure]) -> Iterator[Mark]:
    """The first period under a new definition, of all figures or of the one that was defined last."""
    since = max((trend.defined_since for figure in figures if (trend := writer.trend(figure))), default="")
    if since in writer.periods:
        yield Mark(writer.periods.index(since), "definition", writer.words("on_axis.definition"))
