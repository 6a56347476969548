"""Somebody who has the key, too: whatever was mailed is found by its mail; what was not, is declared (record.md 3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import forging
from attack import Attack
from building import WAITING
from forging import Edit, Forger, Target
from itss.audit.protocol import audit_month
from itss.register import signing
from on_both_sides import TARGETS, forge, of, on_rows, removal_earlier
from place import House

UNSEEN = "with the key, what no mail has witnessed yet can be rewritten"


def attacks() -> Iterator[Attack]:
    """Every wish, signed with the very key; then what no mail witnesses."""
    for target in TARGETS:
        yield Attack(target.name, "with the key: mailed", partial(_forge, target=target))
    yield Attack("a version was removed earlier", "with the key: mailed", partial(_edit, edit=removal_earlier))
    yield Attack("everything again under an exchanged key file", "with the key: mailed", _exchange_key)
    for name, edit in _NEWEST.items():
        yield Attack(name, "with the key: not mailed yet", partial(_edit, edit=edit), UNSEEN)


def mail_protocol(house: House) -> Path:
    """The next month's protocol leaves; the mail."""
    audit_month(dt.datetime.now(dt.UTC))
    return house.mails()[-1]


def _key(house: House) -> signing.Key:
    return signing.load(str(house.key))


def _forge(house: House, target: Target) -> None:
    forge(house, target, Forger(house, forging.by(_key(house))), target.line)


def _edit(house: House, edit: Edit) -> None:
    Forger(house, forging.by(_key(house))).forge_ledger(edit)


def _exchange_key(house: House) -> None:
    """A new key in the place of the old one, and everything signed with it: nothing in the house tells."""
    key = forging.own_key(house)
    Forger(house, forging.by(key)).forge_ledger(forging.brought_in(key))
    house.key.write_bytes((house.root / "elsewhere" / "own.pem").read_bytes())


def _another_signer(line: dict[str, Any], body: dict[str, Any]) -> None:
    on_rows("decision", comment="all is well", kind="decision", where={"level": "initial_review"})(line, body)


def _another_time(line: dict[str, Any], _body: dict[str, Any]) -> None:
    if line["kind"] in ("open", "rendered"):
        line["at"] = line["at"].replace("2026-11-03 08:00", "2026-11-03 07:59")


_NEWEST: dict[str, Edit] = {
    "the newest revision: what its first approver said": of(WAITING, _another_signer),
    "the newest revision: when it was opened": of(WAITING, _another_time),
    "the newest revision: its run": of(WAITING, on_rows("revision", run="another run")),
}
