"""What an approver reads: by when, which content, what changed since a rejected revision, and where it all lies."""

import datetime as dt

from itss import steps
from itss.settings import settings
from markdown_it import MarkdownIt
from walk import CLERK, GOOD, KEY, PERIOD, answer, draft, register, rework

RUN = "http://localhost:8080/dags/x/runs/manual__1%2F2"


def links(text):
    tokens = MarkdownIt("gfm-like", {"linkify": True}).parse(text)
    return [leaf.attrs["href"] for token in tokens for leaf in token.children or [] if leaf.type == "link_open"]


def test_it_says_by_when_to_which_content_and_where_everything_lies(mail):
    job, made = draft()
    steps.ask(job, "initial_review")
    text = steps.brief(job, "initial_review", RUN)
    asked_at = register().asked()[0].at
    assert made["statement_sha256"][:12] in text
    # 2 working days to answer in, not counting the day of the question; a weekend and a holiday may lie in between
    by = dt.date.fromisoformat(text.split("by the end of ")[1][:10])
    assert 2 <= (by - asked_at.date()).days <= 6
    # the fifth working day after September; the clock of this test is later than the report's
    assert "due on 2026-10-07 18:00 (UTC), and overdue." in text.replace("\\", "")
    page = f"http://localhost:8080/itss/reports/{KEY}/{PERIOD}/r01"
    assert links(text) == [page, f"{page}/files/report.xlsx", f"{page}#checks", RUN]
    assert str(settings().var) not in text, "no path of the server"
    assert "Since the last revision" not in text


def test_it_says_what_changed_since_the_rejected_revision(mail, house):
    job, _ = draft()
    answer(job, "initial_review", CLERK, "Reject", "INC2 lacks [its](http://evil.example) end")
    steps.release(job)
    steps.return_to_author(job)
    rework(job)
    # INC2 gets its end, and a row appears that breaks a rule without being in quarantine: its title is doubled
    rows = GOOD.replace("2026-09-02 08:00,", "2026-09-02 08:00,2026-09-02 09:00") + "INC3,2026-09-30 23:00,\n"
    (house / "list" / "log.csv").write_text(rows)
    again, _ = draft("run-2")
    steps.ask(again, "initial_review")
    text = steps.brief(again, "initial_review", RUN)
    since = text.split("#### Since the last revision")[1].split("####")[0].replace("\\", "").replace("\u200b", "")
    assert "Revision 1" in since
    assert "returned · INC2 lacks [its](http://evil.example) end" in since
    assert all(link == RUN or link.startswith("http://localhost:8080/itss/reports/") for link in links(text))
    assert "Figures that changed since the last revision" in text


def test_that_nothing_changed_is_said(mail):
    job, _ = draft()
    answer(job, "initial_review", CLERK, "Reject", "look again")
    steps.release(job)
    steps.return_to_author(job)
    rework(job)
    again, _ = draft("run-2")
    text = steps.brief(again, "initial_review", RUN)
    assert "No figure changed since the last revision" in text.replace("\\", "")
