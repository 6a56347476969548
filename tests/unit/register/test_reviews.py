"""Reviews and improvement items on record: said once, open until closed, closed once."""

from __future__ import annotations

import datetime as dt
import subprocess
from dataclasses import replace

import pytest
from itss.errors import RegisterError
from itss.register import Item, Register, Review, Revision
from itss.register.__main__ import main
from walking import NOW, open_one, walk

ME = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
REVIEW = Review(dt.date(2026, 10, 12), ("report_manager", "A guest"), "gaps", "trends", "measures", "manager", NOW)
ITEMS = [
    Item("Second mail server | warm", "report_author", dt.date(2026, 10, 31)),
    Item("Train the desk", "report_manager", dt.date(2026, 11, 30)),
]


def delivered(register: Register, run: str = "run-a", period: str = "2026-09") -> Revision:
    revision = open_one(register, run, period=period)
    walk(register, revision, "delivered", content=f"{run:c<64}")
    return revision


def test_a_review_raises_its_items_once(register: Register) -> None:
    one = delivered(register)
    for _ in range(2):  # a task that is tried again
        register.record_review(one.ref, REVIEW, ITEMS, "Asia/Shanghai")
    assert register.review(one.ref) == REVIEW
    raised = register.raised(one.ref)
    assert [(item.key, item.title, item.owner, item.due_on, item.state) for item in raised] == [
        ("customer_monthly-2026-09-1", *vars(ITEMS[0]).values(), "open"),
        ("customer_monthly-2026-09-2", *vars(ITEMS[1]).values(), "open"),
    ]
    assert [event.who for event in register.events(one.ref) if event.what == "reviewed"] == ["manager"]
    with pytest.raises(RegisterError, match="was reviewed already, by manager"):
        register.record_review(one.ref, replace(REVIEW, gaps="others"), ITEMS, "Asia/Shanghai")
    with pytest.raises(RegisterError, match="was reviewed already"):
        register.record_review(one.ref, REVIEW, ITEMS[:1], "Asia/Shanghai")


def test_what_nobody_has_or_is_sealed_is_not_reviewed(register: Register) -> None:
    one = open_one(register)
    with pytest.raises(RegisterError, match="nobody has it yet"):
        register.record_review(one.ref, REVIEW, ITEMS, "UTC")
    walk(register, one, "sealed")
    with pytest.raises(RegisterError, match="is sealed"):
        register.record_review(one.ref, REVIEW, ITEMS, "UTC")
    assert (register.review(one.ref), register.raised(one.ref)) == (None, [])


def test_the_review_of_a_correction_counts_on(register: Register) -> None:
    first = delivered(register)
    register.record_review(first.ref, REVIEW, ITEMS, "UTC")
    register.seal(first.ref, "/archive/r01", "5" * 64, NOW)
    second = delivered(register, "run-b")
    assert second.number == 2
    register.record_review(second.ref, REVIEW, ITEMS[:1], "UTC")
    assert [item.key[-2:] for item in register.improvements("customer_monthly")] == ["-1", "-2", "-3"]
    assert register.improvements("internal_monthly") == []


def test_an_item_is_closed_once_and_who_did_is_logged(register: Register) -> None:
    one = delivered(register)
    register.record_review(one.ref, REVIEW, ITEMS, "UTC")
    key = "customer_monthly-2026-09-1"
    with pytest.raises(RegisterError, match="what came of it"):
        register.close_improvement(key, "done", " ", "clerk")
    for _ in range(2):
        assert register.close_improvement(key, "done", "installed", "clerk").state == "done"
    with pytest.raises(RegisterError, match=r"is done already \(installed\), by clerk"):
        register.close_improvement(key, "cancelled", "not needed", "clerk")
    assert [item.key[-1] for item in register.improvements(is_open=True)] == ["2"]
    logged = [(event.who, event.details) for event in register.events(one.ref) if event.what == "improvement"]
    assert logged == [("clerk", {"key": key, "state": "done", "result": "installed"})]
    with pytest.raises(RegisterError, match="no improvement item 'nothing'"):
        register.close_improvement("nothing", "done", "x", "clerk")


def test_a_refused_form_is_kept_as_it_was_written(register: Register) -> None:
    one = delivered(register)
    assert register.refused_review(one.ref) == ({}, [])
    register.refuse_review(one.ref, "manager", {"items": "first"}, ["no"])
    register.refuse_review(one.ref, "manager", {"items": "second\x00"}, ["still no"])
    assert register.refused_review(one.ref) == ({"items": "second\x00"}, ["still no"])


def test_documents_are_bound_once(register: Register) -> None:
    one = delivered(register)
    with pytest.raises(RegisterError, match="was not reviewed"):
        register.record_minutes(one.ref, {"minutes.html": "a" * 64})
    register.record_review(one.ref, REVIEW, ITEMS, "UTC")
    for _ in range(2):
        register.record_minutes(one.ref, {"minutes.html": "a" * 64})
    with pytest.raises(RegisterError, match="other bytes"):
        register.record_minutes(one.ref, {"minutes.html": "b" * 64})


def test_rows_are_days_of_the_entrys_zone(register: Register) -> None:
    one = delivered(register)
    register.record_review(one.ref, REVIEW, ITEMS[:1], "Asia/Shanghai")
    (row,) = register.improvement_rows().to_dict("records")
    assert row["opened_at"] == dt.datetime(2026, 10, 11, 16, tzinfo=dt.UTC)
    assert row["due_at"] == dt.datetime(2026, 10, 31, 15, 59, 59, tzinfo=dt.UTC)
    assert (row["owner"], row["state"], row["closed_at"]) == ("report_author", "open", None)


def test_items_are_listed_and_closed_by_command(
    register: Register, url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "clerk")  # which anybody can set
    one = delivered(register)
    register.record_review(one.ref, REVIEW, ITEMS, "UTC")
    key = "customer_monthly-2026-09-2"
    assert main(["--url", url, "improvement", key, "done", "--result", "trained twice"]) == 0
    assert main(["--url", url, "improvements"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told == [
        f"{key} is done.",
        "customer_monthly-2026-09-1 open, report_author, due 2026-10-31: Second mail server | warm",
        f"{key} done, report_manager, due 2026-11-30: Train the desk (trained twice, by {ME})",
    ]
    assert main(["--url", url, "improvements", "customer_monthly", "--open"]) == 0
    assert key not in capsys.readouterr().out
    assert main(["--url", url, "improvement", key, "cancelled", "--result", "no"]) == 1


def test_a_moved_date_is_logged_beside_the_one_agreed_first(
    register: Register, url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "clerk")  # which anybody can set
    one = delivered(register)
    register.record_review(one.ref, REVIEW, ITEMS, "Asia/Shanghai")
    key = "customer_monthly-2026-09-2"
    moved = ["--url", url, "improvement", key, "moved", "--result", "parts are late"]
    assert main(moved) == 1
    assert main([*moved, "--to", "2026-10-01"]) == 1  # before it was raised
    capsys.readouterr()
    for _ in range(2):
        assert main([*moved, "--to", "2026-12-31"]) == 0
    assert main(["--url", url, "improvements", "--open"]) == 0
    assert "due 2026-11-30, moved to 2026-12-31: Train the desk" in capsys.readouterr().out
    (event,) = [event for event in register.events(one.ref) if event.what == "improvement_moved"]
    assert (event.who, event.details["reason"]) == (ME, "parts are late")
    other, item = register.improvements()
    assert (item.due_on, other.moves) == (dt.date(2026, 11, 30), ())
    assert item.moved_to(event.at) is None
    assert item.moved_to(event.at + dt.timedelta(seconds=1)) == dt.date(2026, 12, 31)
    row = register.improvement_rows().set_index("key").loc[key]
    assert row["due_at"] == dt.datetime(2026, 11, 30, 15, 59, 59, tzinfo=dt.UTC)
    assert row["moves"] == [(event.at, dt.datetime(2026, 12, 31, 15, 59, 59, tzinfo=dt.UTC))]
    assert main(["--url", url, "improvement", key, "done", "--result", "trained"]) == 0
    assert main([*moved, "--to", "2027-01-31"]) == 1
