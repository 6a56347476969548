"""The protocol of an audit as it is kept in the ledger: what the portal shows of the last one.

Owns how much is kept: `SHOWN` groups of problems, and as many of each; the audit itself can be run again for the rest.
"""

from __future__ import annotations

import datetime as dt

import itss
from itss.audit import words
from itss.audit.versions import Audit
from itss.model import Model
from itss.register import Register
from itss.text import Text, text

SHOWN = 100
"""So many places, and so many problems of each, are shown."""


class Group(Model):
    """What is wrong at one place by one sentence: what must hold, what does not, what to do; ``more`` is not shown."""

    where: str
    says: Text
    what: tuple[Text, ...]
    more: int
    remedy: Text


class Protocol(Model):
    """What one audit found, in both languages; ``more`` groups are not shown."""

    month: str
    code_version: str
    problems: int
    total: Text
    checked: tuple[Text, ...]
    groups: tuple[Group, ...]
    more: int
    witness: str


def keep(register: Register, found: Audit, month: str) -> None:
    """Put what ``found`` says on record."""
    register.record_audit("audit", protocol_of(found, month).model_dump(mode="json", by_alias=True))


def last(register: Register) -> tuple[dt.datetime, Protocol] | None:
    """When the last audit ran, and its protocol; ``None`` where none is on record."""
    event = register.last_audit()
    return None if event is None else (event.at, Protocol.model_validate(event.details["protocol"]))


def protocol_of(found: Audit, month: str) -> Protocol:
    """The protocol in words that can be printed in one line each."""
    groups = words.grouped(found)
    return Protocol(
        month=month,
        code_version=itss.__version__,
        problems=len(found.problems),
        total=words.total(found),
        checked=tuple(map(_plain, words.checked(found))),
        groups=tuple(map(_group, groups[:SHOWN])),
        more=max(len(groups) - SHOWN, 0),
        witness=found.witness.text if found.witness else "",
    )


def _group(one: words.Wrong) -> Group:
    return Group(
        where=words.plain(one.where),
        says=one.rule.says,
        what=tuple(map(_plain, one.what[:SHOWN])),
        more=max(len(one.what) - SHOWN, 0),
        remedy=one.rule.remedy,
    )


def _plain(said: Text) -> Text:
    return text(words.plain(said.zh), words.plain(said.en))
