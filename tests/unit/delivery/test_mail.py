from __future__ import annotations

import datetime as dt
import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from delivered_report import NOW, inputs, report
from itss.delivery.mail import attachment_name, message_id, report_mail
from itss.delivery.message import message_bytes
from itss.errors import DeliveryError
from itss.notices.failed_mail import failed_mail
from itss.notices.minutes_mail import minutes_mail
from itss.register import Decision, Improvement, Review
from itss.report_list.person import Person
from itss.text import text

HOSTILE = '<script>alert(1)</script> & <a href="https://evil.example">这里</a>\r\nBcc: all@example.com'


class Page(HTMLParser):
    """Tags and words of a mail."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.words += data


def decision(comment: str = "第三节缺少原因") -> Decision:
    return Decision(
        "initial_review", "初审", "reject", "head_of_department", "部门负责人", NOW, comment, "c" * 64, "run"
    )


def test_the_report_says_what_it_is_and_how_it_stands(folder: Path) -> None:
    job = report(folder)
    mail = report_mail(
        job, job.people.people["customer"], given=inputs(job, missing="no such file"), is_correction=False
    )
    assert mail.subject == "客户服务月报 2026-09 · 2/3 达成 · 1 项未达成"
    assert mail.reply_to == "author@example.com"
    assert (mail.recipient, mail.address) == ("客户代表", "customer@example.com")
    words = Page(mail.html).words
    assert "客户代表：" in words
    assert "2026-09-01 至 2026-09-30 (Asia/Shanghai)" in words
    assert "3 项目标：2 项达成（其中 1 项有风险），1 项未达成" in words
    assert "未达成（1）" in words
    assert "✗ 事件管理 · 按时响应率：90.0%（n = 9），目标 ≥ 80.0%" in " ".join(words.split())
    assert "! 事件管理 · 满意度：90.0%" in " ".join(words.split())
    assert "尚未说明如何处理" in words
    assert "按时解决率" not in words
    assert "以下数据本期未能取得" in words
    assert "报告编制人（author@example.com）" in words
    assert "更正" not in words
    assert [item.name for item in mail.attachments] == ["客户服务月报 2026-09.xlsx", "客户服务月报 2026-09.html"]


def test_the_english_report_too(folder: Path) -> None:
    job = report(folder, "en", "Customer service report")
    mail = report_mail(job, job.people.people["owner"], given=inputs(job), is_correction=False)
    words = Page(mail.html).words
    assert mail.subject == "Customer service report 2026-09 · 2/3 met · 1 missed"
    assert "2 of 3 targets met (1 of them at risk), 1 missed." in words
    assert "✗ Incident management · Responded in time: 90.0% (n = 9), target ≥ 80.0%" in " ".join(words.split())
    assert "could not be had" not in words
    assert not re.search("[\u4e00-\u9fff]", words)


def test_targets_of_members_are_counted_as_the_report_counts_them(folder: Path) -> None:
    job = report(folder)
    words = Page(
        report_mail(job, job.people.people["customer"], given=inputs(job, member="P<1>"), is_correction=False).html
    ).words
    assert "4 项目标：2 项达成（其中 1 项有风险），2 项未达成" in words
    assert "P<1>）" in words


def test_what_could_not_be_measured_is_among_the_agreed(folder: Path) -> None:
    job = report(folder, "en", "Customer service report")
    given = inputs(job, ("met", "not_available", "not_applicable", ""))
    mail = report_mail(job, job.people.people["owner"], given=given, is_correction=False)
    assert mail.subject == "Customer service report 2026-09 · 1/3 met · 2 not judged"
    assert "3 targets agreed, 2 measured, 1 met, 1 not judged." in Page(mail.html).words


def test_without_judged_figures_nothing_is_claimed(folder: Path) -> None:
    job = report(folder)
    nothing = ("", "not_available", "not_applicable", "not_judged")
    mail = report_mail(job, job.people.people["customer"], given=inputs(job, nothing), is_correction=False)
    assert mail.subject == "客户服务月报 2026-09 · 3 项未评判"
    assert "未达成" not in Page(mail.html).words


def test_without_targets_there_is_no_verdict(folder: Path) -> None:
    job = report(folder, "en", "Customer service report")
    mail = report_mail(job, job.people.people["owner"], given=inputs(job, ("", "", "", "")), is_correction=False)
    assert mail.subject == "Customer service report 2026-09"
    assert "No targets are agreed" in Page(mail.html).words


def test_forty_missed_targets_have_a_line_each_and_the_mail_stays_small(folder: Path) -> None:
    job = report(folder)
    given = inputs(job, ("missed", "at_risk", "met", ""))
    first = given.measured.figures.iloc[:1]
    members = [first.assign(dimension="service", member=f"服务 {number:02d}" + "长" * 60) for number in range(39)]
    given.measured.figures = pd.concat([given.measured.figures, *members], ignore_index=True)
    mail = report_mail(job, job.people.people["customer"], given=given, is_correction=False)
    assert mail.subject == "客户服务月报 2026-09 · 2/42 达成 · 40 项未达成"
    assert mail.html.count("✗") == 40
    assert Page(mail.html).words.count("正在采取的措施") == 8, "those behind the first ones are told in the report"
    assert len(message_bytes(mail, "reports@example.com", [])) < 100_000


@pytest.mark.parametrize(
    ("language", "subject", "words", "mark"),
    [
        ("zh-CN", "客户服务月报 2026-09（更正，第 2 版） · 2/3 达成 · 1 项未达成", "请以本次（第 2 版）为准", "更正"),
        (
            "en",
            "客户服务月报 2026-09 (corrected, revision 2) · 2/3 met · 1 missed",
            "Please use this version, revision 2",
            "corrected",
        ),
    ],
)
def test_a_correction_says_so(folder: Path, language: str, subject: str, words: str, mark: str) -> None:
    job = report(folder, language, revision=2)
    mail = report_mail(job, job.people.people["customer"], given=inputs(job), is_correction=True)
    assert mail.subject == subject
    assert words in Page(mail.html).words
    assert mail.attachments[0].name == f"客户服务月报 2026-09 r2 {mark}.xlsx"
    first_sent = report_mail(job, job.people.people["customer"], given=inputs(job), is_correction=False)
    assert first_sent.subject == subject.replace("（更正，第 2 版）", "").replace(" (corrected, revision 2)", ""), (
        "whoever never saw revision 1 is not told of a correction"
    )


@pytest.mark.parametrize(
    ("language", "said"),
    [("zh-CN", "2026-11-01（改期至 2026-12-01） 前"), ("en", "by 2026-11-01 (moved to 2026-12-01)")],
)
def test_minutes_that_are_mailed_after_a_date_was_moved_show_both(folder: Path, language: str, said: str) -> None:
    job, held = report(folder, language), dt.date(2026, 10, 12)
    moves = ((NOW, dt.date(2026, 12, 1)),)
    item = Improvement(
        "a second line", "owner", dt.date(2026, 11, 1), "k-1", "k", "2026-09", held, "UTC", "open", None, "", "", moves
    )
    review = Review(held_on=held, attendees=("owner",), gaps="–", trends="–", measures="–", who="owner", at=NOW)
    mail = minutes_mail(job, job.people.people["owner"], review, [item], name="minutes")
    assert Page(mail.html).words.count(said) == 2, "of the person themselves, and among all items"


CURE = text("更正后清除。", "Correct it, then clear the task.")
MANAGER = Person(title=text("服务报告经理", "Report manager"), email="manager@example.com")


def test_a_failure_says_reason_and_remedy_in_both_languages() -> None:
    reason = "/srv/x.csv: no such file <b>. Hand it in."
    job = {"report": "customer_monthly", "period": "2026-09", "revision": 1}
    run, page = "https://example.com/dags/x/runs/a%2Fb", "https://example.com/itss/reports/x"
    mail = failed_mail(
        *("customer_monthly", job, MANAGER, "collect_incident", reason),
        message_id="<1@x>",
        remedy=CURE,
        run_url=run,
        page_url=page,
    )
    read = Page(mail.html)
    assert mail.subject == "服务报告出错 / Report failed: customer_monthly 2026-09 (collect_incident)"
    assert mail.message_id == "<1@x>"
    assert read.words.count(reason) == 1
    assert CURE.zh in read.words
    assert CURE.en in read.words
    assert "b" not in read.tags
    assert mail.html.count(f'href="{run}"') == mail.html.count(f'href="{page}"') == 2, "one a language"


def test_a_failure_that_concerns_several_reports_names_them() -> None:
    names = [f"report {number} <i>" for number in range(40)]
    mail = failed_mail(
        *("customer_monthly", None, MANAGER, "collect_incident", "no answer"),
        message_id="<1@x>",
        remedy=CURE,
        source="connection itsm\r\nBcc: x",
        affected=names,
    )
    assert mail.subject == "服务报告出错 / Reports failed: connection itsm Bcc: x, customer_monthly (collect_incident)"
    said = Page(mail.html).words
    assert [name in said for name in names] == [True] * 30 + [False] * 10
    assert "+ 10" in said


def test_a_failure_before_anything_was_opened_is_told_too() -> None:
    given = ("customer_monthly", None, MANAGER, "open", "The list is broken.")
    mail = failed_mail(*given, message_id="<1@x>", remedy=CURE)
    assert mail.subject == "服务报告出错 / Report failed: customer_monthly (open)"
    assert "第" not in Page(mail.html).words.split("停在任务")[0].split("报告出错")[-1].split("：")[1]


def test_a_line_break_begins_no_header(folder: Path) -> None:
    title = "月报\r\nBcc: all@example.com\u2028X\x00"
    job = report(folder, title=title)
    mail = report_mail(job, job.people.people["customer"], given=inputs(job), is_correction=False)
    assert mail.subject == "月报 Bcc: all@example.com X 2026-09 · 2/3 达成 · 1 项未达成"
    assert mail.attachments[0].name == "月报 Bcc all@example.com X 2026-09.xlsx"


def test_an_address_that_is_two_is_refused(folder: Path) -> None:
    job = report(folder)
    person = Person.model_construct(title=text("客户", "Customer"), email="a@example.com,b@example.com", user=None)
    with pytest.raises(DeliveryError, match="is not one address"):
        report_mail(job, person, given=inputs(job), is_correction=False)


def test_a_message_id_is_fixed_and_tells_mails_apart() -> None:
    ref = ("customer_monthly", "2026-09", 1)
    one = message_id(ref, "Customer@example.com")
    assert one == message_id(ref, "customer@example.com")
    assert re.fullmatch(r"<customer_monthly\.2026-09\.r01\.report\.[0-9a-f]{16}@service-reporting\.invalid>", one)
    others = {message_id(("customer_monthly", "2026-09", 2), "customer@example.com"), message_id(ref, "x@example.com")}
    assert len(others | {one, message_id(ref, "customer@example.com", "returned")}) == 4


def test_a_long_title_is_cut_and_stays_readable() -> None:
    name = attachment_name("服务" * 200, "2026-W37", 12, ".xlsx")
    assert len(name.encode()) <= 200
    assert name.endswith("务 2026-W37 r12.xlsx") or name.endswith("服 2026-W37 r12.xlsx")
    assert attachment_name("../../etc/passwd", "2026", 1, ".html") == "etc passwd 2026.html"
    assert attachment_name("...", "2026", 1, ".html") == "report 2026.html"
