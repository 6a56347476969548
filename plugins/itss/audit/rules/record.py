"""Is what the archive contains what the ledger says: decisions, receipts, review and job, the lines, and the seal."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from itss.archive.version import canonical
from itss.audit.facts import NO_KEY, NO_REGISTER, NotJudgedError, Version, delegations
from itss.audit.rules.base import RECORD, other, rule, sha256_of
from itss.register import ledger, signing
from itss.register.reviews import stood_in
from itss.steps.after_restore import LEDGER_FILE
from itss.steps.job import JOB_FILE
from itss.steps.reviewing import DOCUMENTS, REVIEW_FILE
from itss.text import Text, text

_DECISION = ("level", "title", "answer", "who_id", "who_name", "at", "comment", "statement_sha256", "run")
_DELIVERY = ("recipient", "address", "status", "answer", "message_id", "attempts", "at")
_REVIEW = ("held_on", "attendees", "gaps", "trends", "measures", "who", "at", "files")
_ITEM = ("key", "title", "owner", "due_on")
_ALWAYS = ("open", "submissions", "findings", "figures", "restatements")
"""Kinds of lines that every sealed version has."""


@rule(
    "documents_on_record",
    "审批、回执、回顾、登记内容即账本所述",
    "decisions, receipts, review and job are what the lines of the ledger say",
    RECORD,
)
def documents_on_record(version: Version) -> Iterator[Text]:
    """Each value of each record, by type too."""
    entry = dict(row_of(version, "revision")["entry"])
    job = {name: value for name, value in version.plain(JOB_FILE).items() if name not in ("revision", "rework")}
    yield from _differs(
        JOB_FILE, {name: value for name, value in entry.items() if name not in ("revision", "rework")}, job
    )
    if version.job.revision != version.ref.number:
        yield other(f"{JOB_FILE} revision", version.ref.number, version.job.revision)
    yield from _differs("decisions.json", _decisions(version), version.plain("decisions.json"))
    yield from _differs("receipts.json", table_of(version, "delivery", _DELIVERY), version.plain("receipts.json"))
    review = review_of(version)
    if review is not None:
        yield from _differs(REVIEW_FILE, review, version.plain(REVIEW_FILE))
        for name in DOCUMENTS:
            if name in review["files"] and sha256_of(version, name) != review["files"][name]:
                yield text(f"{name}：不是登记在案的会议纪要", f"{name}: is not the document on record")


def _differs(name: str, said: Any, archived: Any) -> Iterator[Text]:
    if canonical({"": _normal(said)}) != canonical({"": _normal(archived)}):
        yield text(f"{name}：与账本不符", f"{name}: is not what the ledger says")


def _normal(value: Any) -> Any:
    """Instants in one spelling: the archive has them as `str` writes them, the ledger in ISO format."""
    if isinstance(value, dict):
        return {name: _instant(part) if name == "at" else _normal(part) for name, part in value.items()}
    return [_normal(part) for part in value] if isinstance(value, list) else value


def _instant(value: Any) -> Any:
    return dt.datetime.fromisoformat(value).astimezone(dt.UTC).isoformat() if isinstance(value, str) else value


def table_of(version: Version, name: str, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """The rows of a table when it was sealed, in these columns."""
    rows = (known.columns for _, known in sorted(version.rows.rows[name].items()))
    return [{column: row[column] for column in columns} for row in rows]


def _decisions(version: Version) -> list[dict[str, Any]]:
    """With on whose behalf they were given, where somebody stood in."""
    given = delegations(version.sealed_lines)
    found = []
    for row in table_of(version, "decision", _DECISION):
        on_behalf, delegation = given.of(row)
        found.append(row | ({"on_behalf": on_behalf, "delegation": delegation} if on_behalf else {}))
    return found


def row_of(version: Version, table: str) -> Mapping[str, Any]:
    """The one row of a table when it was sealed; empty where there is none."""
    return next((known.columns for _, known in sorted(version.rows.rows[table].items())), {})


def review_of(version: Version) -> dict[str, Any] | None:
    """The review as it is archived, with its items; ``None`` where it was not held."""
    row = row_of(version, "review")
    if not row:
        return None
    items = table_of(version, "improvement", _ITEM)
    said = [line.details for line in version.sealed_lines if line.kind == "reviewed"][-1:]
    return {name: row[name] for name in _REVIEW} | {"items": items, **stood_in(said[0] if said else {})}


@rule(
    "lines",
    "存档的账本行即账本中的行，哈希与签名有效",
    "the lines in the archive are those of the ledger; hash and signature of each hold",
    RECORD,
)
def lines(version: Version) -> Iterator[Text]:
    """Without a register each line is judged by itself: its payload, its hash, and its signature by one of the keys."""
    archived = version.archived_lines
    if version.told is not None:
        if list(map(_spelled, archived)) != list(map(_spelled, version.sealed_lines)):
            yield text(f"{LEDGER_FILE}：与账本不符", f"{LEDGER_FILE}: is not what the ledger says")
        return
    told = {line.kind for line in archived}
    for kind in _ALWAYS:
        if kind not in told:
            yield text(f"{LEDGER_FILE}：缺少“{kind}”一行", f"{LEDGER_FILE}: the line '{kind}' is missing")
    for before, line in zip((None, *archived), archived, strict=False):
        wrong = line.ref != version.ref.path or (before is not None and before.seq >= line.seq)
        wrong = wrong or (before is not None and before.seq + 1 == line.seq and before.sha256 != line.previous_sha256)
        if wrong or not _is_whole(line):
            yield text(f"{LEDGER_FILE}：第 {line.seq} 行被改动", f"{LEDGER_FILE}: line {line.seq} was changed")
        elif version.keys and not any(signing.is_signed(line.sha256, line.signature, key) for key in version.keys):
            yield text(
                f"{LEDGER_FILE}：第 {line.seq} 行签名无效",
                f"{LEDGER_FILE}: line {line.seq} is not signed by a given key",
            )
    if not version.keys:
        raise NotJudgedError(NO_KEY)


def _is_whole(line: ledger.Line) -> bool:
    """Whether payload, what was read of it, and hash belong together."""
    columns = {name: value for name, value in vars(line).items() if name not in ("details", "changes", "holds")}
    body = (line.body or "").encode("utf-8", "surrogatepass")
    return (
        line.body is not None
        and hashlib.sha256(body).hexdigest() == line.payload_sha256
        and ledger.line_sha256(columns) == line.sha256
        and _spelled(ledger.line_of(columns)) == _spelled(line)
    )


def _spelled(line: ledger.Line) -> str:
    """A line as a text: 1 and true are equal in Python, and not in the file."""
    return json.dumps(vars(line), sort_keys=True, default=str)


@rule(
    "registered",
    "登记册知道这一版本已封存",
    "the register knows this version as sealed",
    RECORD,
)
def registered(version: Version) -> Iterator[Text]:
    """The manifest on record is that of its row and of its line."""
    if version.registered is None:
        raise NotJudgedError(NO_REGISTER)
    row = next((known.columns for known in version.rows_now.rows["revision"].values()), {})
    if row.get("manifest_sha256") != version.registered.manifest_sha256 or row.get("state") != "sealed":
        yield text("封存行与登记册不符", "the line of the seal is not what the register says")


RULES = (documents_on_record, lines, registered)
