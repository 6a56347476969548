"""Whatever a hand or an editor does to the list, it is told: loading never raises, and never says nothing."""

import shutil
from pathlib import Path
from tempfile import mkdtemp

from hypothesis import given, settings
from hypothesis import strategies as st
from itss.report_list.loader import Loaded, load
from list_material import AGREEMENT, KEYS, LIST

SCRAPS = [
    "",
    "\t",
    ":",
    "- ",
    "{",
    "]",
    "：",
    "*x",
    "&x ",
    "null",
    "2026",
    "'",
    "#",
    "\n",
    "  ",
    "<<: ",
    "? ",
    "\x00",
    "é",
]


def loaded(words: str) -> Loaded:
    folder = Path(mkdtemp())
    try:
        (folder / "agreements").mkdir()
        (folder / "agreements" / "sla.yaml").write_text(AGREEMENT, encoding="utf-8")
        (folder / "report_list.yaml").write_text(words, encoding="utf-8")
        return load(folder / "report_list.yaml")
    finally:
        shutil.rmtree(folder)


@settings(max_examples=120, deadline=None)
@given(at=st.integers(0, len(LIST) - 1), length=st.integers(0, 40), scrap=st.sampled_from(SCRAPS))
def test_a_torn_list_is_told_or_means_the_same_reports(at: int, length: int, scrap: str) -> None:
    result = loaded(LIST[:at] + scrap + LIST[at + length :])
    reports = [entry.key for entry in result.list.reports]
    assert len(set(reports)) == len(reports)
    assert len(reports) == len(KEYS) or result.problems
    for problem in result.problems:
        assert problem.line >= 1
        assert problem.message
        assert problem.remedy
        assert len(str(problem)) < 1500


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, LIST.count("\n") - 1), min_size=1, max_size=4, unique=True))
def test_lost_lines_never_cost_an_entry_silently(gone: list[int]) -> None:
    lines = [line for number, line in enumerate(LIST.splitlines()) if number not in gone]
    result = loaded("\n".join(lines))
    kept = sum(line.startswith("  - key:") for line in lines)
    assert len(result.list.reports) == kept == len(KEYS) or result.problems
