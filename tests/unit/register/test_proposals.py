"""Proposals on record: numbered once, answered once, and nothing but lines of the ledger."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from itss.errors import RegisterError
from itss.register import Register
from itss.register.__main__ import main
from itss.register.proposals import LONGEST, MOST_OPEN

MAIL = ("customer_monthly", "Show mails per service", "The customer asks for it")
NEW = ("", "请增加备件月报", "供应商要求")


def test_a_proposal_is_answered_once(register: Register) -> None:
    first = register.propose(*MAIL, "reader")
    assert register.propose(*MAIL, "reader") == first, "a double click is one proposal"
    second = register.propose(*NEW, "approver")
    assert [(one.key, one.report, one.text, one.reason, one.who, one.state) for one in register.proposals()] == [
        ("proposal-1", *MAIL, "reader", "open"),
        ("proposal-2", *NEW, "approver", "open"),
    ]
    for _ in range(2):
        taken = register.answer_proposal(first.key, "taken_up", "from 2027-01 on", "manager")
    assert (taken.state, taken.answer, taken.answered_by) == ("taken_up", "from 2027-01 on", "manager")
    assert register.proposals()[0] == taken
    assert [one.key for one in register.proposals(is_open=True)] == [second.key]
    for state, answer in (("declined", "from 2027-01 on"), ("taken_up", "at once")):
        with pytest.raises(RegisterError, match="was taken up by manager already"):
            register.answer_proposal(first.key, state, answer, "another")
    with pytest.raises(RegisterError, match="There is no proposal 'proposal-9'"):
        register.answer_proposal("proposal-9", "declined", "no", "manager")
    assert register.propose(*MAIL, "reader").key == "proposal-3", "what was answered may be proposed again"


def test_the_lines_are_the_record(register: Register) -> None:
    key = register.propose(*MAIL, "reader").key
    register.answer_proposal(key, "declined", "not agreed", "manager")
    assert [(line.kind, line.who, line.details) for line in register.lines("proposals")] == [
        ("proposed", "reader", dict(zip(("key", "report", "text", "reason"), ("proposal-1", *MAIL), strict=True))),
        ("proposal_answered", "manager", {"key": "proposal-1", "state": "declined", "answer": "not agreed"}),
    ]
    assert (register.verify(), register.differences()[0]) == ([], [])
    assert register.rebuild("tests") == ([], [])


@pytest.mark.parametrize(
    ("report", "text", "reason", "why"),
    [
        ("customer_monthly", " \n", "why", "What is proposed is empty"),
        ("customer_monthly", "what", "\t", "The reason is empty"),
        ("customer_monthly", "x" * (LONGEST + 1), "why", "4,001 characters"),
        ("../etc", "what", "why", "is not the key of a report"),
    ],
)
def test_what_is_refused_leaves_no_line(register: Register, report: str, text: str, reason: str, why: str) -> None:
    with pytest.raises(RegisterError, match=why):
        register.propose(report, text, reason, "reader")
    assert list(register.lines("proposals")) == []


def test_what_cannot_be_shown_is_kept_visibly(register: Register) -> None:
    one = register.propose("", "a\x1b[2Jb\r\nc\u202ed\ud800", "\x00because", "reader")
    assert (one.text, one.reason) == ("a\ufffd[2Jb\nc\ufffdd\ufffd", "\ufffdbecause")
    assert register.proposals() == [one]


def test_a_person_may_have_so_many_open(register: Register) -> None:
    keys = [register.propose("", f"idea {number}", "why", "reader").key for number in range(MOST_OPEN)]
    with pytest.raises(RegisterError, match="reader has 20 open proposals"):
        register.propose("", "one more", "why", "reader")
    register.propose("", "one more", "why", "somebody else")
    register.answer_proposal(keys[0], "declined", "no", "manager")
    assert register.propose("", "one more", "why", "reader").key == f"proposal-{MOST_OPEN + 2}"


def test_many_at_once_get_a_number_each(register: Register) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: register.propose("", f"idea {n}", "why", f"reader {n}").key, range(16)))
    assert sorted(made) == sorted(f"proposal-{number}" for number in range(1, 17))
    assert register.verify() == []


def test_two_answers_at_once_are_one(register: Register) -> None:
    key = register.propose(*MAIL, "reader").key

    def answer(who: str) -> str:
        try:
            return register.answer_proposal(key, "taken_up", f"says {who}", who).answered_by
        except RegisterError as error:
            return str(error)

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(answer, ("a", "b", "c", "d")))
    winner = register.proposals()[0].answered_by
    assert sorted(said) == sorted([winner, *[f"{key} was taken up by {winner} already. That stands."] * 3])


def test_the_last_protocol_is_the_newest(register: Register) -> None:
    assert register.last_audit() is None
    for number in (1, 2):
        register.record_audit("audit", {"sealed": number, "total": {"zh-CN": "份", "en": "of"}})
    found = register.last_audit()
    assert found is not None
    assert (found.who, found.details) == ("audit", {"protocol": {"sealed": 2, "total": {"zh-CN": "份", "en": "of"}}})
    assert (register.verify(), register.differences()[0]) == ([], [])


def test_the_commands(register: Register, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    register.propose(*MAIL, "reader")
    register.propose(*NEW, "approver")

    def said(*words: str) -> tuple[int, str]:
        code = main(["--url", url, *words])
        out, err = capsys.readouterr()
        return code, out + err

    assert said("proposal", "proposal-1", "declined", "--reason", "not agreed") == (0, "proposal-1 is declined.\n")
    code, listed = said("proposals")
    assert code == 0
    assert "proposal-1 declined by " in listed
    assert "not agreed" in listed
    assert "reader, customer_monthly: Show mails per service (The customer asks for it)" in listed
    assert "proposal-1" not in said("proposals", "--open")[1]
    assert said("proposal", "proposal-1", "taken_up", "--reason", "yes")[0] == 1
