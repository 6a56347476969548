"""What the register hands out: frozen records without a database behind them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from itss.ref import Ref

if TYPE_CHECKING:
    from itss.checks.findings import Finding


State = Literal[
    "open",
    "rendered",
    "submitted",
    "released",
    "delivered",
    "sealed",
    "returned",
    "superseded",
    "unchanged",
    "failed",
]
Answer = Literal["approve", "reject", "marked_done", "expired"]
"""``marked_done``: somebody marked the task as done in Airflow; ``expired``: nobody answered in time."""
DeliveryStatus = Literal["planned", "sending", "accepted", "refused", "deferred", "waived", "over"]
"""``waived``: a person, or the list as it is now, excused this recipient; they did not get it.

``over``: they got a notice, and what it is about has ended since.
"""

ImprovementState = Literal["open", "done", "cancelled"]


@dataclass(frozen=True)
class Revision:
    """One revision of the report of one period.

    ``said_sha256`` is the hash of what it says, ``statement_sha256`` of what people sign: that, and what carries it.
    """

    report: str
    period: str
    number: int
    state: State
    run: str
    due_at: dt.datetime
    said_sha256: str | None
    statement_sha256: str | None
    opened_at: dt.datetime
    note: str
    archive_path: str | None
    manifest_sha256: str | None
    reached: State
    agreement_version: str
    code_version: str
    submitted_at: dt.datetime | None
    released_at: dt.datetime | None
    delivered_at: dt.datetime | None
    sealed_at: dt.datetime | None

    @property
    def ref(self) -> Ref:
        """Its key."""
        return Ref(self.report, self.period, self.number)


def _without_delegation(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value or name not in ("on_behalf", "delegation")}


@dataclass(frozen=True)
class Decision:
    """One approval level's answer, and the statement it was given to; ``who_id`` is ``None`` when nobody is named."""

    level: str
    title: str
    answer: Answer
    who_id: str | None
    who_name: str | None
    at: dt.datetime
    comment: str
    statement_sha256: str
    run: str
    on_behalf: str = ""
    """The key of the approver whom they stood in for; empty where they answered for themselves."""
    delegation: Mapping[str, Any] = field(default_factory=dict)
    """By what: ``to``, ``user``, ``address``, ``title``, ``from``, ``until``, ``reason``; as its line says."""

    def document(self) -> dict[str, Any]:
        """Its fields, as the archive has them; those of a delegation only where there was one."""
        return _without_delegation(vars(self))


COMMENT, REWORK, REVIEW = "comment", "rework", "review_meeting"
"""What people are asked beside the approval levels; no level has one of these names."""


@dataclass(frozen=True)
class Asked:
    """A question that has waited for its answer since ``at``: an approval level, or one of the three above."""

    ref: Ref
    level: str
    at: dt.datetime

    @property
    def about(self) -> str:
        """What tells this question from every other about the report and period: asked again, it is another one."""
        return f"r{self.ref[2]:02d} {self.level} {self.at.astimezone(dt.UTC):%Y%m%dT%H%M%S}"


@dataclass(frozen=True)
class Given:
    """An answer as it arrived: ``question`` is named as in `Asked`, ``task`` is the one that waits for it in ``run``.

    ``content`` is the statement that it was given to (``None`` for what is no approval level); ``number`` counts the
    answers to one question of one revision. ``on_behalf`` and ``delegation`` as in `Decision`.
    """

    ref: Ref
    question: str
    number: int
    run: str
    task: str
    user: str
    content: str | None
    chosen: tuple[str, ...]
    given: Mapping[str, Any]
    at: dt.datetime
    on_behalf: str = ""
    delegation: Mapping[str, Any] = field(default_factory=dict)

    @property
    def comment(self) -> str:
        """The comment to an approval or a rejection."""
        return str(self.given.get("comment") or "")

    @property
    def payload(self) -> dict[str, Any]:
        """The same as a human task of Airflow hands it over."""
        return {
            "chosen_options": list(self.chosen),
            "params_input": dict(self.given),
            "responded_at": self.at,
            "responded_by_user": {"id": self.user, "name": self.user},
        }


@dataclass(frozen=True)
class Delivery:
    """The receipt of one mail: what the server said last, and when."""

    recipient: str
    address: str
    status: DeliveryStatus
    answer: str
    message_id: str
    attempts: int
    at: dt.datetime


@dataclass(frozen=True)
class Submission:
    """What was handed in for one process."""

    process: str
    source: str
    rows: int
    sha256: str
    missing: str
    collected_at: dt.datetime


@dataclass(frozen=True)
class FoundAt:
    """What the data checks of one revision found."""

    revision: Revision
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class HandIn:
    """One handed-in file: ``number`` is the version of an accepted one; ``path`` lies below the inbox."""

    report: str
    period: str
    process: str
    number: int | None
    status: Literal["accepted", "refused"]
    name: str
    sha256: str
    rows: int
    errors: int
    who: str
    at: dt.datetime
    path: str


@dataclass(frozen=True)
class Notice:
    """One person notified of one thing about one report and period, and the receipt of the mail, or of the chat."""

    report: str
    period: str
    kind: str
    about: str
    recipient: str
    address: str
    message_id: str
    at: dt.datetime
    status: DeliveryStatus = "planned"
    answer: str = ""
    attempts: int = 0


@dataclass(frozen=True)
class Review:
    """The minutes of a review meeting. ``attendees`` are keys of the list's people, or names of guests."""

    held_on: dt.date
    attendees: tuple[str, ...]
    gaps: str
    trends: str
    measures: str
    who: str
    at: dt.datetime
    files: Mapping[str, str] = field(default_factory=dict)
    """The sha256 of each document that was made of it."""
    on_behalf: str = ""
    delegation: Mapping[str, Any] = field(default_factory=dict)
    """Whom the writer stood in for, as in `Decision`."""

    def document(self) -> dict[str, Any]:
        """Its fields, as the archive has them; those of a delegation only where there was one."""
        return _without_delegation(vars(self))


@dataclass(frozen=True)
class Item:
    """What a review wants improved: ``owner`` is a key of the list's people."""

    title: str
    owner: str
    due_on: dt.date


@dataclass(frozen=True)
class Improvement(Item):
    """An item on record, raised by the review of ``report`` for ``period``; days are those of ``zone``."""

    key: str
    report: str
    period: str
    raised_on: dt.date
    zone: str
    state: ImprovementState
    closed_at: dt.datetime | None
    closed_by: str
    result: str
    moves: tuple[tuple[dt.datetime, dt.date], ...] = ()
    """When its date was moved, and to which day. ``due_on`` stays what was agreed first, and judges it."""

    def moved_to(self, before: dt.datetime) -> dt.date | None:
        """The date that it had been moved to before a moment; ``None`` where it had not."""
        return next((day for at, day in reversed(self.moves) if at < before), None)


@dataclass(frozen=True)
class Event:
    """One line of the log."""

    at: dt.datetime
    who: str
    what: str
    details: Mapping[str, Any]
