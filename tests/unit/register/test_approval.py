from __future__ import annotations

import pytest
from itss.errors import DecisionMissingError, RegisterError
from itss.register import Register, Revision
from walking import NOW, answer, open_one, walk

LEVELS = ["initial_review", "approval"]


@pytest.fixture
def submitted(register: Register) -> Revision:
    revision = open_one(register)
    walk(register, revision, "submitted")
    return revision


def test_every_level_must_have_approved_this_content(register: Register, submitted: Revision) -> None:
    answer(register, submitted, "initial_review")
    answer(register, submitted, "approval", content="0" * 64)
    with pytest.raises(DecisionMissingError, match="approval: has not answered this content") as caught:
        register.release(submitted.ref, LEVELS)
    assert "initial_review" not in caught.value.what
    assert register.revision(submitted.ref).state == "submitted"
    answer(register, submitted, "approval")
    register.release(submitted.ref, LEVELS)
    released = register.revision(submitted.ref)
    assert released.state == "released"
    assert released.released_at is not None
    register.release(submitted.ref, LEVELS)
    assert register.revision(submitted.ref) == released


def test_no_levels_is_not_every_level(register: Register, submitted: Revision) -> None:
    with pytest.raises(DecisionMissingError, match="no approval level"):
        register.release(submitted.ref, [])


def test_an_answer_that_names_nobody_is_kept_but_does_not_count(register: Register, submitted: Revision) -> None:
    answer(register, submitted, "initial_review")
    register.record_decision(
        submitted.ref,
        level="approval",
        title="审批",
        answer="approve",
        who=None,
        at=NOW,
        comment="",
        content_sha256="c" * 64,
    )
    with pytest.raises(DecisionMissingError, match="approval: was answered by nobody named"):
        register.release(submitted.ref, LEVELS)
    assert [item.who_id for item in register.decisions(submitted.ref)] == ["head_of_department", None]


def test_the_same_answer_again_is_the_same_answer(register: Register, submitted: Revision) -> None:
    answer(register, submitted, "approval")
    answer(register, submitted, "approval")
    register.record_decision(
        submitted.ref,
        level="approval",
        title="审批",
        answer="approve",
        who={"id": "management_representative", "name": ""},
        at=NOW,
        comment="好的",
        content_sha256="c" * 64,
    )
    (only,) = register.all_decisions(submitted.ref)
    assert (only.answer, only.who_id, only.comment, only.at) == ("approve", "head_of_department", "", NOW)
    said = [event.details["comment"] for event in register.events(submitted.ref) if event.what == "decision_repeated"]
    assert said == ["好的"], "no word of a person is thrown away"


def test_another_answer_to_the_same_content_is_refused(register: Register, submitted: Revision) -> None:
    answer(register, submitted, "approval", "reject")
    with pytest.raises(RegisterError, match="has answered 'reject' to this content, and now 'approve'"):
        answer(register, submitted, "approval", "approve")
    with pytest.raises(DecisionMissingError, match="has rejected it"):
        register.release(submitted.ref, ["approval"])


def test_a_run_that_took_over_asks_anew(register: Register, submitted: Revision) -> None:
    answer(register, submitted, "approval", "reject")
    register.fail(submitted.ref, "return: the mail server is down")
    taken = open_one(register, "run-b")
    walk(register, taken, "submitted")
    answer(register, taken, "approval", "approve")
    register.release(taken.ref, ["approval"])
    assert [item.answer for item in register.all_decisions(taken.ref)] == ["reject", "approve"]


def test_an_unknown_answer_and_a_wrong_moment_are_refused(register: Register, submitted: Revision) -> None:
    with pytest.raises(RegisterError, match="'maybe' is no answer"):
        answer(register, submitted, "approval", "maybe")
    walk(register, submitted, "sealed")
    with pytest.raises(RegisterError, match="is sealed; level third is not asked now"):
        answer(register, submitted, "third")
    answer(register, submitted, "approval")  # what is on record may be told again at any time


def test_an_answer_is_kept_even_while_the_run_counts_as_failed(register: Register, submitted: Revision) -> None:
    register.fail(submitted.ref, "approval: the worker was killed")
    answer(register, submitted, "approval")
    register.release(submitted.ref, ["approval"])
    assert register.revision(submitted.ref).state == "released"


def test_an_instant_without_a_zone_is_refused(register: Register, submitted: Revision) -> None:
    with pytest.raises(RegisterError, match="2026-10-01T06:00:00 has no time zone"):
        register.record_decision(
            submitted.ref,
            level="approval",
            title="审批",
            answer="approve",
            who={"id": "management_representative"},
            at=NOW.replace(tzinfo=None),
            comment="",
            content_sha256="c" * 64,
        )
    assert register.all_decisions(submitted.ref) == []


def test_returning_needs_a_rejection(register: Register, submitted: Revision) -> None:
    answer(register, submitted, "initial_review")
    with pytest.raises(DecisionMissingError, match="rejected by nobody"):
        register.return_revision(submitted.ref, "")
    answer(register, submitted, "approval", "reject")
    for _again in range(2):
        register.return_revision(submitted.ref, "第三节缺少原因")
    assert [event.what for event in register.events(submitted.ref)].count("returned") == 1
    with pytest.raises(RegisterError, match="is returned and cannot become released"):
        register.release(submitted.ref, ["initial_review"])


def test_the_steps_cannot_be_skipped(register: Register) -> None:
    revision = open_one(register)
    with pytest.raises(RegisterError, match="must be rendered first"):
        register.submit(revision.ref)
    with pytest.raises(DecisionMissingError):
        register.release(revision.ref, LEVELS)
    with pytest.raises(RegisterError, match="must be delivered first"):
        register.seal(revision.ref, "/archive", "5" * 64, NOW)
    with pytest.raises(RegisterError, match="nothing of it may leave"):
        register.record_delivery(revision.ref, "Customer", "c@example.com", "sending", "", "m1", NOW)
    assert register.deliveries(revision.ref) == []
