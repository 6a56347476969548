"""The tables are what the lines add up to: after every method that changes them, and never after anybody else did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from typing import Any

import pandas as pd
import pytest
from itss.errors import LedgerError
from itss.measures.baseline import Baseline
from itss.register import Item, Notice, Register, Review
from itss.register.__main__ import main
from itss.register.hand_ins import Handed
from itss.register.projection import FRAME_NAMES, ROW_NAMES
from itss.register.schema import BaselineRow
from test_baselines import BACKLOG, publish
from test_evidence import FINDING, figures, submission
from test_ledger import REF, Tables
from walking import NOW, answer, draft, open_one, walk

pytestmark = pytest.mark.long

REVIEW = Review(dt.date(2026, 10, 12), ("report_manager",), "gaps", "trends", "measures", "report_manager", NOW)
NOTICE = Notice("customer_monthly", "2026-09", "announce", "", "x", "a@example.com", "<1>", NOW)
FILE = Handed("容量.xlsx", "a" * 64, 2, "data_provider", NOW, "x/a")
PLACE = ("customer_monthly", "2026-09", "capacity")
RESTATED = pd.DataFrame(
    [["opened", "incident", "2026-08", 5.0, None]],
    columns=["measure", "process", "period", "published", "recomputed"],
)


def _methods(register: Register) -> Iterator[Callable[[], object]]:
    """Every changing method, on the way of three revisions; each call changes something."""
    ref, second = REF, REF._replace(number=2)
    yield lambda: open_one(register)
    yield lambda: register.record_submissions(ref, [submission(), submission("change")])
    yield lambda: register.record_submissions(ref, [submission(rows=9)])
    yield lambda: register.record_findings(ref, [FINDING, FINDING])
    yield lambda: register.record_findings(ref, [FINDING])
    yield lambda: register.record_figures(ref, figures(1 / 3, None, -0.0))
    yield lambda: register.record_restatements(ref, RESTATED)
    yield lambda: register.ask(ref, "comment")
    yield lambda: register.commented(ref, "author")
    yield lambda: draft(register, register.revision(ref))
    yield lambda: register.submit(ref)
    yield lambda: register.ask(ref, "approval")
    yield lambda: register.void(ref, ["recipients"])
    yield lambda: walk(register, register.revision(ref), "submitted")
    yield lambda: register.record_decision(ref, level="approval", title="审批", answer="expired", who=None, at=NOW,
                                           comment="", statement_sha256="c" * 64)  # fmt: skip
    yield lambda: answer(register, register.revision(ref), "approval", "reject")
    yield lambda: register.return_revision(ref, "no\x00")
    yield lambda: register.rework(ref, {"a": "\ud83d yes"}, keep_data=True, who="author")
    yield lambda: open_one(register, "run-b")
    yield lambda: register.fail(second, "killed")
    yield lambda: open_one(register, "run-c")
    yield lambda: walk(register, register.revision(second), "released")
    yield lambda: register.plan_deliveries(second, [("A", "a@example.com", "<a>"), ("B", "b@example.com", "<b>")], NOW)
    yield lambda: register.plan_deliveries(second, [("A", "a@example.com", "<a>")], NOW)
    yield lambda: register.record_delivery(second, "A", "a@example.com", "sending", "", "<a>", NOW)
    yield lambda: register.record_delivery(second, "A", "a@example.com", "accepted", "250", "<a>", NOW)
    yield lambda: register.resend(second, {"a": "b@example.com"}, None, "clerk")
    yield lambda: register.delivered(second)
    yield lambda: register.refuse_review(second, "author", {"items": "x"}, ["no"])
    yield lambda: register.record_review(second, REVIEW, [Item("x", "author", dt.date(2026, 11, 1))], "Asia/Shanghai")
    yield lambda: register.record_minutes(second, {"minutes.html": "a" * 64})
    yield lambda: register.seal(second, "/archive/r02", "5" * 64, NOW)
    yield lambda: register.close_improvement("customer_monthly-2026-09-1", "done", "installed", "clerk")
    yield lambda: register.accept_hand_in(PLACE, FILE)
    yield lambda: register.refuse_hand_in(PLACE, FILE, 3)
    yield lambda: register.plan_notices([NOTICE])
    yield lambda: register.record_notice("<1>", "sending", "", NOW)
    yield lambda: register.record_notice("<1>", "accepted", "250", NOW)
    yield lambda: register.mark_notices([NOTICE], "over", NOW)
    yield lambda: register.plan_notices([replace(NOTICE, message_id="<2>")], again=True)
    yield lambda: register.rename("customer_monthly", "customer_report")
    yield lambda: register.remove(second, "auditor", "over", dt.date(2032, 1, 1))
    yield lambda: open_one(register, "run-d", period="2026-10")
    yield lambda: register.fail(REF._replace(period="2026-10"), "killed")
    yield lambda: register.supersede(REF._replace(period="2026-10"), "given up", who="clerk")


def _snapshot(tables: Tables) -> dict[tuple[str, Any], Any]:
    """Every row by table and id; frames by table and revision."""
    rows = {(name, row["id"]): dict(row) for name in ROW_NAMES for row in tables.rows(name)}
    for name in FRAME_NAMES:
        for row in tables.rows(name):
            rows.setdefault((name, row["revision_id"]), []).append({**row, "id": None})
    return rows


def test_every_change_of_every_method_is_what_its_lines_say(register: Register, url: str) -> None:
    tables = Tables(url)
    before, head = _snapshot(tables), register.head()
    for step in _methods(register):
        step()
        after, newest = _snapshot(tables), register.head()
        assert newest != head, "each of these has something to say"
        lines = [line for line in register.lines() if head is None or line.seq > head.seq]
        said = {
            (one["table"], one["revision_id"] if one["op"] == "frame" else one["row"]["id"])
            for line in lines
            for one in line.changes or ()
        }
        changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        assert changed == said
        assert register.differences()[0] == []
        before, head = after, newest
    assert register.verify() == []


def test_baselines_are_lines_too(register: Register) -> None:
    publish(register, [9, 11] * 6 + [10])
    assert register.fix_baselines("customer_monthly", [BACKLOG])
    which = ("customer_monthly", "incident", "backlog")
    register.set_baseline(*which, first="2025-01", last="2026-01", who="a", reason="b")
    assert [line.kind for line in register.lines("customer_monthly")] == ["baseline", "baseline"]
    assert register.differences()[0] == register.verify() == []


@pytest.fixture
def full(register: Register) -> Register:
    """A register with rows in every table."""
    for step in _methods(register):
        step()
        if register.notices():
            break
    limits = Baseline("incident", "backlog", 1, 1, "2025-01", "2026-01", 13, 10.0, 7.0, 13.5)
    with register.writing() as desk:
        row = BaselineRow(report="customer_monthly", **asdict(limits), set_at=NOW, who="", reason="enough")
        desk.session.add(row)
        desk.note("customer_monthly", "baseline", "measure")
    register.rename("customer_monthly", "customer_report")
    return register


CHANGED = {
    "report": "period = '2031-01'",
    "revision": "note = 'x'",
    "submission": "rows = rows + 1",
    "decision": "who_id = 'somebody'",
    "delivery": "address = 'x@example.com'",
    "hand_in": "who = 'x'",
    "notice": "at = '2020-01-01 00:00:00'",
    "review": "held_on = '2020-01-01'",
    "improvement": "title = 'y'",
    "baseline": "mean = mean + 1e-9",
    "renaming": "old = 'x'",
    "figure": "value = 4711",
    "finding": "failed = failed + 1",
    "restatement": "published = 6",
}


def test_every_table_is_tampered_with() -> None:
    assert CHANGED.keys() == {*ROW_NAMES, *FRAME_NAMES}


WAYS = ("changed", "added", "removed")


def _tampering(tables: Tables, table: str, way: str) -> str:
    """A statement that changes, doubles or removes the newest row of a table, as far as its constraints let it."""
    newest = max(row["id"] for row in tables.rows(table))
    columns = [name for name in tables.rows(table)[0] if name != "id"]
    apart = {"report": "period", "renaming": "old", "notice": "address", "delivery": "message_id", "decision": "level"}
    apart |= {"submission": "process", "improvement": "key"}
    other = {"position": "position + 7", "number": "number + 7", apart.get(table, ""): f"{apart.get(table)} || 'x'"}
    if table == "review":  # there is one of a revision
        other["revision_id"] = "1"
    doubled = ", ".join(other.get(name, name) for name in columns)
    return {
        "changed": f"UPDATE {table} SET {CHANGED[table]} WHERE id = {newest}",
        "added": f"INSERT INTO {table} (id, {', '.join(columns)}) SELECT id + 1, {doubled} FROM {table} "
        f"WHERE id = {newest}",
        "removed": f"DELETE FROM {table} WHERE id = {newest}",
    }[way]


@pytest.mark.parametrize(
    ("table", "ways"),
    [*((table, WAYS) for table in ROW_NAMES), *((table, (way,)) for table in FRAME_NAMES for way in WAYS)],
)
def test_whatever_is_done_to_a_row_is_found(
    full: Register, url: str, table: str, ways: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """And written back as the ledger says, but for frames: those are only compared."""
    tables = Tables(url)
    for way in ways:
        assert full.differences()[0] == []
        off = ["PRAGMA foreign_keys = OFF"] if url.startswith("sqlite") else []
        tables.without_guards(*off, _tampering(tables, table, way))
        assert {one.table for one in full.differences()[0]} == {table}
        assert main(["--url", url, "rebuild", "--check"]) == 1
        assert f"{table} " in capsys.readouterr().err
        assert main(["--url", url, "rebuild"]) == (1 if table in FRAME_NAMES else 0)
    assert bool(full.differences()[0]) == (table in FRAME_NAMES)
    assert full.verify() == []


def test_what_retention_emptied_is_compared_by_its_hash(register: Register, url: str, capsys: Any) -> None:
    walk(register, one := open_one(register), "sealed")
    other = open_one(register, "run-b", period="2026-10")
    register.remove(one.ref, "auditor", "over", dt.date(2032, 1, 1))
    lines = list(register.lines(one.ref.path))
    assert [line.body is None for line in lines] == [True] * (len(lines) - 1) + [False]
    assert register.verify() == []
    assert main(["--url", url, "rebuild", "--check"]) == 0
    assert "cannot be rebuilt, their hash agrees" in capsys.readouterr().out
    tables = Tables(url)
    tables.execute("UPDATE decision SET who_id = 'x' WHERE id = 1")
    assert [str(one) for one in register.differences()[0]] == ["decision 1: its hash is another"]
    assert main(["--url", url, "rebuild"]) == 1
    assert "cannot be rebuilt, only compared" in capsys.readouterr().err
    tables.execute("UPDATE payload SET body = NULL WHERE seq = (SELECT MAX(seq) FROM ledger WHERE ref = :ref)",
                   ref=other.ref.path)  # fmt: skip
    assert [one.what for one in register.verify()] == [
        "its payload is empty, and no later line says that the version was removed"
    ]


def test_after_a_removal_the_revision_says_still_who_removed_it(register: Register) -> None:
    walk(register, one := open_one(register), "sealed")
    register.remove(one.ref, "auditor", "over", dt.date(2032, 1, 1))
    assert register.removed()[one.ref].details == {"reason": "over", "kept_until": "2032-01-01"}
    assert {event.what: dict(event.details) for event in register.events(one.ref)}["released"] == {}
    register.fail(one.ref, "a late callback")
    assert register.differences()[0] == register.verify() == []


def test_a_row_that_is_written_next_does_not_hide_what_somebody_wrote_into_it(register: Register, url: str) -> None:
    """The line of a change says what was changed, and not whatever stands in the row by then."""
    walk(register, one := open_one(register), "delivered")
    register.record_review(one.ref, REVIEW, [Item("x", "author", dt.date(2026, 11, 1))], "Asia/Shanghai")
    tables = Tables(url)
    tables.execute("UPDATE improvement SET due_on = '2027-11-01', owner = 'somebody'")
    tables.execute("UPDATE revision SET opened_at = '2020-01-01 00:00:00', submitted_at = '2020-01-01 00:00:00'")
    register.close_improvement("customer_monthly-2026-09-1", "done", "installed", "clerk")
    register.seal(one.ref, "/archive/r01", "5" * 64, NOW)
    assert sorted(str(one) for one in register.differences()[0]) == [
        "improvement 1: due_on, owner are not as the ledger says",
        "revision 1: opened_at, submitted_at are not as the ledger says",
    ]
    assert main(["--url", url, "rebuild"]) == 0
    assert register.differences()[0] == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE decision SET who_id = 'somebody'",
        "UPDATE revision SET sealed_at = '2018-01-01 00:00:00'",
        "UPDATE improvement SET title = 'y'",
        "UPDATE payload SET body = NULL WHERE seq = (SELECT MIN(seq) FROM ledger WHERE kind = 'decision')",
    ],
)
def test_nothing_is_removed_of_a_revision_that_is_on_record_otherwise_than_its_lines_say(
    register: Register, url: str, statement: str
) -> None:
    """The line of the removal would sign the rows as they are, and what they were is gone with the payloads."""
    walk(register, one := open_one(register), "delivered")
    register.record_review(one.ref, REVIEW, [Item("x", "author", dt.date(2026, 11, 1))], "Asia/Shanghai")
    register.seal(one.ref, "/archive/r01", "5" * 64, NOW)
    Tables(url).execute(statement)
    with pytest.raises(LedgerError, match=r"is not as it was signed|are not what the ledger says"):
        register.remove(one.ref, "auditor", "over", dt.date(2032, 1, 1))
    assert register.removed() == {}
