"""Every series that the product emits: its name, its tags, what it means. Nothing else may be emitted.

A tag has few values, whatever the list has: a step, a level, a state. None has the value of a report, period or
revision, of which there are thousands: those are in the traces and in each line of a log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Form = Literal["gauge", "counter", "timer"]
PREFIX = "itss."
NONE = "none"
"""The value of a tag that does not apply, such as the process of a step that is of none."""


@dataclass(frozen=True)
class Series:
    """One name with its ``tags``; a timer is in seconds here and in Prometheus, and in milliseconds on the wire."""

    name: str
    form: Form
    about: str
    tags: tuple[str, ...] = ()

    @property
    def prometheus(self) -> str:
        """What `deploy/monitoring/statsd-mapping.yaml` makes of it."""
        plain = (PREFIX + self.name).replace(".", "_")
        return plain + {"gauge": "", "counter": "_total", "timer": "_seconds"}[self.form]


@dataclass(frozen=True)
class Sample:
    """One value of a series, to be sent."""

    series: Series
    value: float
    tags: Mapping[str, str]


_FOUND = (
    Series("watch.last_look", "gauge", "when the watch last looked, as seconds since 1970", ("by",)),
    Series("matters", "gauge", "what somebody is to be notified of by now, as `itss watch` prints it", ("kind",)),
    Series("questions.open", "gauge", "questions that wait for an answer", ("level",)),
    Series("questions.oldest", "gauge", "seconds since the oldest of them was asked", ("level",)),
    Series("revisions", "gauge", "newest revisions of each report and period, by state", ("state",)),
    Series("hand_ins.overdue", "gauge", "reports whose data should have been handed in by now"),
    Series("findings", "gauge", "findings of the newest revisions opened in the last 31 days", ("severity",)),
    Series("deliveries.unsettled", "gauge", "mails of released reports that have not arrived", ("status",)),
    Series("notices.unsent", "gauge", "notices that were not sent", ("status",)),
    Series("ledger.head", "gauge", "number of the newest line of the ledger"),
    Series("audit.last", "gauge", "when the archive was last audited, as seconds since 1970; 0: never"),
    Series("audit.problems", "gauge", "problems that this audit found"),
    Series("register.reachable", "gauge", "1, or 0 where the watch could not read the register", ("by",)),
)
_COUNTED = (
    Series("step", "timer", "how long a step took in its process", ("step", "process", "outcome")),
    Series("rows", "counter", "rows collected", ("process",)),
    Series("bytes", "counter", "their size as Parquet", ("process",)),
    Series("ledger.lines", "counter", "lines of the ledger: what happened", ("kind",)),
    Series("findings.found", "counter", "findings of a check", ("severity",)),
    Series("deliveries", "counter", "mails and copies of reports, by what became of them", ("status",)),
    Series("notices", "counter", "notices, by what became of them", ("kind", "channel", "status")),
    Series("answers", "counter", "answers of people, as they arrived", ("option",)),
    Series("failures", "counter", "steps that failed for good, by class of error", ("step", "cause")),
)
ALL: Mapping[str, Series] = {one.name: one for one in (*_FOUND, *_COUNTED)}
FOUND = tuple(one.name for one in _FOUND)
"""Gauges: what the watch finds at each look. The others are counted where something happens."""


def sample(name: str, value: float = 1, **tags: str) -> Sample:
    """A value of the series ``name``; `KeyError` for one, or for a tag, that is not declared."""
    series = ALL[name]
    if unknown := set(tags) - set(series.tags):
        raise KeyError(f"{name} has no tag {', '.join(sorted(unknown))}")
    # always all of them: Prometheus wants the same labels for all samples of a name
    return Sample(series, value, {key: tags.get(key) or NONE for key in series.tags})
