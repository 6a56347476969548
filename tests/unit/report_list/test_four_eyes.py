"""Four eyes are two persons: what `check` refuses of the approvers, each at its line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from itss.report_list.loader import Loaded, load
from list_material import LIST, line_of

Listed = Callable[..., Loaded]

ONE_LEVEL = "        approvers: [head]\n"
PEOPLE = """\
  second:
    title: {{zh-CN: 第二审批人, en: Second approver}}
    email: {email}
    user: {user}
"""


def two_levels(first: str, second: str, more: str = "") -> str:
    """The levels of the first entry, from the lists of their approvers as they are written."""
    levels = (("initial_review", first), ("approval", second))
    lines = [
        f"      - name: {name}\n        title: {{zh-CN: 审批, en: Approval}}\n"
        + (f"        approvers: {who}\n" if who else "")
        for name, who in levels
    ]
    return "".join(lines) + more


@pytest.fixture
def listed(written: Path) -> Listed:
    """The list whose first entry has two levels, and a second approver beside the others."""

    def write(
        first: str, second: str, more: str = "", *, user: str = "second", email: str = "second@example.com"
    ) -> Loaded:
        level = "      - name: approval\n        title: {zh-CN: 审批, en: Approval}\n" + ONE_LEVEL
        words = LIST.replace(level, two_levels(first, second, more), 1)
        words = words.replace("reports:\n", PEOPLE.format(user=user, email=email) + "reports:\n", 1)
        written.write_text(words, encoding="utf-8")
        return load(written)

    return write


def test_two_levels_of_two_people_are_sound(listed: Listed) -> None:
    assert listed("[head]", "[second]").problems == ()
    assert listed("[head]", "[second, manager]").problems == ()


@pytest.mark.parametrize(
    "user", ["author", "Author", "' author '", "'ａｕｔｈｏｒ'", '"auth\\u200bor"', '"author\\t"', '"AUTHOR\\ufeff"']
)
def test_no_spelling_makes_the_author_an_approver(listed: Listed, written: Path, user: str) -> None:
    loaded = listed("[head]", "[second]", "    separate_people: false\n", user=user)
    (problem,) = loaded.problems
    assert problem.line == line_of(written, "approvers: [second]")
    assert "'second' would approve a report of their own: the author is 'author'" in problem.message
    assert problem.remedy == "Name another approver or author."


def test_the_authors_mailbox_is_the_author(listed: Listed) -> None:
    (problem,) = listed("[head]", "[second]", email="AUTHOR@Example.com").problems
    assert "both have the address AUTHOR@Example.com" in problem.message


@pytest.mark.parametrize(
    ("first", "second", "given", "said"),
    [
        ("[head]", "[head]", {}, "'head' may answer both levels, 'initial_review' and 'approval'"),
        ("[head, second]", "[manager, second]", {}, "'second' may answer both levels"),
        ("[head]", "[second]", {"user": "head"}, "'second' and 'head' are one person (both are the user 'head')"),
        ("[head]", "[second]", {"user": "HEAD"}, "one person (the users 'HEAD' and 'head' are read as one)"),
        ("[head]", "[second]", {"email": "Head@example.com"}, "one person (both have the address Head@example.com)"),
    ],
)
def test_nobody_may_answer_two_levels(
    listed: Listed, written: Path, first: str, second: str, given: dict[str, str], said: str
) -> None:
    loaded = listed(first, second, **given)
    (problem,) = loaded.problems
    place = written.read_text(encoding="utf-8").splitlines()
    assert place[problem.line - 1].strip() == f"approvers: {second}"
    assert said in problem.message
    assert "separate_people: false" in problem.remedy
    assert "from_database" not in [entry.key for entry in loaded.list.reports]
    assert listed(first, second, "    separate_people: false\n", **given).problems == ()


@pytest.mark.parametrize(("first", "second", "named"), [("", "[second]", "approval"), ("[head]", "", "initial_review")])
def test_an_open_level_stands_alone(listed: Listed, first: str, second: str, named: str) -> None:
    (problem,) = listed(first, second).problems
    assert f"whoever answers '{named}' may answer it, too" in problem.message
    assert listed(first, second, "    separate_people: false\n").problems == ()


def test_the_only_level_may_be_open(written: Path) -> None:
    written.write_text(LIST.replace(ONE_LEVEL, "", 1), encoding="utf-8")
    assert load(written).problems == ()
