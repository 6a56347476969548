"""Pools of connections: sound names and sizes, each used by a report, and every fault with its line."""

from pathlib import Path

import pytest
from itss.report_list.loader import Loaded, load, load_accepted
from itss.report_list.pools import pool_of, pools_wanted
from list_material import AGREEMENT, KEYS, LIST, line_of


def listed(tmp_path: Path, pools: str, text: str = LIST) -> tuple[Path, Loaded]:
    path = tmp_path / "report_list.yaml"
    (tmp_path / "agreements").mkdir()
    (tmp_path / "agreements" / "sla.yaml").write_text(AGREEMENT, encoding="utf-8")
    path.write_text(pools + text, encoding="utf-8")
    return path, load(path)


def test_a_pool_is_named_after_its_connection(tmp_path: Path) -> None:
    path, found = listed(tmp_path, "pools: {itsm_sample: 4}\n")
    assert not found.problems
    for people in (found.list, load_accepted(path)):
        assert pools_wanted(people) == {"itss_itsm_sample": 4}
        assert pool_of("itsm_sample", people) == "itss_itsm_sample"
        assert pool_of("another", people) is None
        assert pool_of(None, people) is None


def test_no_pools_are_the_rule(tmp_path: Path) -> None:
    _, found = listed(tmp_path, "")
    assert not found.problems
    assert found.list.pools == {}


@pytest.mark.parametrize(
    ("pools", "line", "message", "remedy"),
    [
        ("pools:\n  itsm_sample: 4\n  itsm_sampel: 2\n", 3, "No report has a data source", "'itsm_sample'"),
        ("pools:\n  itsm_sample: 0\n", 2, "0 is no size", "from 1 to 1000"),
        ("pools:\n  itsm_sample: 1001\n", 2, "1001 is no size", "from 1 to 1000"),
        ("pools:\n  itsm_sample: many\n", 2, "'many' is no size", "from 1 to 1000"),
        ("pools:\n  itsm_sample: true\n", 2, "True is no size", "from 1 to 1000"),
        ("pools:\n  'itsm sample': 4\n", 2, "cannot be part of a pool's name", "letters, digits"),
        (f"pools:\n  {'x' * 201}: 4\n", 2, "cannot be part of a pool's name", "letters, digits"),
        ("pools: [itsm_sample]\n", 1, "A connection with a size for each", "`itsm_sample: 4`"),
    ],
)
def test_a_wrong_pool_is_told_with_its_line(tmp_path: Path, pools: str, line: int, message: str, remedy: str) -> None:
    _, found = listed(tmp_path, pools)
    (problem,) = found.problems
    assert problem.line == line
    assert message in problem.message
    assert remedy in problem.remedy
    assert [entry.key for entry in found.list.reports] == KEYS, "no report is stopped by it"


def test_an_entry_with_problems_does_not_make_its_pool_unused(tmp_path: Path) -> None:
    path, found = listed(tmp_path, "pools: {itsm_sample: 4}\n", LIST.replace("template: customer", "template: 7"))
    assert [problem.line for problem in found.problems] == [line_of(path, "template: 7")]


def test_pools_in_a_file_beside_the_list_are_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "people.yaml").write_text("pools:\n  itsm_sampel: 2\n", encoding="utf-8")
    _, found = listed(tmp_path, "")
    assert [(problem.file.name, problem.line) for problem in found.problems] == [("people.yaml", 2)]
