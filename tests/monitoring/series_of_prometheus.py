"""What stands in Prometheus once a line of StatsD has gone through ``statsd-mapping.yaml``: names alone.

A second account of what statsd_exporter does (its README, of the names and kinds that are used here).
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

MONITORING = Path(__file__).resolve().parents[2] / "deploy" / "monitoring"
LIST = Path(__file__).with_name("on_the_wire.txt")
"""Name, kind and tags of everything that the run of `test_on_the_wire` saw; it writes it itself."""
_SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("", "_sum", "_count")}


@lru_cache
def mapping() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((MONITORING / "statsd-mapping.yaml").read_text(encoding="utf-8"))
    return document


def names_of(name: str, kind: str) -> set[str]:
    """The names of series that a metric of a kind (``c``, ``g``, ``ms``) becomes."""
    mapped = mapping()
    own = next((one for one in mapped["mappings"] if one["match"] == name), {})
    plain = own.get("name") or re.sub(r"[^a-zA-Z0-9_]", "_", name)
    if kind != "ms":
        return {plain}
    observer = own.get("observer_type") or mapped["defaults"]["observer_type"]
    return {plain + suffix for suffix in _SUFFIXES[observer]}


def recorded() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Kind and tags by name, as the list has them."""
    found = {}
    for line in LIST.read_text(encoding="utf-8").splitlines():
        name, kind, tags = [*line.split(" "), ""][:3]
        found[name] = kind, tuple(tag for tag in tags.split(",") if tag)
    return found
