"""Answers as they arrive: judged at once, one of two counts, settled once, and none is lost or asked for again."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from itss import steps
from itss.choices import COLLECT, KEEP
from itss.errors import AnswerRefusedError, DecisionMissingError, RegisterError
from itss.settings import settings
from itss.steps.answering import Answer, answered, cancel, receive, unsettled
from walk import AUTHOR, CHIEF, CLERK, KEY, NOW, PERIOD, draft, register, sign

REF = (KEY, PERIOD, 1)
FIRST, SECOND = "initial_review", "approval"
CLERK_NAME, CHIEF_NAME, AUTHOR_NAME, MANAGER_NAME = CLERK["id"], CHIEF["id"], AUTHOR["id"], "report_manager"


def send(task, who, option="Approve", run="run-1", **given):
    return receive(KEY, run, task, Answer(who, (option,), given), dt.datetime.now(dt.UTC))


def refused(task, who, option="Approve", **given):
    with pytest.raises(AnswerRefusedError) as caught:
        send(task, who, option, **given)
    error = caught.value
    assert error.said.zh
    assert error.said.en
    return error.status


def lines(kind):
    return [event for event in register().events(REF) if event.what == kind]


@pytest.fixture
def asked(mail):
    """The first level has been asked; the job and the statement that it was shown."""
    job, _ = draft()
    return job, steps.ask(job, FIRST)


def test_an_answer_is_settled_from_the_record_whatever_airflow_hands_over(asked):
    job, shown = asked
    assert [one.level for one in register().asked()] == [FIRST]
    assert steps.settle(job, FIRST) is None
    send(FIRST, CLERK_NAME, comment="well done", content=shown)
    assert register().asked() == [], "it waits for nobody any more"
    assert answered(job, FIRST).comment == "well done"
    assert [one.question for one in unsettled(dt.datetime.now(dt.UTC))] == [FIRST]
    assert unsettled(dt.datetime.now(dt.UTC), dt.timedelta(hours=1)) == []
    other = {"chosen_options": ["Reject"], "params_input": {}, "responded_at": NOW, "responded_by_user": CHIEF}
    assert steps.decide(job, FIRST, other) == {"answer": "approve"}
    assert unsettled(dt.datetime.now(dt.UTC)) == []
    assert [steps.settle(job, FIRST) for _ in range(2)] == [{"answer": "approve"}] * 2
    (decision,) = register().all_decisions(REF)
    assert (decision.who_id, decision.comment, decision.at) == (CLERK_NAME, "well done", lines("answered")[0].at)
    assert len(lines("asked")) == len(lines("answered")) == len(lines("decision")) == 1


def test_of_two_answers_at_the_same_moment_one_counts(asked):
    _, shown = asked

    def click(_):
        try:
            return send(FIRST, CLERK_NAME, comment="", content=shown).number
        except AnswerRefusedError as error:
            return error.status if CLERK_NAME in error.said.zh and CLERK_NAME in error.said.en else 0

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(click, range(8))) == [1, *[409] * 7], "the others are told who has answered"
    assert len(lines("answered")) == 1


def test_who_may_not_answer_is_refused_and_nothing_is_on_record(asked):
    _, shown = asked
    for who in (AUTHOR_NAME, CHIEF_NAME, "", "nobody"):
        assert refused(FIRST, who, content=shown) == 403
    assert refused(SECOND, CHIEF_NAME, content=shown) == 409, "it is not asked yet"
    assert refused("deliver", CLERK_NAME, content=shown) == 404
    with pytest.raises(AnswerRefusedError) as caught:
        send(FIRST, CLERK_NAME, run="another", content=shown)
    assert caught.value.status == 404
    assert lines("answered") == []


def test_an_answer_without_the_content_it_was_given_to_is_refused(asked):
    _, shown = asked
    for content in (None, "", "0" * 64, shown[:-1], [shown], {"sha": shown}):
        assert refused(FIRST, CLERK_NAME, content=content) == 422
    assert refused(FIRST, CLERK_NAME) == 422
    assert refused(FIRST, CLERK_NAME, "Perhaps", content=shown) == 422
    assert refused(FIRST, CLERK_NAME, content=shown, coment="typing error") == 422
    assert refused(FIRST, CLERK_NAME, content=shown, comment=["a"]) == 422
    assert refused(FIRST, CLERK_NAME, content=shown, comment="x" * 10_001) == 422
    assert lines("answered") == []


@pytest.mark.parametrize("comment", [None, "", " \n\t ", "\u200b\u2060\ufeff", "\0", "\u3164"])
def test_a_rejection_says_why(asked, comment):
    job, shown = asked
    assert refused(FIRST, CLERK_NAME, "Reject", content=shown, comment=comment) == 422
    send(FIRST, CLERK_NAME, "Reject", content=shown, comment="the second figure")
    assert steps.settle(job, FIRST) == {"answer": "reject"}
    assert steps.is_rejected(job)


def test_what_airflow_refused_is_taken_back_and_asked_as_before(asked):
    job, shown = asked
    received = send(FIRST, CLERK_NAME, content=shown)
    assert cancel(received, "404: gone")
    assert not cancel(received, "again")
    assert [one.level for one in register().asked()] == [FIRST]
    assert answered(job, FIRST) is None
    again = send(FIRST, CLERK_NAME, content=shown)
    assert again.number == 2
    assert not cancel(received, "late"), "another answer stands in its place"
    steps.settle(job, FIRST)
    assert not cancel(again, "late"), "it is settled"
    assert len(lines("answer_cancelled")) == 1


def test_no_other_answer_and_no_timeout_takes_the_place_of_one_on_record(asked):
    job, shown = asked
    send(FIRST, CLERK_NAME, content=shown)
    steps.expire(job, FIRST)
    assert [one.answer for one in register().all_decisions(REF)] == ["approve"]
    steps.ask(job, SECOND)
    send(SECOND, CHIEF_NAME, content=shown)
    for answer, who in (("expired", None), ("reject", CHIEF), ("approve", CLERK)):
        with pytest.raises(RegisterError, match="That answer counts"):
            register().record_decision(
                REF, level=SECOND, title="", answer=answer, who=who, at=NOW, comment="", statement_sha256=shown
            )


def test_an_answer_to_content_that_is_made_anew_counts_for_nothing(asked):
    job, shown = asked
    send(FIRST, CLERK_NAME, content=shown)
    register().void(REF, ["figures"])
    assert answered(job, FIRST) is None
    steps.render(job)
    now = steps.ask(job, FIRST)
    assert now == shown, "nothing but the signatures was taken away"
    assert steps.settle(job, FIRST) is None
    assert [one.level for one in register().asked()] == [FIRST]
    send(FIRST, CLERK_NAME, content=now)
    assert steps.settle(job, FIRST) == {"answer": "approve"}
    assert register().asked() == []


def test_a_signature_that_was_void_is_given_again_and_asked_for_once_more(mail):
    job, _ = draft()
    sign(job)
    register().void(REF, ["figures"])
    steps.render(job)
    for level, who in ((FIRST, CLERK_NAME), (SECOND, CHIEF_NAME)):
        assert steps.settle(job, level) is None
        send(level, who, content=steps.ask(job, level))
        assert steps.settle(job, level) == {"answer": "approve"}
    assert register().asked() == []
    assert unsettled(dt.datetime.now(dt.UTC)) == []
    assert steps.release(job) == "deliver"


def test_after_a_level_without_an_answer_nobody_is_asked(asked):
    job, shown = asked
    for done, word in (([FIRST], "success"), ([], "skipped")):
        with pytest.raises(DecisionMissingError, match=f"was marked as {word}.*Clear the task initial_review"):
            steps.refuse_unanswered(job, SECOND, done)
    steps.refuse_unanswered(job, FIRST, [])
    send(FIRST, CLERK_NAME, content=shown)
    steps.refuse_unanswered(job, SECOND, [FIRST])
    assert [one.answer for one in register().all_decisions(REF)] == ["approve"], "settled by the level behind it"


def test_a_level_that_may_be_marked_as_done_is_put_on_record_as_that(house, mail):
    relist(house, lambda entry: entry["approval"][0].update(accept_marked_done=True))
    job, _ = draft()
    steps.ask(job, FIRST)
    with pytest.raises(DecisionMissingError, match="marked as skipped"):
        steps.refuse_unanswered(job, SECOND, [])
    steps.refuse_unanswered(job, SECOND, [FIRST])
    assert [(one.level, one.answer) for one in register().all_decisions(REF)] == [(FIRST, "marked_done")]


def relist(house, change):
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    change(document["reports"][0])
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))


def test_the_authors_comment_is_kept_once(house, mail):
    relist(house, lambda entry: entry.update(comment=True))
    job = steps.open_report(KEY, PERIOD, "run-1", NOW)
    steps.collect(job, "incident")
    steps.check(job)
    steps.measure(job)
    assert refused("comment", AUTHOR_NAME, "OK", comment="early") == 409
    steps.figures_brief(job)
    assert refused("comment", CLERK_NAME, "OK", comment="mine") == 403
    assert refused("comment", AUTHOR_NAME, "Approve", comment="mine") == 422
    assert steps.settle(job, "comment") is None
    send("comment", AUTHOR_NAME, "OK", comment="Two servers were replaced")
    assert [steps.settle(job, "comment") for _ in range(2)] == [{"characters": 25}, {}]
    assert refused("comment", AUTHOR_NAME, "OK", comment="again") == 409
    steps.render(job)
    page = Path(settings().var) / "workspace" / KEY / PERIOD / "r01" / "report.html"
    assert "Two servers were replaced" in page.read_text()
    assert len(lines("asked")) == len(lines("commented")) == 1


def test_rework_is_answered_once_and_goes_into_the_next_revision(asked):
    job, shown = asked
    send(FIRST, CLERK_NAME, "Reject", content=shown, comment="why?")
    steps.settle(job, FIRST)
    steps.return_to_author(job)
    assert refused("rework", AUTHOR_NAME, "OK", data="perhaps") == 422
    assert refused("rework", CLERK_NAME, "OK", data=KEEP) == 403
    assert steps.settle(job, "rework") is None
    send("rework", AUTHOR_NAME, "OK", data=COLLECT, section_b="corrected", section_a=None)
    assert [steps.settle(job, "rework") for _ in range(2)] == [{"comments": 1, "keep_data": False}, {}]
    assert len(lines("reworked")) == 1
    assert dict(register().reworked(REF)["comments"]) == {"b": "corrected"}


def test_a_wrong_form_of_the_minutes_is_refused_with_everything_that_is_wrong(house, mail):
    relist(house, lambda entry: entry.update(review=True))
    job, _ = draft()
    sign(job)
    steps.release(job)
    steps.deliver(job)
    today = dt.datetime.now(dt.UTC).date()
    good = {
        "held_on": today.isoformat(),
        "attendees": ["process_manager"],
        "guests": None,
        "gaps": "none",
        "items": [
            {"title": "Add a line | twice", "owner": "report_author", "due_on": f"{today + dt.timedelta(days=9)}"},
            {"title": "", "owner": "", "due_on": ""},
        ],
        "trends": "none",
        "measures": "none",
    }
    with pytest.raises(AnswerRefusedError) as caught:
        send("review_meeting", MANAGER_NAME, "OK", **good | {"gaps": " ", "held_on": "yesterday"})
    assert caught.value.status == 422
    assert len(caught.value.problems) == 2
    kept, problems = register().refused_review(REF)
    assert tuple(problems) == caught.value.problems
    assert kept["items"].startswith("Add a line | twice | report_author | ")
    assert refused("review_meeting", AUTHOR_NAME, "OK", **good) == 403
    send("review_meeting", MANAGER_NAME, "OK", **good)
    assert register().asked() == []
    assert [steps.settle(job, "review_meeting") for _ in range(2)] == [{"attendees": 1, "items": 1}, {}]
    (item,) = register().raised(REF)
    assert (item.title, item.owner) == ("Add a line | twice", "report_author")
    assert refused("review_meeting", MANAGER_NAME, "OK", **good) == 409
