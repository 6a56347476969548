"""A run that Airflow has no more: the next one has its revision, nobody is asked twice, and no answer is lost."""

import datetime as dt
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import yaml
from itss import steps
from itss.choices import COLLECT, KEEP
from itss.cli import main
from itss.errors import DecisionMissingError, RegisterError, RevisionBusyError
from itss.flow import failures
from itss.steps.answering import Answer, receive, unsettled
from walk import AUTHOR, CHIEF, CLERK, GOOD, KEY, NOW, PERIOD, answer, asked, draft, fail, register, sign, to

REF = (KEY, PERIOD, 1)
FIRST, SECOND = "initial_review", "approval"
LATER = NOW + dt.timedelta(days=40)


def gone(*_asked):
    return "gone"


def ended(*_asked):
    return "ended"


def alive(*_asked):
    return "alive"


def taken(run="run-2", ask_run=gone, **given):
    """The next run, as far as to the question: what its tasks do, whatever was made before."""
    job = steps.open_report(KEY, PERIOD, run, LATER, ask_run=ask_run, **given)
    steps.collect(job, "incident")
    steps.check(job)
    steps.measure(job)
    return job, steps.render(job)


def send(task, who, option="Approve", run="run-1", **given):
    return receive(KEY, run, task, Answer(who["id"], (option,), given), dt.datetime.now(dt.UTC))


def lines(kind):
    return [event for event in register().events(REF) if event.what == kind]


def relist(house, **entry):
    path = house / "list" / "report_list.yaml"
    document = yaml.safe_load(path.read_text())
    document["reports"][0] |= entry
    path.write_text(yaml.safe_dump(document, allow_unicode=True))


@pytest.fixture
def half_signed(mail):
    """The first level has signed, the second has been asked."""
    job, made = draft()
    answer(job, FIRST, CLERK)
    assert steps.ask(job, SECOND) == made["statement_sha256"]
    return made["statement_sha256"]


def test_the_next_run_goes_on_with_what_was_signed_though_the_source_says_otherwise_now(half_signed, house, mail):
    (house / "list" / "log.csv").write_text(GOOD + "INC3,2026-09-03 08:00,2026-09-03 10:00\n")
    before = asked(mail)
    job, made = taken()
    assert (job["revision"], made["statement_sha256"], made["unchanged"]) == (1, half_signed, False)
    revision = register().revision(REF)
    assert (revision.run, revision.state) == ("run-2", "submitted")
    assert [(one.who, one.details["reason"]) for one in lines("failed")] == [
        ("run run-1", "run run-1 is gone from Airflow")
    ]
    assert steps.settle(job, FIRST) == {"answer": "approve"}, "whoever has signed is not asked again"
    assert steps.settle(job, SECOND) is None
    assert [one.level for one in register().asked()] == [SECOND]
    answer(job, SECOND, CHIEF)
    assert asked(mail) == before, "and nobody is notified once more of what they were asked"
    assert steps.release(job) == "deliver"
    steps.deliver(job)
    steps.seal(job)
    assert len(lines("rendered")) == 1
    assert main(["audit", "--all"]) == 0, "the audit takes it as what it is"


def test_an_answer_that_its_task_never_took_is_settled_by_the_next_run(half_signed):
    send(SECOND, CHIEF, comment="well done", content=half_signed)
    job, _ = taken()
    assert unsettled(LATER) == []
    assert steps.settle(job, SECOND) == {"answer": "approve"}
    assert {(one.level, one.who_id, one.comment) for one in register().decisions(REF)} == {
        (FIRST, CLERK["id"], ""),
        (SECOND, CHIEF["id"], "well done"),
    }
    assert steps.release(job) == "deliver"


def test_a_rejection_that_its_task_never_took_sends_it_back_whatever_the_list_says_now(half_signed, house):
    send(SECOND, CHIEF, "Reject", comment="图表缺失", content=half_signed)
    relist(house, retention_years=7)
    job, _ = taken()
    assert steps.is_rejected(job)
    assert steps.release(job, [FIRST, SECOND]) == "return"
    assert steps.return_to_author(job)["comment"] == "图表缺失"
    assert register().revision(REF).state == "returned"


@pytest.mark.parametrize("given", [{"data": COLLECT}, {"data": KEEP, "section_a": "已更正"}])
def test_what_the_author_reworked_starts_the_next_revision(half_signed, given):
    job = steps.job_of_run(KEY, "run-1")
    answer(job, SECOND, CHIEF, "Reject", "no")
    steps.return_to_author(job)
    with pytest.raises(RegisterError, match="whose answer is not on record"):
        taken()
    send("rework", AUTHOR, "OK", **given)
    with pytest.raises(RegisterError, match="whose answer is not on record"):
        taken(ask_run=alive)  # its own task settles it
    job, _ = taken()
    assert (job["revision"], register().revision(REF).state) == (2, "returned")
    assert register().reworked(REF)["keep_data"] is (given["data"] == KEEP)


def test_another_entry_asks_everybody_anew_and_tells_them(half_signed, house):
    send(SECOND, CHIEF, comment="", content=half_signed)
    relist(house, separate_people=False)
    job, made = taken()
    assert made["statement_sha256"] != half_signed
    assert register().decisions(REF) == []
    assert {one.level for one in register().all_decisions(REF)} == {FIRST, SECOND}, "what was answered is on record"
    shown = steps.ask(job, FIRST)
    assert "Signatures given before are void" in steps.brief(job, FIRST, "http://localhost:8080/run")
    with pytest.raises(DecisionMissingError):
        steps.refuse_unanswered(job, SECOND, [])
    assert shown == made["statement_sha256"]


def test_a_draft_that_is_not_whole_is_made_anew(half_signed, house):
    page = house / "var" / "workspace" / KEY / PERIOD / "r01" / "report.html"
    page.write_bytes(page.read_bytes() + b" ")
    job, made = taken()
    assert made["statement_sha256"] != half_signed
    assert steps.settle(job, FIRST) is None


def test_while_its_run_lives_nobody_takes_it_over(half_signed):
    with pytest.raises(RevisionBusyError, match="is submitted in run run-1"):
        taken(ask_run=alive)
    with pytest.raises(OSError, match="did not answer"):
        taken(ask_run=lambda *_: (_ for _ in ()).throw(OSError("did not answer")))
    assert lines("failed") == []


def test_of_two_that_find_the_same_run_gone_one_has_its_revision(half_signed):
    """The faster one takes it over while the other still waits for Airflow's answer, with and without a failure."""

    def overtaken(*asked):
        steps.open_report(KEY, PERIOD, "run-2", LATER, ask_run=gone)
        return gone(*asked)

    with pytest.raises(RevisionBusyError, match="is submitted in run run-2"):
        taken("run-3", ask_run=overtaken)
    assert (register().revision(REF).run, register().revision(REF).state) == ("run-2", "submitted")
    assert [one.who for one in lines("failed")] == ["run run-1"]

    def failed_meanwhile(*asked):
        steps.open_report(KEY, PERIOD, "run-4", LATER, ask_run=gone)
        register().fail(REF, "render: no room")
        return gone(*asked)

    steps.open_report(KEY, PERIOD, "run-5", LATER, ask_run=failed_meanwhile)
    assert register().kept(REF) == "", "run-4 has failed, and nobody has said that it is gone"


def test_a_run_that_has_ended_with_its_revision_open_is_taken_over(half_signed):
    job, _ = taken(ask_run=ended)
    assert steps.settle(job, FIRST) == {"answer": "approve"}


def test_a_run_of_the_same_name_that_began_later_is_another_one(half_signed):
    """A backfill of a day whose run was deleted has the id that the deleted one had."""
    since = []
    job, _ = taken("run-1", ask_run=lambda dag, run, at: since.append((dag, run, at)) or "gone")
    assert since == [(KEY, "run-1", lines("open")[0].at)]
    assert steps.settle(job, FIRST) == {"answer": "approve"}
    assert steps.open_report(KEY, PERIOD, "run-1", LATER, ask_run=alive)["revision"] == 1, "its first task, tried again"
    assert register().kept(REF) == "statement"


def test_what_a_person_wants_anew_is_made_anew(half_signed):
    register().fail(REF, "the source was corrected", who="report_manager")
    _, made = taken()
    assert made["statement_sha256"] != half_signed
    assert register().decisions(REF) == []


def test_one_that_failed_is_made_anew_unless_its_run_is_gone(half_signed):
    job = steps.job_of_run(KEY, "run-1")
    fail(job, SECOND)
    _, made = taken(ask_run=ended)
    assert made["statement_sha256"] != half_signed
    answer(steps.job_of_run(KEY, "run-2"), FIRST, CLERK)
    fail(job, SECOND)
    job, again = taken("run-3")
    assert again["statement_sha256"] == made["statement_sha256"]
    assert steps.settle(job, FIRST) == {"answer": "approve"}


def test_what_has_reached_somebody_goes_on_with_the_very_same_bytes(mail, house):
    job, made = draft()
    sign(job)
    steps.release(job)
    steps.deliver(job)
    received = to(mail)
    relist(house, retention_years=7)
    (house / "list" / "log.csv").write_text(GOOD + "INC3,2026-09-03 08:00,2026-09-03 10:00\n")
    job, again = taken()
    assert again["statement_sha256"] == made["statement_sha256"]
    assert steps.release(job) == "deliver"
    steps.deliver(job)
    steps.seal(job)
    assert to(mail) == received, "nobody gets it twice"
    assert register().revision(REF).state == "sealed"


def test_an_author_who_was_asked_is_not_asked_again(mail, house):
    relist(house, comment=True)
    job = steps.open_report(KEY, PERIOD, "run-1", NOW)
    steps.collect(job, "incident")
    steps.check(job)
    steps.measure(job)
    steps.figures_brief(job)
    send("comment", AUTHOR, "OK", comment="本月无重大事件")
    before = asked(mail)
    (house / "list" / "log.csv").write_text(GOOD + "INC3,2026-09-03 08:00,2026-09-03 10:00\n")
    job = steps.open_report(KEY, PERIOD, "run-2", LATER, ask_run=gone)
    assert register().kept(REF) == "figures"
    assert steps.collect(job, "incident")["rows"] == 2
    steps.check(job)
    steps.measure(job)
    assert steps.settle(job, "comment") == {}
    steps.render(job)
    page = house / "var" / "workspace" / KEY / PERIOD / "r01" / "report.html"
    assert "本月无重大事件" in page.read_text(encoding="utf-8")
    assert asked(mail) == before
    sign(job)
    assert steps.release(job) == "deliver"


@pytest.mark.parametrize("is_reviewed", [True, False])
def test_minutes_that_their_task_never_took_are_on_record(mail, house, is_reviewed):
    relist(house, review=True)
    job, _ = draft()
    sign(job)
    steps.release(job)
    steps.deliver(job)
    if is_reviewed:
        zone = ZoneInfo(register().entry(REF)["entry"]["period"]["timezone"])
        day = register().revision(REF).delivered_at.astimezone(zone).date()
        said = {"held_on": f"{day}", "attendees": ["report_author"], "gaps": "无", "trends": "无", "measures": "无"}
        send("review_meeting", {"id": "report_manager"}, "OK", **said)
    job, _ = taken()
    assert steps.is_reviewed(job) is is_reviewed
    assert ("review_meeting" in [one.level for one in register().asked()]) is not is_reviewed


def test_before_anything_was_measured_it_is_begun_anew(mail):
    job = steps.open_report(KEY, PERIOD, "run-1", NOW)
    steps.collect(job, "incident")
    _, made = taken()
    assert register().kept(REF) == ""
    assert register().revision(REF).statement_sha256 == made["statement_sha256"]


def test_a_run_that_cannot_go_on_is_a_failure_of_which_the_report_manager_is_notified(half_signed, mail):
    """As Airflow calls it: without a task instance, for none has failed."""
    context = {"dag": SimpleNamespace(dag_id=KEY), "run_id": "run-1", "reason": "all_tasks_deadlocked"}
    before = to(mail)
    failures.notify_of_failed_run(context)
    failures.notify_of_failed_run(context)
    assert to(mail) == [*before, "report_manager@example.com"], "once"
    assert register().revision(REF).state == "submitted", "what is asked can be answered still"
    send(SECOND, CHIEF, comment="", content=half_signed)
    job, _ = taken(ask_run=ended)
    assert steps.settle(job, SECOND) == {"answer": "approve"}


def test_of_a_task_that_was_killed_the_report_manager_is_notified_once(half_signed, mail):
    """As the scheduler has it called in the DAG processor: of the task, then of the run, and no mark between them."""
    instance = SimpleNamespace(
        dag_id=KEY,
        task_id="release",
        get_task_states=lambda **_: {"run-1": {"open": "success", "release": "failed"}},
        xcom_pull=lambda **_: None,
    )
    context = {"dag": SimpleNamespace(dag_id=KEY, task_dict={}), "run_id": "run-1", "ti": instance}
    before = to(mail)
    failures.notify_of_failure(context)
    failures.notify_of_failed_run(context)
    assert to(mail) == [*before, "report_manager@example.com"]
    assert register().revision(REF).state == "failed"
