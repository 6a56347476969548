"""One take-up for all: open places, what only an open revision awaits; nothing is read where nothing was dropped."""

from __future__ import annotations

import datetime as dt
import os
import time
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import yaml
from bucket import install, put
from handing import BAD, NOW, REPORT, drop, place, register, rest, workbook
from itss import steps
from itss.hand_in.dropped import Dropped, dropped
from itss.settings import settings
from itss.standalone.data_awaited import is_data_awaited
from itss.standalone.sink import MailSink

NOTHING = {"accepted": 0, "refused": 0}
HERE = Dropped(REPORT, "2026-09", "capacity")


def edit(house: Path, how: Any) -> None:
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    how(document)
    listed.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False))


def no_hand_in(document: dict[str, Any]) -> None:
    """The list of today fetches from a database what was handed in before."""
    entry = document["reports"][0]
    sources = {process: {"system": "itss", "connection": "itsm"} for process in entry["data_source"]}
    entry |= {"data_source": sources, "collection_method": "sql"}


def test_an_empty_inbox_costs_a_look_at_it(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (settings().inbox / REPORT / "2026-09" / "capacity" / "accepted" / "0123").mkdir(parents=True)
    (settings().inbox / "服务报告信息收集登记表.xlsx").write_bytes(b"x")
    monkeypatch.setenv("ITSS_REPORT_LIST", str(house / "missing.yaml"))
    monkeypatch.setenv("ITSS_REGISTER_URL", "nothing://that.could.be.asked")
    assert steps.take_up(NOW) == NOTHING


def test_what_is_there_is_found_by_its_place(house: Path) -> None:
    inbox, folder = settings().inbox, place().folder(settings().inbox)
    assert list(dropped(inbox)) == []
    file = drop("a.csv", Path(__file__))
    assert list(dropped(inbox)) == [HERE]
    file.rename(folder / "a.csv.part")
    assert list(dropped(inbox)) == [], "it is on its way"
    (folder / "a.csv.part").unlink()
    (folder / ".taken" / "20261009T020000.000000Z_000000_0123abcd").mkdir(parents=True)
    assert list(dropped(inbox)) == [HERE], "a scan was killed"
    (folder / ".taken" / "20261009T020000.000000Z_000000_0123abcd").rmdir()
    (folder / ".taken" / ".lock").touch()
    assert list(dropped(inbox)) == []
    (folder / "accepted").symlink_to(house)
    assert list(dropped(inbox)) == [HERE], "a link by the name of one of our folders"
    strange = inbox / os.fsdecode("报告\xff".encode("latin-1", "replace") + b"\xff") / "2026-09" / "capacity"
    strange.mkdir(parents=True)
    (strange / "a.csv").touch()
    assert list(dropped(inbox)) == [HERE], "a name that is the key of nothing"


def test_an_object_is_found_by_its_place(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(house / "bucket", monkeypatch)
    inbox, folder = settings().inbox, place().folder(settings().inbox)
    assert list(dropped(inbox)) == []
    for name in ("accepted/0123/a.csv", "refused/0123/a.csv", ".taken/0123/x", "~$a.xlsx"):
        put(folder / name, b"x")
    put(inbox / "register.xlsx", b"x")
    assert list(dropped(inbox)) == []
    put(folder / "a.csv", b"x")
    put(place("availability").folder(inbox) / "a folder" / "a.csv", b"x")
    assert list(dropped(inbox)) == [Dropped(*HERE[:2], "availability"), HERE]


def test_a_drop_is_taken_up_and_a_refusal_is_mailed_once(house: Path, mail: MailSink) -> None:
    drop("good.xlsx", workbook(house / "good.xlsx", place()))
    bad = place("availability").folder(settings().inbox) / "bad.xlsx"
    bad.parent.mkdir(parents=True)
    rest(workbook(bad, place("availability"), []), 60)
    drop("b.xlsx", workbook(house / "bad.xlsx", place(), BAD), 50)
    assert steps.take_up(NOW) == {"accepted": 2, "refused": 1}, "an optional source may be empty"
    assert steps.take_up(NOW) == NOTHING
    assert steps.notify_of_data("refused", NOW) == []
    assert len(mail.mails()) == 1
    assert list(dropped(settings().inbox)) == []


def test_what_only_an_open_revision_awaits_is_taken_up_for_it(house: Path, mail: MailSink) -> None:
    job = steps.open_report(REPORT, "2026-09", "run-1", NOW)
    file = workbook(house / "good.xlsx", place())
    refused = workbook(house / "bad.xlsx", place(), BAD)
    drop("b.xlsx", refused)
    edit(house, no_hand_in)
    people = listed()
    assert is_data_awaited(people, settings().register_url)
    assert steps.take_up(NOW) == {"accepted": 0, "refused": 1}
    (notice,) = (message_from_bytes(path.read_bytes(), policy=default) for path in mail.mails())
    assert notice["X-Envelope-To"] == "data_provider@example.com"
    (place_folder(settings().inbox) / "a.xlsx").write_bytes(file.read_bytes())
    rest(place_folder(settings().inbox) / "a.xlsx")
    assert steps.take_up(NOW) == {"accepted": 1, "refused": 0}
    assert steps.wait_for(job, "capacity", NOW)


def test_where_nothing_is_handed_in_nothing_waits(house: Path) -> None:
    assert is_data_awaited(listed(), settings().register_url)
    edit(house, no_hand_in)
    assert not is_data_awaited(listed(), settings().register_url)
    assert not (house / "var" / "register.sqlite").exists(), "asking made none"


def test_what_nothing_awaits_stays_where_it_is(house: Path, mail: MailSink) -> None:
    for report, period in (("unknown", "2026-09"), (REPORT, "2025-01"), (REPORT, "2026-10"), (REPORT, "nonsense")):
        folder = settings().inbox / report / period / "capacity"
        folder.mkdir(parents=True)
        rest(workbook(folder / "a.xlsx", place()))
    assert steps.take_up(NOW) == NOTHING
    assert len(list(dropped(settings().inbox))) == 4
    assert register().hand_ins() == []


def test_an_old_period_is_open_for_the_revision_that_failed_without_it(house: Path, mail: MailSink) -> None:
    edit(house, lambda document: document["reports"][0]["period"].update(first="2026-01-01"))
    job = steps.open_report(REPORT, "2026-02", "run-1", NOW)
    register().fail((REPORT, "2026-02", 1), "wait_capacity: nothing was handed in")
    folder = settings().inbox / REPORT / "2026-02" / "capacity"
    folder.mkdir(parents=True)
    file = folder / "capacity.csv"
    file.write_text("id,resource,sampled_at,utilisation\nS1,A,2026-02-20 08:00,0.5\n")
    rest(file)
    assert steps.take_up(NOW) == {"accepted": 1, "refused": 0}
    assert steps.wait_for(job, "capacity", NOW)


def test_what_is_dropped_in_the_last_minutes_is_not_late(house: Path, mail: MailSink) -> None:
    job = steps.open_report(REPORT, "2026-09", "run-1", NOW)
    drop("good.xlsx", workbook(house / "good.xlsx", place()))
    assert steps.wait_for(job, "capacity", NOW + dt.timedelta(days=30)), "although no take-up has run since"


def test_a_report_whose_places_cannot_be_read_stops_no_other(house: Path, mail: MailSink) -> None:
    edit(house, lambda document: document["reports"].insert(0, document["reports"][0] | {"key": "another_monthly"}))
    drop("good.xlsx", workbook(house / "good.xlsx", place()))
    folder = settings().inbox / "another_monthly" / "2026-09" / "capacity"
    folder.mkdir(parents=True)
    rest(workbook(folder / "a.xlsx", place()))
    (folder / "accepted").symlink_to(house / "nowhere")
    (folder / ".taken").mkdir()
    (folder / ".taken" / ".lock").mkdir()
    with pytest.raises(IsADirectoryError):
        steps.take_up(NOW)
    assert [(one.report, one.status) for one in register().hand_ins()] == [(REPORT, "accepted")]


def test_a_look_at_ten_thousand_places_is_quick(house: Path) -> None:
    for number in range(10_000):
        (settings().inbox / f"report_{number % 100}" / f"2026-{number // 100}" / "capacity" / "accepted").mkdir(
            parents=True
        )
    began = time.process_time()
    assert list(dropped(settings().inbox)) == []
    assert time.process_time() - began < 5.0, "0.3 s on a machine that does nothing else"


def listed() -> Any:
    from itss.report_list.loader import load

    return load(settings().report_list).list


def place_folder(inbox: Path) -> Path:
    return inbox.joinpath(*HERE)
