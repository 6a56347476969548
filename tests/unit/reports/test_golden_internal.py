"""The internal report holds every sentence, row and chart that it had before there were templates.

The snapshots in tests/golden were written by the code that had the contents in Python. A report may have more than
they have, also further columns, what a figure stands on, and another order; what it lacks is a loss.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest
from itss.reports import content
from report_lines import TAB, lines
from report_material import make

_BASE = re.compile(r" ?[（(](n = [\d,]+|over \d+ periods|\d+ 期)[)）]")
"""What a figure stands on, or over how many periods something is said: may have been added since."""
GOLDEN = Path(__file__).resolve().parents[2] / "golden"
ADDED = re.compile(r" ?[（(](n = [\d,]+|over \d+ periods|\d+ 期)[）)]")
Row = tuple[str, ...]


def lost(before: list[str], now: list[str]) -> list[str]:
    """The lines of ``before`` that ``now`` has not, columns being told by their titles."""
    now = [_plain(line) for line in now]
    tables = _tables(now)
    known, missing = set(now), []
    rows: set[Row] = set()
    for line in map(_plain, before):
        kind, caption, *cells = line.split(TAB)
        if kind == "table":
            titles = _told_apart(cells)
            fitting = [(head, held) for head, held in tables[caption] if set(titles) <= set(head)]
            rows = {tuple(row[head.index(title)] for title in titles) for head, held in fitting for row in held}
            missing += [] if fitting else [line]
        elif kind == "row":
            missing += [] if tuple(cells) in rows else [line]
        elif line not in known:
            missing.append(line)
    return missing


def _plain(line: str) -> str:
    """A line without what it stands on; a chart's title without the process, which may have been added since."""
    kind, caption, *cells = _BASE.sub("", line).split(TAB)
    if kind == "series":
        caption = caption.rpartition(" · ")[2]
    elif kind == "chart":
        cells[0] = cells[0].rpartition(" · ")[2]
    return TAB.join([kind, caption, *cells])


def _told_apart(titles: list[str]) -> Row:
    """Titles of columns, the second of two that are alike being another one."""
    return tuple(f"{title} {titles[:at].count(title)}" for at, title in enumerate(titles))


def _tables(lines: list[str]) -> dict[str, list[tuple[Row, list[Row]]]]:
    """Head and rows of each table by its caption; rows follow their head."""
    found: dict[str, list[tuple[Row, list[Row]]]] = defaultdict(list)
    for line in lines:
        kind, caption, *cells = line.split(TAB)
        if kind == "table":
            found[caption].append((_told_apart(cells), []))
        elif kind == "row":
            found[caption][-1][1].append(tuple(cells))
    return found


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_internal_report_holds_what_it_held(language: str) -> None:
    golden = (GOLDEN / f"internal_report.{language}.txt").read_text("utf-8").splitlines()
    now = lines(content.build(make(language, "internal", "process")).body)

    assert lost([_plain(line) for line in golden], [_plain(line) for line in now]) == []


def _plain(line: str) -> str:
    """A line without what was added since: bases of rates, over how many periods, the process of a chart by member."""
    kind, *cells = line.split(TAB)
    if kind in ("chart", "series"):
        return TAB.join([kind, *(text.partition(" · ")[2] or text for text in cells)])
    return TAB.join([kind, *(ADDED.sub("", text) for text in cells)])


def test_a_lost_sentence_row_or_column_is_found_and_an_added_one_is_none() -> None:
    before = ["text\tAll is well.", "table\tT\tA\tB", "row\tT\t1\t2"]

    assert lost(before, [*before, "text\tMore."]) == []
    assert lost(before, ["text\tAll is well.", "table\tT\tnew\tB\tA", "row\tT\t9\t2\t1"]) == []
    assert lost(before, ["text\tAll is well (over 15 periods).", "table\tT\tA\tB", "row\tT\t1 (n = 8)\t2"]) == []
    assert lost(before, before[1:]) == before[:1]
    assert lost(before, [*before[:2], "row\tT\t1\t3"]) == before[2:]
    assert lost(before, ["text\tAll is well.", "table\tT\tA", "row\tT\t1"]) == before[1:]
