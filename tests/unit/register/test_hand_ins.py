"""Versions of what is handed in, and who was told: appended to, numbered without holes, the same on both databases."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from itss.errors import RegisterError
from itss.register import Notice, Register
from itss.register.hand_ins import Handed

NOW = dt.datetime(2026, 10, 9, 2, tzinfo=dt.UTC)
PLACE = ("supplier_monthly", "2026-09", "capacity")
ID = "<announce.1@service-reporting.invalid>"


def file(content: str, at: dt.datetime = NOW) -> Handed:
    return Handed("容量.xlsx", content * 64, 2, "data_provider", at, f"x/{content}")


def notice(period: str = "2026-09", about: str = "", message_id: str = ID) -> Notice:
    return Notice(PLACE[0], period, "announce", about, "数据提供人", "a@example.com", message_id, NOW)


def test_versions_count_up_and_only_the_newest_bytes_are_the_same(register: Register) -> None:
    came = [file(content, NOW + dt.timedelta(seconds=number)) for number, content in enumerate("aabab")]
    said = [register.accept_hand_in(PLACE, one) for one in came]
    assert [(version.number, is_new) for version, is_new in said] == [
        (1, True),
        (1, False),
        (2, True),
        (3, True),
        (4, True),
    ]
    newest = register.newest_hand_in(PLACE)
    assert newest is not None
    assert (newest.number, newest.sha256[0], newest.at) == (4, "b", came[-1].at)
    assert register.newest_hand_in(("supplier_monthly", "2026-08", "capacity")) is None


def test_a_refusal_is_on_record_and_is_no_version(register: Register) -> None:
    refused = register.refuse_hand_in(PLACE, file("a"), errors=3)
    assert (refused.number, refused.status, refused.errors) == (None, "refused", 3)
    register.refuse_hand_in(PLACE, file("a", NOW + dt.timedelta(seconds=1)), errors=3)
    assert register.newest_hand_in(PLACE) is None
    assert register.accept_hand_in(PLACE, file("a"))[0].number == 1
    assert len(register.hand_ins("supplier_monthly", "2026-09")) == 3
    assert register.hand_ins("customer_monthly") == []


def test_two_people_at_once_make_two_versions(register: Register) -> None:
    contents = "abcdef"
    with ThreadPoolExecutor(6) as people:
        said = list(people.map(lambda content: register.accept_hand_in(PLACE, file(content)), contents))
    assert sorted(version.number or 0 for version, _ in said) == [1, 2, 3, 4, 5, 6]


def test_the_same_file_of_the_same_instant_is_on_record_once_whoever_takes_it_up(register: Register) -> None:
    """Two workers judge one object; the slower one comes when another file is the newest version already."""
    register.accept_hand_in(PLACE, file("a"))
    register.accept_hand_in(PLACE, file("b", NOW + dt.timedelta(seconds=1)))
    version, is_new = register.accept_hand_in(PLACE, file("a"))
    assert (version.number, is_new) == (1, False)
    with ThreadPoolExecutor(4) as workers:
        records = list(workers.map(lambda _: register.refuse_hand_in(PLACE, file("c"), 2), range(4)))
    assert len(set(records)) == 1
    assert [one.status for one in register.hand_ins()] == ["accepted", "accepted", "refused"]


def test_data_handed_in_before_any_report_counts_from_its_first_acceptance(register: Register) -> None:
    late = NOW + dt.timedelta(hours=1)
    register.refuse_hand_in(PLACE, file("a", NOW - dt.timedelta(days=1)), 1)
    register.accept_hand_in(PLACE, file("b"))
    register.accept_hand_in(PLACE, file("c", late))
    (row,) = register.delivered_reports().to_dict("records")
    assert (row["report"], row["period"], row["status"]) == ("supplier_monthly", "2026-09", "missing")
    assert row["submitted"] == {"capacity": NOW}


def test_each_person_is_planned_once(register: Register) -> None:
    register.plan_notices([notice(), notice(), notice("2026-08")])
    register.plan_notices([notice(message_id="<another@service-reporting.invalid>")])
    assert [(one.period, one.message_id, one.status) for one in register.notices()] == [
        ("2026-09", ID, "planned"),
        ("2026-08", ID, "planned"),
    ]


def test_a_receipt_is_that_of_every_notice_in_the_mail_and_none_is_sent_twice(register: Register) -> None:
    register.plan_notices([notice(), notice("2026-08")])
    register.record_notice(ID, "sending", "", NOW)
    with pytest.raises(RegisterError, match="how it ended is not known"):
        register.record_notice(ID, "sending", "", NOW)
    register.record_notice(ID, "accepted", "250 OK", NOW)
    assert {(one.status, one.attempts) for one in register.notices()} == {("accepted", 1)}
    with pytest.raises(RegisterError, match="notified already"):
        register.record_notice(ID, "sending", "", NOW)
    with pytest.raises(RegisterError, match="no notice"):
        register.record_notice("<nobody>", "sending", "", NOW)
