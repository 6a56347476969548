"""Improvement items and proposals in the portal: who sees which, who may do what, and that it is on record once."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from email.policy import default

import pytest
from act_house import change_list, record, reviewed, said, today
from itss.register import Item
from itss.register.proposals import LONGEST, MOST_OPEN
from itss.standalone.sink import MailSink
from itss.steps.watching import watch
from walk import KEY, PERIOD, connect, to

NEXT = Item("Second <i>mail</i> server", "process_manager", dt.date(2199, 1, 1))
TEXT = "Show mails <script>alert(1)</script> per service"
EVERYBODY = ("report_manager", "report_author", "head_of_department", "process_manager", "data_provider")
FORM = {"report": KEY, "text": TEXT, "reason": "The customer asks for it"}


@pytest.fixture
def item(house):
    return reviewed(NEXT)[0]


def close(visitor, key, state="done", result="installed", **more):
    return visitor.post(f"/improvements/items/{key}", {"state": state, "result": result} | more)


def test_whoever_sees_the_report_sees_its_items(visit, item):
    for user in EVERYBODY:
        page = visit(user).get("/improvements").text
        assert NEXT.title in said(page)
        assert "&lt;i&gt;mail&lt;/i&gt;" in page
        assert (f'action="/itss/improvements/items/{item}"' in page) == (
            user in {"report_manager", "report_author", "process_manager"}
        ), user
    assert NEXT.title not in said(visit("bystander").get("/improvements").text)
    auditor = visit("an auditor", role="op").get("/improvements").text
    assert NEXT.title in said(auditor)
    assert "/items/" not in auditor, "who audits changes nothing"


def test_the_owner_closes_an_item_once(visit, item):
    owner = visit("process_manager")
    answer = close(owner, item)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/itss/improvements?done={item}#{item}")
    page = said(owner.get(f"/improvements?done={item}").text)
    assert "This is on record." in page
    assert f"{PERIOD} Item Owner Result Closed by {NEXT.title}" in page
    (one,) = record().improvements()
    assert (one.state, one.result, one.closed_by) == ("done", "installed", "process_manager")
    assert close(owner, item).status_code == 303, "the same again changes nothing"
    refused = close(visit("report_manager"), item, result="something else")
    assert refused.status_code == 409
    assert "Somebody has closed this item meanwhile." in said(refused.text)
    assert record().improvements() == [one]
    assert len([event for event in record().events(one_ref()) if event.what == "improvement"]) == 1


def one_ref():
    return record().revisions(KEY, PERIOD)[0].ref


def test_two_who_close_at_once_leave_one_result(visit, item):
    visitors = [visit(user) for user in ("report_manager", "report_author", "process_manager")]
    tokens = [one.token() for one in visitors]

    def send(number: int) -> int:
        form = {"state": "done", "result": f"says {number}"}
        return visitors[number].post(f"/improvements/items/{item}", form, token=tokens[number]).status_code

    with ThreadPoolExecutor(3) as pool:
        codes = sorted(pool.map(send, range(3)))
    assert codes == [303, 409, 409]
    assert len([event for event in record().events(one_ref()) if event.what == "improvement"]) == 1


def test_a_date_is_moved_with_a_reason(visit, item):
    day = today() + dt.timedelta(days=30)
    assert close(visit("report_author"), item, "moved", "parts are late", day=day.isoformat()).status_code == 303
    (one,) = record().improvements()
    assert ([moved for _, moved in one.moves], one.due_on, one.state) == ([day], NEXT.due_on, "open")
    assert f"due 2199-01-01, moved to {day}" in said(visit("report_author").get("/improvements").text)


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"result": " \n"}, "Write a sentence first."),
        ({"result": "x" * (LONGEST + 1)}, "Write 4,000 characters at most."),
        ({"state": "moved"}, "Give the day to which it is moved."),
        ({"state": "moved", "day": "31.12.2026"}, "Give the day to which it is moved."),
        ({"state": "moved", "day": "2026-10-01"}, "must not be before the one on which the item was raised"),
        ({"state": "moved", "day": "9999-12-31"}, "nor after the year 2199"),
    ],
)
def test_what_is_wrong_is_said_beside_the_form_and_nothing_typed_is_lost(visit, item, form, why):
    answer = close(visit("process_manager"), item, **{"result": "because <b>", **form})
    assert answer.status_code == 422
    assert why in said(answer.text)
    assert (">because &lt;b&gt;</textarea>" in answer.text) == ("result" not in form)
    assert record().improvements()[0].state == "open"
    assert record().improvements()[0].moves == ()


def test_others_change_nothing(visit, item):
    for user, role in (("head_of_department", "user"), ("bystander", "user"), ("an auditor", "op")):
        assert close(visit(user, role=role), item).status_code == 403
    assert close(visit("report_manager"), "no_such-2026-09-1").status_code == 403
    assert close(visit("process_manager"), item, state="sealed").status_code == 422
    owner = visit("process_manager")
    form = {"state": "done", "result": "installed"}
    for path, given in ((f"/improvements/items/{item}", form), ("/improvements/proposals", FORM)):
        assert owner.post(path, given, token="").status_code == 403
        assert owner.post(path, given, token=visit("report_manager").token()).status_code == 403
        assert owner.post(path, given, origin="https://elsewhere.example").status_code == 403
        assert visit("").post(path, given, token="x").status_code == 401
    assert record().improvements()[0].state == "open"
    assert record().proposals() == []


def test_a_reader_proposes_and_the_report_manager_answers(visit, mail):
    reader, manager = visit("process_manager"), visit("report_manager")
    assert reader.post("/improvements/proposals", FORM).status_code == 303
    (one,) = record().proposals()
    assert (one.report, one.text, one.who) == (KEY, TEXT, "process_manager")
    assert to(mail) == ["report_manager@example.com"]
    for user, sees in (("report_manager", True), ("process_manager", True), ("report_author", False)):
        page = visit(user).get("/improvements").text
        assert (TEXT in said(page)) == sees, user
        assert "<script>alert" not in page
        assert (f"/improvements/proposals/{one.key}" in page) == (user == "report_manager")
    answer = {"state": "taken_up", "answer": "from 2027-01 on"}
    assert reader.post(f"/improvements/proposals/{one.key}", answer).status_code == 403
    assert manager.post(f"/improvements/proposals/{one.key}", answer).status_code == 303
    assert to(mail)[1:] == ["process_manager@example.com"]
    assert "taken up" in said(reader.get("/improvements").text)
    assert "from 2027-01 on" in said(reader.get("/improvements").text)
    page = said(visit("process_manager", language="zh-CN").get("/improvements").text)
    assert "已采纳 事件管理月度报告" in page
    again = manager.post(f"/improvements/proposals/{one.key}", answer | {"answer": "never"})
    assert again.status_code == 409
    assert "has been answered meanwhile" in said(again.text)
    assert manager.post("/improvements/proposals/proposal-9", answer).status_code == 404
    assert len(to(mail)) == 2, "nobody is notified twice"


def test_only_what_one_sees_can_be_proposed_for(visit, house):
    assert visit("bystander").post("/improvements/proposals", FORM).status_code == 403
    assert visit("bystander").post("/improvements/proposals", FORM | {"report": ""}).status_code == 403
    assert visit("process_manager").post("/improvements/proposals", FORM | {"report": "another"}).status_code == 403
    assert record().proposals() == []
    change_list(house, lambda document: document.update(report_manager="bystander"))
    assert visit("bystander").post("/improvements/proposals", FORM | {"report": ""}).status_code == 303


@pytest.mark.parametrize(
    ("form", "why"),
    [({"text": ""}, "Write a sentence first."), ({"reason": "x" * (LONGEST + 1)}, "Write 4,000 characters at most.")],
)
def test_a_proposal_that_is_refused_keeps_what_was_typed(visit, form, why):
    answer = visit("process_manager").post("/improvements/proposals", FORM | {"report": ""} | form)
    assert answer.status_code == 422
    assert why in said(answer.text)
    assert '<option value="" selected>' in answer.text
    assert ("The customer asks for it</textarea>" in answer.text) == ("reason" not in form)
    assert record().proposals() == []


def test_a_person_may_have_so_many_open(visit):
    for number in range(MOST_OPEN):
        record().propose(KEY, f"idea {number}", "why", "process_manager")
    answer = visit("process_manager").post("/improvements/proposals", FORM)
    assert answer.status_code == 422
    assert "only when some have been answered" in said(answer.text)
    assert len(record().proposals()) == MOST_OPEN


def test_no_mail_server_no_matter(visit, house, monkeypatch):
    """A proposal is on record though nobody could be notified; the watch does it later, once."""
    connect(monkeypatch, 1)  # nobody listens there
    assert visit("process_manager").post("/improvements/proposals", FORM).status_code == 303
    (notice,) = record().notices(kind="proposal")
    assert (notice.address, notice.status) == ("report_manager@example.com", "planned")
    with MailSink(house / "mail") as sink:
        connect(monkeypatch, sink.port)
        for _ in range(2):
            watch(dt.datetime.now(dt.UTC))
        found = [message_from_bytes(path.read_bytes(), policy=default) for path in sink.mails()]
    (mail,) = [one for one in found if "proposal-1" in one["Subject"]]
    assert mail["X-Envelope-To"] == "report_manager@example.com"
    html = mail.get_body(("html",)).get_content()
    assert "Show mails &lt;script&gt;" in html
    assert "/itss/improvements" in html


def test_a_form_that_is_too_big_is_cut_off_whoever_sends_it(visit, house):
    form = {"report": "", "text": "x" * 1_000_001, "reason": "y"}
    assert visit("").post("/improvements/proposals", form, token="").status_code == 413
    assert visit("report_author").post("/improvements/proposals", form).status_code == 413
