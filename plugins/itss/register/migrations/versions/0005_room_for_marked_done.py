"""Room for the answer ``marked_done``, which has one letter more than PostgreSQL let a decision have."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    with op.batch_alter_table("decision") as table:
        table.alter_column(
            "answer", existing_type=sa.String(length=10), type_=sa.String(length=20), existing_nullable=False
        )


def downgrade() -> None:
    """Nothing: the room harms nobody, and an answer that needs it must not be cut."""
