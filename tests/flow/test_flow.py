"""The way of a report through a running Airflow: signed, returned, refused, broken off; and who gets what mail.

One file, for `make test` keeps the tests of a file in one process (``--dist loadfile``; pytest-xdist 3.8 does not see
its own groups under pytest 9.2), and all of these share one Airflow.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from house import ABSENT, ASKING, BAD, GOOD, USERS, WAITING, House
from itss.audit.seals import verify
from itss.hand_in.place import find_place
from itss.periods import last_complete
from itss.ref import Ref
from itss.report_list.due import report_due_at
from itss.standalone.progress import Watch
from itss.standalone.rest import RestError, run_path
from itss.standalone.sink import MailSink

pytestmark = pytest.mark.flow

SIGNED = {"initial_review": "Approve", "approval": "Approve"}
RECIPIENTS = Counter({"customer_representative@example.com": 1, "service_level_manager@example.com": 1})
Runs = dict[tuple[str, str], Watch]


def test_signed_report_is_delivered_once_and_sealed(house: House, runs: Runs) -> None:
    watch = runs[GOOD, "2026-03"]
    assert house.answer(watch, SIGNED) == "success"
    (revision,) = house.register.revisions(GOOD, "2026-03")
    assert revision.state == "sealed"
    assert house.receivers("2026-03") == RECIPIENTS
    _each_was_notified_before_they_answered(house)
    archive = Path(str(revision.archive_path).removeprefix("file://"))
    assert verify(archive) == []
    assert json.loads((archive / "decisions.json").read_text())[1]["who_id"] == "management_representative"
    names = [part.get_filename() for part in house.mails("2026-03")[0].iter_attachments()]
    assert len(names) == 2
    assert all(name and "事件月报" in name for name in names)

    page = f"/itss/reports/{GOOD}/2026-03/r01"
    for task, part in (("render", ""), ("approval", "#decisions"), ("deliver", "#receipts")):
        found = house.airflow.client().get(f"{run_path(GOOD, watch.run)}/taskInstances/{task}/links")["extra_links"]
        assert list(found.values()) == [house.airflow.base + page + part]
    said = _log(house, watch, "collect_incident")
    assert sum("rows from good.csv in" in line for line in said) == 1
    assert not [line for line in said if "deprecated" in line or "Returned value was" in line]

    again = house.start(GOOD, "2026-03")
    assert house.answer(again, {}) == "success", "an unchanged report asks nobody"
    assert house.receivers("2026-03") == RECIPIENTS
    assert [revision.state for revision in house.register.revisions(GOOD, "2026-03")] == ["sealed", "unchanged"]


def _each_was_notified_before_they_answered(house: House) -> None:
    asked = {str(mail["X-Envelope-To"]): str(mail["Subject"]) for mail in house.questions("2026-03")}
    assert [subject.split(" · ")[0] for subject in asked.values()] == ["请初审", "请审批"]
    notices = {one.address: one for one in house.register.notices(GOOD, "2026-03", kind="asked")}
    decisions = house.register.decisions((GOOD, "2026-03", 1))
    assert list(asked) == list(notices) == [f"{one.who_id}@example.com" for one in decisions]
    assert all(notices[f"{one.who_id}@example.com"].at < one.at for one in decisions)


def test_brief_shows_figures_and_nobody_else_may_answer(house: House, runs: Runs) -> None:
    watch = runs[GOOD, "2026-04"]
    client = house.airflow.client("report_author")
    path = f"{run_path(GOOD, watch.run)}/taskInstances/initial_review/-1/hitlDetails"
    house.airflow.wait(lambda: _is_asked(house, watch, "initial_review"), 120, "the initial review")
    question = client.get(path)
    assert "2026-04" in question["subject"]
    assert "解决" in question["body"]
    assert "|" in question["body"], "a scorecard is a table"
    assert question["options"] == ["Approve", "Reject"]
    with pytest.raises(RestError, match="403"):
        client.answer(GOOD, watch.run, "initial_review", "Approve", None)

    assert house.answer(watch, SIGNED) == "success"
    assert [d.who_id for d in house.register.decisions((GOOD, "2026-04", 1))] == [
        "head_of_department",
        "management_representative",
    ]


def test_rejection_mails_author_and_report_manager_only_and_makes_the_next_revision(house: House, runs: Runs) -> None:
    watch = runs[GOOD, "2026-05"]
    answers = {"initial_review": "Reject", "rework": "OK"}
    assert house.answer(watch, answers, "Figures of week 2 are missing") == "success"
    assert house.receivers("2026-05") == Counter({"report_author@example.com": 1, "report_manager@example.com": 1})
    texts = [part for part in house.mails("2026-05")[0].walk() if part.get_content_maintype() == "text"]
    assert any("Figures of week 2 are missing" in part.get_content() for part in texts)
    states = {task["task_id"]: task["state"] for task in house.airflow.client().tasks(GOOD, watch.run)}
    assert states["approval"] == states["deliver"] == states["seal"] == "skipped"

    second = house.watch(GOOD, "rework__2026-05__r02")
    assert house.answer(second, SIGNED) == "success"
    first, last = house.register.revisions(GOOD, "2026-05")
    assert (first.number, last.number, last.state) == (1, 2, "sealed")
    assert first.state in ("returned", "superseded")
    assert house.register.decisions(first.ref)[0].comment == "Figures of week 2 are missing"
    assert house.receivers("2026-05") >= RECIPIENTS


def test_the_comment_goes_out_with_the_report_and_its_review_is_mended_sent_and_sealed(
    house: House, runs: Runs
) -> None:
    watch = runs[ASKING, "2026-08"]
    house.airflow.wait(lambda: _is_asked(house, watch, "comment"), 300, "the author's comment")
    client = house.airflow.client("head_of_department")
    question = client.get(f"{run_path(ASKING, watch.run)}/taskInstances/comment/-1/hitlDetails")
    assert "2026-08" in question["subject"]
    assert "解决" in question["body"], "the author sees the figures"
    with pytest.raises(RestError, match="403"):
        client.answer(ASKING, watch.run, "comment", "OK", "not mine to say")

    said = {"attendees": ["service_level_manager"], "gaps": "差距 *x*", "trends": "无", "measures": "巡检"}
    forms: list[dict[str, Any]] = [
        {"held_on": "2026-01-01", "items": "更换墨盒 | nobody | 2099-12-31"} | said,
        {"gaps": " "},
        {"items": [{"title": "更换墨盒", "owner": "report_author", "due_on": "2099-12-31"}]} | said,
    ]
    told: list[list[str]] = []

    def asked(_: Watch, task: dict[str, Any]) -> None:
        """The entry lets the second level be marked as done; a wrong form is refused as it is sent."""
        name = task["task_id"]
        if name == "approval":
            _mark_done(house, watch, "approval")
        elif name == "review_meeting":
            day = {"held_on": dt.datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()}
            for form in forms[:-1]:
                with pytest.raises(RestError) as refused:
                    watch.answer(task, "report_manager", "OK", None, day | form)
                assert refused.value.status == 422
                told.append(json.loads(str(refused.value)[str(refused.value).index("{") :])["problems"])
            watch.answer(task, "report_manager", "OK", None, day | forms[-1])
        else:
            watch.answer(task, USERS[name], SIGNED.get(name, "OK"), "八月更换了*打印机*")

    assert watch.until_end(asked, lambda: None) == "success"
    first, second = told
    assert any("早于报告的分发日期" in one for one in first)
    assert any("nobody" in one for one in first)
    assert len(second) == 4, "attendees, gaps, trends, measures"
    kept, _ = house.register.refused_review((ASKING, "2026-08", 1))
    assert kept["gaps"] == ""
    (item,) = house.register.raised((ASKING, "2026-08", 1))
    assert (item.title, item.owner) == ("更换墨盒", "report_author")
    told = {note.address: note.status for note in house.register.notices(ASKING) if note.kind == "minutes"}
    readers = ("report_author", "report_manager", "service_level_manager")
    assert told == {f"{who}@example.com": "accepted" for who in readers}
    mails = [mail for mail in house.mails("2026-08") if "回顾会议纪要" in str(mail["Subject"])]
    assert Counter(str(mail["X-Envelope-To"]) for mail in mails) == Counter(list(told))
    (revision,) = house.register.revisions(ASKING, "2026-08")
    assert [(one.level, one.answer, one.who_id) for one in house.register.decisions(revision.ref)] == [
        ("initial_review", "approve", "head_of_department"),
        ("approval", "marked_done", None),
    ]
    archive = Path(str(revision.archive_path).removeprefix("file://"))
    assert "八月更换了*打印机*" in (archive / "report.html").read_text()
    assert json.loads((archive / "comment.json").read_text())["by"]["id"] == "report_author"
    assert json.loads((archive / "review.json").read_text())["who"] == "report_manager"
    assert "更换墨盒" in (archive / "minutes.html").read_text()


def test_nothing_leaves_that_was_not_signed_for(house: House) -> None:
    """An answer to no content; then one level signs, the list is edited, `open` alone is cleared, the other answers."""
    watch = house.start(GOOD, "2026-08")

    def says_nothing(watch: Watch, task: dict[str, Any]) -> None:
        client = house.airflow.client("head_of_department")
        path = f"{run_path(GOOD, watch.run)}/taskInstances/{task['task_id']}/-1/hitlDetails"
        assert len(client.get(path)["params"]["content"]["value"]) == 64
        with pytest.raises(RestError, match="422"):
            client.patch(path, {"chosen_options": ["Approve"], "params_input": {"comment": None, "content": None}})

    house.airflow.wait(lambda: _is_asked(house, watch, "initial_review"), 120, "the initial review")
    says_nothing(watch, {"task_id": "initial_review"})
    assert house.register.decisions((GOOD, "2026-08", 1)) == []
    sound = house.place.report_list.read_text(encoding="utf-8")

    def edits(watch: Watch, task: dict[str, Any]) -> None:
        name = task["task_id"]
        if name == "approval":
            edited = sound.replace("customer_representative@example.com", "somebody_else@example.com")
            house.place.report_list.write_text(edited, encoding="utf-8")
            _clear(house, watch, "open")
            house.airflow.wait(lambda: _reopened(house), 120, "the entry to be read again")
            with pytest.raises(RestError, match="409"):  # the statement that it was asked about is void
                watch.answer(task, USERS[name], "Approve", None)
            house.airflow.client().patch(run_path(GOOD, watch.run), {"state": "failed"})
        else:
            watch.answer(task, USERS[name], "Approve", None)

    try:
        assert watch.until_end(edits, lambda: None) == "failed"
    finally:
        house.place.report_list.write_text(sound, encoding="utf-8")
    assert _reached(house) == Counter()

    house.register.fail(Ref(GOOD, "2026-08", 1), "its run was set to failed")
    last = house.start_anew(GOOD, "2026-08")
    assert house.answer(last, SIGNED) == "success", "every level is asked again by a new run"
    (revision,) = house.register.revisions(GOOD, "2026-08")
    assert (revision.number, revision.state) == (1, "sealed")
    assert _reached(house) == RECIPIENTS


def _reached(house: House) -> Counter[str]:
    """Whom the report has reached: another one of that month has the same recipients."""
    own = (mail for mail in house.mails("2026-08") if str(mail["Message-ID"]).startswith(f"<{GOOD}.2026-08."))
    return Counter(str(mail["X-Envelope-To"]) for mail in own)


def _clear(house: House, watch: Watch, *tasks: str) -> None:
    body = {"dag_run_id": watch.run, "task_ids": list(tasks), "include_downstream": False, "dry_run": False}
    house.airflow.client().post(f"/dags/{watch.dag}/clearTaskInstances", body | {"only_failed": False})


def _reopened(house: House) -> bool:
    return any(event.what == "reopened" for event in house.register.events((GOOD, "2026-08", 1)))


def test_critical_finding_stops_before_anything_is_rendered(house: House, runs: Runs) -> None:
    watch = runs[BAD, "2026-08"]
    assert house.answer(watch, {}) == "failed"
    states = {task["task_id"]: task["state"] for task in house.airflow.client().tasks(BAD, watch.run)}
    assert states["check"] == "failed"
    assert states["render"] == "upstream_failed"
    (reason,) = watch.errors()
    assert "DataRefusedError" in reason
    assert "INC0501" in reason, "the rows are named, from the first that the window reaches"
    folder = house.place.var / "workspace" / BAD / "2026-08" / "r01"
    assert not list(folder.glob("report.*"))
    assert [revision.state for revision in house.register.revisions(BAD, "2026-08")] == ["failed"]
    mails = [mail for mail in house.mails("") if BAD in mail.as_string() or "错误数据" in str(mail["Subject"])]
    assert {str(mail["X-Envelope-To"]) for mail in mails} == {"report_manager@example.com"}


def test_mail_server_down_then_the_run_goes_on_without_asking_again(
    house: House, runs: Runs, sink: Callable[..., MailSink]
) -> None:
    watch = runs[GOOD, "2026-06"]

    def asked(_: Watch, task: dict[str, Any]) -> None:
        if task["task_id"] == "approval":
            sink().__exit__(None, None, None)
        user = {"initial_review": "head_of_department", "approval": "management_representative"}[task["task_id"]]
        watch.answer(task, user, "Approve", None)

    try:
        assert watch.until_end(asked, lambda: None) == "failed"
    finally:
        sink(restart=True)
    assert house.receivers("2026-06") == Counter()
    (revision,) = house.register.revisions(GOOD, "2026-06")
    assert revision.state == "failed"

    again = house.start(GOOD, "2026-06")
    assert again.run == watch.run
    assert house.answer(again, {}) == "success", "the approvals stand"
    assert house.register.revisions(GOOD, "2026-06")[-1].state == "sealed"
    assert house.receivers("2026-06") == RECIPIENTS


def test_a_level_marked_successful_stops_there_and_is_asked_once_it_is_cleared(house: House, runs: Runs) -> None:
    watch = runs[GOOD, "2026-07"]
    house.airflow.wait(lambda: _is_asked(house, watch, "initial_review"), 120, "the initial review")
    _mark_done(house, watch, "initial_review")
    assert house.answer(watch, {}) == "failed", "the next level is not asked"
    assert any("(initial_review) has not answered; its task was marked as success" in r for r in watch.errors())
    assert any("Clear the task initial_review" in r for r in watch.errors())
    assert not house.receivers("2026-07") & RECIPIENTS
    asked = [one.details["level"] for one in house.register.events((GOOD, "2026-07", 1)) if one.what == "asked"]
    assert asked == ["initial_review"]
    house.airflow.client().post(
        f"/dags/{GOOD}/clearTaskInstances",
        {"dry_run": False, "dag_run_id": watch.run, "task_ids": ["initial_review"], "only_failed": False,
         "include_downstream": True, "reset_dag_runs": True},
    )  # fmt: skip
    assert house.answer(house.watch(GOOD, watch.run), SIGNED) == "success"
    assert house.register.revisions(GOOD, "2026-07")[-1].state == "sealed"


def test_a_backfill_builds_checks_and_archives_and_neither_asks_nor_mails(house: House) -> None:
    client = house.airflow.client()
    months = [f"2026-{month:02d}" for month in (1, 2)]
    client.post(
        "/backfills",
        # a run's logical date is the begin of its interval, which the schedule has at 06:00 on the first
        {"dag_id": GOOD, "from_date": "2026-01-01T00:00:00+08:00", "to_date": "2026-02-02T00:00:00+08:00"},
    )

    def archived() -> bool:
        found = [house.register.revisions(GOOD, month) for month in months]
        assert not [one.note for revisions in found for one in revisions if one.state == "failed"]
        return all(revisions and revisions[-1].state == "sealed" for revisions in found)

    house.airflow.wait(archived, 600, "both months in the archive")
    for month in months:
        (revision,) = house.register.revisions(GOOD, month)
        assert (revision.submitted_at, revision.released_at, revision.delivered_at) == (None, None, None)
        assert house.register.decisions(revision.ref) == []
        assert house.receivers(month) == Counter()


def test_a_wrong_period_is_refused_by_the_form_or_ends_its_run_and_alarms_nobody(house: House) -> None:
    client = house.airflow.client()
    house.airflow.wait(lambda: GOOD in _dags(house), 120, "the DAG")
    for wrong in ({"period": "2026-13"}, {"period": "2026-Q1"}, {"revision": 0}):
        with pytest.raises(RestError, match="400"):
            client.post(f"/dags/{GOOD}/dagRuns", {"logical_date": None, "conf": wrong})
    for period, said in (("2031-01", "is not over"), ("2020-01", "is owed from")):
        watch = house.start_anew(GOOD, period)
        assert watch.until_end(lambda *_: None, lambda: None) == "failed"
        states = {task["task_id"]: task["state"] for task in client.tasks(GOOD, watch.run)}
        assert states.pop("open") == "failed"
        assert set(states.values()) == {"upstream_failed"}
        assert any(said in line for line in _log(house, watch, "open"))
        assert house.register.revisions(GOOD, period) == []
    # a failure that is mailed is mailed before its run has ended
    mails = [mail for mail in house.mails("Report failed") if mail["Subject"] and GOOD in str(mail["Subject"])]
    assert not [mail for mail in mails if "(open)" in str(mail["Subject"])]


def _log(house: House, watch: Watch, task: str) -> list[str]:
    """What the first try of a task said."""
    path = f"{run_path(watch.dag, watch.run)}/taskInstances/{task}/logs/1"
    content = house.airflow.client().get(path, full_content="true")["content"]
    return [json.dumps(line, ensure_ascii=False) for line in content]


def test_a_broken_entry_is_red_in_the_ui_while_the_others_have_their_dags(house: House) -> None:
    client = house.airflow.client()
    house.airflow.wait(lambda: bool(client.get("/importErrors")["import_errors"]), 60, "the import error")
    (error,) = client.get("/importErrors")["import_errors"]
    assert error["filename"].endswith("report_list_check.py")
    lines = house.place.report_list.read_text().splitlines()
    assert f"report_list.yaml:{1 + lines.index('    colour: red')}: " in error["stack_trace"]
    own = {"report_list", "report_take_up", "report_watch", "report_audit"}
    assert _dags(house) == {GOOD, BAD, ASKING, WAITING, ABSENT} | own


def _mark_done(house: House, watch: Watch, task: str) -> None:
    path = f"{run_path(watch.dag, watch.run)}/taskInstances/{task}"
    house.airflow.client().patch(path, {"new_state": "success", "include_downstream": False})


def test_a_report_waits_without_a_process_whatever_becomes_of_the_triggerer(house: House) -> None:
    client = house.airflow.client()
    label = last_complete(dt.datetime.now(dt.UTC), "month", "Asia/Shanghai").label
    house.airflow.wait(lambda: {WAITING, "report_take_up"} <= _dags(house), 60, "the DAG that waits")
    # names no period, with the logical date that the form fills in: before the 28th Airflow infers an older interval
    now = dt.datetime.now(dt.UTC).isoformat()
    run = client.post(f"/dags/{WAITING}/dagRuns", {"logical_date": now, "conf": {}})["dag_run_id"]
    watch, waits = house.watch(WAITING, run), ("wait_capacity", "wait_service_level")

    def are(*wanted: str | None) -> bool:
        states = {task["task_id"]: task["state"] for task in client.tasks(WAITING, run)}
        return tuple(states.get(task) for task in waits) == wanted

    def are_triggered() -> bool:
        tasks = {task["task_id"]: task for task in client.tasks(WAITING, run)}
        return all(tasks[task]["triggerer_job"] for task in waits)

    def ended() -> list[int]:
        return [house.processes(watch, task) for task in waits]

    house.airflow.wait(lambda: are("deferred", "deferred"), 120, "the report to wait")
    house.airflow.wait(lambda: ended() == [1, 1], 60, "the scheduler's note of it")
    _drop(house, label, "capacity", "id,resource,sampled_at,utilisation", "S1,A,{last} 08:00,0.5")
    with house.triggerer() as killed:
        house.airflow.wait(are_triggered, 120, "the triggerer to take the waits over")
        os.killpg(killed.pid, signal.SIGKILL)
        killed.wait()
        taken = client.post("/dags/report_take_up/dagRuns", {"logical_date": None})["dag_run_id"]
        assert house.answer(house.watch("report_take_up", taken), {}) == "success"
        (version,) = house.register.hand_ins(WAITING)
        assert (version.status, version.number, version.who, version.rows) == ("accepted", 1, "dropped", 1)
        assert are("deferred", "deferred")
        assert ended() == [1, 1], "no process has run for them meanwhile"
    with house.triggerer():
        house.airflow.wait(lambda: are("success", "deferred"), 180, "the wait to end in the next triggerer")
        _drop(house, label, "service_level", "id,service,measured_at,target,achieved", "L1,A,{last} 20:00,0.9,0.95")
        taken = client.post("/dags/report_take_up/dagRuns", {"logical_date": None})["dag_run_id"]
        assert house.answer(house.watch("report_take_up", taken), {}) == "success"
        assert house.answer(watch, SIGNED) == "success"
    assert ended() == [2, 2], "one that began the wait, one that ended it"
    (revision,) = house.register.revisions(WAITING, label)
    assert revision.state == "sealed"
    archive = Path(str(revision.archive_path).removeprefix("file://"))
    assert (archive / "handed_in" / "capacity" / "capacity.csv").read_text().endswith("08:00,0.5\n")


def _drop(house: House, label: str, process: str, *lines: str) -> None:
    place = find_place(house.place, WAITING, label, process, None)
    file = place.folder(house.place.inbox) / f"{process}.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    last = place.period.next_day - dt.timedelta(days=1)
    file.write_text("".join(f"{line}\n".format(last=last) for line in lines))
    os.utime(file, (time.time() - 60,) * 2)


def test_the_report_list_is_compiled_and_everybody_is_told_once(house: House) -> None:
    client = house.airflow.client()
    house.airflow.wait(lambda: "report_list" in _dags(house), 60, "the DAG of the list")
    for _ in range(2):
        run = client.post("/dags/report_list/dagRuns", {"logical_date": None})["dag_run_id"]
        assert house.answer(house.watch("report_list", run), {}) == "success"
    assert (house.place.inbox / "服务报告信息收集登记表.xlsx").is_file()
    told = [note for note in house.register.notices() if note.kind == "announce"]
    assert WAITING in {note.report for note in told}, "the last complete month of this report is never due yet"
    assert {note.status for note in told} == {"accepted"}
    mails = [mail for mail in house.mails("") if "请按期提交服务报告数据" in str(mail["Subject"])]
    assert sorted({note.message_id for note in told}) == sorted({str(mail["Message-ID"]) for mail in mails})
    (mail,) = [mail for mail in mails if mail["X-Envelope-To"] == "service_level_manager@example.com"]
    assert next(iter(mail.iter_attachments())).get_filename() == "服务报告信息收集登记表.xlsx"


def test_a_paused_dag_whose_report_is_overdue_raises_the_alarm_once(house: House) -> None:
    client = house.airflow.client()
    house.airflow.wait(lambda: {ABSENT, "report_watch"} <= _dags(house), 60, "the DAGs of watch and report")
    client.patch(f"/dags/{ABSENT}", {"is_paused": True})
    entry = house.reports.entry(ABSENT)
    period = last_complete(dt.datetime.now(dt.UTC), "week", entry.period.timezone)
    due = report_due_at(entry.period, period)
    house.airflow.wait(lambda: dt.datetime.now(dt.UTC) > due, 120, "the report to be overdue")
    for _ in range(2):
        run = client.post("/dags/report_watch/dagRuns", {"logical_date": None})["dag_run_id"]
        assert house.answer(house.watch("report_watch", run), {}) == "success"
    assert house.register.revisions(ABSENT, period.label) == []
    told = [note for note in house.register.notices(ABSENT, period.label) if note.kind == "report_late"]
    assert {(note.address, note.status) for note in told} == {
        ("report_manager@example.com", "accepted"),
        ("report_author@example.com", "accepted"),
    }
    mails = [mail for mail in house.mails(period.label) if "报警：服务报告逾期未交付" in str(mail["Subject"])]
    assert sorted(str(mail["X-Envelope-To"]) for mail in mails) == [
        "report_author@example.com",
        "report_manager@example.com",
    ]
    assert ABSENT in mails[0].get_body(("html",)).get_content(), "it names the DAG that is to be unpaused"


def _dags(house: House) -> set[str]:
    return {dag["dag_id"] for dag in house.airflow.client().get("/dags")["dags"]}


def _is_asked(house: House, watch: Watch, task: str) -> bool:
    states = {item["task_id"]: item["state"] for item in house.airflow.client().tasks(watch.dag, watch.run)}
    assert "failed" not in states.values(), watch.errors()
    return states[task] == "awaiting_input"
