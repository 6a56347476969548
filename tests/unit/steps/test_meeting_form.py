"""What a person writes into the form of the review meeting: read as it is meant, or refused with a word."""

from __future__ import annotations

import datetime as dt

import pytest
from itss.report_list.person import Person
from itss.reports import catalogue
from itss.steps.meeting_form import FIELDS, Between, Meeting, read, written
from itss.text import text

DAYS = Between(dt.date(2026, 10, 9), dt.date(2026, 10, 20))
PEOPLE = {
    "process_manager": Person(title=text("流程经理", "Process manager"), email="a@example.com"),
    "report_author": Person(title=text("报告编制人", "Report author"), email="b@example.com"),
    "first_twin": Person(title=text("双胞胎", "Twin"), email="c@example.com"),
    "second_twin": Person(title=text("双胞胎", "Twin"), email="d@example.com"),
}
GOOD = {
    "held_on": "2026-10-12",
    "attendees": ["process_manager"],
    "gaps": "gaps",
    "items": "",
    "trends": "trends",
    "measures": "measures",
}


def told(language="en", **changes) -> tuple[Meeting | None, list[str]]:
    return read(written(GOOD | changes), PEOPLE, DAYS, catalogue.load(language))


def refused(language="en", **changes) -> str:
    meeting, problems = told(language, **changes)
    assert meeting is None
    (problem,) = problems
    return problem


def accepted(**changes) -> Meeting:
    meeting, problems = told(**changes)
    assert problems == []
    assert meeting is not None
    return meeting


def test_a_good_form_is_read_as_it_is_meant() -> None:
    meeting = accepted(
        attendees=["process_manager", "report_author"],
        guests="报告编制人、Ms Guest\n second guest ,process_manager",
        gaps=" two\r\nlines ",
        items="Second line | warm standby | Report Author | 2026-10-12\n\n"
        "增加人手｜流程经理｜2026年11月1日\nx|report_author|2026/12/31",
    )
    assert meeting.held_on == dt.date(2026, 10, 12)
    assert meeting.attendees == ("process_manager", "report_author", "Ms Guest", "second guest")
    assert meeting.gaps == "two\nlines"
    assert [(one.title, one.owner, one.due_on.isoformat()) for one in meeting.items] == [
        ("Second line | warm standby", "report_author", "2026-10-12"),
        ("增加人手", "process_manager", "2026-11-01"),
        ("x", "report_author", "2026-12-31"),
    ]


def test_nothing_to_improve_and_guests_alone_are_a_meeting_too() -> None:
    assert accepted(attendees=None, guests="Ms Guest").attendees == ("Ms Guest",)
    assert accepted(items="  \n ").items == ()


@pytest.mark.parametrize("day", ["2026-10-09", "2026-10-20"], ids=["of the delivery", "today"])
def test_the_first_and_the_last_day_that_can_be(day: str) -> None:
    assert accepted(held_on=day).held_on.isoformat() == day


@pytest.mark.parametrize(
    ("day", "word"),
    [
        ("", "Date of the meeting: nothing is written"),
        (None, "Date of the meeting: nothing is written"),
        ("next week", "“next week” is not a date"),
        ("2026-02-30", "“2026-02-30” is not a date"),
        ("2026-10-21", "2026-10-21 is in the future (today is 2026-10-20)"),
        ("2026-10-08", "2026-10-08 is before the report was delivered (2026-10-09)"),
    ],
)
def test_a_day_on_which_it_cannot_have_been(day: str | None, word: str) -> None:
    assert word in refused(held_on=day)


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("just words", "“just words” cannot be read. One line an item: what | owner | 2026-12-31."),
        ("what | report_author", "cannot be read"),
        (" | report_author | 2026-12-31", "cannot be read"),
        ("what |  | 2026-12-31", "cannot be read"),
        (
            "what | report_autor | 2026-12-31",
            "owner “report_autor” is nobody of the report list. Did you mean report_author?",
        ),
        ("what | somebody else | 2026-12-31", "Name one of the people listed above."),
        ("what | Twin | 2026-12-31", "owner “Twin” is nobody"),
        ("what | report_author | soon", "“soon” is not a date"),
        ("what | report_author | 2026-13-01", "“2026-13-01” is not a date"),
        ("what | report_author | 2026-10-11", "to be done by 2026-10-11, before the meeting of 2026-10-12"),
        (f"{'x' * 301} | report_author | 2026-12-31", "longer than 300 characters"),
    ],
)
def test_a_wrong_line_of_an_item(line: str, word: str) -> None:
    assert word in refused(items=f"Good one | report_author | 2026-12-31\n{line}")


@pytest.mark.parametrize("field", ["gaps", "trends", "measures"])
def test_what_must_be_written(field: str) -> None:
    assert "nothing is written" in refused(**{field: " \n "})
    assert "没有填写" in refused("zh-CN", **{field: None})


def test_attendees_are_somebody() -> None:
    assert refused(attendees=[]).startswith("Attendees: nothing is written")
    assert "“stranger” is nobody of the report list" in refused(attendees=["process_manager", "stranger"])


def test_too_much_is_refused() -> None:
    assert "longer than 10,000 characters" in refused(gaps="x" * 10_001)
    assert "more than 50" in refused(items="what | report_author | 2026-12-31\n" * 51)
    assert "longer than 300" in refused(guests="x" * 301)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    meeting, problems = told(held_on="", attendees=[], gaps="", trends="", measures="", items="no\nwhat|nobody|never")
    assert meeting is None
    assert len(problems) == 8


@pytest.mark.parametrize("given", [{}, {"held_on": 5, "attendees": "x", "gaps": ["a"], "items": {"a": 1}, "more": 1}])
def test_any_payload_is_text_and_none_is_an_error(given: dict[str, object]) -> None:
    assert set(written(given)) == set(FIELDS)
    assert all(isinstance(value, str) for value in written(given).values())
    assert read(written(given), PEOPLE, DAYS, catalogue.load("en"))[0] is None


def test_what_cannot_be_printed_is_marked() -> None:
    assert written({"gaps": "a\x00b\u202ec\ud800d\te\nf"})["gaps"] == "a\ufffdb\ufffdc\ufffdd\te\nf"
