"""Who may stand in for whom: what `check` refuses of the delegates, each at its line, and what it lets through."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from itss.report_list.loader import Loaded, load, load_accepted
from list_material import KEYS, LIST

Listed = Callable[..., Loaded]
PEOPLE = """\
  chief:
    title: {zh-CN: 管理者代表, en: Management representative}
    email: chief@example.com
    user: chief
  deputy:
    title: {zh-CN: 副手, en: Deputy}
    email: deputy@example.com
    user: deputy
  deputy_too:
    title: {zh-CN: 副手, en: Deputy}
    email: other@example.com
    user: " Deputy"
  second:
    title: {zh-CN: 副手, en: Deputy}
    email: second@example.com
    user: second
"""
LEVELS = """\
      - name: initial_review
        title: {zh-CN: 初审, en: Initial review}
        approvers: [head]
      - name: approval
        title: {zh-CN: 审批, en: Approval}
        approvers: [chief]
"""
ONE_LEVEL = """\
      - name: approval
        title: {zh-CN: 审批, en: Approval}
        approvers: [head]
"""


@pytest.fixture
def listed(written: Path) -> Listed:
    """The list whose first entry has two levels, head and chief, with these lines as its delegates."""

    def write(*delegates: str, more: str = "") -> Loaded:
        words = LIST.replace("reports:\n", PEOPLE + "reports:\n", 1).replace(ONE_LEVEL, LEVELS + more, 1)
        words += "delegates:\n" + "".join(f"  - {{{one}}}\n" for one in delegates)
        written.write_text(words, encoding="utf-8")
        return load(written)

    return write


def away(who: str, to: str, since: str = "2026-12-01", until: str = "2026-12-20", reason: str = "leave") -> str:
    return f"for: {who}, to: {to}, from: {since}, until: {until}, reason: {reason}"


def test_a_delegate_is_named_for_days(listed: Listed) -> None:
    loaded = listed(
        away("head", "deputy"), away("head", "second", "2027-02-01", "2027-02-01", "{zh-CN: 休假, en: leave}")
    )
    assert loaded.problems == ()
    people = loaded.list
    assert [person.user for person in people.delegates_of("head")] == ["deputy", "second"]
    assert people.delegates_of("chief") == []
    days = [people.stands_in("head", dt.date(2026, 12, day)) for day in (1, 19, 20, 21)]
    assert [given and given.to for given in days] == ["deputy", "deputy", "deputy", None]
    assert people.stands_in("head", dt.date(2026, 11, 30)) is None
    assert people.stands_in("deputy", dt.date(2026, 12, 1)) is None
    assert (people.delegates[0].reason.zh, people.delegates[1].reason.zh) == ("leave", "休假")


def test_one_person_may_have_one_delegate_after_the_other(listed: Listed) -> None:
    assert listed(away("head", "deputy"), away("head", "deputy", "2026-12-21", "2026-12-31")).problems == ()


def test_no_delegates_are_no_problem(listed: Listed) -> None:
    assert listed().problems == ()
    assert listed().list.delegates == ()


SOUND = away("chief", "second", "2026-11-01", "2026-11-02")
ALONE = [
    (away("haed", "deputy"), "'haed' is not in people.", "Did you mean 'head'?"),
    (away("head", "nobody_known"), "'nobody_known' is not in people.", "People are"),
    (away("head", "customer"), "'customer' has no user and cannot answer.", "people.customer"),
    (away("head", "deputy", "2026-12-20", "2026-12-01"), "which is before that", "Swap or correct"),
    (away("head", "head"), "'head' would stand in for themself.", "Name somebody else."),
    (away("deputy", "deputy_too"), "'deputy_too' is the same person (the users", "Name somebody else."),
    (away("head", "author"), "'author' is the author of 'from_database', which 'head' approves.", "somebody else"),
    (away("head", "chief"), "'chief' answers 'approval' of 'from_database', and would answer", "somebody else"),
    (away("head", "deputy", "tomorrow"), "write it as YYYY-MM-DD", "from: 2026-12-01"),
    ("for: head, to: deputy, from: 2026-12-01, until: 2026-12-20", "'reason' is missing.", "reason: annual leave"),
    (away("head", "deputy") + ", since: 2026-12-01", "'since' is not a key that is known here.", "until"),
]


@pytest.mark.parametrize(("bad", "said", "remedy"), ALONE, ids=[said for _, said, _ in ALONE])
def test_what_a_delegate_may_not_be(listed: Listed, written: Path, bad: str, said: str, remedy: str) -> None:
    """It costs itself alone: entries and other delegates go on."""
    loaded = listed(bad, SOUND)
    lines = written.read_text(encoding="utf-8").splitlines()
    assert loaded.problems
    for problem in loaded.problems:
        assert bad in lines[problem.line - 1]
    assert said in loaded.problems[0].message
    assert remedy in loaded.problems[0].remedy
    assert [entry.key for entry in loaded.list.reports] == KEYS
    assert [(given.for_, given.to) for given in loaded.list.delegates] == [("chief", "second")]
    assert load_accepted(written).delegates == loaded.list.delegates


TOGETHER = [
    (
        (away("head", "deputy"), away("head", "second", "2026-12-20", "2026-12-24")),
        "'head' has another delegate, 'second', from 2026-12-20 to 2026-12-24: the days overlap.",
    ),
    ((away("head", "deputy"), away("deputy", "head", "2026-12-20", "2026-12-31")), "They stand in for each other on"),
    (
        (away("head", "deputy"), away("deputy", "second"), away("second", "head", "2026-12-10", "2027-01-31")),
        "They stand in for each other on 2026-12-10: ",
    ),
    ((away("head", "deputy"), away("deputy_too", "head")), "They stand in for each other on 2026-12-01"),
    (
        (away("head", "deputy"), away("chief", "deputy", "2026-12-20", "2026-12-31")),
        "'deputy' would answer two levels of 'from_database': 'initial_review' for 'head', 'approval' for 'chief'.",
    ),
    ((away("head", "deputy"), away("chief", "deputy_too")), "would answer two levels of 'from_database'"),
]


@pytest.mark.parametrize(("bad", "said"), TOGETHER, ids=[said for _, said in TOGETHER])
def test_what_delegates_may_not_be_together(listed: Listed, written: Path, bad: tuple[str, ...], said: str) -> None:
    """Nobody knows which of them was meant, so none of them counts, and each is named at its line."""
    loaded = listed(*bad, away("manager", "second", "2026-01-01", "2026-01-02"))
    lines = written.read_text(encoding="utf-8").splitlines()
    assert {lines[problem.line - 1].strip() for problem in loaded.problems} == {f"- {{{given}}}" for given in bad}
    assert said in loaded.problems[0].message
    assert [given.for_ for given in loaded.list.delegates] == ["manager"]
    assert [entry.key for entry in loaded.list.reports] == KEYS


SOUND_TOGETHER = {
    "a circle that there is on no day": (away("head", "deputy"), away("deputy", "head", "2026-12-21", "2026-12-31")),
    "a chain, in which nothing is passed on": (away("head", "deputy"), away("deputy", "second")),
    "two levels, but not on one day": (away("head", "deputy"), away("chief", "deputy", "2026-12-21", "2026-12-31")),
    "three in a circle, each two of which share a day": (
        away("head", "deputy", "2026-12-01", "2026-12-10"),
        away("deputy", "second", "2026-12-10", "2026-12-20"),
        away("second", "head", "2026-12-20", "2026-12-31"),
    ),
}


@pytest.mark.parametrize("good", SOUND_TOGETHER.values(), ids=SOUND_TOGETHER.keys())
def test_what_may_be_together(listed: Listed, good: tuple[str, ...]) -> None:
    assert listed(*good).problems == ()


def test_where_one_person_may_answer_both_levels_a_delegate_may_too(listed: Listed) -> None:
    alone = "    separate_people: false\n"
    both = (away("head", "deputy"), away("chief", "deputy"))
    assert listed(*both, more=alone).problems == ()
    assert listed(away("head", "chief"), more=alone).problems == ()
    (problem,) = listed(away("head", "author"), more=alone).problems  # the author never does
    assert "is the author of 'from_database'" in problem.message


@pytest.mark.parametrize("shape", ["delegates: deputy\n", "delegates: {head: deputy}\n"])
def test_another_shape_is_told_once(written: Path, shape: str) -> None:
    written.write_text(LIST + shape, encoding="utf-8")
    (problem,) = load(written).problems
    assert "A list is expected here." in problem.message
    assert problem.line == len(LIST.splitlines()) + 1


def test_named_twice_nobody_stands_in(written: Path, listed: Listed) -> None:
    listed(away("head", "deputy"))
    written.write_text(written.read_text(encoding="utf-8") + f"delegates: [{{{SOUND}}}]\n", encoding="utf-8")
    loaded = load(written)
    assert loaded.problems
    assert loaded.list.delegates == ()
