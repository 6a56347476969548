"""${message}"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itss.register.columns import Instant, Words

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
