"""Room for the key of a report that is made for a customer: ``entry.customer``, up to 50 characters each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_KEY, _ITEM = 101, 130
_WIDER = {
    ("report", "key"): (50, _KEY),
    ("baseline", "report"): (50, _KEY),
    ("hand_in", "report"): (50, _KEY),
    ("notice", "report"): (50, _KEY),
    ("improvement", "key"): (80, _ITEM),
    ("improvement", "report"): (50, _KEY),
    ("renaming", "old"): (50, _KEY),
    ("renaming", "new"): (50, _KEY),
}


def upgrade() -> None:
    """SQLite holds no text to its length: only PostgreSQL has anything to do, and there no row is written again."""
    if op.get_bind().dialect.name == "sqlite":
        return
    for (table, column), (before, after) in _WIDER.items():
        op.alter_column(table, column, existing_type=sa.String(before), type_=sa.String(after), existing_nullable=False)


def downgrade() -> None:
    """Nothing: the room harms nobody, and a key that needs it must not be cut."""
