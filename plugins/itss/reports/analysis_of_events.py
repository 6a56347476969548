"""Section d) in sentences: the seven days before and after a major event, side by side, and no cause claimed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from itss.reports.figure import number
from itss.reports.verdict import movement
from itss.reports.writer import Writer

MAX_EVENTS = 2


def sentences(writer: Writer) -> Iterable[str]:
    """The longest events first; then what the section's own figures did."""
    events = writer.given.measured.major_events
    if len(events) and writer.is_around_covered:
        ranked = events.sort_values("duration_h", ascending=False, kind="stable", na_position="last")
        for row in ranked.head(MAX_EVENTS).to_dict("records"):
            yield _aftermath(writer, row)
    for figure in writer.given.of_section("d"):
        if figure.value is not None and figure.measure.unit in ("share", "count"):
            yield movement(writer, figure)


def _aftermath(writer: Writer, row: Mapping[Any, Any]) -> str:
    parts = []
    for pair in ("opened", "breaches"):
        before, after = number(row.get(f"{pair}_before_7d")), number(row.get(f"{pair}_after_7d"))
        if before is not None and after is not None:
            change = writer.cells.change(after, before, "count").text
            parts.append(
                writer.words(f"analysis.after_{pair}", before=f"{before:,.0f}", after=f"{after:,.0f}", change=change)
            )
    if not parts:
        return ""
    name = writer.words("label.event_id", process=writer.event(str(row["process"])), id=row["id"])
    return writer.words("analysis.aftermath", name=name, parts=writer.cells.words.join(parts))
