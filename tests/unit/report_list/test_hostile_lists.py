"""What nobody writes by hand, and a slip or an export may: told with its line, by the loader and by `itss check`.

Whatever the text of a list or an agreement is, loading returns: valid entries, or problems, and no traceback.
"""

import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from itss.commands.check import check
from itss.report_list.loader import Loaded, load, load_accepted
from itss.settings import settings as places
from list_material import AGREEMENT, KEYS, LIST, line_of

USER = "    user: head\n"


def aliases(count: int, each: int, merged: bool = False) -> str:
    """Names that stand for ``each`` times the one before: with nine of ten, a thousand million values."""
    lines = ["a0: &a0 {k: v}"]
    for number in range(1, count):
        inner = ", ".join([f"*a{number - 1}"] * each)
        lines.append(f"a{number}: &a{number} " + (f"{{<<: [{inner}]}}" if merged else f"[{inner}]"))
    return "\n".join(lines) + "\n"


HOSTILE = {
    "a day behind all calendars": (LIST.replace("first: 2026-01-01", "first: 9999-12-01"), "first: 9999", "2199-12-31"),
    "a day before them": (LIST.replace("first: 2026-01-01", "first: 0001-01-01"), "first: 0001", "1900-01-01"),
    "lists in lists": (LIST.replace(USER, f"    user: {'[' * 60}{']' * 60}\n"), "[[", "levels are nested"),
    "lists in lists that overflow the stack": (LIST.replace(USER, f"    user: {'[' * 200_000}\n"), "[[", "levels"),
    "items in items": (LIST + "more: \n" + "- " * 100_000 + "x\n", "- - ", "levels are nested"),
    "keys in keys": (LIST + "\n".join(" " * n + "k:" for n in range(500)), " " * 50 + "k", "levels are nested"),
    "levels through aliases": (aliases(60, 1) + LIST, "a49:", "levels are nested"),
    "a thousand million values": (aliases(10, 10) + LIST, "a5:", "200,000 values"),
    "a thousand million merged keys": (aliases(10, 10, merged=True) + LIST, "a5:", "200,000 values"),
    "a thing inside of itself": (LIST.replace(USER, "    user: &u [*u]\n"), "*u", "inside of what it names"),
    "a merge with itself": (LIST.replace(USER, "    more: &m {<<: *m}\n"), "*m", "inside of what it names"),
    "a number of 5,000 digits": (LIST.replace(USER, f"    user: {'9' * 5000}\n"), "999", "5000 digits"),
    "an endless share": (LIST.replace("itss,", "itss, quarantine_share: .inf,"), ".inf", "a number is expected"),
    "no number": (LIST.replace("itss,", "itss, fresh_days: .nan,"), ".nan", "a number is expected"),
    "more than a float holds": (LIST.replace("itss,", "itss, fresh_days: 1.0e999,"), "1.0e999", "finite"),
    "more than a timer takes": (LIST.replace("itss,", f"itss, time_limit_s: {10**17},"), "time_limit_s", "86400"),
    "more than a list": ("# " + "x" * (5 << 20) + "\n" + LIST, "# x", "more than 4 MB"),
}


def written(folder: Path, words: str, agreement: str = AGREEMENT) -> Path:
    (folder / "agreements").mkdir(exist_ok=True)
    (folder / "agreements" / "sla.yaml").write_text(agreement, encoding="utf-8")
    path = folder / "report_list.yaml"
    path.write_text(words, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", HOSTILE)
def test_each_is_told_with_its_line_and_what_to_do(tmp_path: Path, name: str) -> None:
    words, where, message = HOSTILE[name]
    path = written(tmp_path, words)
    problem = next(one for one in load(path).problems if message in str(one))
    assert problem.line == line_of(path, where)
    assert problem.remedy
    assert len(str(problem)) < 500
    _, problems, _ = check(path, places().shipped)
    assert str(problem) in map(str, problems)
    load_accepted(path)


@pytest.mark.parametrize("name", [name for name in HOSTILE if "levels" not in name])
def test_an_agreement_is_told_in_the_same_way(tmp_path: Path, name: str) -> None:
    """The same things behind a sound agreement; what was wrong with a value is now a key that is not known."""
    path = written(tmp_path, LIST, AGREEMENT + "more:\n" + "\n".join("  " + x for x in HOSTILE[name][0].splitlines()))
    loaded = load(path)
    assert loaded.list.reports == ()
    assert any(problem.file.name == "sla.yaml" for problem in loaded.problems)


def test_a_list_of_many_problems_is_cut(tmp_path: Path) -> None:
    many = "    targets: &t\n" + "    - {nope: 1}\n" * 300
    loaded = load(written(tmp_path, LIST, AGREEMENT + many))
    told = [str(problem) for problem in loaded.problems if problem.file.name == "sla.yaml"]
    assert len(told) == 201
    assert any("700 more problems" in one for one in told), told[0]  # each lacks two keys, and has an unknown one


def scalars(data: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value of the list, and to every group of values."""
    if way:
        yield way
    for step, inner in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from scalars(inner, (*way, step))


WAYS = list(scalars(yaml.safe_load(LIST)))
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**40), 10**40),
    st.floats(),
    st.dates().map(str),
    st.text(max_size=30),
    st.text(string.printable, max_size=30),
    st.lists(st.text(max_size=5), max_size=3),
    st.dictionaries(st.text(max_size=8), st.integers(), max_size=3),
    st.sampled_from(
        ["9999-12-31", "0001-01-01", "2026-02-30", "24:00", "99:99", "* * * * *", "0 0 30 2 *", "../..", "\0"]
    ),
)


def load_all(tmp: Any, words: str, agreement: str = AGREEMENT) -> Loaded:
    path = written(tmp.mktemp("list"), words, agreement)
    load_accepted(path)
    return load(path)


@settings(max_examples=100, deadline=None)
@given(way=st.sampled_from(WAYS), odd=ODD)
def test_any_value_in_any_place_is_taken_or_told(tmp_path_factory: Any, way: tuple[Any, ...], odd: Any) -> None:
    data = yaml.safe_load(LIST)
    inner = data
    for step in way[:-1]:
        inner = inner[step]
    inner[way[-1]] = odd
    loaded = load_all(tmp_path_factory, yaml.safe_dump(data, allow_unicode=True))
    assert len(loaded.list.reports) == len(KEYS) or loaded.problems


@settings(max_examples=100, deadline=None)
@given(words=st.text(), agreement=st.text(string.printable))
def test_any_text_is_told(tmp_path_factory: Any, words: str, agreement: str) -> None:
    loaded = load_all(tmp_path_factory, words, agreement)
    assert loaded.problems
    assert all(problem.line >= 1 and problem.message and problem.remedy for problem in loaded.problems)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(["[", "]", "{", "}", "- ", "? ", ": ", "&a ", "*a ", "<<: ", "a", "\n", "  ", ", "]),
        max_size=200,
    )
)
def test_any_heap_of_signs_is_told(tmp_path_factory: Any, signs: list[str]) -> None:
    assert load_all(tmp_path_factory, "".join(signs)).problems
