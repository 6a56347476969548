"""The source system of the soak: six incidents a month of each customer; it can be shut, opened and corrected."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

DDL = """CREATE TABLE IF NOT EXISTS incident
    (id text PRIMARY KEY, title text, customer text, priority text, opened_at timestamp, resolved_at timestamp)"""


class Source:
    """``url`` is its own address, ``admin`` that of somebody who may shut it."""

    def __init__(self, url: str, admin: sa.URL) -> None:
        self._engine = sa.create_engine(url, poolclass=sa.NullPool)
        self._admin = sa.create_engine(admin, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        self._name = sa.make_url(url).database

    def fill(self, months: list[str], customers: list[str]) -> None:
        """At fixed hours; three of six take longer than is agreed."""
        rows = [
            {
                "id": f"{customer[:2].upper()}{month.replace('-', '')}{number}",
                "title": f"打印机 {number}",
                "customer": customer,
                "priority": "High" if number % 2 else "Low",
                "opened": (opened := dt.datetime.fromisoformat(f"{month}-{number * 4:02d}T10:00")),
                "resolved": opened + dt.timedelta(hours=5 * number),
            }
            for customer in customers
            for month in months
            for number in range(1, 7)
        ]
        with self._engine.begin() as connection:
            connection.exec_driver_sql(DDL)
            insert = "INSERT INTO incident VALUES (:id, :title, :customer, :priority, :opened, :resolved)"
            connection.execute(sa.text(insert), rows)

    def correct(self, customer: str, month: str) -> int:
        """Two incidents of a month were resolved earlier than the source said; how many rows that changed."""
        statement = """UPDATE incident SET resolved_at = opened_at + interval '90 minutes'
            WHERE customer = :customer AND to_char(opened_at, 'YYYY-MM') = :month AND priority = 'High'
            AND resolved_at > opened_at + interval '90 minutes'"""
        with self._engine.begin() as connection:
            return int(connection.execute(sa.text(statement), {"customer": customer, "month": month}).rowcount)

    def shut(self) -> None:
        """Nobody gets in from now on, and who is in is thrown out."""
        with self._admin.connect() as connection:
            connection.exec_driver_sql(f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS false")
            connection.exec_driver_sql(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self._name}'"
            )

    def open(self) -> None:
        with self._admin.connect() as connection:
            connection.exec_driver_sql(f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS true")
