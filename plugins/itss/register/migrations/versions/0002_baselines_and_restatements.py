"""Frozen baselines of the control charts, and the published figures that came out otherwise later."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _baseline()
    _restatement()


def downgrade() -> None:
    for table in ("restatement", "baseline"):
        op.drop_table(table)


def _baseline() -> None:
    op.create_table(
        "baseline",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report", sa.String(length=50), nullable=False),
        sa.Column("process", sa.String(length=50), nullable=False),
        sa.Column("measure", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("definition", sa.Integer(), nullable=False),
        sa.Column("first", sa.String(length=10), nullable=False),
        sa.Column("last", sa.String(length=10), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("mean", sa.Double(), nullable=False),
        sa.Column("lower", sa.Double(), nullable=False),
        sa.Column("upper", sa.Double(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_baseline"),
        sa.UniqueConstraint("report", "process", "measure", "number", name="uq_baseline_report"),
    )


def _restatement() -> None:
    op.create_table(
        "restatement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(length=80), nullable=False),
        sa.Column("process", sa.String(length=50), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("published", sa.Double(), nullable=True),
        sa.Column("recomputed", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name="fk_restatement_revision_id_revision"),
        sa.PrimaryKeyConstraint("id", name="pk_restatement"),
        sa.UniqueConstraint("revision_id", "position", name="uq_restatement_revision_id"),
    )
