"""What happened on the time axis of figures: a changed agreement, definition or baseline, an event, an improvement.

Only what concerns the figures of the chart: an agreement where one of them has a target, events of their processes,
closed improvements that name one of their targets. Surprise: major events are known of the reported period alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import chain

from itss.reports import remedies
from itss.reports.document import Mark
from itss.reports.figure import Figure
from itss.reports.writer import Writer


def chart_marks(writer: Writer, figures: Sequence[Figure]) -> tuple[Mark, ...]:
    """The marks of a chart that shows ``figures`` over the periods of the report."""
    found = chain(
        _agreements(writer, figures),
        _definitions(writer, figures),
        _baselines(writer, figures),
        _events(writer, figures),
        _improvements(writer, figures),
    )
    return tuple(dict.fromkeys(found))  # of two figures the same is said once


def _agreements(writer: Writer, figures: Sequence[Figure]) -> Iterator[Mark]:
    """The first period that a later version judges: that in which it came into force."""
    if all(figure.target is None for figure in figures):
        return
    for version in writer.given.agreement_versions[1:]:
        at = _place(writer, version.effective_from)
        if at is not None and at > 0:
            yield Mark(at, "agreement", writer.words("on_axis.agreement", version=version.version))


def _definitions(writer: Writer, figures: Sequence[Figure]) -> Iterator[Mark]:
    """The first period under a new definition, of all figures or of the one that was defined last."""
    since = max((trend.defined_since for figure in figures if (trend := writer.trend(figure))), default="")
    if since in writer.periods:
        yield Mark(writer.periods.index(since), "definition", writer.words("on_axis.definition"))


def _baselines(writer: Writer, figures: Sequence[Figure]) -> Iterator[Mark]:
    """The first period that is judged by limits which took the place of others."""
    for trend in filter(None, map(writer.trend, figures)):
        if trend.baseline is None or trend.baseline < 2:
            continue
        at = next((at for at, label in enumerate(writer.periods) if label > trend.baseline_last), 0)
        if at:
            yield Mark(at, "baseline", writer.words("on_axis.baseline", n=trend.baseline))


def _events(writer: Writer, figures: Sequence[Figure]) -> Iterator[Mark]:
    processes = {figure.key[0] for figure in figures}
    for row in writer.given.measured.major_events.to_dict("records"):
        process, started = str(row["process"]), row["started_at"]
        if process not in processes or started != started:
            continue
        at = _place(writer, started.astimezone(writer.cells.zone).date())
        if at is not None:
            values = {"event": writer.event(process), "id": row["id"], "title": row["title"]}
            yield Mark(at, "event", writer.words("on_axis.event", **values))


def _improvements(writer: Writer, figures: Sequence[Figure]) -> Iterator[Mark]:
    lines = {line.key: line for figure in figures for line in remedies.items(writer, figure)}
    for line in lines.values():
        if line.state == "done" and line.closed_on is not None:
            at = _place(writer, line.closed_on)
            if at is not None:
                yield Mark(at, "improvement", writer.words("on_axis.improvement", item=line.key))


def _place(writer: Writer, day: dt.date) -> int | None:
    """The place of the period that a local day is in; ``None`` where it is not shown."""
    period, count = writer.given.period, len(writer.periods)
    spans = (period.shift(back - count + 1) for back in range(count))
    return next((at for at, one in enumerate(spans) if one.first_day <= day < one.next_day), None)
