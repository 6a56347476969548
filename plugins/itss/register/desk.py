"""One writing transaction: what it changes, and the lines of the ledger that say so.

Owns that no row changes unseen: the session reports every row that is written through it, and a bulk statement is
refused unless it replaces a frame. What was changed is read back from the database when the transaction ends, so a line
holds what the tables hold and not what somebody meant to write.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, delete, event, insert, inspect, select
from sqlalchemy.orm import ORMExecuteState, Session

from itss.errors import LedgerError
from itss.ref import Ref
from itss.register.canonical import canonical, frame_sha256, image, sha256_of
from itss.register.queries import find, ref_of
from itss.register.schema import Base, ReportRow, RevisionRow
from itss.register.signing import Key
from itss.settings import bundle_version

Clock = Callable[[], dt.datetime]
REGISTER = "register"
"""The ``ref`` of lines about the register itself."""


@dataclass(frozen=True)
class Entry:
    """A line to be written: what happened to what, by whom; ``holds`` are hashes of rows that no payload holds."""

    kind: str
    ref: str
    who: str
    at: dt.datetime
    details: Mapping[str, Any]
    holds: Mapping[str, Any] | None = None


@dataclass(frozen=True, eq=False)
class Desk:
    """One writing transaction, the clock its lines are stamped with, and the key that signs them."""

    session: Session
    clock: Clock
    key: Callable[[], Key]
    entries: list[Entry] = field(default_factory=list)
    _rows: dict[tuple[str, int], tuple[str, frozenset[str]]] = field(default_factory=dict)
    _frames: dict[tuple[str, int], None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        event.listen(self.session, "after_flush", self._see_flush)
        event.listen(self.session, "do_orm_execute", _refuse_bulk)

    def revision(self, ref: Ref) -> RevisionRow:
        """The revision, locked against every other writer of the same report and period."""
        key, period, _ = ref
        # two statements: PostgreSQL would hand out a joined row as it was before the wait for the lock
        self.session.execute(
            select(ReportRow.id).where(ReportRow.key == key, ReportRow.period == period).with_for_update()
        )
        return find(self.session, ref)

    def log(self, revision: RevisionRow, kind: str, who: str = "", **details: Any) -> None:
        """A line about a revision; ``who`` is the revision's run unless a person is named.

        It says the version of the DAG bundle that its step ran from, which may be another one than the run's.
        """
        bundle = bundle_version()
        said = {**details, "bundle": bundle} if bundle else details
        self.note(ref_of(revision).path, kind, who or f"run {revision.run}", **said)

    def note(self, ref: str, kind: str, who: str, *, holds: Mapping[str, Any] | None = None, **details: Any) -> None:
        """A line about what is no revision: ``report/period``, a report, or the register."""
        self.entries.append(Entry(kind, ref, who, self.clock(), details, holds))

    def replace_frame(self, table: type[Any], revision: RevisionRow, rows: Sequence[Mapping[str, Any]]) -> None:
        """The rows of a frame, in place of those that the revision had."""
        options = {"execution_options": {"frame": True}}
        self.session.execute(delete(table).where(table.revision_id == revision.id), **options)
        if rows:
            self.session.execute(insert(table), rows, **options)
        self._frames[table.__tablename__, revision.id] = None

    def changes(self) -> list[dict[str, Any]]:
        """What this transaction has changed, as the database has it now; `LedgerError` where no line says so."""
        self.session.flush()
        found = [one for key, seen in self._rows.items() if (one := self._change(*key, *seen)) is not None]
        found += [self._frame(*key) for key in self._frames]
        if found and not self.entries:
            raise LedgerError(
                f"{', '.join(sorted({one['table'] for one in found}))} would change without a line in the ledger.",
                "This is a fault of the product: report it.",
            )
        return found

    def _see_flush(self, session: Session, _context: object) -> None:
        for row in session.new:
            self._rows[row.__tablename__, row.id] = "insert", frozenset()
        for row in session.dirty:
            if session.is_modified(row):
                # what was not changed here is not said again: somebody may have written into it behind our back
                op, same = self._rows.get((row.__tablename__, row.id), ("update", _untouched(row)))
                self._rows[row.__tablename__, row.id] = op, same & _untouched(row)
        for row in session.deleted:
            op, _ = self._rows.pop((row.__tablename__, row.id), ("", frozenset()))
            if op != "insert":
                self._rows[row.__tablename__, row.id] = "delete", frozenset()

    def _change(self, name: str, id_: int, op: str, same: frozenset[str]) -> dict[str, Any] | None:
        if op == "delete":
            return {"table": name, "op": op, "row": {"id": id_}}
        table: Table = Base.metadata.tables[name]
        row = image(self.session.execute(select(table).where(table.c.id == id_)).mappings().one())
        kept = {column: sha256_of(canonical(row.pop(column))) for column in sorted(same & row.keys())}
        return {"table": name, "op": op, "row": row, **({"same": kept} if kept else {})}

    def _frame(self, name: str, revision_id: int) -> dict[str, Any]:
        rows = frame_rows(self.session, name, revision_id)
        return {
            "table": name,
            "op": "frame",
            "revision_id": revision_id,
            "rows": len(rows),
            "sha256": frame_sha256(rows),
        }


def _untouched(row: Base) -> frozenset[str]:
    """The columns of a row that this flush has not changed."""
    state = inspect(row)
    return frozenset(
        one.key
        for one in state.mapper.column_attrs
        if one.key != "id" and not state.attrs[one.key].history.has_changes()
    )


def frame_rows(session: Session, name: str, revision_id: int) -> list[Mapping[str, Any]]:
    """The rows of one revision in one frame, in their order."""
    table: Table = Base.metadata.tables[name]
    found = select(table).where(table.c.revision_id == revision_id).order_by(table.c.position, table.c.id)
    return [dict(row) for row in session.execute(found).mappings()]


def _refuse_bulk(state: ORMExecuteState) -> None:
    if (state.is_insert or state.is_update or state.is_delete) and not state.execution_options.get("frame"):
        raise LedgerError(
            "A statement would change rows that no line of the ledger is about.",
            "This is a fault of the product: report it.",
        )
