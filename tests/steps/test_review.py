"""Step 7 回顾: minutes are refused and mended, said once, mailed once and archived; items are followed up."""

import datetime as dt
import json
import re
import shutil
from pathlib import Path

import pytest
import time_machine
import yaml
from itss import steps
from itss.cli import main
from itss.errors import ContentChangedError, DecisionMissingError, DeliveryError, RegisterError, ReviewRefusedError
from itss.register import Register
from itss.settings import settings
from itss.standalone.sink import MailSink
from walk import CHIEF, CLERK, GOOD, KEY, PERIOD, ROOT, connect, draft, register, sign, to

ZONE = dt.UTC
MANAGER = {"id": "report_manager", "name": "report_manager"}
REF = (KEY, PERIOD, 1)
EVIL = '=cmd|"/c calc" <script>alert(1)</script> [x](http://evil.example)'


def today():
    return dt.datetime.now(ZONE).date()


def form(**changes):
    """The form filled in well, with ``changes``."""
    return {
        "held_on": today().isoformat(),
        "attendees": ["process_manager", "report_author"],
        "guests": "客户张部长\n报告编制人",
        "gaps": "高优先级事件\n超时",
        "items": f"增加备用线路 | report_author | {today() + dt.timedelta(days=30)}",
        "trends": "无",
        "measures": f"每周检查 {EVIL}",
    } | changes


def send(job, who=MANAGER, **changes):
    payload = {"chosen_options": ["OK"], "params_input": form(**changes)}
    return steps.hold_review(
        job, payload | {"responded_at": dt.datetime.now(dt.UTC).isoformat(), "responded_by_user": who}
    )


@pytest.fixture
def asking(house):
    """The entry asks for a review."""
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    document["reports"][0] |= {"review": True, "language": "zh-CN"}
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))
    return house


@pytest.fixture
def delivered(asking, mail):
    job, _ = draft()
    sign(job)
    steps.release(job)
    steps.deliver(job)
    return job


def folder():
    return Path(settings().var) / "workspace" / KEY / PERIOD / "r01"


def minutes_to(mail):
    """Who got the minutes: the mails behind the two of the report."""
    return to(mail)[2:]


def test_a_meeting_is_held_sent_to_everybody_once_and_sealed(delivered, mail):
    assert not steps.is_reviewed(delivered)
    assert send(delivered, CHIEF) == {"attendees": 3, "items": 1}
    assert steps.is_reviewed(delivered)
    steps.send_minutes(delivered)
    first = {name: (folder() / name).read_bytes() for name in ("minutes.html", "minutes.xlsx")}
    assert steps.send_minutes(delivered) == {"told": [], "items": 1}, "a rerun mails nobody"
    assert {name: (folder() / name).read_bytes() for name in first} == first
    # the author is an attendee twice over and owns an item; the manager hears of it without having been there
    assert sorted(minutes_to(mail)) == [
        f"{who}@example.com" for who in ("process_manager", "report_author", "report_manager")
    ]
    (item,) = register().raised(REF)
    assert (item.key, item.owner, item.state) == (f"{KEY}-{PERIOD}-1", "report_author", "open")
    assert register().review(REF).attendees == ("process_manager", "report_author", "客户张部长")
    assert {(one.kind, one.status) for one in register().notices(KEY) if one.kind != "asked"} == {
        ("minutes", "accepted")
    }
    sealed = Path(steps.seal(delivered)["archive"])
    assert {name: (sealed / name).read_bytes() for name in first} == first
    archived = json.loads((sealed / "review.json").read_text())
    assert (archived["who"], archived["items"][0]["title"]) == (CHIEF["id"], "增加备用线路")
    assert json.loads((sealed / "manifest.json").read_text())["facts"]["reviewed"] is True
    assert steps.seal(delivered)["archive"] == str(sealed)


def test_what_is_wrong_is_told_at_once_and_what_was_written_is_kept(delivered, mail):
    with pytest.raises(ReviewRefusedError) as refused:
        send(delivered, held_on="2020-01-01", items=f"{EVIL}\n修复 | nobody | 2019-12-31", measures=" ")
    told = str(refused.value).splitlines()
    assert len([line for line in told if line.startswith(("待改善点", "会议日期", "主动预防措施"))]) == 5
    body, filled = steps.review_form(delivered)
    assert filled["items"] == f"{EVIL}\n修复 | nobody | 2019-12-31"
    assert filled["attendees"] == ["process_manager", "report_author"]
    assert "measures" not in filled
    assert body.startswith("**表单未被接受")
    assert "<script>" not in body
    assert not re.search(r"(?<!\\)\]\(http", body)
    assert register().review(REF) is None
    assert send(delivered)["items"] == 1
    steps.send_minutes(delivered)
    assert len(minutes_to(mail)) == 3


@pytest.mark.parametrize("who", [None, {}, {"id": "report_author", "name": "x"}, {"id": "data_provider"}])
def test_the_answer_of_somebody_not_asked_counts_for_nothing(delivered, who):
    with pytest.raises(DecisionMissingError, match="review: answered by"):
        send(delivered, who)
    assert register().review(REF) is None
    assert register().refused_review(REF) == ({}, [])


def test_the_same_again_changes_nothing_and_another_review_is_refused(delivered):
    send(delivered)
    send(delivered)
    with pytest.raises(RegisterError, match="was reviewed already"):
        send(delivered, CLERK)
    assert len(register().raised(REF)) == 1


def test_killed_between_the_documents_and_the_record(delivered, mail, monkeypatch):
    send(delivered)
    with monkeypatch.context() as killed:
        killed.setattr(Register, "record_minutes", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            steps.send_minutes(delivered)
    before = (folder() / "minutes.xlsx").read_bytes()
    steps.send_minutes(delivered)
    assert (folder() / "minutes.xlsx").read_bytes() == before
    assert len(minutes_to(mail)) == 3


def test_killed_between_two_mails_and_before_the_first(delivered, mail, monkeypatch):
    from itss.notices.sending import Sender

    send(delivered)
    real, calls = Sender._send_one, []

    def dying(*given):
        if len(calls) == 1:
            raise KeyboardInterrupt
        calls.append(given)
        return real(*given)

    with monkeypatch.context() as killed:
        killed.setattr(Sender, "_send_one", dying)
        with pytest.raises(KeyboardInterrupt):
            steps.send_minutes(delivered)
    assert len(minutes_to(mail)) == 1
    steps.send_minutes(delivered)
    assert len(minutes_to(mail)) == len(set(minutes_to(mail))) == 3
    steps.seal(delivered)


def test_mail_server_down_asks_nobody_again(asking, monkeypatch):
    with MailSink(asking / "mail") as sink:
        connect(monkeypatch, sink.port)
        job, _ = draft()
        sign(job)
        steps.release(job)
        steps.deliver(job)
    send(job)
    with pytest.raises(DeliveryError, match=r"process_manager@example\.com"):
        steps.send_minutes(job)
    with MailSink(asking / "mail") as sink:
        connect(monkeypatch, sink.port)
        steps.send_minutes(job)
        assert len(minutes_to(sink)) == 3


def test_minutes_that_somebody_changed_are_not_sealed(delivered):
    from itss.errors import ArchiveError

    send(delivered)
    steps.send_minutes(delivered)
    (folder() / "minutes.html").write_text("other")
    with pytest.raises((ArchiveError, ContentChangedError), match=r"minutes\.html"):
        steps.seal(delivered)


def test_a_meeting_that_was_not_held_is_said_in_the_archive(delivered, mail):
    with pytest.raises(DecisionMissingError, match="There are no minutes"):
        steps.send_minutes(delivered)
    sealed = Path(steps.seal(delivered)["archive"])  # its task was marked as done
    assert json.loads((sealed / "manifest.json").read_text())["facts"]["reviewed"] is False
    assert not (sealed / "review.json").exists()


def test_what_people_wrote_is_text_wherever_it_lands(delivered):
    import openpyxl

    send(delivered, gaps=EVIL, items=f"{EVIL} | process_manager | {today()}", guests=EVIL)
    steps.send_minutes(delivered)
    page = (folder() / "minutes.html").read_text()
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    cells = [cell for row in openpyxl.load_workbook(folder() / "minutes.xlsx").worksheets[0] for cell in row]
    assert [cell.data_type for cell in cells if str(cell.value).startswith("=cmd")] == ["s", "s"]
    assert not any(cell.hyperlink or cell.data_type == "f" for cell in cells)


def test_the_audit_finds_other_minutes(delivered, capsys):
    import sqlite3

    send(delivered)
    steps.send_minutes(delivered)
    steps.seal(delivered)
    assert main(["audit", "--all"]) == 0, capsys.readouterr().out
    register().close_improvement(f"{KEY}-{PERIOD}-1", "done", "安装完毕", "clerk")
    assert main(["audit"]) == 0, "that an item was closed since is no other record"
    with sqlite3.connect(settings().var / "register.sqlite") as database:
        database.execute("UPDATE review SET gaps = 'none at all'")
    assert main(["audit"]) == 1
    assert "review 1: gaps are not as the ledger says" in capsys.readouterr().out
    with sqlite3.connect(settings().var / "register.sqlite") as database:
        database.execute("UPDATE review SET files = '{}'")
    assert main(["audit"]) == 1
    assert "review 1: files, gaps are not as the ledger says" in capsys.readouterr().out


NEXT = dt.datetime(2027, 2, 2, 8, tzinfo=dt.UTC)


def later(house, period, run):
    """The report of a later period, up to its page, made when all of them were over."""
    with time_machine.travel(NEXT):
        job = steps.open_report(KEY, period, run, NEXT)
        steps.collect(job, "incident")
        steps.check(job)
        steps.measure(job)
        return job, steps.render(job)


def test_the_next_reports_show_an_item_until_it_is_closed_and_once_more_with_its_result(delivered, house, mail):
    import openpyxl

    rows = "".join(f"N{m},2026-{m}-03 08:00,2026-{m}-28 10:00\n" for m in (10, 11, 12))
    rows += "N13,2027-01-03 08:00,2027-01-28 10:00\n"
    (house / "list" / "log.csv").write_text(GOOD + rows)
    send(delivered, items=f"{EVIL} | report_author | 2026-12-15")
    steps.send_minutes(delivered)
    steps.seal(delivered)

    def shown(period):
        job, made = later(house, period, f"run-{period}")
        at = Path(settings().var) / "workspace" / KEY / period / "r01"
        lines = json.loads((at / "improvements.json").read_text())
        book = openpyxl.load_workbook(at / "report.xlsx")
        sheet = [str(cell.value) for row in book["待改善点"] for cell in row] if "待改善点" in book.sheetnames else []
        return job, made, lines, (at / "report.html").read_text(), (at / "brief.md").read_text(), sheet

    _job, made, lines, page, brief, sheet = shown("2026-10")
    assert [(line["state"], line["owner"]) for line in lines] == [("open", "report_author")]
    assert "进行中" in page
    assert "进行中" in brief
    assert "• 进行中" in sheet
    assert "<script>" not in page
    assert not re.search(r"(?<!\\)\]\(http", brief)
    assert EVIL in sheet
    _again, same = later(house, "2026-10", "run-2026-10")
    assert same["said_sha256"] == made["said_sha256"]

    _, _, lines, page, brief, sheet = shown("2026-12")
    assert [line["state"] for line in lines] == ["overdue"]
    assert "✗ 已逾期" in sheet
    assert "已逾期" in page
    assert "已逾期" in brief
    assert "有 1 项逾期" in page, "told on the first page"

    closing = dt.datetime(2027, 1, 10, tzinfo=dt.UTC)
    Register(settings().register_url, clock=lambda: closing).close_improvement(
        f"{KEY}-{PERIOD}-1", "done", "已装好 <b>", "clerk"
    )
    _, _, lines, page, _, sheet = shown("2027-01")
    assert [(line["state"], line["closed_on"], line["result"]) for line in lines] == [
        ("done", "2027-01-10", "已装好 <b>")
    ]
    assert "✓ 已完成" in sheet
    assert "已装好 &lt;b&gt;" in page
    _, _, lines, page, _, sheet = shown("2026-11")
    assert [line["state"] for line in lines] == ["open"], "as it stood when the period ended"


def test_the_improvement_report_tells_of_every_item_and_comes_out_of_the_archive_again(delivered, house, mail, capsys):
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    document["reports"].append(
        document["reports"][0]
        | {
            "key": "improving",
            "kind": "improvement",
            "review": False,
            "data_source": {"improvement": {"system": "register", "mandatory": False}},
            "collection_method": "register",
            "agreement": "improvement_kpi",
            "dimensions": ["report"],
        }
    )
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))
    shutil.copy(ROOT / "include" / "agreements" / "improvement_kpi.yaml", house / "list" / "agreements")
    items = ("x | report_author | 2026-12-15", "y | process_manager | 2026-12-31", "z | report_author | 2027-01-05")
    send(delivered, items="\n".join(items))
    Register(settings().register_url, clock=lambda: dt.datetime(2026, 12, 30, tzinfo=dt.UTC)).close_improvement(
        f"{KEY}-{PERIOD}-2", "done", "installed", "clerk"
    )

    with time_machine.travel(NEXT, tick=True):  # a line older than the one before it would be a clock set back
        _walk_the_improvement_report()
        assert main(["audit", "improving", "2026-12", "--all"]) == 0, capsys.readouterr().out
        assert "data: improving 2026-12 r01" in capsys.readouterr().out


def _walk_the_improvement_report():
    job = steps.open_report("improving", "2026-12", "run-i", NEXT)
    steps.collect(job, "improvement")
    steps.check(job)
    steps.measure(job)
    steps.render(job)
    figures = register().figures(("improving", "2026-12", 1))
    whole = figures[figures["dimension"] == ""].set_index("measure")["value"]
    # due in December: x, which is open, and y, closed a day before
    assert (whole["on_time_improvement"], whole["closed"], whole["opened"]) == (0.5, 1, 0)
    assert (whole["improvements_open"], whole["improvements_overdue"]) == (2, 1)
    folder = Path(settings().var) / "workspace" / "improving" / "2026-12" / "r01"
    lines = json.loads((folder / "improvements.json").read_text())
    assert [(line["title"], line["report"], line["state"]) for line in lines] == [
        ("x", KEY, "overdue"),
        ("y", KEY, "done"),
        ("z", KEY, "open"),
    ]
    page = (folder / "report.html").read_text()
    for key in "abcdef":
        assert f'<section class="content" id="{key}">' in page
    assert "报告列表没有为这部分内容登记数据来源" in page
    sign(job)
    steps.release(job)
    steps.deliver(job)
    steps.seal(job)
