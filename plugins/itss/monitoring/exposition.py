"""Samples as a file that Prometheus reads (the textfile collector of its node exporter): gauges alone.

Replaced as a whole, so that nobody reads half of one. A counter has no place in it: this process has counted nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from itss.errors import ConfigurationError
from itss.monitoring.series import Sample, Series


def exposition(samples: Iterable[Sample]) -> str:
    """The text, in the order of the samples; what is said of each series stands before its first."""
    lines: list[str] = []
    said: set[Series] = set()
    for one in samples:
        name = one.series.prometheus
        if one.series not in said:
            said.add(one.series)
            lines += [f"# HELP {name} {one.series.about}", f"# TYPE {name} {one.series.form}"]
        tags = ",".join(f'{key}="{_escaped(value)}"' for key, value in one.tags.items())
        lines.append(f"{name}{{{tags}}} {one.value:.15g}" if tags else f"{name} {one.value:.15g}")
    return "\n".join(lines) + "\n"


def write(path: Path, samples: Iterable[Sample]) -> None:
    """Write the file; `ConfigurationError` where that is not possible. Readable by all, as the exporter is another."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_text(exposition(samples), encoding="utf-8")
        part.chmod(0o644)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ConfigurationError(
            f"{path} cannot be written: {error.strerror}.", "Name a file of a folder that is there."
        ) from error


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
