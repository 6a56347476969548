"""What makes and keeps the record, turned against it: triggers, views, types, migrations, clocks, an empty register."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial

import forging
import time_machine
from attack import Attack, GateAttack
from building import CHIEF, CORRECTED, SEALED, said
from forging import Forger
from gate import Way, waiting, walked
from itss import steps
from itss.register.schema import Base
from on_register import TABLES, id_of, row_of
from place import House
from sqlalchemy import Integer, create_engine


def attacks() -> Iterator[Attack | GateAttack]:
    """Every one."""
    for table in TABLES:
        yield Attack(f"{table}: every text of a row as bytes", "register: types", partial(_as_bytes, table=table))
    for column in ("kind", "ref", "who", "sha256", "previous_sha256", "signature", "at"):
        yield Attack(f"ledger.{column} as bytes", "register: types", partial(_as_bytes, table="ledger", only=column))
    for what, statements in _SCHEMA.items():
        yield Attack(what, "register: schema", partial(_script, statements=statements))
    for what, plant in _MACHINES.items():
        yield Attack(what, "register: exchanged as a whole", plant)
    for what, (trigger, write, stages) in _TRIGGERS.items():
        walk = partial(waiting, write=partial(_triggered, trigger=trigger, write=write), stages=stages)
        yield GateAttack(f"a trigger of one's own: {what}", "register: triggers", walk, is_quiet=True)
    walk = partial(walked, stage="second question", write=_set_back, then=())
    yield GateAttack("the clock is set back when it is delivered", "clock", walk, "second question", is_quiet=True)


def _as_bytes(house: House, table: str, only: str = "") -> None:
    """The same letters, in a type that compares unequal, or makes whoever reads them stumble."""
    id_ = "seq" if "seq" in TABLES[table].columns else "id"
    with house.sql() as database:
        row = row_of(database, table)
        kinds = {one.name: one.type for one in TABLES[table].columns}
        names = [n for n in row if n != id_ and (n == only if only else not isinstance(kinds[n], Integer))]
        names = [n for n in names if isinstance(row[n], str)]
        sets = ", ".join(f"{name} = CAST({name} AS BLOB)" for name in names)
        assert database.execute(f"UPDATE {table} SET {sets} WHERE {id_} = {row[id_]}").rowcount == 1


def _script(house: House, statements: str) -> None:
    with house.sql() as database:
        id_ = id_of(database, CORRECTED)
        database.executescript(statements.replace("{of}", f"WHERE revision_id = {id_}").replace("{id}", str(id_)))


_VIEW = "ALTER TABLE {t} RENAME TO hidden; CREATE VIEW {t} AS SELECT {columns} FROM hidden"


def _view(table: str, **changes: str) -> str:
    names = [one.name for one in TABLES[table].columns]
    columns = ", ".join(f"{changes.get(name, name)} AS {name}" for name in names)
    return _VIEW.replace("{t}", table).replace("{columns}", columns)


_SCHEMA = {
    "a view in place of the decisions": _view("decision", who_id="'somebody'"),
    "a view in place of the revisions": _view("revision", due_at="'2027-01-01 00:00:00.000000'"),
    "a view in place of the figures": _view("figure", value="value + 1"),
    "a view that hides a line": _view("ledger") + " WHERE kind != 'decision'",
    "a view that empties payloads": _view("payload", body="NULL"),
    "a column dropped": "ALTER TABLE decision DROP COLUMN comment",
    "a column renamed": "ALTER TABLE decision RENAME COLUMN comment TO words",
    "the ledger dropped": "DROP TABLE payload; DROP TABLE ledger",
    "the payloads dropped": "DROP TABLE payload",
    "every table of rows emptied": "".join(
        f"DELETE FROM {name};" for name in Base.metadata.tables if name not in ("ledger", "payload")
    ),
    "every table emptied": "".join(f"DELETE FROM {name};" for name in Base.metadata.tables),
}


def _no_register(house: House) -> None:
    for path in house.var.glob("register.sqlite*"):
        path.unlink()


def _empty_register(house: House) -> None:
    """The product makes a new one, with a key line that the very key has signed."""
    _no_register(house)
    house.register.upgrade()


def _no_bytes(house: House) -> None:
    _no_register(house)
    house.database.write_bytes(b"")


def _no_database(house: House) -> None:
    _no_register(house)
    house.database.write_text("no database")


def _older_register(house: House) -> None:
    """The register as it was some lines ago; the archive stays."""
    with closing(sqlite3.connect(house.database)) as database:
        first = database.execute(
            "SELECT MIN(seq) FROM ledger WHERE ref = ? AND kind = 'sealed'", (CORRECTED.path,)
        ).fetchone()[0]
    with house.sql() as database:
        database.execute("DELETE FROM payload WHERE seq >= ?", (first,))
        database.execute("DELETE FROM ledger WHERE seq >= ?", (first,))
    forging.rows_again(house)


def _older_archive(house: House) -> None:
    """The archive as it was before a seal; the register stays."""
    shutil.rmtree(house.version(CORRECTED))


def _migrated_again(house: House, change: Callable[[House], None]) -> None:
    """Back to the release that had no ledger, a change, and on again: the product signs whatever it finds then."""
    from alembic import command
    from alembic.config import Config
    from itss.register import database as product

    config = Config()
    config.set_main_option("script_location", str(product.Path(product.__file__).parent / "migrations"))
    with create_engine(f"sqlite:///{house.database}").begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0005")
    change(house)
    house.register.upgrade()


def _forged_decision(house: House) -> None:
    with house.sql() as database:
        id_ = id_of(database, CORRECTED)
        database.execute("UPDATE decision SET who_id = 'somebody' WHERE revision_id = ?", (id_,))


def _as_before(house: House) -> None:
    """Every version as if the release before had sealed it: no statement, no lines; and another approver."""
    for ref in SEALED:
        folder = house.version(ref)
        shutil.rmtree(folder / "released", ignore_errors=True)
        for name in ("statement.json", "ledger.json"):
            (folder / name).unlink()
        manifest = json.loads((folder / "manifest.json").read_text())
        kept = [one for one in manifest["files"] if (folder / one["name"]).exists()]
        facts = {n: v for n, v in manifest["facts"].items() if n not in ("statement_sha256", "said_sha256")}
        (folder / "manifest.json").chmod(0o644)
        (folder / "manifest.json").write_text(json.dumps(manifest | {"files": kept, "facts": facts}))
        forger = Forger(house, forging.kept)
        if ref == CORRECTED:
            _another_approver(forger, folder)
        forger.reseal(ref)
        with house.sql() as database:
            sha256 = forging._sha256((folder / "manifest.json").read_bytes())
            database.execute("UPDATE revision SET manifest_sha256 = ? WHERE id = ?", (sha256, id_of(database, ref)))
    _forged_decision(house)


def _another_approver(forger: Forger, folder: object) -> None:
    path = forger.house.version(CORRECTED) / "decisions.json"
    forger.put(path, path.read_bytes().replace(b'"who_id": "management_representative"', b'"who_id": "somebody"'))


_MACHINES: dict[str, Callable[[House], None]] = {
    "no register": _no_register,
    "an empty register": _empty_register,
    "an empty file": _no_bytes,
    "a file that is no database": _no_database,
    "the register of an earlier day": _older_register,
    "the archive of an earlier day": _older_archive,
    "migrated back and on again": partial(_migrated_again, change=lambda _house: None),
    "migrated back, an approver exchanged, and on again": partial(_migrated_again, change=_forged_decision),
    "migrated back, every version made an old one, and on again": partial(_migrated_again, change=_as_before),
}


def _triggered(way: Way, trigger: str, write: Callable[[Way], None]) -> None:
    with closing(sqlite3.connect(way.house.database)) as database:
        database.executescript(trigger)
    write(way)


def _reject(way: Way) -> None:
    steps.decide(way.job, "approval", said(CHIEF, "Reject", comment="no", content=way.shown))


def _nothing(_way: Way) -> None:
    """Only the trigger."""


_TRIGGERS: dict[str, tuple[str, Callable[[Way], None], tuple[str, ...]]] = {
    "a rejection becomes an approval": (
        "CREATE TRIGGER own AFTER INSERT ON decision WHEN NEW.answer = 'reject' BEGIN "
        "UPDATE decision SET answer = 'approve' WHERE id = NEW.id; END",
        _reject,
        ("release", "deliver", "seal"),
    ),
    "an approval is somebody else's": (
        "CREATE TRIGGER own AFTER INSERT ON decision BEGIN UPDATE decision SET who_id = 'x' WHERE id = NEW.id; END",
        _nothing,
        ("second answer", "release", "deliver", "seal"),
    ),
    "a receipt is that of another": (
        "CREATE TRIGGER own AFTER INSERT ON delivery BEGIN "
        "UPDATE delivery SET address = 'evil@example.com' WHERE id = NEW.id; END",
        _nothing,
        ("second answer", "release", "deliver", "seal"),
    ),
    "what is planned has arrived": (
        "CREATE TRIGGER own AFTER INSERT ON delivery BEGIN "
        "UPDATE delivery SET status = 'accepted', answer = '250 ok' WHERE id = NEW.id; END",
        _nothing,
        ("second answer", "release", "deliver", "seal"),
    ),
    "a payload is another one": (
        "CREATE TRIGGER own AFTER INSERT ON ledger BEGIN UPDATE ledger SET who = 'x' WHERE seq = NEW.seq; END; "
        "DROP TRIGGER ledger_no_update",
        _nothing,
        ("second answer", "release", "deliver", "seal"),
    ),
    "the seal is forgotten": (
        "CREATE TRIGGER own AFTER UPDATE ON revision WHEN NEW.state = 'sealed' BEGIN "
        "UPDATE revision SET state = 'delivered', reached = 'delivered' WHERE id = NEW.id; END",
        _nothing,
        ("second answer", "release", "deliver", "seal"),
    ),
}


def _set_back(way: Way) -> None:
    """It is approved, mailed and sealed as of a month ago: on time, for once."""
    with time_machine.travel(dt.datetime(2026, 10, 1, 8, tzinfo=dt.UTC), tick=True), suppress(Exception):
        for stage in ("second answer", "release", "deliver", "seal"):
            way.step(stage)
