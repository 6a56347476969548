"""The internal report holds every sentence, row and chart that it had before there were templates.

The snapshots in tests/golden were written by the code that had the contents in Python. A report may have more than
they have, also further columns and in another order; what it lacks is a loss.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from itss.reports import content
from report_lines import TAB, lines
from report_material import make

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
Row = tuple[str, ...]


def lost(before: list[str], now: list[str]) -> list[str]:
    """The lines of ``before`` that ``now`` has not, columns being told by their titles."""
    heads: dict[str, list[Row]] = defaultdict(list)
    rows: dict[str, list[Row]] = defaultdict(list)
    for line in now:
        kind, caption, *cells = line.split(TAB)
        if kind in ("table", "row"):
            (heads if kind == "table" else rows)[caption].append(tuple(cells))
    known, wanted = set(now), {}
    missing = []
    for line in before:
        kind, caption, *cells = line.split(TAB)
        if kind == "table":
            places = [_places(tuple(cells), head) for head in heads[caption]]
            wanted[caption] = [at for at in places if at is not None]
            missing += [line] if not wanted[caption] else []
        elif kind == "row":
            found = {tuple(row[i] for i in at) for at in wanted[caption] for row in rows[caption] if len(row) > max(at)}
            missing += [line] if tuple(cells) not in found else []
        elif line not in known:
            missing.append(line)
    return missing


def _places(columns: Row, head: Row) -> list[int] | None:
    return [head.index(title) for title in columns] if set(columns) <= set(head) else None


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_internal_report_holds_what_it_held(language: str) -> None:
    golden = (GOLDEN / f"internal_report.{language}.txt").read_text("utf-8").splitlines()

    assert lost(golden, lines(content.build(make(language, "internal", "process")).body)) == []


def test_a_lost_sentence_row_or_column_is_found_and_an_added_one_is_none() -> None:
    before = ["text\tAll is well.", "table\tT\tA\tB", "row\tT\t1\t2"]

    assert lost(before, [*before, "text\tMore."]) == []
    assert lost(before, ["text\tAll is well.", "table\tT\tnew\tB\tA", "row\tT\t9\t2\t1"]) == []
    assert lost(before, before[1:]) == before[:1]
    assert lost(before, [*before[:2], "row\tT\t1\t3"]) == before[2:]
    assert lost(before, ["text\tAll is well.", "table\tT\tA", "row\tT\t1"]) == before[1:]
