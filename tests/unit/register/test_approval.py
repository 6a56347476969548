from __future__ import annotations

import pytest
from itss.errors import ContentChangedError, DecisionMissingError, RegisterError
from itss.register import Register, Revision
from walking import NOW, answer, draft, leave, open_one, walk

LEVELS = ["initial_review", "approval"]


@pytest.fixture
def submitted(register: Register) -> Revision:
    revision = open_one(register)
    walk(register, revision, "submitted")
    return revision


def test_every_level_must_have_approved_this_statement(register: Register, submitted: Revision) -> None:
    answer(register, submitted, "initial_review")
    with pytest.raises(RegisterError, match="was shown the statement 0000"):
        answer(register, submitted, "approval", content="0" * 64)
    with pytest.raises(RegisterError, match="was shown the statement none"):
        answer(register, submitted, "approval", content=None)
    with pytest.raises(DecisionMissingError, match="approval: has not answered this content") as caught:
        leave(register, submitted, LEVELS)
    assert "initial_review" not in caught.value.what
    assert register.revision(submitted.ref).state == "submitted"
    answer(register, submitted, "approval")
    leave(register, submitted, LEVELS)
    released = register.revision(submitted.ref)
    assert released.state == "released"
    assert released.released_at is not None
    leave(register, submitted, LEVELS)
    assert register.revision(submitted.ref) == released


def test_no_levels_is_not_every_level(register: Register, submitted: Revision) -> None:
    with pytest.raises(DecisionMissingError, match="no approval level"):
        leave(register, submitted, [])


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
        statement_sha256="c" * 64,
    )
    with pytest.raises(DecisionMissingError, match="approval: was answered by nobody named"):
        leave(register, submitted, LEVELS)
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
        statement_sha256="c" * 64,
    )
    (only,) = register.all_decisions(submitted.ref)
    assert (only.answer, only.who_id, only.comment, only.at) == ("approve", "head_of_department", "", NOW)
    said = [event.details["comment"] for event in register.events(submitted.ref) if event.what == "decision_repeated"]
    assert said == ["好的"], "no word of a person is thrown away"


def test_another_answer_to_the_same_content_is_refused(register: Register, submitted: Revision) -> None:
    answer(register, submitted, "approval", "reject")
    with pytest.raises(RegisterError, match="has answered 'reject' to this statement, and now 'approve'"):
        answer(register, submitted, "approval", "approve")
    with pytest.raises(DecisionMissingError, match="has rejected it"):
        leave(register, submitted, ["approval"])


@pytest.mark.parametrize("run", ["run-a", "run-b"])
def test_no_run_gets_round_a_rejection(register: Register, submitted: Revision, run: str) -> None:
    answer(register, submitted, "approval", "reject")
    register.fail(submitted.ref, "return: the mail server is down")
    with pytest.raises(DecisionMissingError, match="approval has rejected it") as caught:
        open_one(register, run)
    assert "Clear notify_author of run run-a" in caught.value.remedy
    assert "python -m itss.register return customer_monthly 2026-09 1" in caught.value.remedy
    with pytest.raises(DecisionMissingError, match="a rejected revision never leaves"):
        draft(register, submitted, "d" * 64)
    register.return_revision(submitted.ref, "again", who="clerk")
    with pytest.raises(RegisterError, match="whose answer is not on record") as unanswered:
        open_one(register, run)
    assert "python -m itss.register rework customer_monthly 2026-09 1" in unanswered.value.remedy
    register.rework(submitted.ref, {"a": "done"}, keep_data=False, who="clerk")
    assert open_one(register, run).number == 2


def test_a_rejection_counts_whatever_another_level_says(register: Register, submitted: Revision) -> None:
    answer(register, submitted, "third", "reject")
    for level in LEVELS:
        answer(register, submitted, level)
    with pytest.raises(DecisionMissingError, match="third has rejected it"):
        leave(register, submitted)
    rejected = register.rejected(submitted.ref)
    assert rejected is not None
    assert (rejected.level, rejected.answer) == ("third", "reject")


def test_only_this_very_statement_leaves_and_with_the_files_of_its_first_release(
    register: Register, submitted: Revision
) -> None:
    for level in LEVELS:
        answer(register, submitted, level)
    with pytest.raises(ContentChangedError, match="is not what was approved"):
        leave(register, submitted, content="d" * 64)
    assert register.released_files(submitted.ref) == {}
    leave(register, submitted)
    assert register.released_files(submitted.ref) == {"report.xlsx": "c" * 64}
    with pytest.raises(ContentChangedError, match=r"other files: page\.html, report\.xlsx"):
        register.release(submitted.ref, LEVELS, statement_sha256="c" * 64, files={"page.html": "0" * 64})
    (line,) = [line for line in register.lines(submitted.ref.path) if line.kind == "released"]
    assert line.details == {"statement_sha256": "c" * 64, "files": {"report.xlsx": "c" * 64}, "witness": ""}


def test_a_voided_statement_is_signed_by_nobody(register: Register, submitted: Revision) -> None:
    answer(register, submitted, "initial_review")
    for _again in range(2):
        register.void(submitted.ref, ["recipients"])
    assert register.revision(submitted.ref).state == "open"
    assert register.revision(submitted.ref).statement_sha256 is None
    assert register.decisions(submitted.ref) == []
    (event,) = [event for event in register.events(submitted.ref) if event.what == "voided"]
    assert event.details == {"changed": ["recipients"], "statement_sha256": "c" * 64}
    draft(register, submitted, "d" * 64)
    register.submit(submitted.ref)
    for level in LEVELS:
        answer(register, submitted, level, content="d" * 64)
    leave(register, submitted, content="d" * 64)
    with pytest.raises(RegisterError, match="cannot become open"):
        register.void(submitted.ref, ["recipients"])


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
    leave(register, submitted, ["approval"])
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
            statement_sha256="c" * 64,
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
        leave(register, submitted, ["initial_review"])


def test_the_steps_cannot_be_skipped(register: Register) -> None:
    revision = open_one(register)
    with pytest.raises(RegisterError, match="must be rendered first"):
        register.submit(revision.ref)
    with pytest.raises(ContentChangedError, match="none is on record"):
        leave(register, revision, LEVELS)
    with pytest.raises(RegisterError, match="must be delivered first"):
        register.seal(revision.ref, "/archive", "5" * 64, NOW)
    with pytest.raises(RegisterError, match="nothing of it may leave"):
        register.record_delivery(revision.ref, "Customer", "c@example.com", "sending", "", "m1", NOW)
    assert register.deliveries(revision.ref) == []
