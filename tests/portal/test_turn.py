"""My turn: each person sees what waits for them, and nothing else; what is overdue comes first."""

from __future__ import annotations

import datetime as dt

import pytest
from act_house import REF, SIGNED, answered, change_list, delivered, in_approval, opened, record, reviewed, said, today
from itss import steps
from itss.portal import airflow_api, state
from itss.ref import Ref
from itss.register import Item
from sqlalchemy import event
from walk import KEY, NOW, PERIOD

EVERYBODY = ("report_manager", "report_author", "head_of_department", "management_representative", "data_provider")


def readers(visit, words: str) -> set[str]:
    """Who of everybody has ``words`` on their page."""
    return {user for user in (*EVERYBODY, "bystander") if words in said(visit(user).get("/turn").text)}


def test_nothing_waits(visit):
    assert "Nothing waits for you." in said(visit("report_author").get("/turn").text)
    assert "没有等待您处理的事项。" in said(visit("report_author", language="zh-CN").get("/turn").text)


def test_a_level_waits_for_its_approver_alone(visit):
    in_approval("initial_review")
    assert readers(visit, "Initial review") == {"head_of_department"}
    page = visit("head_of_department").get("/turn").text
    assert f'href="/itss/reports/{REF.path}"' in page
    assert f"Monthly incident report · {PERIOD} · revision 1" in said(page)
    assert f"since {today()}" in said(page)
    page = said(visit("head_of_department", language="zh-CN").get("/turn").text)
    assert "审批 初审" in page
    assert "事件管理月度报告 · 2026-09 · 第 1 版" in page


def test_what_was_answered_waits_for_nobody(visit):
    in_approval("initial_review")
    answered(REF, "initial_review", "head_of_department")
    assert readers(visit, "Initial review") == set()


def test_the_author_is_asked_for_comment_and_rework(visit):
    ref = opened()
    record().ask(ref, "comment")
    assert readers(visit, "the author's comment") == {"report_author"}


def test_a_rejection_waits_for_the_author(visit):
    ref = in_approval("initial_review")
    answered(ref, "initial_review", "head_of_department", "reject")
    record().return_revision(ref, "wrong")
    assert readers(visit, "the rework of what was returned") == {"report_author"}


def test_the_minutes_wait_for_reviewers(visit, house):
    change_list(house, lambda document: document["reports"][0].update(review=True))
    delivered()
    assert readers(visit, "the minutes of the review meeting") == {
        "report_manager",
        "head_of_department",
        "management_representative",
    }
    assert f'href="/itss/reports/{REF.path}/review"' in visit("report_manager").get("/turn").text


def test_what_was_sent_is_being_processed(visit):
    ref = in_approval("initial_review")
    given = {"comment": None, "content": SIGNED}
    record().receive_answer(
        ref,
        "initial_review",
        task="initial_review",
        user="head_of_department",
        content=SIGNED,
        chosen=("Approve",),
        given=given,
        on_behalf="",
    )
    assert readers(visit, "Approval Initial review") == set()
    assert readers(visit, "You have answered, and it is being processed: Monthly incident report · 2026-09") == {
        "head_of_department"
    }


def delegate(absent: str, first: int, last: int) -> dict[str, object]:
    """The bystander stands in for ``absent`` from so many days after today to so many."""
    days = {"from": today() + dt.timedelta(days=first), "until": today() + dt.timedelta(days=last)}
    return {"for": absent, "to": "bystander", "reason": "leave", **days}


def test_a_delegate_stands_in_on_their_days(visit, house):
    change_list(house, lambda document: document.update(delegates=[delegate("head_of_department", 1, 9)]))
    in_approval("initial_review")
    assert readers(visit, "Initial review") == {"head_of_department"}
    change_list(house, lambda document: document.update(delegates=[delegate("head_of_department", -1, 1)]))
    assert readers(visit, "Initial review") == {"head_of_department", "bystander"}
    assert "You stand in for Head of department." in said(visit("bystander").get("/turn").text)


def test_each_level_waits_for_somebody_else(visit, house):
    """Who has answered one level as a delegate is not asked for the next one, for which they are a delegate later."""
    named = [delegate("head_of_department", -9, -2), delegate("management_representative", -1, 1)]
    change_list(house, lambda document: document.update(delegates=named))
    in_approval("initial_review", "approval")
    assert readers(visit, "Approval Approval") == {"management_representative", "bystander"}
    answered(REF, "initial_review", "Bystander")
    assert readers(visit, "Approval Approval") == {"management_representative"}


def test_data_waits_for_its_collector(visit, house):
    def by_hand(document):
        entry = document["reports"][0]
        entry["data_source"] = {"incident": {"hand_in": True, "timezone": "UTC"}}
        entry["period"]["first"] = f"{today() - dt.timedelta(days=70):%Y-%m}-01"

    change_list(house, by_hand)
    assert readers(visit, "Data Incident management") == {"data_provider"}
    last = (today().replace(day=1) - dt.timedelta(days=1)).strftime("%Y-%m")
    assert f'href="/itss/hand-in/{KEY}/{last}"' in visit("data_provider").get("/turn").text


def test_overdue_items_come_first_and_say_so(visit):
    day = today()
    reviewed(
        Item("Later", "report_author", day + dt.timedelta(days=9)),
        Item("Long ago", "report_author", day - dt.timedelta(days=39)),
        Item("Today", "report_author", day),
        Item("Of another", "process_manager", day),
    )
    page = said(visit("report_author").get("/turn").text)
    places = [page.index(f"Improvement item {title}") for title in ("Long ago", "Today", "Later")]
    assert places == sorted(places)
    assert f"39 days overdue (was due {day - dt.timedelta(days=39)})" in page
    assert "due today" in page
    assert f"due in 9 days, {day + dt.timedelta(days=9)}" in page
    assert "Of another" not in page


def test_proposals_wait_for_the_report_manager(visit):
    record().propose(KEY, "<b>Show mails</b>", "asked", "head_of_department")
    assert readers(visit, "<b>Show mails</b>") == {"report_manager"}
    assert "&lt;b&gt;Show mails&lt;/b&gt;" in visit("report_manager").get("/turn").text


def test_airflows_permission_counts_too(visit, monkeypatch):
    in_approval("initial_review")
    monkeypatch.setattr(airflow_api, "may_read", lambda user, dag_id: dag_id != KEY)
    assert readers(visit, "Initial review") == set()


@pytest.mark.parametrize("user", ["head_of_department", "report_manager"])
def test_the_number_of_queries_is_fixed(visit, user):
    def asked() -> int:
        seen: list[str] = []
        engine = state.register()._engine
        note = lambda *given: seen.append(given[2])  # noqa: E731
        event.listen(engine, "before_cursor_execute", note)
        assert visit(user).get("/turn").status_code == 200
        event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    in_approval("initial_review")
    record().propose(KEY, "idea", "why", "head_of_department")
    one = asked()
    for month in range(3, 9):
        label = f"2026-{month:02d}"
        steps.open_report(KEY, label, f"run-{month}", NOW)
        ref = Ref(KEY, label, 1)
        record().record_draft(ref, said_sha256="d" * 64, statement_sha256="d" * 64)
        record().submit(ref)
        record().ask(ref, "initial_review")
        record().propose(KEY, f"idea {month}", "why", "head_of_department")
    assert asked() == one
