"""Runs the migrations in the connection and transaction that `itss.register.database.upgrade` passes in."""

from __future__ import annotations

from alembic import context

from itss.register import guards
from itss.register.schema import VERSION_TABLE, Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
    guards.make(context.get_bind())  # batch mode copies a table, and drops the triggers of the old one
