"""Register and archive made to agree again: the same wishes, carried on further and further, never with the key."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import forging
import pandas as pd
from attack import Attack
from building import CHIEF, CORRECTED, HANDED_IN, REMOVED, REVIEWED, REWORKED
from forging import Edit, Forger, Target
from place import House


def attacks() -> Iterator[Attack]:
    """Every wish at every depth; and each field of what the archive says of decisions, receipts and review."""
    for depth, forge in DEPTHS.items():
        for target in TARGETS:
            if target.files or target.documents or forge is not _of_archive:
                yield Attack(target.name, f"both sides: {depth}", partial(forge, target=target))
    for target in _fields():
        yield Attack(target.name, "both sides: each field", partial(_of_rows, target=target))


def _of_archive(house: House, target: Target) -> None:
    forger = Forger(house, forging.kept)
    forger.forge_archive(target)
    forger.reseal(target.ref)


def _of_rows(house: House, target: Target) -> None:
    forger = Forger(house, forging.kept)
    forger.forge_archive(target)
    forger.reseal(target.ref)
    forger.forge_rows(target)


def _of_lines(house: House, target: Target) -> None:
    forge(house, target, Forger(house, forging.kept), target.line)


def _of_own_key(house: House, target: Target) -> None:
    key = forging.own_key(house)
    forge(house, target, Forger(house, forging.by(key)), forging.both(forging.brought_in(key), target.line))


def forge(house: House, target: Target, forger: Forger, edit: Edit | None) -> None:
    """All of it, to the newest line."""
    with house.sql() as database:
        forging.run_rows(database, target)
    forger.forge_archive(target)
    forger.forge_ledger(edit)


DEPTHS: dict[str, Callable[..., None]] = {
    "files and manifest": _of_archive,
    "and the register's rows": _of_rows,
    "and every line, unsigned": _of_lines,
    "and signed with another key": _of_own_key,
}


def replaced(old: str, new: str) -> Callable[[bytes], bytes]:
    """Words for words."""

    def change(data: bytes) -> bytes:
        assert old.encode() in data, old
        return data.replace(old.encode(), new.encode())

    return change


def on_rows(table: str, **values: Any) -> Edit:
    """The rows of a table in the lines' changes; ``_where`` chooses them, ``_kind`` the lines."""
    where, kind = values.pop("where", {}), values.pop("kind", None)

    def edit(line: dict[str, Any], body: dict[str, Any]) -> None:
        for one in body["changes"]:
            row = one.get("row", {})
            if one["table"] == table and all(row.get(name) == value for name, value in where.items()):
                row |= {name: value for name, value in values.items() if name in row}
        if kind and line["kind"] == kind and all(body["details"].get(n) == v for n, v in where.items()):
            body["details"] |= {name: value for name, value in values.items() if name in body["details"]}

    return edit


def of(ref: Any, edit: Edit) -> Edit:
    """Only in lines about this version."""

    def only(line: dict[str, Any], body: dict[str, Any]) -> None:
        if line["ref"] == ref.path:
            edit(line, body)

    return only


def _figures(data: bytes) -> bytes:
    frame = pd.read_parquet(io.BytesIO(data))
    frame.loc[(frame["measure"] == "resolved") & (frame["dimension"] == ""), "value"] += 1
    return bytes(frame.to_parquet(None, engine="pyarrow", compression="zstd", index=False))


def _rows(data: bytes) -> bytes:
    frame = pd.read_parquet(io.BytesIO(data)).iloc[:-1]
    return bytes(frame.to_parquet(None, engine="pyarrow", compression="zstd", index=False))


def _put(*path: Any, value: Any) -> Callable[[Any], Any]:
    """A document with another value at a place."""

    def change(document: Any) -> Any:
        at = document
        for name in path[:-1]:
            at = at[name]
        at[path[-1]] = value
        return document

    return change


def _each(**values: Any) -> Callable[[Any], Any]:
    return lambda document: [row | values for row in document]


def _levels(document: Any) -> Any:
    document["carried"]["levels"] = document["carried"]["levels"][:1]
    return document


def _evil(document: Any) -> Any:
    text = json.dumps(document, ensure_ascii=False).replace("data_provider@example.com", "evil@example.com")
    return json.loads(text)


_EARLY = "2026-10-01T08:00:00.000000+00:00"
TARGETS = [
    Target("the page says something else", CORRECTED, {"report.html": replaced("2026", "2027")}),
    Target("the workbook is another", CORRECTED, {"report.xlsx": lambda data: data + b" "}),
    Target("a mail's words", CORRECTED, {"mails/process_manager.html": replaced("2026-09", "2026-19")}),
    Target(
        "a mail's words, also as it left",
        CORRECTED,
        {
            "mails/process_manager.html": replaced("2026-09", "2026-19"),
            "released/mails/process_manager.html": replaced("2026-09", "2026-19"),
        },
    ),
    Target("who signed, in a mail", CORRECTED, {"released/mails/process_manager.html": replaced(CHIEF, "somebody")}),
    Target("who signed, on the sign-off sheet", CORRECTED, {"released/sign_off.html": replaced(CHIEF, "somebody")}),
    Target("the query", CORRECTED, {"sql/incident.sql": lambda data: data + b" WHERE 1"}),
    Target("the brief", CORRECTED, {"brief.md": lambda data: data + b"\nAll is well.\n"}),
    Target("the minutes", REVIEWED, {"minutes.html": replaced("one breach", "no breach.")}),
    Target("the file that was handed in", HANDED_IN, {"handed_in/capacity/in.xlsx": lambda data: data + b" "}),
    Target("what was published before", CORRECTED, {"published.parquet": lambda data: data + b" "}),
    Target(
        "a figure",
        CORRECTED,
        {"figures.parquet": _figures},
        rows=("UPDATE figure SET value = value + 1 {of} AND measure = 'resolved' AND dimension = ''",),
    ),
    Target(
        "the data",
        CORRECTED,
        {"data/incident.parquet": _rows},
        {"data/incident.json": lambda said: said | {"rows": said["rows"] - 1}},
        ("UPDATE submission SET rows = rows - 1 {of}",),
        of(CORRECTED, on_rows("submission", rows=2)),
    ),
    Target(
        "who approved",
        CORRECTED,
        documents={"decisions.json": _put(1, "who_id", value="process_manager")},
        rows=("UPDATE decision SET who_id = 'process_manager' {of} AND level = 'approval'",),
        line=of(CORRECTED, on_rows("decision", who_id="process_manager", where={"level": "approval"})),
    ),
    Target(
        "the author approved",
        CORRECTED,
        documents={"decisions.json": _put(0, "who_id", value="report_author")},
        rows=("UPDATE decision SET who_id = 'report_author' {of} AND level = 'initial_review'",),
        line=of(CORRECTED, on_rows("decision", who_id="report_author", where={"level": "initial_review"})),
    ),
    Target(
        "what an approver said",
        CORRECTED,
        documents={"decisions.json": _put(1, "comment", value="never said")},
        rows=("UPDATE decision SET comment = 'never said' {of} AND level = 'approval'",),
        line=of(CORRECTED, on_rows("decision", comment="never said", where={"level": "approval"}, kind="decision")),
    ),
    Target(
        "who got it",
        CORRECTED,
        documents={"receipts.json": _evil, "statement.json": _evil, "job.json": _evil},
        rows=("UPDATE delivery SET address = 'evil@example.com' {of} AND address = 'data_provider@example.com'",),
        line=of(CORRECTED, lambda _line, body: body.update(_evil(body))),
    ),
    Target(
        "an excused one has got it",
        REWORKED,
        documents={"receipts.json": _each(status="accepted")},
        rows=("UPDATE delivery SET status = 'accepted' {of} AND status = 'waived'",),
        line=of(REWORKED, on_rows("delivery", status="accepted", where={"status": "waived"}, kind="delivery")),
    ),
    Target(
        "the mail server's answer",
        CORRECTED,
        documents={"receipts.json": _put(0, "answer", value="250 ok")},
        rows=("UPDATE delivery SET answer = '250 ok' {of} AND id = (SELECT MIN(id) FROM delivery {of})",),
        line=of(CORRECTED, on_rows("delivery", answer="250 ok", where={"address": "data_provider@example.com"})),
    ),
    Target(
        "it was delivered earlier",
        CORRECTED,
        rows=("UPDATE revision SET delivered_at = '2026-10-01 08:00:00.000000' {rev}",),
        line=of(CORRECTED, on_rows("revision", delivered_at=_EARLY)),
    ),
    Target(
        "it was due later",
        CORRECTED,
        documents={
            "statement.json": _put("carried", "due_at", value="2026-12-01T08:00:00+00:00"),
            "job.json": _put("due_at", value="2026-12-01T08:00:00+00:00"),
        },
        rows=("UPDATE revision SET due_at = '2026-12-01 08:00:00.000000' {rev}",),
        line=of(CORRECTED, on_rows("revision", due_at="2026-12-01T08:00:00.000000+00:00")),
    ),
    Target("a level fewer", CORRECTED, documents={"statement.json": _levels}),
    Target(
        "the review",
        REVIEWED,
        documents={"review.json": _put("gaps", value="none")},
        rows=("UPDATE review SET gaps = 'none' {of}",),
        line=of(REVIEWED, on_rows("review", gaps="none")),
    ),
    Target(
        "it was sealed on another day",
        CORRECTED,
        rows=("UPDATE revision SET sealed_at = '2026-10-04 08:00:00.000000' {rev}",),
        line=of(CORRECTED, on_rows("revision", sealed_at="2026-10-04T08:00:00.000000+00:00")),
    ),
]


def removal_earlier(line: dict[str, Any], _body: dict[str, Any]) -> None:
    """The line of a removal says another day."""
    if line["ref"] == REMOVED.path and line["kind"] == "removed":
        line["at"] = "2025-10-01 08:00:00.000000"


def _fields() -> Iterator[Target]:
    """One field of one record at a time, in the archive as in the rows."""
    others: dict[str, Any] = {"at": "2026-10-06 08:00:00+00:00", "attempts": 7, "files": {"minutes.html": "0" * 64}}
    others |= {"attendees": ["nobody"], "held_on": "2026-09-08", "items": [], "answer": "expired", "status": "refused"}
    places = {
        ("decisions.json", CORRECTED, "decision"): (
            *("level", "title", "answer", "who_id", "who_name", "at", "comment", "statement_sha256", "run"),
        ),
        ("receipts.json", CORRECTED, "delivery"): (
            *("recipient", "address", "status", "answer", "message_id", "attempts", "at"),
        ),
        ("review.json", REVIEWED, "review"): (
            "held_on",
            "attendees",
            "gaps",
            "trends",
            "measures",
            "who",
            "at",
            "files",
        ),
    }
    for (name, ref, table), fields in places.items():
        for field in fields:
            value = others.get(field, "x")
            where = (field,) if table == "review" else (0, field)
            stored = json.dumps(value) if isinstance(value, list | dict) else value
            stored = str(stored).replace("'", "''").replace("+00:00", ".000000")
            row = f"UPDATE {table} SET {field} = '{stored}' {{of}} AND id = (SELECT MIN(id) FROM {table} {{of}})"
            yield Target(f"{name}: {field}", ref, {}, {name: _put(*where, value=value)}, (row,))
        yield Target(f"{name}: another record", ref, {}, {name: _one_more})
        yield Target(f"{name}: no record", ref, {}, {name: lambda document: type(document)()})


def _one_more(document: Any) -> Any:
    return [*document, document[-1]] if isinstance(document, list) else document | {"x": 1}
