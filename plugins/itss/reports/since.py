"""What has changed since the last revision besides the figures: for its approvers, also where that one was rejected.

The form of the report, the own measures and the agreed exclusions are the same if their files are.
Findings are the same if process, rule and column are; nonconformities, if process, measure and ticket are.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from itss.checks.findings import Finding
from itss.reports.document import Point
from itss.reports.writer import Writer

SHOWN_IDS = 8

_Rows = dict[tuple[str, str], list[str]]


def points(writer: Writer) -> tuple[Point, ...]:
    """What became of the last revision, then the findings and nonconformities that are new, other or gone."""
    given = writer.given
    earlier = [line for line in given.revisions if line.number < given.revision]
    if not earlier:
        return ()
    last, key = earlier[-1], f"state.{earlier[-1].state}"
    state = writer.words(key) if key in writer.cells.words.keys else last.state
    found = [Point(writer.words("since.revision", n=last.number), f"{state} · {last.note}" if last.note else state)]
    found += _reformed(writer)
    if given.previous_findings is not None:
        found += _findings(writer, given.previous_findings)
    if given.previous_nonconformities is not None:
        found += _nonconformities(writer, given.previous_nonconformities)
    return tuple(found)


def _reformed(writer: Writer) -> list[Point]:
    """Template, own measures and agreed exclusions that are not those of the last revision, with the files."""
    files: dict[str, list[str]] = {}
    for part, file in writer.given.reformed:
        files.setdefault(part, []).append(file)
    return [Point(writer.words(f"since.{part}"), _some(names)) for part, names in files.items()]


def _findings(writer: Writer, previous: Iterable[Finding]) -> list[Point]:
    before = {(one.process, one.rule, one.column): one for one in previous}
    now = {(one.process, one.rule, one.column): one for one in writer.given.findings}
    found = []
    for key in [*now, *(key for key in before if key not in now)]:
        was, one = before.get(key), now.get(key)
        counts = [0 if item is None else item.failed for item in (was, one)]
        if was is not None and one is not None and counts[0] == counts[1]:
            continue
        name = "new" if was is None else "gone" if one is None else "other"
        shown = one or was
        if shown is not None:
            head = f"{writer.words(f'since.finding_{name}')} · {writer.process(key[0])}"
            text = writer.words("since.counted", what=writer.cells.words.of(shown.why), before=counts[0], now=counts[1])
            found.append(Point(head, text))
    return found


def _nonconformities(writer: Writer, previous: pd.DataFrame) -> list[Point]:
    before, now = _rows(previous), _rows(writer.given.measured.nonconformities)
    found = []
    for key in dict.fromkeys((*now, *before)):
        was, are = before.get(key, []), now.get(key, [])
        for name, ids in (
            ("new", [i for i in are if i not in set(was)]),
            ("gone", [i for i in was if i not in set(are)]),
        ):
            if ids:
                head = f"{writer.plural(f'since.nonconformity_{name}', len(ids))} · {writer.measure_label(*key)}"
                found.append(Point(head, _some(ids)))
    return found


def _some(names: list[str]) -> str:
    return ", ".join(names[:SHOWN_IDS]) + (" …" if len(names) > SHOWN_IDS else "")


def _rows(frame: pd.DataFrame) -> _Rows:
    """The tickets by process and measure, each once."""
    found: _Rows = {}
    for process, measure, ticket in frame[["process", "measure", "id"]].drop_duplicates().itertuples(index=False):
        found.setdefault((str(process), str(measure)), []).append(str(ticket))
    return found
