"""Triggers that refuse what nobody has to do: to change or delete a line of the ledger, or to put one in between.

A guard rail and no proof: who owns the tables can drop them. Made again after every migration, because Alembic's batch
mode copies a table and drops the triggers of the old one.
"""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

from itss.register.schema import Base

SQLITE = {
    "ledger_no_update": "BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'a line of the ledger stays'); END",
    "ledger_no_delete": "BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'a line of the ledger stays'); END",
    # before INSERT, so that OR REPLACE, which deletes without a trigger, does not come so far
    "ledger_next": (
        "BEFORE INSERT ON ledger WHEN NEW.seq IS NOT (SELECT COALESCE(MAX(seq), 0) + 1 FROM ledger) "
        "OR NEW.previous_sha256 IS NOT "
        "COALESCE((SELECT sha256 FROM ledger ORDER BY seq DESC LIMIT 1), printf('%064d', 0)) "
        "BEGIN SELECT RAISE(ABORT, 'a line of the ledger follows the newest one'); END"
    ),
    "payload_only_emptied": (
        "BEFORE UPDATE ON payload WHEN NEW.seq IS NOT OLD.seq OR NEW.body IS NOT NULL "
        "BEGIN SELECT RAISE(ABORT, 'a payload can only be emptied'); END"
    ),
    "payload_no_delete": "BEFORE DELETE ON payload BEGIN SELECT RAISE(ABORT, 'a payload can only be emptied'); END",
    "payload_once": (
        "BEFORE INSERT ON payload WHEN EXISTS (SELECT 1 FROM payload WHERE seq = NEW.seq) "
        "BEGIN SELECT RAISE(ABORT, 'a payload can only be emptied'); END"
    ),
}
_FUNCTIONS = {
    "itss_ledger_stays": "RAISE EXCEPTION 'a line of the ledger stays';",
    "itss_ledger_next": """
        IF NEW.seq IS DISTINCT FROM (SELECT COALESCE(MAX(seq), 0) + 1 FROM ledger)
            OR NEW.previous_sha256 IS DISTINCT FROM
                COALESCE((SELECT sha256 FROM ledger ORDER BY seq DESC LIMIT 1), repeat('0', 64)) THEN
            RAISE EXCEPTION 'a line of the ledger follows the newest one';
        END IF;
        RETURN NEW;""",
    "itss_payload_only_emptied": """
        IF TG_OP = 'UPDATE' THEN
            IF NEW.seq IS NOT DISTINCT FROM OLD.seq AND NEW.body IS NULL THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'a payload can only be emptied';""",
}
_POSTGRESQL = {
    "ledger_stays": ("ledger", "BEFORE UPDATE OR DELETE", "ROW", "itss_ledger_stays"),
    "ledger_no_truncate": ("ledger", "BEFORE TRUNCATE", "STATEMENT", "itss_ledger_stays"),
    "ledger_next": ("ledger", "BEFORE INSERT", "ROW", "itss_ledger_next"),
    "payload_only_emptied": ("payload", "BEFORE UPDATE OR DELETE", "ROW", "itss_payload_only_emptied"),
    "payload_no_truncate": ("payload", "BEFORE TRUNCATE", "STATEMENT", "itss_payload_only_emptied"),
}
_OF = "', '".join(name for name in Base.metadata.tables if name not in ("ledger", "payload"))
# whatever can make another write of ours, also a view that has taken the place of a table; what somebody does to the
# ledger itself, its hashes show
_STRANGERS = {
    # a trigger has the name of its table as its maker spelt it
    "sqlite": (
        f"SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view') AND lower(tbl_name) IN ('{_OF}')"  # noqa: S608
    ),
    # a table that is parted has triggers on its parts; a rule rewrites a statement without any trigger
    "postgresql": f"""
        WITH own AS (SELECT oid, relname, relkind FROM pg_class
            WHERE relnamespace = current_schema()::regnamespace AND relname IN ('{_OF}'))
        SELECT tgname FROM pg_trigger JOIN own ON own.oid = tgrelid WHERE NOT tgisinternal
        UNION SELECT rulename FROM pg_rewrite JOIN own ON own.oid = ev_class WHERE rulename <> '_RETURN'
        UNION SELECT relname FROM own WHERE relkind <> 'r'""",  # noqa: S608
}


def make(connection: Connection) -> None:
    """Make the triggers again where there is a ledger; may be called at any time."""
    if not inspect(connection).has_table("ledger"):
        return
    for statement in _statements(connection.dialect.name):
        connection.execute(text(statement))


def drop(connection: Connection) -> None:
    """Drop what outlives the tables; for a migration that goes back behind them."""
    if connection.dialect.name == "postgresql":
        for name in _FUNCTIONS:
            connection.execute(text(f"DROP FUNCTION IF EXISTS {name}() CASCADE"))


def strangers(connection: Connection) -> list[str]:
    """Triggers and rules on the register's rows, and what is in their place and no table: none is ours.

    One could change what is written.
    """
    return list(connection.execute(text(_STRANGERS[connection.dialect.name])).scalars())


def _statements(dialect: str) -> list[str]:
    if dialect == "sqlite":
        return [
            words
            for name, rest in SQLITE.items()
            for words in (f"DROP TRIGGER IF EXISTS {name}", f"CREATE TRIGGER {name} {rest}")
        ]
    made = [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"
        for name, body in _FUNCTIONS.items()
    ]
    for name, (table, when, each, function) in _POSTGRESQL.items():
        made.append(f"DROP TRIGGER IF EXISTS {name} ON {table}")
        made.append(f"CREATE TRIGGER {name} {when} ON {table} FOR EACH {each} EXECUTE FUNCTION {function}()")
    return made
