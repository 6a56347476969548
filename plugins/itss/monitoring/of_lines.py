"""Lines of the ledger as counters: whatever happens is written there, so it is counted in this one place. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from itss.monitoring.series import Sample, sample

_ENDS = ("accepted", "refused", "deferred", "waived")
_OPTIONS = {"Approve": "approve", "Reject": "reject"}


def samples_of_line(kind: str, details: Mapping[str, Any]) -> Iterator[Sample]:
    """What a line that was just written adds to the counters."""
    yield sample("ledger.lines", kind=kind)
    if kind == "findings":
        for severity, count in details["severities"].items():
            yield sample("findings.found", count, severity=severity)
    elif kind == "delivery" and details["status"] in _ENDS:
        yield sample("deliveries", status=details["status"])
    elif kind == "answered" and "chosen" in details:  # else a proposal that was answered
        for chosen in details["chosen"][:1]:
            yield sample("answers", option=_OPTIONS.get(chosen, "form"))
