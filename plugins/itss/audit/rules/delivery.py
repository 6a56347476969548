"""Did what was signed leave, and nothing else: receipts, released files, slots of mails, the sign-off sheet, dates."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import version as installed
from typing import Any

import itss
from itss.archive.statement import STATEMENT
from itss.audit.facts import FOR_ARCHIVE, OTHER_CALENDAR, OTHER_RELEASE, NotJudgedError, Version
from itss.audit.rules.base import ASK, RECORD, RESTORE, other, rule
from itss.delivery.folder import Copy
from itss.delivery.mail import RELEASED, SIGN_OFF_SHEET, SLOT, message_id
from itss.register.ledger import Witness
from itss.register.life import OUT
from itss.register.records import Decision
from itss.report_list.due import report_due_at
from itss.report_list.entry_parts import ReportPeriod
from itss.text import Text, text

_BY = "decided by "
"""How the receipt of a mail begins that a person has decided about; their name follows."""


@rule(
    "receipts",
    "每位收件人和公共平台各有回执（已接收，或经署名免除），此外无人收到；地址为签署的或登记在案的更正地址",
    "every recipient and the shared folder has accepted or is excused by name, and nobody else has got it; the address "
    "is the signed one, or one corrected on record",
    ASK,
)
def receipts(version: Version) -> Iterator[Text]:
    """Of the record as it is now: what a person decided after the seal counts, too."""
    if version.carried.archive_only:
        raise NotJudgedError(FOR_ARCHIVE)
    rows = {row["message_id"]: row for row in _rows(version.rows_now, "delivery")}
    owed = _owed(version)
    for key, places in owed.items():
        found = [(rows[id_], address, to) for id_, (address, to) in places.items() if id_ in rows]
        if not any(row["status"] == "accepted" or _is_excused(row) for row, _, _ in found):
            yield text(f"{key}：既无回执也未署名免除", f"{key}: has no receipt, and is not excused by name")
        for row, address, to in found:
            if row["address"] != address:
                yield other(f"{key}.address", address, row["address"])
            if row["recipient"] not in to:
                yield other(f"{key}.recipient", " / ".join(sorted(to)), row["recipient"])
    known = {id_ for places in owed.values() for id_ in places}
    # planned for a statement that was signed no more, and never begun
    out = {one.details.get("message_id") for one in version.lines if one.details.get("status") in OUT}
    for id_ in sorted(rows.keys() - known):
        if rows[id_]["status"] != "waived" or id_ in out:
            address = rows[id_]["address"]
            yield text(f"{address}：不是签署的收件人", f"{address}: is no recipient that was signed for")


def _is_excused(row: Mapping[str, Any]) -> bool:
    return row["status"] == "waived" and str(row["answer"]).startswith(_BY) and len(row["answer"]) > len(_BY)


def _owed(version: Version) -> dict[str, dict[str, tuple[str, set[str]]]]:
    """By who is owed a receipt, the message ids it may have, each with its address and the titles of its recipient."""
    carried = version.carried
    titles: dict[str, set[str]] = {}
    for mail in carried.mails.values():  # two roles with one address are sent one mail
        titles.setdefault(mail.message_id, set()).add(mail.recipient)
    owed = {key: {m.message_id: (m.address, titles[m.message_id])} for key, m in carried.mails.items()}
    for line in version.lines:
        for key, address in line.details.get("addresses", {}).items() if line.kind == "resent" else ():
            signed = carried.mails.get(key)
            if signed is not None and address.lower() != signed.address.lower():
                owed[key][message_id(version.ref, address)] = (
                    address,
                    {one.recipient for one in carried.mails.values()},
                )
    if carried.copy_ is not None:
        copy = Copy(carried.copy_.recipient, carried.copy_.url, version.ref[:2], carried.copy_.message_id, ())
        owed["folder"] = {copy.message_id: (copy.address, {copy.recipient})}
    return owed


@rule(
    "released_files",
    "发出的文件即发布行所列文件",
    "what left are the very files that the line of the release names",
    RESTORE,
)
def released_files(version: Version) -> Iterator[Text]:
    """The signed mails with their slot filled, and the sign-off sheet; the rest of what leaves is in the statement."""
    named = version.released.details["files"]
    expected = {f"{RELEASED}/{mail.file}" for mail in version.carried.mails.values()} | {SIGN_OFF_SHEET}
    there = {name for name in version.files.listing.files if name.startswith(f"{RELEASED}/")}
    for name in sorted(named.keys() | expected | there):
        if name not in named:
            yield text(f"{name}：发布行未列出", f"{name}: the line of the release does not name it")
        elif name not in expected:
            yield text(f"{name}：不由声明书而来", f"{name}: does not follow from the statement")
        elif name not in there:
            yield text(f"{name}：缺失", f"{name}: is missing")
        elif hashlib.sha256(version.read(name)).hexdigest() != named[name]:
            yield text(f"{name}：不是发出的文件", f"{name}: is not the file that left")


@rule(
    "filled_mails",
    "发出的邮件与签署的邮件只在预留处不同；其中的见证行是账本中早于发布的一行",
    "a mail as it left differs from the signed one in its slot alone, and the witness line in it is a line of the "
    "ledger that is older than the release",
    ASK,
)
def filled_mails(version: Version) -> Iterator[Text]:
    """Without a register the line is only known to be older."""
    release = version.released.seq
    for mail in version.carried.mails.values():
        name = f"{RELEASED}/{mail.file}"
        signed, left = version.read(mail.file).decode(), version.read(name).decode()
        head, slot, tail = signed.partition(str(SLOT))
        if not slot or not (left.startswith(head) and left.endswith(tail) and len(left) >= len(head) + len(tail)):
            yield text(f"{name}：预留处之外不同", f"{name}: is another outside of its slot")
            continue
        witnesses = Witness.read(left[len(head) : len(left) - len(tail)])
        if len(witnesses) != 1 or witnesses[0].seq >= release:
            yield text(f"{name}：没有早于发布的见证行", f"{name}: holds no witness line that is older than the release")
        elif version.told is not None and not _is_line(version, witnesses[0]):
            yield text(f"{name}：见证行不在账本中", f"{name}: its witness line is not in the ledger")


def _is_line(version: Version, witness: Witness) -> bool:
    found = version.witnessed(witness.seq)
    return found is not None and found[0] == witness.sha256 and witness.signature in found[1].split(" ")


@rule(
    "sign_off",
    "审批单和邮件中的签署人即登记在案的审批",
    "the sign-off sheet, and who signed as the mails say, are what the answers on record render",
    ASK,
)
def sign_off(version: Version) -> Iterator[Text]:
    """Made again, so only where this release made it."""
    from itss.delivery.templates import render
    from itss.reports import sign_off as sheets

    carried, entry = version.plain(STATEMENT)["carried"], version.job.entry
    decisions = [_decision(one) for one in sorted(version.counting.values(), key=lambda one: one.at)]
    if version.carried.made.code != itss.__version__:
        raise NotJudgedError(OTHER_RELEASE)
    language, zone = entry["language"], entry["period"]["timezone"]
    signed = sheets.signatures(carried, decisions, zone, language)
    sha256 = version.released.details["statement_sha256"]
    if sheets.sheet(language, entry["title"][language], carried, sha256, signed).encode() != version.read(
        SIGN_OFF_SHEET
    ):
        yield text(f"{SIGN_OFF_SHEET}：与登记的审批不符", f"{SIGN_OFF_SHEET}: is not what the answers on record render")
    for mail in version.carried.mails.values():
        left = version.read(f"{RELEASED}/{mail.file}").decode()
        for witness in Witness.read(left)[-1:]:
            told = render("release.j2", {"language": language, "signed": signed, "witness": witness.text})
            if version.read(mail.file).decode().replace(str(SLOT), told, 1) != left:
                yield text(f"{mail.file}：签署人与登记的审批不符", f"{mail.file}: who signed is not who answered")


def _decision(one: Any) -> Decision:
    return Decision(**{name: getattr(one, name) for name in Decision.__dataclass_fields__})


@rule(
    "due_date",
    "应交付时间按列表规则计算",
    "the due date is what the entry's rule gives",
    ASK,
)
def due_date(version: Version) -> Iterator[Text]:
    """Holidays are those of a package; with another release of it they may be others."""
    said = version.carried.due_at
    if version.job.due_at != said:
        yield other("job.json due_at", said, version.job.due_at)
    row = _revision(version)
    if "due_at" in row and dt.datetime.fromisoformat(row["due_at"]) != dt.datetime.fromisoformat(said):
        yield other("revision.due_at", said, row["due_at"])
    if version.carried.made.calendar != _calendar():
        raise NotJudgedError(OTHER_CALENDAR)
    rule_ = ReportPeriod.model_validate(version.job.entry["period"])
    due = report_due_at(rule_, rule_.parse(version.job.period)).isoformat()
    if due != said:
        yield other("due_at", due, said)


@cache
def _calendar() -> str:
    """As a statement spells it; reading it takes longer than all of the rule."""
    return f"holidays {installed('holidays')}"


@rule(
    "delivered_at",
    "交付时间为最后一份回执的时间",
    "it counts as delivered at the instant of the last receipt",
    RECORD,
)
def delivered_at(version: Version) -> Iterator[Text]:
    """By it on-time delivery is judged."""
    if version.carried.archive_only:
        raise NotJudgedError(FOR_ARCHIVE)
    accepted = [row["at"] for row in _rows(version.rows, "delivery") if row["status"] == "accepted"]
    if _revision(version).get("delivered_at") != max(accepted, default=None):
        yield other("delivered_at", max(accepted, default=None), _revision(version).get("delivered_at"))


def _rows(projection: Any, table: str) -> list[Mapping[str, Any]]:
    return [known.columns for _, known in sorted(projection.rows[table].items())]


def _revision(version: Version) -> Mapping[str, Any]:
    return next(iter(_rows(version.rows, "revision")), {})


RULES = (receipts, released_files, filled_mails, sign_off, due_date, delivered_at)
