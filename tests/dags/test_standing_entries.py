"""The list changes while a report is open: its DAG keeps what the report was opened with, and none of it flaps."""

from __future__ import annotations

import datetime as dt
import json
import socket
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from itss.flow.listing import report_dag_of, report_dags
from itss.flow.report_head import schedule_of
from itss.flow.standing_entries import opened_entries, united
from itss.register import Register
from itss.report_list.entry_parts import ApprovalLevel
from itss.report_list.loader import load
from itss.report_list.models import Entry
from itss.settings import settings

LIST = Path(__file__).resolve().parents[2] / "include" / "report_list.yaml"
KEY = "internal_monthly"
NOW = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
Edit = Callable[[dict[str, Any]], Any]


class Place:
    """A list that a test edits, and a register in which its reports are opened."""

    def __init__(self, folder: Path) -> None:
        self.list = folder / "report_list.yaml"
        self.list.write_text(LIST.read_text(encoding="utf-8"), encoding="utf-8")
        (folder / "agreements").symlink_to(LIST.parent / "agreements")
        self.kept = folder / "var" / "standing_entries_0.json"

    def edit(self, how: Edit, key: str = KEY) -> None:
        """Edit one entry as a person does."""
        self.edit_list(lambda document: how(next(one for one in document["reports"] if one["key"] == key)))

    def edit_list(self, how: Edit) -> None:
        document = yaml.safe_load(self.list.read_text(encoding="utf-8"))
        how(document)
        self.list.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")

    def open(self, period: str = "2026-08", run: str = "run-1") -> None:
        """Open a revision by the list as it is now."""
        loaded = load(self.list)
        assert loaded.problems == ()
        people = loaded.list.model_dump(mode="json", by_alias=True)
        entry = next(one for one in people["reports"] if one["key"] == KEY)
        register = Register(settings().register_url)
        register.upgrade()
        register.open_revision(
            report=KEY,
            period=period,
            due_at=NOW,
            run=run,
            entry={"entry": entry, "people": {**people, "reports": []}},
            agreement_version="1",
            code_version="1",
            now=NOW,
        )


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    made = Place(tmp_path)
    monkeypatch.setenv("ITSS_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("ITSS_REPORT_LIST", str(made.list))
    return made


def dags() -> dict[str, Any]:
    return {dag.dag_id: dag for dag in report_dags()}


def way(dag: Any, *names: str) -> list[str]:
    """The tasks of ``names`` in the order in which they run."""
    return [task.task_id for task in dag.topological_sort() if task.task_id in names]


def remove_level(number: int) -> Edit:
    return lambda entry: entry["approval"].pop(number)


def add_level(entry: dict[str, Any]) -> None:
    title = {"zh-CN": "会签", "en": "Countersign"}
    entry["approval"].insert(1, {"name": "countersign", "title": title, "approvers": ["supplier_manager"]})


def exchange_levels(entry: dict[str, Any]) -> None:
    entry["approval"].reverse()


@pytest.mark.parametrize(
    ("how", "levels"),
    [
        (remove_level(0), ["initial_review", "approval"]),
        (remove_level(1), ["initial_review", "approval"]),
        (exchange_levels, ["initial_review", "approval"]),
        (lambda entry: entry["approval"][1].update(name="sign_off"), ["initial_review", "sign_off", "approval"]),
    ],
)
def test_levels_stay_in_the_order_of_the_open_report(place: Place, how: Edit, levels: list[str]) -> None:
    place.open()
    place.edit(how)
    dag = dags()[KEY]
    assert way(dag, *levels) == levels
    for level in levels:
        assert dag.get_task(level).trigger_rule.value == "none_failed", (
            "the run skips a level that it was opened without"
        )
    assert dag.schedule is not None


def test_an_added_level_stands_where_the_list_has_it(place: Place) -> None:
    place.edit_list(lambda document: document["people"].setdefault("supplier_manager", _person("supplier_manager")))
    place.open()
    place.edit(add_level)
    levels = ["initial_review", "countersign", "approval"]
    assert way(dags()[KEY], *levels) == levels


def test_sources_and_forms_stay_as_well(place: Place) -> None:
    place.edit(lambda entry: entry.update(comment=True, review=True))
    place.open()
    removed = load(place.list).list.entry(KEY)
    process = next(iter(removed.data_source))

    def edit(entry: dict[str, Any]) -> None:
        entry.update(comment=False, review=False)
        entry["data_source"].pop(process)

    place.edit(edit)
    tasks = set(dags()[KEY].task_dict)
    assert {f"collect_{process}", "comment", "review_meeting", "minutes"} <= tasks
    assert "no_review" not in tasks
    assert dags()[KEY].get_task("check").trigger_rule.value == "none_failed"


def test_a_deleted_entry_keeps_its_dag_until_its_report_has_ended(place: Place) -> None:
    place.open()
    place.edit_list(lambda document: document["reports"].remove(_entry(document)))
    dag = dags()[KEY]
    assert dag.timetable.__class__.__name__ == "NullTimetable"
    assert way(dag, "open", "initial_review", "seal") == ["open", "initial_review", "seal"]
    Register(settings().register_url).fail((KEY, "2026-08", 1), "by a person")
    assert KEY in dags(), "a failed report may go on"
    Register(settings().register_url).supersede((KEY, "2026-08", 1), "given up")
    assert KEY not in dags()


def test_a_deleted_entry_is_found_by_the_process_of_a_task(place: Place) -> None:
    place.open()
    place.edit_list(lambda document: document["reports"].remove(_entry(document)))
    assert [dag.dag_id for dag in report_dag_of(KEY)] == [KEY]
    assert [dag.dag_id for dag in report_dag_of("customer_monthly")] == ["customer_monthly"]


def test_people_who_are_in_the_list_no_more_are_still_known(place: Place) -> None:
    place.edit_list(lambda document: document["people"].setdefault("second", _person("second")))
    place.edit(lambda entry: entry["approval"][1].update(approvers=["second"]))
    place.open()
    place.edit(lambda entry: entry["approval"].pop(1))
    place.edit_list(lambda document: document["people"].pop("second"))
    assert [user["id"] for user in dags()[KEY].get_task("approval").assigned_users] == ["second"]


def test_a_register_that_does_not_answer_takes_no_task_away(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    place.open()
    place.edit(remove_level(1))
    assert "approval" in dags()[KEY].task_dict
    file = Path(settings().register_url.removeprefix("sqlite:///"))
    words = place.kept.read_bytes()
    for broken in (b"no database at all " * 100, None):
        file.write_bytes(broken) if broken else file.unlink()
        assert "approval" in dags()[KEY].task_dict
        assert place.kept.read_bytes() == words
        assert not (broken is None and file.exists()), "to look makes no register"
        assert "as it was read last" in caplog.text
        caplog.clear()


def test_postgresql_is_asked_the_same_and_not_waited_for(
    place: Place, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server = request.getfixturevalue("postgresql")
    server.database("standing", [])
    monkeypatch.setenv("ITSS_REGISTER_URL", server.admin.set(database="standing").render_as_string(hide_password=False))
    place.open()
    place.edit(remove_level(1))
    assert "approval" in dags()[KEY].task_dict
    assert list(opened_entries(KEY)) == [KEY]
    assert opened_entries("customer_monthly") == {}
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv(
            "ITSS_REGISTER_URL", f"postgresql+psycopg://itss@127.0.0.1:{silent.getsockname()[1]}/register"
        )
        began = time.monotonic()
        assert "approval" in dags()[KEY].task_dict
        assert time.monotonic() - began < 20, "a server that says nothing would be waited for without an end"
    assert "as it was read last" in caplog.text


def test_a_locked_register_holds_no_parsing_up(place: Place) -> None:
    place.open()
    file = settings().register_url.removeprefix("sqlite:///")
    with sqlite3.connect(file, isolation_level=None) as writer:
        writer.execute("PRAGMA journal_mode = DELETE")
        writer.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        assert opened_entries() == {}
        assert time.monotonic() - began < 20, "far less than the 30 s that writers wait"
        writer.execute("ROLLBACK")


def test_no_register_is_nothing_to_remember(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    assert opened_entries() == {}
    assert caplog.text == ""
    assert not place.kept.exists()


def test_what_is_kept_is_written_when_it_changes(place: Place) -> None:
    place.open()
    opened_entries(shard="0")
    before = place.kept.stat().st_ino
    opened_entries(shard="0")
    opened_entries(KEY)
    opened_entries("customer_monthly")
    assert place.kept.stat().st_ino == before
    assert [key for key, _ in json.loads(place.kept.read_bytes())] == [KEY]
    place.kept.write_bytes(b"[torn")
    assert list(opened_entries(shard="0")) == [KEY], "it is asked for only where the register does not answer"


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        ([["aa", "bb"], ["bb", "aa"]], ["aa", "bb"]),
        ([["aa", "bb"], ["aa", "cc", "bb"]], ["aa", "cc", "bb"]),
        ([["aa", "bb"], ["cc", "aa"]], ["cc", "aa", "bb"]),
        ([["aa"], ["bb"], ["cc"]], ["cc", "bb", "aa"]),
        ([["aa", "bb", "cc"], ["cc", "xx"]], ["aa", "bb", "cc", "xx"]),
        ([["aa", "bb"]], ["aa", "bb"]),
    ],
)
def test_levels_of_several_entries_are_one_row(orders: list[list[str]], expected: list[str]) -> None:
    entry = load(LIST).list.entry(KEY)

    def having(names: list[str], words: str) -> Entry:
        title = {"zh-CN": words, "en": words}
        levels = [ApprovalLevel.model_validate({"name": name, "title": title}) for name in names]
        return entry.model_copy(update={"approval": tuple(levels)})

    *opened, today = [having(order, str(number)) for number, order in enumerate(orders)]
    found = united(today, opened).approval
    assert [level.name for level in found] == expected
    for level in found:
        newest = max(number for number, order in enumerate(orders) if level.name in order)
        assert level.title.en == str(newest)


@pytest.mark.parametrize(("day", "has_schedule"), [("2026-10-31T06:19+08:00", True), ("2026-10-31T06:20+08:00", False)])
def test_the_schedule_of_a_retired_entry_ends_before_it_starts_what_is_not_owed(day: str, has_schedule: bool) -> None:
    entry = load(LIST).list.entry(KEY).model_copy(update={"retired": dt.date(2026, 9, 30)})
    assert entry.period.schedule == "20 6 1 * *", "October would start on 1 November, 06:20"
    assert (schedule_of(entry, dt.datetime.fromisoformat(day)) is not None) is has_schedule


def _person(key: str) -> dict[str, Any]:
    return {"title": {"zh-CN": key, "en": key}, "email": f"{key}@example.com", "user": key}


def _entry(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in document["reports"] if one["key"] == KEY)
    return found
