"""The log of a revision in words, and texts of the record without the paths of the server.

Refuses to show addresses to whom they do not concern. A kind of line that has no words yet is shown by its name.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from itss.register import Event
from itss.reports.catalogue import Catalogue

_PATH = re.compile(r"(?:(?<![\w/.:])|(?:[a-z][a-z0-9+]*://?))/(?:[^\s/'\":;,()]+/)+")
_SAID = ("comment", "reason", "result", "answer", "question", "level", "status")
"""Details that every insider may read, in this order."""


@dataclass(frozen=True)
class LogLine:
    """One line: when, what, by whom, and what more there is to say."""

    at: dt.datetime
    what: str
    who: str
    more: str


def log_lines(events: Sequence[Event], words: Catalogue, names: Mapping[str, str], *, addresses: bool) -> list[LogLine]:
    """The lines, newest first; ``names`` are the words for levels and processes by their keys.

    The version of the DAG bundle is said where it begins, and where a step ran from another one.
    """
    found, bundle = [], ""
    for one in events:
        more = _more(one.details, words, names, addresses)
        version = one.details.get("bundle")
        if isinstance(version, str) and version != bundle:
            bundle = version
            more = " · ".join(filter(None, (more, words("revision.bundle", version=version[:12]))))
        found.append(LogLine(one.at, _kind(one.what, words), one.who, without_paths(more)))
    return found[::-1]


def without_paths(text: str) -> str:
    """``text`` in which a path of the server, or an address in a store, is its last part alone."""
    return _PATH.sub("…/", text)


def _kind(kind: str, words: Catalogue) -> str:
    key = f"revision.log.{kind}"
    return words(key) if key in words.keys else kind


def _more(details: Mapping[str, Any], words: Catalogue, names: Mapping[str, str], addresses: bool) -> str:
    said = []
    for name in _SAID:
        value = details.get(name)
        if isinstance(value, str) and value:
            key = f"revision.value.{value}"
            said.append(names.get(value) or (words(key) if key in words.keys else value))
    if isinstance(details.get("rows"), Mapping):
        said += [f"{names.get(process, process)}: {count:,}" for process, count in details["rows"].items()]
    if isinstance(details.get("versions"), Mapping):
        said += details["versions"]
    if isinstance(details.get("severities"), Mapping):
        said += [f"{words(f'revision.value.{name}')}: {count}" for name, count in details["severities"].items()]
    if isinstance(details.get("count"), int):
        said.append(words("revision.count", n=f"{details['count']:,}"))
    if isinstance(details.get("changed"), list):
        said.append(", ".join(map(str, details["changed"])))
    if addresses and details.get("address"):
        said.append(str(details["address"]))
    return " · ".join(said)
