"""A delegate answers for an approver: in their days only, named while the question waits, with four eyes, on record."""

from __future__ import annotations

import datetime as dt
import json
import re
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
import time_machine
import yaml
from itss import steps
from itss.audit.facts import Registered, Version
from itss.audit.files import VersionFiles
from itss.audit.rules import judge
from itss.cli import main as itss
from itss.errors import AnswerRefusedError, DecisionMissingError, NotTheirsError
from itss.ref import Ref
from itss.register.__main__ import main as register_command
from itss.standalone.sink import MailSink
from itss.steps.answerers import judge_person
from itss.steps.answering import Answer, receive
from itss.steps.opened import opened as proven
from walk import CHIEF, CLERK, KEY, NOW, PERIOD, answer, connect, draft, register, to
from walk_house import lay_out

DEPUTY = {"id": "deputy", "name": "deputy"}
FIRST, LAST = dt.date(2026, 10, 2), dt.date(2026, 10, 5)
REF = Ref(KEY, PERIOD, 1)
ZONE = dt.timezone(dt.timedelta(hours=8))


def relist(house: Path, *delegates: dict[str, object], is_reviewed: bool = False) -> None:
    """Edit the list: a deputy in it, and these delegates."""
    path = house / "list" / "report_list.yaml"
    document = yaml.safe_load(path.read_text())
    document["reports"][0]["period"]["timezone"] = "Asia/Shanghai"
    document["people"]["deputy"] = {
        "title": {"zh-CN": "副手", "en": "Deputy"},
        "email": "deputy@example.com",
        "user": "deputy",
    }
    document["reports"][0]["review"] = is_reviewed
    document["delegates"] = list(delegates)
    path.write_text(yaml.safe_dump(document, allow_unicode=True))
    assert itss(["check", "--list", str(path)]) == 0


def away(who: str, since: dt.date = FIRST, until: dt.date = LAST) -> dict[str, object]:
    return {"for": who, "to": "deputy", "from": since, "until": until, "reason": "annual leave"}


def decide(job, level, who, at):
    payload = {
        "chosen_options": ["Approve"],
        "params_input": {"comment": None, "content": steps.ask(job, level)},
        "responded_at": at,
        "responded_by_user": who,
    }
    return steps.decide(job, level, payload)


def test_named_while_the_question_waits_a_delegate_is_asked_and_answers(mail, house):
    job, _ = draft()
    steps.ask(job, "initial_review")
    assert steps.approvers(job, "initial_review") == [CLERK["id"]]
    with pytest.raises(NotTheirsError, match="answered by deputy, not by head_of_department"):
        answer(job, "initial_review", DEPUTY)
    relist(house, away(CLERK["id"]))
    assert steps.approvers(job, "initial_review") == [CLERK["id"], "deputy"]
    assert steps.approvers(job, "approval") == [CHIEF["id"]]
    answer(job, "initial_review", DEPUTY)
    (decision,) = register().decisions(REF)
    assert (decision.who_id, decision.on_behalf) == ("deputy", CLERK["id"])
    assert decision.delegation == {
        "to": "deputy",
        "user": "deputy",
        "address": "deputy@example.com",
        "title": "Deputy",
        "from": "2026-10-02",
        "until": "2026-10-05",
        "reason": "annual leave",
    }


def test_the_days_are_those_of_the_reports_zone(mail, house):
    relist(house, away(CLERK["id"]))
    job, _ = draft()
    for at in (dt.datetime(2026, 10, 1, 15, 59, 59, tzinfo=dt.UTC), dt.datetime(2026, 10, 5, 16, tzinfo=dt.UTC)):
        day = at.astimezone(ZONE).date()
        with pytest.raises(NotTheirsError, match=f"on {day}, who is a delegate on other days only") as refused:
            decide(job, "initial_review", DEPUTY, at)
        assert "2026-10-02 – 2026-10-05" in str(refused.value)
        assert "2026-10-02 – 2026-10-05" in refused.value.zh
    assert register().decisions(REF) == []
    opened, record = proven(job)
    for at in (dt.datetime(2026, 10, 1, 16, tzinfo=dt.UTC), dt.datetime(2026, 10, 5, 15, 59, 59, tzinfo=dt.UTC)):
        assert judge_person(opened, record, opened.entry.approval[0], "deputy", at) == CLERK["id"]
        assert decide(job, "initial_review", DEPUTY, at) == {"answer": "approve"}


def test_a_delegate_who_is_taken_out_of_the_list_answers_nothing_any_more(mail, house):
    relist(house, away(CLERK["id"]))
    job, _ = draft()
    relist(house)
    with pytest.raises(DecisionMissingError, match="not by head_of_department"):
        answer(job, "initial_review", DEPUTY)


def test_what_was_taken_in_is_settled_whatever_the_list_says_then(mail, house):
    relist(house, away(CLERK["id"]))
    job, made = draft()
    steps.ask(job, "initial_review")
    sent = Answer("deputy", ("Approve",), {"comment": None, "content": made["statement_sha256"]})
    given = receive(KEY, "run-1", "initial_review", sent, NOW)
    relist(house)  # before the task goes on
    assert steps.settle(job, "initial_review") == {"answer": "approve"}
    (decision,) = register().decisions(REF)
    assert (decision.who_id, decision.on_behalf, decision.delegation) == ("deputy", CLERK["id"], given.delegation)
    assert decision.delegation["until"] == LAST.isoformat()
    with pytest.raises(AnswerRefusedError, match="answered by deputy") as refused:
        receive(KEY, "run-1", "approval", sent, NOW)
    assert refused.value.status == 403
    assert "deputy" in refused.value.said.zh


def test_one_delegate_signs_no_two_levels(mail, house):
    relist(house, away(CLERK["id"]))
    job, _ = draft()
    answer(job, "initial_review", DEPUTY)
    relist(house, away(CHIEF["id"]))  # with both, the list itself is refused
    with pytest.raises(NotTheirsError, match="each level needs somebody else"):
        answer(job, "approval", DEPUTY)


def test_nobody_signs_a_second_level_for_who_signed_the_first(mail, house):
    """The list of today is sound: it names the head of department no more, who has signed the first level."""
    relist(house)
    job, _ = draft()
    answer(job, "initial_review", CLERK)
    path = house / "list" / "report_list.yaml"
    document = yaml.safe_load(path.read_text())
    document["reports"][0]["approval"][0]["approvers"] = ["report_manager"]
    document["delegates"] = [away(CHIEF["id"]) | {"to": CLERK["id"]}]
    path.write_text(yaml.safe_dump(document, allow_unicode=True))
    assert itss(["check", "--list", str(path)]) == 0
    with pytest.raises(NotTheirsError, match="each level needs somebody else"):
        answer(job, "approval", CLERK)
    answer(job, "approval", CHIEF)


def test_the_author_signs_for_nobody(mail, house):
    """Who is the author of the revision as it was opened, though not of the entry of today."""
    relist(house)
    job, _ = draft()
    path = house / "list" / "report_list.yaml"
    document = yaml.safe_load(path.read_text())
    document["reports"][0]["author"] = "report_manager"
    document["delegates"] = [away(CLERK["id"]) | {"to": "report_author"}]
    path.write_text(yaml.safe_dump(document, allow_unicode=True))
    assert itss(["check", "--list", str(path)]) == 0
    with pytest.raises(DecisionMissingError, match="answered by report_author, not by head_of_department"):
        answer(job, "initial_review", {"id": "report_author", "name": "report_author"})


def test_a_delegate_who_rejects_is_named_with_whom_they_stand_in_for(mail, house):
    relist(house, away(CLERK["id"]))
    job, _ = draft()
    answer(job, "initial_review", DEPUTY, "Reject", "wrong")
    assert steps.release(job) == "return"
    told = steps.return_to_author(job)["told"]
    assert "deputy (for Head of department, 2026-10-02 to 10-05)" in told.replace("\\", "")
    assert sorted(to(mail)) == ["report_author@example.com", "report_manager@example.com"]
    messages = [message_from_bytes(path.read_bytes(), policy=default) for path in mail.mails()]
    returned = [one for one in messages if one["Message-ID"].startswith("<returned.")]
    assert len(returned) == 2
    for one in returned:
        assert "deputy (for Head of department, 2026-10-02 to 10-05)" in one.get_body(("html",)).get_content()


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    """The archive of a revision that a deputy has signed; the register beside it is that of the environment."""
    with pytest.MonkeyPatch.context() as environment:
        house = lay_out(tmp_path_factory.mktemp("deputy"), environment)
        with MailSink(house / "mail") as sink, time_machine.travel(NOW):
            connect(environment, sink.port)
            relist(house, away(CLERK["id"]))
            job, _ = draft()
            sent = {"comment": None, "content": steps.ask(job, "initial_review")}
            receive(KEY, "run-1", "initial_review", Answer("deputy", ("Approve",), sent), NOW)
            steps.settle(job, "initial_review")
            relist(house)  # what was signed stays signed
            answer(job, "approval", CHIEF)
            assert steps.release(job) == "deliver"
            steps.deliver(job)
            archive = Path(steps.seal(job)["archive"])
        yield archive


def test_sheet_mails_archive_and_audit_name_both(sealed, capsys):
    folder = sealed
    said = "Deputy deputy (for Head of department, 2026-10-02 to 10-05)"
    assert said in (folder / "released" / "sign_off.html").read_text()
    letters = [path.read_text() for path in (folder / "released" / "mails").glob("*.html")]
    assert letters
    assert all("Deputy (deputy) (for Head of department, 2026-10-02 to 10-05), 2026-10-02" in one for one in letters)
    first, second = json.loads((folder / "decisions.json").read_text())
    assert (first["who_id"], first["on_behalf"], first["delegation"]["until"]) == (
        "deputy",
        CLERK["id"],
        "2026-10-05",
    )
    assert "on_behalf" not in second
    assert itss(["audit", "--all"]) == 0, capsys.readouterr().out
    assert register_command(["rebuild", "--check"]) == 0


FORGED = {
    "for somebody who is no approver": ({"on_behalf": "report_manager"}, "report_manager, who is no approver of it"),
    "by another person": ({"user": "intruder"}, "intruder stands in for head_of_department, and not deputy"),
    "before its first day": ({"from": "2026-10-03"}, "on 2026-10-02, but does so from 2026-10-03"),
    "after its last day": ({"until": "2026-10-01"}, "on 2026-10-02, but does so from 2026-10-02 to 2026-10-01"),
    "without its days": ({"from": None, "until": None}, "does so from None to None"),
    "by nothing": ({"on_behalf": ""}, "should be head_of_department, and is deputy"),
}


@pytest.mark.parametrize(("change", "said"), FORGED.values(), ids=FORGED.keys())
def test_a_forged_delegation_is_found(sealed, change, said):
    found = forged(sealed, change)
    assert any(said in one for one in found["named_approver"])
    assert found["documents_on_record"]
    assert found["as_answered"]


def test_a_delegate_who_is_an_approver_of_another_level_is_found(sealed):
    found = forged(sealed, {"address": f"{CHIEF['id']}@example.com"})
    assert found["separate_people"] == [f"approval: {CHIEF['id']} has approved initial_review as well"]


def forged(folder: Path, change: dict[str, object]) -> dict[str, list[str]]:
    """What is wrong, by rule, where the line of the deputy's answer says something else of its delegation."""
    lines = list(register().lines(REF.path))
    for line in lines:
        if line.kind == "decision" and line.details["level"] == "initial_review":
            if "on_behalf" in change:
                line.details["on_behalf"] = change["on_behalf"]
            line.details["delegation"] |= change
    revision = register().revision(REF)
    version = Version(
        REF, VersionFiles(folder), told=tuple(lines), registered=Registered(revision.manifest_sha256, None)
    )
    return {one.rule.id: [what.en for what in one.wrong] for one in judge(version) if one.wrong}


def test_a_reviewers_delegate_writes_the_minutes(mail, house, capsys):
    now = dt.datetime.now(dt.UTC)
    today = now.astimezone(ZONE).date()
    relist(house, away("report_manager", today, today), is_reviewed=True)
    job, _ = draft()
    answer(job, "initial_review", CLERK)
    answer(job, "approval", CHIEF)
    steps.release(job)
    steps.deliver(job)
    assert steps.reviewers(job) == [CLERK["id"], CHIEF["id"], "report_manager", "deputy"]
    form = {"held_on": str(today), "attendees": ["process_manager"], "gaps": "-", "trends": "-", "measures": "-"}
    sent = Answer("deputy", ("OK",), form | {"guests": None, "items": None})
    receive(KEY, "run-1", "review_meeting", sent, now)
    relist(house, is_reviewed=True)  # before the task goes on
    steps.settle(job, "review_meeting")
    steps.send_minutes(job)
    folder = Path(steps.seal(job)["archive"])
    review = json.loads((folder / "review.json").read_text())
    assert (review["who"], review["on_behalf"], review["delegation"]["title"]) == ("deputy", "report_manager", "Deputy")
    page = (folder / "minutes.html").read_text()
    assert re.search(rf"Deputy \(for Service report manager, {today} to {today:%m-%d}\), {today:%Y}", page)
    assert itss(["audit", "--all"]) == 0, capsys.readouterr().out
