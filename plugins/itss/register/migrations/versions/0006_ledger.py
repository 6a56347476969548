"""The ledger in place of the log, and the statement that people sign.

The log's rows become the first lines, as they were; then one line holds a hash of every row of every table, so that
what is older than the ledger can still be compared. What was signed before was a hash of what the report says: it is
kept as the statement that it was.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from itss.register import guards, ledger, signing
from itss.register.desk import REGISTER, Entry
from itss.register.projection import holdings
from itss.register.schema import VERSION_TABLE

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    _ledger()
    _renaming()
    _indexes()
    _statement()
    given = context.config.attributes
    key = given["key"]() if "key" in given else signing.load()
    now = given["clock"]() if "clock" in given else dt.datetime.now(dt.UTC)
    connection = op.get_bind()
    entries = [ledger.key_entry(key, now, "migration"), *_logged(connection)]
    op.drop_table("event")
    entries.append(Entry("genesis", REGISTER, "migration", now, {"version": revision}, holdings(connection, _tables())))
    ledger.append(connection, entries, [], ledger.Signed(key))


def downgrade() -> None:
    """The log as it was, with what was logged since; the proof of it is lost, and so are the names of new keys."""
    connection = op.get_bind()
    guards.drop(connection)
    if connection.dialect.name == "sqlite":
        for name in guards.SQLITE:
            op.execute(f"DROP TRIGGER {name}")
    _event(connection)
    op.drop_index("ix_revision_run", "revision")
    op.drop_index("ix_revision_state", "revision")
    op.execute("ALTER TABLE decision RENAME COLUMN statement_sha256 TO content_sha256")
    op.execute("ALTER TABLE revision DROP COLUMN statement_sha256")
    op.execute("ALTER TABLE revision RENAME COLUMN said_sha256 TO content_sha256")
    op.add_column("revision", sa.Column("files", sa.JSON(), nullable=False, server_default="{}"))
    op.drop_index("ix_notice_period", "notice")
    op.drop_index("ix_notice_kind", "notice")
    op.drop_index("ix_hand_in_at", "hand_in")
    op.drop_index("ix_hand_in_period", "hand_in")
    for name in ("renaming", "payload", "ledger"):
        op.drop_table(name)


def _ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=50), nullable=False),
        sa.Column("ref", sa.String(length=120), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("payload_sha256", sa.String(length=64), nullable=False),
        sa.Column("previous_sha256", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_ledger"),
    )
    op.create_index("ix_ledger_ref", "ledger", ["ref", "kind"])
    op.create_table(
        "payload",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["seq"], ["ledger.seq"], name="fk_payload_seq_ledger"),
        sa.PrimaryKeyConstraint("seq", name="pk_payload"),
    )


def _renaming() -> None:
    op.create_table(
        "renaming",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("old", sa.String(length=50), nullable=False),
        sa.Column("new", sa.String(length=50), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_renaming"),
        sa.UniqueConstraint("old", name="uq_renaming_old"),
    )


def _indexes() -> None:
    op.create_index("ix_notice_kind", "notice", ["kind", "status"])
    op.create_index("ix_notice_period", "notice", ["period", "kind"])
    op.create_index("ix_hand_in_period", "hand_in", ["period"])
    op.create_index("ix_hand_in_at", "hand_in", ["at"])


def _statement() -> None:
    # no batch mode: a copy of a table that others refer to cannot take its place while foreign keys are watched
    op.execute("ALTER TABLE revision RENAME COLUMN content_sha256 TO said_sha256")
    op.execute("ALTER TABLE revision DROP COLUMN files")
    op.add_column("revision", sa.Column("statement_sha256", sa.String(length=64), nullable=True))
    op.execute("UPDATE revision SET statement_sha256 = said_sha256")
    op.create_index("ix_revision_state", "revision", ["state"])
    op.create_index("ix_revision_run", "revision", ["run"])
    op.execute("ALTER TABLE decision RENAME COLUMN content_sha256 TO statement_sha256")


def _logged(connection: sa.Connection) -> list[Entry]:
    """The rows of the log as lines, in their order."""
    found = connection.execute(
        sa.text(
            "SELECT e.at, e.who, e.what, e.details, p.key, p.period, r.number FROM event e "
            "JOIN revision r ON r.id = e.revision_id JOIN report p ON p.id = r.report_id ORDER BY e.id"
        ).columns(at=sa.DateTime(timezone=True), details=sa.JSON())
    )
    return [
        Entry(what, f"{key}/{period}/r{number:02d}", who, _utc(at), details)
        for at, who, what, details, key, period, number in found
    ]


def _utc(at: dt.datetime) -> dt.datetime:
    return at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at


def _tables() -> dict[str, sa.Table]:
    """Every table as it is after this migration, whatever later ones make of it."""
    metadata = sa.MetaData()
    metadata.reflect(op.get_bind())
    apart = {"ledger", "payload", VERSION_TABLE}
    return {table.name: table for table in metadata.sorted_tables if table.name not in apart}


def _event(connection: sa.Connection) -> None:
    event = op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.String(length=50), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name="fk_event_revision_id_revision"),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
    )
    op.create_index("ix_event_revision_id", "event", ["revision_id"])
    rows = connection.execute(
        sa.text("SELECT r.id, p.key, p.period, r.number FROM revision r JOIN report p ON p.id = r.report_id")
    )
    ids = {f"{key}/{period}/r{number:02d}": id_ for id_, key, period, number in rows}
    lines = connection.execute(
        sa.text(
            "SELECT l.ref, l.at, l.who, l.kind, p.body FROM ledger l JOIN payload p USING (seq) ORDER BY seq"
        ).columns(at=sa.DateTime(timezone=True))
    ).all()
    made: list[dict[str, Any]] = [
        {
            "revision_id": ids[ref],
            "at": at,
            "who": who,
            "what": kind,
            "details": json.loads(body)["details"] if body else {},
        }
        for ref, at, who, kind, body in lines
        if ref in ids
    ]
    if made:
        op.bulk_insert(event, made)
