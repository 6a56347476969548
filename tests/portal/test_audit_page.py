"""The page of the audit: what the last protocol on record says, for those who see everything."""

from __future__ import annotations

import pytest
from act_house import record, said
from itss.audit import on_record
from itss.audit.versions import Audit, Problem
from itss.audit.whole import STRAYS
from itss.text import text


def test_others_may_not_see_it(visit):
    for user in ("report_author", "head_of_department", "bystander"):
        assert visit(user).get("/audit").status_code == 403
        assert "/itss/audit" not in visit(user).get("/turn").text
    assert visit("").get("/audit").status_code == 303
    for user, role in (("report_manager", "user"), ("an auditor", "op")):
        page = visit(user, role=role).get("/audit")
        assert page.status_code == 200
        assert "No audit is on record yet." in said(page.text)


@pytest.mark.parametrize(
    ("language", "words"), [("en", "is not as it was signed"), ("zh-CN", "不是签署和封存时的样子")]
)
def test_problems_are_said_in_words(visit, language, words):
    what = text("有 <b>异物</b>\n", "a <b>stray</b> file\n")
    found = Audit(sealed=3, problems=[Problem("monthly/2026-09/r01", what, STRAYS)] * 2, is_all_again=True)
    on_record.keep(record(), found, "2026-11")
    page = visit("report_manager", language=language).get("/audit").text
    for part in (words, "monthly/2026-09/r01", "2026-11", what.of(language).strip(), STRAYS.remedy.of(language)):
        assert part in said(page)
    assert "<b>stray" not in page
    assert "<b>异物" not in page


def test_the_newest_counts_and_a_long_list_is_cut(visit):
    on_record.keep(record(), Audit(sealed=1), "2026-10")
    many = [Problem(f"monthly/{number}", text("错", "wrong"), STRAYS) for number in range(103)]
    on_record.keep(record(), Audit(sealed=2, problems=many), "2026-11")
    page = said(visit("report_manager").get("/audit").text)
    assert "2 sealed version(s), 103 problem(s)." in page
    assert "monthly/99" in page
    assert "monthly/100" not in page
    assert "3 more are not shown" in page
    on_record.keep(record(), Audit(sealed=2), "2026-12")
    page = said(visit("report_manager").get("/audit").text)
    assert "All of it is as it was signed and sealed." in page
    assert "Sample of 2026-12 " in page
