"""The source system of the production tests: a table of incidents in PostgreSQL."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

DDL = """CREATE TABLE IF NOT EXISTS incident
    (id text PRIMARY KEY, title text, priority text, opened_at timestamp, resolved_at timestamp)"""


def fill(url: str, months: int = 10) -> None:
    """Six incidents a month of 2026, at fixed hours."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(DDL)
        for month in range(1, months + 1):
            for number in range(1, 7):
                opened = dt.datetime(2026, month, number * 4, 10)  # noqa: DTZ001 - the table has no zone
                row = {
                    "id": f"INC{month:02d}{number:02d}", "title": f"打印机 {number}",
                    "priority": "High" if number % 2 else "Low",
                    "opened_at": opened, "resolved_at": opened + dt.timedelta(hours=5 * number),
                }  # fmt: skip
                connection.execute(
                    sa.text("INSERT INTO incident VALUES (:id, :title, :priority, :opened_at, :resolved_at)"), row
                )
