"""The way out of the samples: to whatever this process was given to send them by, and else nowhere.

The rooms that emit know no Airflow; `itss.flow.monitored` and the portal hand over Airflow's own object, so that its
configuration serves both. Refuses to fail: a sample that cannot be sent is one line in the log, never an error of a
step.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from itss.monitoring.series import PREFIX, Sample

log = logging.getLogger(__name__)


class Stats(Protocol):
    """What Airflow's module ``stats`` has of it."""

    def incr(self, stat: str, count: int, *, tags: Mapping[str, str]) -> None:
        """Count up."""
        ...

    def gauge(self, stat: str, value: float, *, tags: Mapping[str, str]) -> None:
        """Set a value."""
        ...

    def timing(self, stat: str, dt: float, *, tags: Mapping[str, str]) -> None:
        """Note milliseconds."""
        ...


_SWITCHES = ("statsd_on", "otel_on", "statsd_datadog_enabled")
"""Options of Airflow's ``[metrics]``; with any of them somebody listens."""
_to: list[Stats] = []


def switch_on(is_set: Callable[[str], bool], exporter: Callable[[], Stats]) -> None:
    """Send by Airflow's ``exporter`` where its configuration has one; a wrong configuration is a line in the log."""
    try:
        if not is_on() and any(map(is_set, _SWITCHES)):
            send_by(exporter())
    except Exception as error:  # nor must one that cannot begin
        log.warning("Metrics are not sent: %s: %s", type(error).__name__, error)


def send_by(stats: Stats | None) -> None:
    """Send every sample of this process by ``stats`` from now on; ``None``: nowhere."""
    _to[:] = [] if stats is None else [stats]


def is_on() -> bool:
    """Whether samples of this process go anywhere."""
    return bool(_to)


def emit(samples: Iterable[Sample]) -> None:
    """Send ``samples``. They are not even made, where it is a generator, as long as nobody listens."""
    for stats in _to:
        try:
            for one in samples:
                _send(stats, one)
        except Exception as error:  # a monitoring system that is away must not stop a report
            log.warning("A metric could not be sent: %s: %s", type(error).__name__, error)


def _send(stats: Stats, one: Sample) -> None:
    name, tags = PREFIX + one.series.name, {key: _plain(value) for key, value in one.tags.items()}
    match one.series.form:
        case "gauge":
            stats.gauge(name, one.value, tags=tags)
        case "counter":
            if one.value:
                stats.incr(name, int(one.value), tags=tags)
        case "timer":
            stats.timing(name, one.value * 1000, tags=tags)


def _plain(value: str) -> str:
    """As every exporter takes it: letters, digits, and what joins words."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in value)
