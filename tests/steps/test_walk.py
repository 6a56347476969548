"""The eight steps as plain functions, with a real register, a real mail server and a real archive on disk."""

import json
import shutil
from pathlib import Path

import pytest
import yaml
from itss import steps
from itss.audit.seals import verify
from itss.choices import KEEP
from itss.errors import (
    ContentChangedError,
    DataRefusedError,
    DecisionMissingError,
    DeliveryError,
    ItssError,
    PeriodError,
    RegisterError,
)
from itss.settings import settings
from itss.standalone.sink import MailSink
from walk import CHIEF, CLERK, GOOD, KEY, NOW, PERIOD, answer, connect, draft, fail, register, rework, sign, to


def test_signed_report_reaches_everyone_once_and_is_sealed(mail):
    job, made = draft()
    assert not made["unchanged"]
    sign(job)
    assert steps.release(job) == "deliver"
    steps.deliver(job)
    steps.deliver(job)  # the task is tried again
    assert sorted(to(mail)) == ["process_manager@example.com", "report_manager@example.com"]
    sealed = steps.seal(job)
    assert steps.seal(job) == sealed
    assert verify(Path(sealed["archive"]), sealed["manifest_sha256"]) == []
    assert register().revision((KEY, PERIOD, 1)).state == "sealed"
    decisions = json.loads((Path(sealed["archive"]) / "decisions.json").read_text())
    assert [(d["level"], d["who_id"]) for d in decisions] == [
        ("initial_review", CLERK["id"]),
        ("approval", CHIEF["id"]),
    ]


def test_unchanged_content_asks_and_mails_nobody(mail):
    job, _ = draft()
    sign(job)
    steps.release(job)
    steps.deliver(job)
    steps.seal(job)
    again, made = draft("run-2")
    assert made["unchanged"]
    assert len(to(mail)) == 2
    assert [r.state for r in register().revisions(KEY, PERIOD)] == ["sealed", "unchanged"]
    assert again["revision"] == 2


def test_changed_figures_are_a_corrected_revision(mail, house):
    job, _ = draft()
    sign(job)
    steps.release(job)
    steps.deliver(job)
    steps.seal(job)
    (house / "list" / "log.csv").write_text(GOOD + "INC3,2026-09-03 08:00,\n")
    again, made = draft("run-2")
    assert not made["unchanged"]
    sign(again)
    steps.release(again)
    steps.deliver(again)
    manifest = json.loads((Path(steps.seal(again)["archive"]) / "manifest.json").read_text())
    assert manifest["previous_manifest_sha256"] == register().revision((KEY, PERIOD, 1)).manifest_sha256


@pytest.mark.parametrize(
    "who",
    [None, {"id": "report_author", "name": "report_author"}, CHIEF],
    ids=["nobody", "the author", "another level's approver"],
)
def test_an_answer_of_somebody_else_counts_for_nothing(mail, who):
    job, _ = draft()
    with pytest.raises(DecisionMissingError, match="Initial review"):
        answer(job, "initial_review", who)
    answer(job, "approval", CHIEF)
    with pytest.raises(DecisionMissingError, match="initial_review"):
        steps.release(job)
    assert to(mail) == []


def test_an_answer_to_another_content_counts_for_nothing(mail):
    job, made = draft()
    steps.ask(job, "initial_review")
    payload = {"chosen_options": ["Approve"], "responded_at": NOW, "responded_by_user": CLERK}
    for given in ({"content": ""}, {"content": "0" * 64}, {"content": None}, {"content": [made]}, {}):
        with pytest.raises(DecisionMissingError, match="the question showed"):
            steps.decide(job, "initial_review", payload | {"params_input": {"comment": None} | given})
    assert register().decisions((KEY, PERIOD, 1)) == []
    now = {"comment": None, "content": made["statement_sha256"]}
    assert steps.decide(job, "initial_review", payload | {"params_input": now}) == {"answer": "approve"}


def test_a_file_changed_after_approval_does_not_leave(mail):
    job, _ = draft()
    sign(job)
    page = Path(settings().var) / "workspace" / KEY / PERIOD / "r01" / "report.html"
    page.write_text(page.read_text() + " ")
    with pytest.raises(ContentChangedError, match=r"report\.html"):
        steps.release(job)
    assert to(mail) == []


def test_rejection_goes_to_author_and_report_manager_only(mail):
    job, _ = draft()
    answer(job, "initial_review", CLERK, "Reject", "数字有误")
    assert steps.release(job) == "return"
    assert steps.return_to_author(job)["comment"] == "数字有误"
    assert sorted(to(mail)) == ["report_author@example.com", "report_manager@example.com"]
    assert register().revision((KEY, PERIOD, 1)).state == "returned"
    with pytest.raises(ItssError, match="rework"):
        draft("run-2")  # first the author answers
    rework(job)
    assert draft("run-2")[0]["revision"] == 2


def test_a_rejection_is_notified_once_and_a_refused_address_keeps_nothing_back(house, monkeypatch):
    with MailSink(house / "mail", refused=["report_author@example.com"]) as sink:
        connect(monkeypatch, sink.port)
        job, _ = draft()
        answer(job, "initial_review", CLERK, "Reject", "数字有误")
        steps.release(job)
        for _ in range(2):
            steps.return_to_author(job)
            assert register().revision((KEY, PERIOD, 1)).state == "returned"
            assert to(sink) == ["report_manager@example.com"]
    told = {one.address: one.status for one in register().notices(KEY, PERIOD, kind="returned")}
    assert told == {"report_author@example.com": "refused", "report_manager@example.com": "accepted"}


def test_a_rejection_waits_for_a_mail_server_that_is_away(house, monkeypatch):
    with MailSink(house / "mail") as sink:
        port = sink.port
    connect(monkeypatch, port)
    job, _ = draft()
    answer(job, "initial_review", CLERK, "Reject", "数字有误")
    steps.release(job)
    steps.return_to_author(job)
    assert register().revision((KEY, PERIOD, 1)).state == "returned", "its author finds it in Airflow"
    with MailSink(house / "mail") as sink:
        connect(monkeypatch, sink.port)
        steps.return_to_author(job)
        assert to(sink) == ["report_author@example.com", "report_manager@example.com"]


def test_critical_data_stops_on_record_and_goes_on_after_the_repair(mail, house):
    (house / "list" / "log.csv").write_text(GOOD + "INC3,2026-09-03 08:00,2026-09-02 08:00\n")
    job = steps.open_report(KEY, PERIOD, "run-1", NOW)
    steps.collect(job, "incident")
    with pytest.raises(DataRefusedError, match="INC3"):
        steps.check(job)
    fail(job, "check")
    found = register().findings((KEY, PERIOD, 1))
    assert [f.rule for f in found if f.severity != "info"] == ["resolved_at_not_before_opened_at"]
    assert to(mail) == ["report_manager@example.com"]
    (house / "list" / "log.csv").write_text(GOOD)
    repaired, made = draft()
    assert (repaired["revision"], made["unchanged"]) == (1, False)


def test_mail_server_down_loses_nothing(house, monkeypatch):
    with MailSink(house / "mail") as sink:
        port = sink.port
    connect(monkeypatch, port)
    job, _ = draft()
    sign(job)
    steps.release(job)
    with pytest.raises(DeliveryError, match=r"process_manager@example\.com"):
        steps.deliver(job)
    fail(job, "deliver")  # cannot tell anybody by mail; must not raise
    with MailSink(house / "mail") as sink:
        connect(monkeypatch, sink.port)
        steps.deliver(job)
        assert len(to(sink)) == 2
    steps.seal(job)


def test_what_was_submitted_keeps_its_entry(mail, house):
    job, _ = draft()
    steps.ask(job, "initial_review")
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    document["reports"][0]["distribution"]["recipients"] = ["data_provider"]
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))
    sign(job)
    steps.release(job)
    steps.deliver(job)
    assert sorted(to(mail)) == ["process_manager@example.com", "report_manager@example.com"]


def test_a_period_that_is_not_over_is_not_opened(house):
    with pytest.raises(PeriodError, match="not over"):
        steps.open_report(KEY, "2026-10", "run-1", NOW)


@pytest.mark.parametrize("lost", ["list", "workspace", "register"])
def test_a_failure_is_told_whatever_else_is_lost(mail, house, lost):
    job = steps.open_report(KEY, PERIOD, "run-1", NOW)
    if lost == "list":
        (house / "list" / "report_list.yaml").write_text("reports: [")
    elif lost == "workspace":
        shutil.rmtree(house / "var" / "workspace")
    else:
        (house / "var" / "register.sqlite").write_bytes(b"no database")
    fail(job, "check")
    assert to(mail) == ["report_manager@example.com"]


def relist(house, **level):
    """Change the first level of the list, whose people may then be those of the other one, too."""
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    document["reports"][0]["approval"][0] |= level
    document["reports"][0]["separate_people"] = False
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))


def test_a_task_marked_as_done_releases_nothing_where_approvers_are_named(mail):
    job, _ = draft()
    steps.ask(job, "initial_review")  # and somebody marks its task as done
    answer(job, "approval", CHIEF)
    with pytest.raises(DecisionMissingError, match="initial_review: its task was marked as done, which is no answer"):
        steps.release(job, ["initial_review", "approval"])
    assert to(mail) == []
    answer(job, "initial_review", CLERK)  # asked again, and answered
    assert steps.release(job, ["initial_review", "approval"]) == "deliver"


@pytest.mark.parametrize(
    "level", [{"approvers": []}, {"accept_marked_done": True}], ids=["nobody named", "by the entry"]
)
def test_a_task_marked_as_done_is_put_on_record_where_the_entry_accepts_it(mail, house, level):
    relist(house, **level)
    job, _ = draft()
    answer(job, "approval", CHIEF)
    with pytest.raises(DecisionMissingError, match="initial_review: has not answered"):
        steps.release(job, ["approval"])
    assert steps.release(job, ["initial_review", "approval"]) == "deliver"
    said = {decision.level: decision for decision in register().decisions((KEY, PERIOD, 1))}["initial_review"]
    assert (said.answer, said.who_id, said.comment) == ("marked_done", None, "marked done, no named answer")


def test_a_level_that_names_nobody_is_answered_by_anybody_but_the_author(mail, house):
    relist(house, approvers=[])
    job, _ = draft()
    with pytest.raises(DecisionMissingError, match="answered by report_author, not by anybody but the author"):
        answer(job, "initial_review", {"id": "report_author", "name": "report_author"})
    answer(job, "initial_review", {"id": "deputy", "name": "deputy"})
    answer(job, "approval", CHIEF)
    assert steps.release(job, ["initial_review", "approval"]) == "deliver"


def test_a_question_that_nobody_answers_expires_and_approves_nothing(mail):
    job, _ = draft()
    steps.ask(job, "initial_review")
    assert [(item.ref, item.level) for item in register().asked()] == [((KEY, PERIOD, 1), "initial_review")]
    with pytest.raises(DecisionMissingError, match="Initial review: nobody answered within 30 days"):
        steps.expire(job, "initial_review")
    assert register().asked() == []
    answer(job, "approval", CHIEF)
    with pytest.raises(DecisionMissingError, match="initial_review: did not answer in time"):
        steps.release(job, ["initial_review", "approval"])
    answer(job, "initial_review", CLERK)
    assert steps.release(job, ["initial_review", "approval"]) == "deliver"
    asked = [event.details["answer"] for event in register().events((KEY, PERIOD, 1)) if event.what == "decision"]
    assert asked == ["expired", "approve", "approve"], "that it once expired stays in the log"


def test_a_backfill_is_built_checked_and_archived_and_neither_asks_nor_mails(mail):
    job = steps.open_report(KEY, PERIOD, "backfill", NOW, backfill=True)
    steps.collect(job, "incident")
    steps.check(job)
    steps.measure(job)
    assert not steps.render(job)["unchanged"]
    assert steps.release(job) == "archive"
    archive = Path(steps.seal(job)["archive"])
    assert "Made afterwards for the archive" in (archive / "report.html").read_text()
    assert json.loads((archive / "manifest.json").read_text())["facts"]["archive_only"] is True
    assert (to(mail), register().decisions((KEY, PERIOD, 1))) == ([], [])
    assert register().published_history(KEY).empty, "what went to nobody was not published"
    with pytest.raises(RegisterError, match="nothing of it may leave"):
        steps.deliver(job)
    again, made = draft("run-2")
    assert not made["unchanged"], "a report that lies in the archive alone is still to be issued"
    sign(again)
    assert steps.release(again) == "deliver"
    steps.deliver(again)
    assert b"corrected" not in b"".join(map(Path.read_bytes, mail.mails())), "nobody had it before"
    steps.seal(again)
    assert [one.state for one in register().revisions(KEY, PERIOD)] == ["sealed", "sealed"]


def test_a_backfill_of_an_entry_that_wants_all_of_it_is_a_report_like_any_other(mail, house):
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    document["reports"][0]["on_backfill"] = "full"
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))
    job = steps.open_report(KEY, PERIOD, "backfill", NOW, backfill=True)
    assert job["archive_only"] is False


def test_nothing_is_archived_before_it_was_delivered(mail, house):
    """Somebody may mark the tasks before the seal as done."""
    job, _ = draft()
    sign(job)
    with pytest.raises(RegisterError, match="is submitted; it is not archived"):
        steps.seal(job)
    steps.release(job)
    with pytest.raises(RegisterError, match="is released; it is not archived"):
        steps.seal(job)
    assert not (house / "var" / "archive").exists()


def returned(mail):
    job, _ = draft()
    answer(job, "initial_review", CLERK, "Reject", "section b: why?")
    assert steps.release(job) == "return"
    assert "section b: why?" in steps.return_to_author(job)["told"]
    return job


def test_the_authors_answers_stand_in_the_next_revision_and_before_its_approvers(mail, house):
    job = returned(mail)
    with pytest.raises(DecisionMissingError, match="head_of_department, not by the author report_author"):
        steps.rework(job, {"params_input": {}, "responded_at": NOW, "responded_by_user": CLERK})
    assert rework(job, section_b="Two <b>printers</b> were replaced") == {"comments": 1, "keep_data": False}
    (house / "list" / "log.csv").write_text(GOOD + "INC3,2026-09-03 08:00,2026-09-03 10:00\n")
    again, made = draft("run-2")
    assert (again["revision"], made["unchanged"]) == (2, False)
    folder = settings().var / "workspace" / KEY / PERIOD / "r02"
    assert "Two &lt;b&gt;printers&lt;/b&gt; were replaced" in (folder / "report.html").read_text()
    told = steps.brief(again, "initial_review", "http://localhost:8080/run")
    assert "printers" in told
    assert "<b>" not in told
    assert json.loads((folder / "data" / "incident.json").read_text())["rows"] == 3
    assert register().asked() == [], "it starts at the first level, which was not asked yet"
    with pytest.raises(DecisionMissingError, match="initial_review: has not answered this content; approval: has not"):
        steps.release(again)


def test_kept_data_are_the_very_files_of_the_revision_before(mail, house):
    job = returned(mail)
    rework(job, data=KEEP)
    (house / "list" / "log.csv").write_text(GOOD + "INC3,2026-09-03 08:00,2026-09-03 10:00\n")
    draft("run-2")
    first, second = (settings().var / "workspace" / KEY / PERIOD / name for name in ("r01", "r02"))
    for name in ("data/incident.parquet", "data/incident.json", "sql/incident.sql"):
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_kept_data_that_somebody_changed_are_refused(mail):
    job = returned(mail)
    rework(job, data=KEEP)
    kept = settings().var / "workspace" / KEY / PERIOD / "r01" / "data" / "incident.parquet"
    kept.write_bytes(kept.read_bytes() + b" ")
    with pytest.raises(ContentChangedError, match="is not what was collected"):
        draft("run-2")


def test_any_number_of_rounds(mail):
    for number in range(1, 4):
        job, _ = draft(f"run-{number}")
        answer(job, "initial_review", CLERK)
        answer(job, "approval", CHIEF, "Reject", f"round {number}")
        steps.release(job)
        steps.return_to_author(job)
        rework(job, section_a=f"answer {number}")
    job, _ = draft("run-4")
    sign(job)
    assert steps.release(job) == "deliver"
    steps.deliver(job)
    steps.seal(job)
    assert [one.state for one in register().revisions(KEY, PERIOD)] == ["returned"] * 3 + ["sealed"]
    page = (settings().var / "workspace" / KEY / PERIOD / "r04" / "report.html").read_text()
    assert "answer 3" in page
    assert "answer 2" not in page, "each revision carries the answer to the rejection before it"
