"""Which questions are open, and since when: the same on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from itss.errors import RegisterError
from itss.measures.base import FIGURE_COLUMNS
from itss.register import Item, Register, Review
from walking import NOW, answer, draft, open_one, walk

HOUR = dt.timedelta(hours=1)
BY = {"id": "head_of_department", "name": "Head"}


def at(url: str, when: dt.datetime) -> Register:
    """The same register, whose log is stamped with ``when``."""
    return Register(url, lambda: when)


def asked(register: Register) -> list[tuple[str, dt.datetime]]:
    return [(one.level, one.at) for one in register.asked()]


def say(register: Register, level: str, said: str) -> None:
    register.record_decision(
        ("customer_monthly", "2026-09", 1),
        level=level,
        title="",
        answer=said,
        who=BY if said in ("approve", "reject") else None,
        at=NOW,
        comment="",
        statement_sha256="c" * 64,
    )


def test_a_level_waits_from_when_it_was_first_asked_about_this_content(register: Register, url: str) -> None:
    ref = open_one(register).ref
    walk(register, register.revision(ref), "submitted")
    at(url, NOW + HOUR).ask(ref, "initial_review")
    at(url, NOW + 2 * HOUR).ask(ref, "initial_review")
    assert asked(register) == [("initial_review", NOW + HOUR)]
    draft(register, register.revision(ref), "d" * 64)
    assert asked(register) == []
    register.submit(ref)
    at(url, NOW + 3 * HOUR).ask(ref, "initial_review")
    assert asked(register) == [("initial_review", NOW + 3 * HOUR)]
    answer(register, register.revision(ref), "initial_review", content="d" * 64)
    assert asked(register) == []


@pytest.mark.parametrize("said", ["expired", "marked_done"])
def test_what_nobody_answered_waits_again_once_it_is_asked_again(register: Register, url: str, said: str) -> None:
    ref = open_one(register).ref
    walk(register, register.revision(ref), "submitted")
    at(url, NOW).ask(ref, "approval")
    say(at(url, NOW + HOUR), "approval", said)
    assert asked(register) == []
    at(url, NOW + 2 * HOUR).ask(ref, "approval")
    assert asked(register) == [("approval", NOW + 2 * HOUR)]
    say(at(url, NOW + 3 * HOUR), "approval", "approve")
    assert asked(register) == []


def test_a_failed_revision_asks_nobody_until_it_goes_on(register: Register) -> None:
    ref = open_one(register).ref
    walk(register, register.revision(ref), "submitted")
    register.ask(ref, "approval")
    register.fail(ref, "the worker was killed")
    assert asked(register) == []
    register.submit(ref)
    assert [level for level, _ in asked(register)] == ["approval"]


def test_the_comment_is_asked_of_the_figures_that_are_there(register: Register, url: str) -> None:
    ref = open_one(register).ref
    at(url, NOW).ask(ref, "comment")
    assert asked(register) == [("comment", NOW)]
    register.record_figures(ref, pd.DataFrame(columns=FIGURE_COLUMNS))
    assert asked(register) == []
    at(url, NOW + HOUR).ask(ref, "comment")
    register.commented(ref, "report_author")
    assert asked(register) == []
    at(url, NOW + 2 * HOUR).ask(ref, "comment")
    walk(register, register.revision(ref), "submitted")
    assert asked(register) == [], "it is no level of approval"


def test_rework_waits_until_it_is_answered_or_another_revision_follows(register: Register, url: str) -> None:
    ref = open_one(register).ref
    walk(register, register.revision(ref), "submitted")
    say(register, "approval", "reject")
    at(url, NOW + HOUR).return_revision(ref, "")
    assert asked(register) == [("rework", NOW + HOUR)]
    with pytest.raises(RegisterError, match="whose answer is not on record"):
        open_one(register, "run-b")
    register.rework(ref, {}, keep_data=True, who="author")
    assert asked(register) == []
    open_one(register, "run-b")
    assert asked(register) == []


def test_a_review_waits_from_the_delivery_on_where_the_entry_asks_for_one(register: Register, url: str) -> None:
    for run, period, wants in (("run-a", "2026-09", True), ("run-b", "2026-08", False)):
        revision = register.open_revision(
            report="customer_monthly",
            period=period,
            due_at=NOW,
            run=run,
            entry={"entry": {"review": wants}},
            agreement_version="",
            code_version="",
            now=NOW,
        )
        walk(register, revision, "delivered")
    assert asked(register) == [("review_meeting", NOW)]
    review = Review(dt.date(2026, 10, 12), ("report_manager",), "", "", "", "report_manager", NOW)
    item = Item("x", "report_author", dt.date(2026, 11, 1))
    register.record_review(("customer_monthly", "2026-09", 1), review, [item], "Asia/Shanghai")
    assert asked(register) == []


def test_a_removal_is_on_record_once_and_of_sealed_versions_alone(register: Register) -> None:
    ref = open_one(register).ref
    with pytest.raises(RegisterError, match="is open, not sealed"):
        register.remove(ref, "auditor", "over", dt.date(2032, 1, 1))
    walk(register, register.revision(ref), "sealed")
    assert register.removed() == {}
    for who in ("auditor", "another"):
        register.remove(ref, who, "over", dt.date(2032, 1, 1))
    assert list(register.removed()) == [ref]
    event = register.removed()[ref]
    assert (event.who, event.details) == ("auditor", {"reason": "over", "kept_until": "2032-01-01"})
