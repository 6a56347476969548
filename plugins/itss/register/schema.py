"""The tables of the register. Nothing outside this package reads or writes them.

A `ReportRow` is one report of one period; its revisions, and all that happened to them, hang below. The tables are what
the lines of the ledger add up to: every change of a row is in the line that was written with it (`itss.register.desk`).
`FRAMES` are written as a whole, and stand in their line as one hash. A change here needs a migration
(``migrations/versions``) and a new `HEAD`; a test compares the two.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Double, ForeignKey, Index, MetaData, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from itss.ref import LONGEST_KEY
from itss.register.columns import Instant, Words

HEAD = "0007"
"""The newest migration; kept here so that a step can see in one query that there is nothing to upgrade."""

VERSION_TABLE = "register_version"
"""Not Alembic's default name: Airflow uses that one, and somebody will put both into one database."""


class Base(DeclarativeBase):
    """Named constraints, so that a later migration can drop them on either database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {dt.datetime: Instant, str: Words, float: Double, dict[str, Any]: JSON, list[str]: JSON}  # noqa: RUF012


class ReportRow(Base):
    """One report of one period. Every writer locks this row first, so steps of one report never interleave."""

    __tablename__ = "report"
    __table_args__ = (UniqueConstraint("key", "period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(LONGEST_KEY))
    period: Mapped[str] = mapped_column(String(10))


class RevisionRow(Base):
    """One revision. ``state`` is what it is now; ``reached`` how far it had come, also when it has failed since.

    ``said_sha256`` is the hash of what the report says, ``statement_sha256`` that of what people sign.
    """

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("report_id", "number"), Index(None, "state"), Index(None, "run"))

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(20))
    reached: Mapped[str] = mapped_column(String(20))
    run: Mapped[str]
    due_at: Mapped[dt.datetime]
    entry: Mapped[dict[str, Any]] = mapped_column(deferred=True)  # the largest by far, and few questions are about it
    agreement_version: Mapped[str]
    code_version: Mapped[str]
    opened_at: Mapped[dt.datetime]
    submitted_at: Mapped[dt.datetime | None]
    released_at: Mapped[dt.datetime | None]
    delivered_at: Mapped[dt.datetime | None]
    sealed_at: Mapped[dt.datetime | None]
    said_sha256: Mapped[str | None] = mapped_column(String(64))
    statement_sha256: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str]
    archive_path: Mapped[str | None]
    manifest_sha256: Mapped[str | None] = mapped_column(String(64))

    report: Mapped[ReportRow] = relationship(lazy="joined", innerjoin=True)


class SubmissionRow(Base):
    """What was handed in for one process; ``missing`` says why there is nothing."""

    __tablename__ = "submission"
    __table_args__ = (UniqueConstraint("revision_id", "process"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    process: Mapped[str] = mapped_column(String(50))
    source: Mapped[str]
    rows: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    missing: Mapped[str]
    collected_at: Mapped[dt.datetime]


class FindingRow(Base):
    """One finding, in the words of the day it was made; ``position`` keeps the order."""

    __tablename__ = "finding"
    __table_args__ = (UniqueConstraint("revision_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    position: Mapped[int]
    process: Mapped[str] = mapped_column(String(50))
    rule: Mapped[str]
    severity: Mapped[str] = mapped_column(String(20))
    column_name: Mapped[str]
    failed: Mapped[int]
    total: Mapped[int]
    sample: Mapped[list[str]]
    why_zh: Mapped[str]
    why_en: Mapped[str]
    remedy_zh: Mapped[str]
    remedy_en: Mapped[str]
    source: Mapped[str]


class FigureRow(Base):
    """One figure: the columns of ``figures.csv`` and what else `measure_all` tells."""

    __tablename__ = "figure"
    __table_args__ = (UniqueConstraint("revision_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    position: Mapped[int]
    measure: Mapped[str] = mapped_column(String(80))
    process: Mapped[str] = mapped_column(String(50))
    period: Mapped[str] = mapped_column(String(10))
    dimension: Mapped[str]
    member: Mapped[str]
    value: Mapped[float | None]
    unit: Mapped[str] = mapped_column(String(10))
    numerator: Mapped[float | None]
    denominator: Mapped[float | None]
    n: Mapped[int | None]
    target: Mapped[float | None]
    status: Mapped[str] = mapped_column(String(20))
    low: Mapped[float | None]
    high: Mapped[float | None]
    excluded: Mapped[str]
    version: Mapped[int | None]


class RestatementRow(Base):
    """One figure that was published otherwise than the source says now."""

    __tablename__ = "restatement"
    __table_args__ = (UniqueConstraint("revision_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    position: Mapped[int]
    measure: Mapped[str] = mapped_column(String(80))
    process: Mapped[str] = mapped_column(String(50))
    period: Mapped[str] = mapped_column(String(10))
    published: Mapped[float | None]
    recomputed: Mapped[float | None]


class BaselineRow(Base):
    """Version ``number`` of the limits of one measure's control chart. Only ever appended to."""

    __tablename__ = "baseline"
    __table_args__ = (UniqueConstraint("report", "process", "measure", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    report: Mapped[str] = mapped_column(String(LONGEST_KEY))
    process: Mapped[str] = mapped_column(String(50))
    measure: Mapped[str] = mapped_column(String(80))
    number: Mapped[int]
    definition: Mapped[int]
    first: Mapped[str] = mapped_column(String(10))
    last: Mapped[str] = mapped_column(String(10))
    points: Mapped[int]
    mean: Mapped[float]
    lower: Mapped[float]
    upper: Mapped[float]
    set_at: Mapped[dt.datetime]
    who: Mapped[str]
    reason: Mapped[str]


class DecisionRow(Base):
    """One answer of one approval level to one statement, in one run."""

    __tablename__ = "decision"
    __table_args__ = (UniqueConstraint("revision_id", "level", "run", "statement_sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    level: Mapped[str] = mapped_column(String(50))
    run: Mapped[str] = mapped_column(String(250))
    title: Mapped[str]
    answer: Mapped[str] = mapped_column(String(20))
    who_id: Mapped[str | None]
    who_name: Mapped[str | None]
    at: Mapped[dt.datetime]
    comment: Mapped[str]
    statement_sha256: Mapped[str] = mapped_column(String(64))


class DeliveryRow(Base):
    """The receipt of one mail. Its ``message_id`` is fixed, so one recipient has one row however often it is tried."""

    __tablename__ = "delivery"
    __table_args__ = (UniqueConstraint("revision_id", "message_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    message_id: Mapped[str] = mapped_column(String(250))
    recipient: Mapped[str]
    address: Mapped[str]
    status: Mapped[str] = mapped_column(String(20))
    answer: Mapped[str]
    attempts: Mapped[int]
    at: Mapped[dt.datetime]


class HandInRow(Base):
    """One file that was handed in for one process of one report and period. Only ever appended to.

    ``number`` is the version of an accepted one, counted from 1; a refused one has none, but says how many ``errors``.
    """

    __tablename__ = "hand_in"
    __table_args__ = (
        UniqueConstraint("report", "period", "process", "number"),
        Index(None, "period"),
        Index(None, "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    report: Mapped[str] = mapped_column(String(LONGEST_KEY))
    period: Mapped[str] = mapped_column(String(10))
    process: Mapped[str] = mapped_column(String(50))
    number: Mapped[int | None]
    status: Mapped[str] = mapped_column(String(20))
    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    rows: Mapped[int]
    errors: Mapped[int]
    who: Mapped[str]
    at: Mapped[dt.datetime]
    path: Mapped[str]


class NoticeRow(Base):
    """One person notified of one thing about one report and period, once; the receipt of that mail.

    Several notices may travel in one mail, and then share its ``message_id``. ``about`` tells notices of one kind
    apart where there may be several, such as refusals of different files.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("report", "period", "kind", "about", "address"),
        Index(None, "kind", "status"),
        Index(None, "period", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    report: Mapped[str] = mapped_column(String(LONGEST_KEY))
    period: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(20))
    about: Mapped[str] = mapped_column(String(120))
    recipient: Mapped[str]
    address: Mapped[str] = mapped_column(String(254))
    message_id: Mapped[str] = mapped_column(String(250), index=True)
    status: Mapped[str] = mapped_column(String(20))
    answer: Mapped[str]
    attempts: Mapped[int]
    at: Mapped[dt.datetime]


class ReviewRow(Base):
    """The minutes of the review meeting on one revision: said once, and never changed.

    ``attendees`` are keys of the list's people, or names of guests; ``files`` maps each document to its sha256.
    """

    __tablename__ = "review"
    __table_args__ = (UniqueConstraint("revision_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    held_on: Mapped[dt.date]
    attendees: Mapped[list[str]]
    gaps: Mapped[str]
    trends: Mapped[str]
    measures: Mapped[str]
    who: Mapped[str]
    at: Mapped[dt.datetime]
    files: Mapped[dict[str, Any]]


class ImprovementRow(Base):
    """One item to improve (待改善点), raised by the review of a report; its days are those of ``zone``.

    ``number`` counts the items of one report and period, whichever revision was reviewed.
    """

    __tablename__ = "improvement"
    __table_args__ = (UniqueConstraint("key"), UniqueConstraint("report", "period", "number"))

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"))
    key: Mapped[str] = mapped_column(String(130))
    report: Mapped[str] = mapped_column(String(LONGEST_KEY))
    period: Mapped[str] = mapped_column(String(10))
    number: Mapped[int]
    title: Mapped[str]
    owner: Mapped[str] = mapped_column(String(50))
    raised_on: Mapped[dt.date]
    due_on: Mapped[dt.date]
    zone: Mapped[str] = mapped_column(String(50))
    state: Mapped[str] = mapped_column(String(20))
    closed_at: Mapped[dt.datetime | None]
    closed_by: Mapped[str]
    result: Mapped[str]


class RenamingRow(Base):
    """A report that got another key: what is on record under the old one is its history."""

    __tablename__ = "renaming"
    __table_args__ = (UniqueConstraint("old"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    old: Mapped[str] = mapped_column(String(LONGEST_KEY))
    new: Mapped[str] = mapped_column(String(LONGEST_KEY))


class LedgerRow(Base):
    """One line: that something happened. Only ever appended to; see `itss.register.ledger`."""

    __tablename__ = "ledger"
    __table_args__ = (Index(None, "ref", "kind"),)

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime]
    kind: Mapped[str] = mapped_column(String(50))
    ref: Mapped[str] = mapped_column(String(120))
    who: Mapped[str]
    payload_sha256: Mapped[str] = mapped_column(String(64))
    previous_sha256: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str] = mapped_column(Text)


class PayloadRow(Base):
    """What a line says, as canonical JSON; emptied when the retention of its revision is over, and the line stays."""

    __tablename__ = "payload"

    seq: Mapped[int] = mapped_column(ForeignKey("ledger.seq"), primary_key=True, autoincrement=False)
    body: Mapped[str | None] = mapped_column(Text)


FRAMES: tuple[type[FindingRow] | type[FigureRow] | type[RestatementRow], ...] = (FindingRow, FigureRow, RestatementRow)

Base.registry.configure()  # now, and so once in the process that tasks are forked from: each would do it again
