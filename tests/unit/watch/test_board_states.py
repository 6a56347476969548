"""What a cell of the board says at every point of a report's way, and whether it counts as on time."""

from __future__ import annotations

import datetime as dt
from typing import Any

from itss.processes.reporting import PROCESS
from itss.report_list.loader import load
from itss.settings import settings
from itss.sources.register_source import collect_reporting
from itss.watch.board import BoardCell, BoardRow, board
from watched import KEY, PERIOD, REF, answer, archived, change, deliver, open_one, register, shanghai, submit

DUE = shanghai(10, 13, 18)
"""September's report: the fifth working day of October 2026, whose first seven days are holidays in China."""

LEVELS = ("initial_review", "approval")


def row(now: dt.datetime) -> BoardRow:
    people = load(settings().report_list).list
    (table,) = board(people.reports, people, register(now), now)
    return table.rows[0]


def cell(now: dt.datetime) -> BoardCell:
    return row(now).cells[PERIOD]


def waits(found: BoardCell) -> tuple[str, list[str]]:
    assert found.waiting is not None
    return found.waiting.title.en if found.waiting.title else "", [one.en for one in found.waiting.people]


def test_report_that_nobody_has_begun_is_due_and_then_late(house: object) -> None:
    before, after = cell(DUE - dt.timedelta(minutes=1)), cell(DUE + dt.timedelta(minutes=1))
    assert (before.state, before.is_due, before.is_late, before.ref) == ("due", False, False, None)
    assert (after.state, after.is_due, after.is_late, after.due_at) == ("due", True, True, DUE)


def test_period_that_is_not_over_and_one_that_is_not_owed_have_no_cell(house: object) -> None:
    assert list(row(shanghai(9, 30, 23)).cells) == []
    assert list(row(shanghai(11, 2)).cells) == ["2026-10", PERIOD]


def test_what_was_due_before_the_product_began_to_work_is_not_missed(house: object) -> None:
    people, now = load(settings().report_list).list, shanghai(11, 2)
    (table,) = board(people.reports, people, register(now), now, since=DUE + dt.timedelta(seconds=1))
    assert (list(table.rows[0].cells), table.rows[0].due) == (["2026-10"], 0)


def test_open_report_waits_for_the_data_that_people_hand_in(house: object) -> None:
    open_one(shanghai(10, 9))
    assert cell(shanghai(10, 9, 1)).state == "waiting_data"


def test_report_whose_data_nobody_hands_in_is_collecting(house: object) -> None:
    def from_files(entry: dict[str, Any]) -> None:
        for source in entry["data_source"].values():
            source.pop("hand_in")
            source.update(system="own", file="x.csv")

    for process in ("capacity", "service_level", "availability"):
        query = settings().report_list.parent / "sql" / "own" / f"{process}.sql"
        query.parent.mkdir(parents=True, exist_ok=True)
        query.write_text("SELECT * FROM source")
    change(from_files)
    open_one(shanghai(10, 9))
    assert cell(shanghai(10, 9, 1)).state == "collecting"


def test_report_in_approval_says_at_whom_and_since_when(house: object) -> None:
    open_one(shanghai(10, 9))
    submit(REF, shanghai(10, 9, 10))
    found = cell(shanghai(10, 9, 11))
    assert (found.state, waits(found)) == ("in_approval", ("Initial review", ["Head of department"]))
    assert found.waiting is not None
    assert found.waiting.since == shanghai(10, 9, 10)


def test_approver_is_named_by_the_entry_that_was_opened(house: object) -> None:
    open_one(shanghai(10, 9))
    change(lambda entry: entry["approval"].reverse())
    change(lambda entry: [level.update(name=name) for level, name in zip(entry["approval"], LEVELS, strict=True)])
    submit(REF, shanghai(10, 9, 10))
    assert waits(cell(shanghai(10, 9, 11)))[1] == ["Head of department"]


def test_answered_level_is_being_processed_until_the_next_one_is_asked(house: object) -> None:
    open_one(shanghai(10, 9))
    submit(REF, shanghai(10, 9, 10))
    answer(REF, shanghai(10, 9, 12), "initial_review")
    found = cell(shanghai(10, 9, 13))
    assert (found.state, found.waiting) == ("processing", None)


def test_rejected_report_is_returned_to_its_author(house: object) -> None:
    open_one(shanghai(10, 9))
    submit(REF, shanghai(10, 9, 10))
    answer(REF, shanghai(10, 9, 12), "initial_review", "reject")
    register(shanghai(10, 9, 12)).return_revision(REF, "列 3 有误")
    found = cell(shanghai(10, 9, 13))
    assert (found.state, waits(found)[1]) == ("returned", ["Report author"])


def test_delivery_by_the_due_date_is_on_time_and_after_it_late(house: object) -> None:
    open_one(shanghai(10, 9))
    deliver(REF, DUE)
    on_time = cell(shanghai(11, 1))
    assert (on_time.state, on_time.is_on_time, on_time.is_late) == ("delivered", True, False)
    change(lambda entry: entry["period"].update(due_time="17:59"))
    assert (cell(shanghai(11, 1)).is_on_time, cell(shanghai(11, 1)).is_late) == (False, True)


def test_a_reader_is_told_of_what_was_released_alone(house: object) -> None:
    def read(at: dt.datetime) -> BoardCell:
        people = load(settings().report_list).list
        (table,) = board(people.reports, people, register(at), at, readers={KEY})
        return table.rows[0].cells[PERIOD]

    open_one(shanghai(10, 9))
    submit(REF, shanghai(10, 9, 10))
    waiting = read(shanghai(10, 9, 11))
    assert (waiting.state, waiting.ref, waiting.waiting, waiting.is_late) == ("unreleased", None, None, False)
    assert read(DUE + dt.timedelta(minutes=1)).is_late
    deliver(REF, shanghai(10, 10))
    register(shanghai(10, 11)).seal(REF, archived(), "5" * 64, shanghai(10, 11))
    submit(open_one(shanghai(10, 20), "run-2"), shanghai(10, 20, 1), content="d" * 64)
    assert (read(shanghai(10, 21)).ref, read(shanghai(10, 21)).state) == (REF, "sealed")
    assert cell(shanghai(10, 21)).state == "in_approval"


def test_failed_correction_makes_no_delivered_report_late(house: object) -> None:
    open_one(shanghai(10, 9))
    deliver(REF, shanghai(10, 10))
    register(shanghai(10, 11)).seal(REF, archived(), "5" * 64, shanghai(10, 11))
    second = open_one(shanghai(10, 20), "run-2")
    register(shanghai(10, 20)).fail(second, "no rows")
    found = cell(shanghai(11, 1))
    assert (found.state, found.ref, found.is_late, found.is_on_time) == ("failed", second, False, True)


def test_rate_is_the_one_that_the_report_on_on_time_delivery_has(house: object) -> None:
    """Counted by that report's own source and measure: delivered, delivered late, never begun."""
    change(lambda entry: entry["period"].update(first="2026-07-01"))
    for period, at in (("2026-07", shanghai(8, 3)), ("2026-08", shanghai(9, 20))):
        ref = open_one(at, f"run-{period}", period)
        deliver(ref, at)
    now = shanghai(11, 1)
    people, rows = load(settings().report_list).list, register(now).source_rows("reporting")
    frame = collect_reporting(people, rows, shanghai(8, 1), now)
    in_time = int((frame["delivered_at"] <= frame["due_at"]).sum())
    found = row(now)
    assert (found.on_time, found.due) == (in_time, len(frame)) == (1, 3)
    assert {column.name for column in PROCESS.columns} >= {"due_at", "delivered_at"}


def test_report_under_its_former_key_is_found_under_the_new_one(house: object) -> None:
    open_one(shanghai(10, 9))
    register(shanghai(10, 9)).rename(KEY, "supplier_new", "somebody")
    change(lambda entry: entry.update(key="supplier_new", was=KEY))
    found = cell(shanghai(10, 9, 1))
    assert found.ref == REF
