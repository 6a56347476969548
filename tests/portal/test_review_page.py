"""The form of the review meeting: for reviewers alone, filled with what was refused, wrong lines in one's language."""

from __future__ import annotations

import pytest
from act_house import REF, change_list, record, said, today
from itss import steps
from itss.errors import ReviewRefusedError
from itss.portal.review import Row, rows
from itss.report_list.person import Person
from walk import NOW, draft, sign

PAGE = f"/reports/{REF.path}/review"
REVIEWERS = ("report_manager", "head_of_department", "management_representative")
WRONG = {
    "held_on": "31.12.2026",
    "attendees": ["report_manager"],
    "guests": "A guest",
    "gaps": "Mail <b>was</b> late",
    "items": "Second server | nobody_known | 2026-12-31\nTrain the desk | report_author | soon",
    "trends": "",
    "measures": "none",
}


@pytest.fixture
def job(house, mail):
    """A delivered report that waits for its review."""
    change_list(house, lambda document: document["reports"][0].update(review=True))
    made, _ = draft()
    sign(made)
    steps.release(made)
    steps.deliver(made)
    return made


def answer(form, who="report_manager"):
    return {"params_input": form, "responded_at": "2099-01-01T00:00:00+00:00", "responded_by_user": {"id": who}}


def test_the_form_and_what_the_meeting_is_about(visit, job):
    for user in REVIEWERS:
        page = visit(user).get(PAGE).text
        run = record().revision(REF).run
        path = f"/api/v2/dags/{REF.report}/dagRuns/{run}/taskInstances/review_meeting/-1/hitlDetails"
        assert f'data-task="{path}"' in page
        assert page.count('name="title"') == 3, "three lines can be written without a script"
    texts = said(page)
    assert "What the meeting is about" in texts
    assert "Second server" not in texts
    assert "Date of the meeting" in texts
    assert "会议内容" in said(visit("report_manager", language="zh-CN").get(PAGE).text)
    author = visit("report_author").get(PAGE).text
    assert "The minutes are written by: Head of department, Management representative, Service report manager" in said(
        author
    )
    assert "data-task" not in author
    assert visit("bystander").get(PAGE).status_code == 403
    assert visit("report_manager").get(PAGE.replace("r01", "r07")).status_code == 404
    assert visit("").get(PAGE).status_code == 303


def test_the_delegate_of_a_reviewer_writes_them_on_their_days(visit, house, job):
    page = f"/reports/{REF.path}"
    assert "data-task" not in visit("data_provider").get(PAGE).text
    day = today()
    named = {"for": "head_of_department", "to": "data_provider", "from": day, "until": day, "reason": "leave"}
    change_list(house, lambda document: document.update(delegates=[named]))
    assert f'href="/itss/reports/{REF.path}/review"' in visit("data_provider").get(page).text
    assert "You stand in for Head of department." in said(visit("data_provider").get(PAGE).text)
    assert "data-task" in visit("data_provider").get(PAGE).text


def test_what_was_refused_is_filled_in_and_explained_in_both_languages(visit, job):
    with pytest.raises(ReviewRefusedError):
        steps.hold_review(job, answer(WRONG))
    page = visit("report_manager").get(PAGE).text
    problems = said("<main" + page.partition('id="problems"')[2].partition("</ul>")[0])
    for part in (
        "“31.12.2026” is not a date",
        "the owner “nobody_known” is nobody",
        "“soon” is not a date",
        "Trend analysis",
    ):
        assert part in problems
    assert 'type="text" min=' in page
    assert 'value="31.12.2026"' in page
    assert "Mail &lt;b&gt;was&lt;/b&gt; late</textarea>" in page
    assert '<option value="nobody_known" selected>' in page
    assert page.count('name="title"') == 2 + 3
    assert 'type="text" aria-label="By" value="soon"' in page
    assert 'value="report_manager" checked' in page
    chinese = said(visit("report_manager", language="zh-CN").get(PAGE).text)
    assert "“31.12.2026”" in chinese
    assert "is not a date" not in chinese
    assert "责任人" in chinese


def test_after_the_minutes_the_page_says_so(visit, job):
    right = WRONG | {
        "held_on": record().revision(REF).delivered_at.date().isoformat(),
        "items": "Second server | report_author | 2098-12-31",
        "trends": "none",
    }
    steps.hold_review(job, answer(right))
    page = visit("head_of_department").get(PAGE).text
    assert "Service report manager wrote the minutes" in said(page)
    assert "data-task" not in page
    assert f'href="/itss/improvements#{REF.report}-{REF.period}-1"' in page


def test_before_it_is_delivered_no_minutes_are_asked_for(visit, house):
    steps.open_report(REF.report, REF.period, "run-1", NOW)
    assert "not asked for now" in said(visit("report_manager").get(PAGE).text)


def test_lines_are_read_from_their_end():
    people = {"a_key": Person(title={"zh-CN": "甲", "en": "Somebody"}, email="a@example.com")}
    lines = "Mail | warm | Somebody | 2026-12-31\n\nNo owner\nDesk ｜ a_key ｜ 31st"
    assert list(rows(lines, people)) == [
        Row("Mail | warm", "a_key", "2026-12-31"),
        Row("No owner"),
        Row("Desk", "a_key", "31st", is_day=False),
    ]
