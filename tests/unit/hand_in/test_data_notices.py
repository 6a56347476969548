"""Who is told of what and when, by real mails: once each, also when the run is repeated or broke off."""

from __future__ import annotations

import datetime as dt
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
import yaml
from handing import NOW, REPORT, ROWS, connect, place, register, wall, workbook
from itss import steps
from itss.errors import DeliveryError
from itss.hand_in.receiving import hand_in
from itss.settings import settings
from itss.standalone.sink import MailSink

# September 2026 ends on 30 September 24:00 in Shanghai; its data is due on Monday 12 October 18:00 there, the fourth
# working day after the holidays: 8, 9, 10 (a make-up Saturday), 12 October. Two working days before that is the 9th.
BEFORE = dt.datetime(2026, 9, 23, 15, 59, 59, tzinfo=dt.UTC)
ANNOUNCED = dt.datetime(2026, 9, 23, 16, tzinfo=dt.UTC)
REMINDED = dt.datetime(2026, 10, 8, 16, tzinfo=dt.UTC)
DUE = dt.datetime(2026, 10, 12, 10, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
COLLECTOR, MANAGER = "data_provider@example.com", "report_manager@example.com"


def mails(sink: MailSink) -> list[EmailMessage]:
    return [message_from_bytes(path.read_bytes(), policy=default) for path in sink.mails()]


def words(message: EmailMessage) -> str:
    body = message.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def give(house: Path, *processes: str) -> None:
    level = {"id": "L1", "measured_at": wall(9, 30, 20)}
    rows = {"capacity": ROWS, "service_level": [level], "availability": []}
    for process in processes:
        where = place(process)
        path = workbook(house / f"{process}.xlsx", where, rows[process])
        hand_in(settings(), register(), where, path, "data_provider", NOW)


def own_first(house: Path, month: str) -> None:
    """Owe the report from ``month`` on, so that no older period is told of."""
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    document["reports"][0]["period"]["first"] = f"{month}-01"
    listed.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False))


@pytest.fixture(autouse=True)
def only_september(house: Path) -> None:
    own_first(house, "2026-09")


def test_each_collector_gets_his_part_of_the_register_and_the_workbooks_once(mail: MailSink) -> None:
    assert steps.notify_of_data("announce", BEFORE) == []
    assert steps.notify_of_data("announce", ANNOUNCED) == [COLLECTOR]
    assert steps.notify_of_data("announce", ANNOUNCED + SECOND) == []
    (told,) = mails(mail)
    assert told["X-Envelope-To"] == COLLECTOR
    assert "2026-09" in told["Subject"]
    assert "2026-10-12 18:00 (Asia/Shanghai)" in words(told)
    assert "supplier_monthly/2026-09/capacity/" in words(told)
    files = {part.get_filename(): part.get_content() for part in told.iter_attachments()}
    assert list(files) == [
        "服务报告信息收集登记表.xlsx",
        "Monthly supplier service report Capacity management 2026-09.xlsx",
        "Monthly supplier service report Service level management 2026-09.xlsx",
        "Monthly supplier service report Availability management 2026-09.xlsx",
    ]
    form = openpyxl.load_workbook(BytesIO(files["Monthly supplier service report Capacity management 2026-09.xlsx"]))
    marks = {one.name: one.value for one in form.custom_doc_props.props}
    assert marks == {"itss_report": REPORT, "itss_period": "2026-09", "itss_process": "capacity"}
    (receipt,) = register().notices()
    assert (receipt.kind, receipt.status, receipt.attempts) == ("announce", "accepted", 1)


def test_who_has_not_handed_in_is_reminded_before_it_is_due(house: Path, mail: MailSink) -> None:
    steps.notify_of_data("announce", ANNOUNCED)
    assert steps.notify_of_data("remind", REMINDED - SECOND) == []
    give(house, "capacity")
    assert steps.notify_of_data("remind", REMINDED) == [COLLECTOR]
    assert steps.notify_of_data("remind", DUE - SECOND) == []
    reminder = mails(mail)[1]
    assert "service_level/" in words(reminder)
    assert "capacity/" not in words(reminder), "that is there"
    assert len(list(reminder.iter_attachments())) == 2


def test_nobody_is_reminded_on_the_day_he_is_told_nor_of_what_is_there(house: Path, mail: MailSink) -> None:
    late = REMINDED + dt.timedelta(hours=3)
    steps.notify_of_data("announce", late)
    assert steps.notify_of_data("remind", late + SECOND) == []
    give(house, "capacity", "service_level", "availability")
    assert steps.notify_of_data("remind", late + dt.timedelta(days=1)) == []
    assert len(mails(mail)) == 1


def test_what_is_overdue_goes_to_the_report_manager_with_who_owes_it(house: Path, mail: MailSink) -> None:
    give(house, "capacity")
    assert steps.notify_of_data("escalate", DUE - SECOND) == []
    assert steps.notify_of_data("escalate", DUE) == [MANAGER]
    assert steps.notify_of_data("escalate", DUE + dt.timedelta(days=5)) == []
    (told,) = mails(mail)
    assert "Data provider (data_provider@example.com)" in words(told)
    assert "service_level" in words(told)
    assert "supplier_monthly/2026-09/capacity/" not in words(told)
    assert not list(told.iter_attachments())


def test_missing_optional_data_is_no_escalation(house: Path, mail: MailSink) -> None:
    give(house, "capacity", "service_level")
    assert steps.notify_of_data("escalate", DUE) == []
    assert steps.notify_of_data("announce", DUE) == [], "it is too late to announce it"


def test_a_system_that_comes_back_does_not_mail_the_past(house: Path, mail: MailSink) -> None:
    own_first(house, "2026-08")  # due on 4 September
    assert steps.notify_of_data("escalate", DUE) == [MANAGER]
    assert [one.period for one in register().notices()] == ["2026-09"]


def test_what_was_due_before_the_product_was_set_up_is_not_escalated(
    mail: MailSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ITSS_SCHEDULE_FROM", (DUE + SECOND).isoformat())
    assert steps.notify_of_data("escalate", DUE + dt.timedelta(days=1)) == []


def test_two_periods_of_one_day_travel_in_one_mail(house: Path, mail: MailSink) -> None:
    own_first(house, "2026-08")
    # August 2026 is due on Friday 4 September; both are overdue at once on 12 October, August for more than a month
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    document["reports"][0]["period"]["due_working_days"] = 20
    listed.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False))
    at = dt.datetime(2026, 9, 24, tzinfo=dt.UTC)  # August is due on the 19th working day, 27 September
    assert steps.notify_of_data("announce", at) == [COLLECTOR]
    assert [(one.period, one.status) for one in register().notices()] == [
        ("2026-08", "accepted"),
        ("2026-09", "accepted"),
    ]
    (told,) = mails(mail)
    assert told["Subject"].endswith("2026-08, 2026-09")


def test_a_mail_server_that_is_down_loses_no_notice(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with MailSink(house / "mail") as sink:
        port = sink.port
    connect(monkeypatch, port)
    with pytest.raises(DeliveryError, match=COLLECTOR):
        steps.notify_of_data("announce", ANNOUNCED)
    assert [one.status for one in register().notices()] == ["planned"]
    with MailSink(house / "mail") as sink:
        connect(monkeypatch, sink.port)
        assert steps.notify_of_data("announce", ANNOUNCED) == [COLLECTOR]
        assert len(mails(sink)) == 1


def test_an_address_that_is_refused_does_not_keep_the_others_from_theirs(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    document["reports"][0]["data_collector"] = ["supplier_manager", "data_provider"]
    listed.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False))
    with MailSink(house / "mail", refused=["supplier_manager@example.com"]) as sink:
        connect(monkeypatch, sink.port)
        for _ in range(2):
            with pytest.raises(DeliveryError, match=r"supplier_manager@example\.com"):
                steps.notify_of_data("announce", ANNOUNCED)
        assert [message["X-Envelope-To"] for message in mails(sink)] == [COLLECTOR]
    assert {one.address: one.status for one in register().notices()} == {
        "supplier_manager@example.com": "refused",
        COLLECTOR: "accepted",
    }


def test_a_mail_whose_end_is_not_known_is_not_repeated(house: Path, mail: MailSink) -> None:
    steps.notify_of_data("announce", BEFORE)
    from itss.hand_in import owed
    from itss.notices import notifying
    from itss.report_list.loader import load

    people, record = load(settings().report_list).list, register()
    wanted = owed.due_now("announce", people, record, ANNOUNCED)
    record.plan_notices(notifying.planned("announce", wanted, [], ANNOUNCED))
    (planned,) = record.notices()
    record.record_notice(planned.message_id, "sending", "", ANNOUNCED)  # and there its process was killed
    with pytest.raises(DeliveryError, match="how it ended is not known"):
        steps.notify_of_data("announce", ANNOUNCED)
    assert mails(mail) == []
    record.record_notice(planned.message_id, "deferred", "a person looked", ANNOUNCED)
    assert steps.notify_of_data("announce", ANNOUNCED) == [COLLECTOR]


def test_two_roles_with_one_address_get_one_mail(house: Path, mail: MailSink) -> None:
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    document["people"]["supplier_manager"]["email"] = COLLECTOR
    document["reports"][0]["data_collector"] = ["supplier_manager", "data_provider"]
    listed.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False))
    assert steps.notify_of_data("announce", ANNOUNCED) == [COLLECTOR]
    assert steps.notify_of_data("announce", ANNOUNCED) == []
    (told,) = mails(mail)
    assert words(told).count("supplier_monthly/2026-09/capacity/") == 1


def test_two_refused_files_of_one_name_are_both_attached(house: Path, mail: MailSink) -> None:
    import os
    import time

    folder = place().folder(settings().inbox)
    folder.mkdir(parents=True)
    for value in (7, 8):
        os.utime(workbook(folder / "a.xlsx", place(), [ROWS[0] | {"utilisation": value}]), (time.time() - 60,) * 2)
        from itss.hand_in.receiving import take_up

        list(take_up(settings(), register(), place(), NOW + dt.timedelta(seconds=value)))
    assert steps.notify_of_data("refused", NOW) == [COLLECTOR]
    (told,) = mails(mail)
    files = {part.get_filename(): part.get_content() for part in told.iter_attachments()}
    assert sorted(files) == ["2 a.errors.xlsx", "a.errors.xlsx"]
    assert len(set(files.values())) == 2


def test_the_compiled_register_lies_where_data_is_handed_in(house: Path) -> None:
    give(house, "capacity")
    name = steps.compile_register(NOW)
    book = openpyxl.load_workbook(settings().inbox / name)
    assert book.sheetnames == ["登记表", "Register", "数据提交 data"]
    english = [[cell.value for cell in row] for row in book["Register"].iter_rows(min_row=3)]
    line = dict(zip(*english, strict=True))
    assert line["Data collector"] == "Data provider"
    assert (line["Next period"], line["Data due"], line["Report due"]) == (
        "2026-09",
        "2026-10-12 18:00",
        "2026-10-13 18:00",
    )
    assert "Initial review (Head of department) → Approval (Management representative)" in line["Approval requirement"]
    chinese = [cell.value for cell in book["登记表"][3]]
    columns = (
        "报告部门 报告模板 报告要求 报告周期 报告数据来源 "
        "报告数据收集方法 报告数据收集人员 报告撰写人员 报告审批要求 报告分发要求"
    )
    assert chinese[2:12] == columns.split()
    states = {row[2].value: row[6].value for row in book["数据提交 data"].iter_rows(min_row=4)}
    assert states == {
        "容量管理 Capacity management": "已提交 handed in",
        "服务级别管理 Service level management": "待提交 expected",
        "可用性管理 Availability management": "待提交 expected",
    }
    assert steps.compile_register(NOW) == name
    again = (settings().inbox / name).read_bytes()
    steps.compile_register(NOW)
    assert (settings().inbox / name).read_bytes() == again, "the same to the byte"


def test_the_daily_scan_takes_up_every_period_that_is_over(house: Path, mail: MailSink) -> None:
    import os
    import time

    folder = place().folder(settings().inbox)
    folder.mkdir(parents=True)
    os.utime(workbook(folder / "a.xlsx", place()), (time.time() - 60,) * 2)
    running = settings().inbox / REPORT / "2026-10" / "capacity"
    running.mkdir(parents=True)
    os.utime(workbook(running / "b.xlsx", place()), (time.time() - 60,) * 2)
    assert steps.take_up(NOW) == {"accepted": 1, "refused": 0}
    assert steps.take_up(NOW) == {"accepted": 0, "refused": 0}
    assert [path.name for path in running.iterdir()] == ["b.xlsx"]
