"""What keeps the canonical tables current."""

import datetime as dt
from typing import Any, ClassVar

from itss.sample import TABLES
from lives import Event
from writer import EIGHT, Writer
from znuny.rows import insert


class Canonical(Writer):
    """The canonical tables keep their histories in the row."""

    system = "itss"
    names: ClassVar[dict[str, Any]] = {"1": "Low", "2": "Medium", "3": "High", "4": "Critical"}
    tables: ClassVar[dict[str, Any]] = {
        "incident": "incident",
        "request": "request",
        "problem": "problem",
        "change": "changes",
    }
    columns: ClassVar[dict[str, Any]] = {
        "incident": ("opened", "resolved", "closed"), "request": ("opened", "fulfilled", "closed"),
        "problem": ("opened", "resolved", "closed"), "change": ("created_at", "actual_end", "closed_at"),
    }  # fmt: skip

    def __init__(self, server: str) -> None:
        super().__init__()
        self.server = server

    def ddl(self) -> list[str]:
        return [
            f"CREATE TABLE {table} ({', '.join(map(self._typed, TABLES[table].split(',')))})"
            for table in self.tables.values()
        ]

    def _typed(self, column: str) -> str:
        name, kind, *_ = column.split()
        moments = {"opened", "resolved", "closed", "fulfilled", "first_response", "created_at", "actual_end"}
        kinds = {"TEXT": "VARCHAR(400)", "INTEGER": "INTEGER", "REAL": "DOUBLE PRECISION"}
        is_moment, is_long = name in moments or name.endswith("_at"), name.endswith("_history")
        return f"{name} {'TIMESTAMP NULL' if is_moment else 'TEXT' if is_long else kinds[kind]}"

    def at(self, moment: dt.datetime) -> dt.datetime:
        return moment - EIGHT

    def update(self, event: Event, values: str) -> str:
        return f"UPDATE {self.tables[self.kind[event.id]]} SET {values} WHERE number = '{event.id}'"

    def entry(self, moment: dt.datetime, word: str) -> str:
        return f"{self.at(moment).isoformat()}Z={word}"

    def on_opened(self, event: Event) -> list[str]:
        told_at = event.told_at or event.at
        opened, *_ = self.columns[event.kind]
        told = {"state_history": self.entry(told_at, "open"), "team": "desk",
                "priority_history": self.entry(told_at, self.names[event.word])}  # fmt: skip
        values = {
            "number": event.id,
            "title": "x",
            "service": "mail",
            "priority": self.names[event.word],
            "state": "Open",
        }
        return [insert(self.tables[event.kind], **values, **{opened: self.at(told_at)}, **told)]

    def on_responded(self, event: Event) -> list[str]:
        if self.kind[event.id] not in ("incident", "request"):
            return []
        return [self.update(event, f"first_response = '{self.at(event.at)}'")]

    def on_state(self, event: Event) -> list[str]:
        _, resolved, closed = self.columns[self.kind[event.id]]
        at = f"'{self.at(event.at)}'"
        values = {
            "open": f"{resolved} = NULL, {closed} = NULL", "paused": f"{resolved} = NULL, {closed} = NULL",
            "solved": f"{resolved} = {at}", "closed": f"{resolved} = COALESCE({resolved}, {at}), {closed} = {at}",
            "cancelled": f"{closed} = {at}",
        }[event.word]  # fmt: skip
        told = f"state_history = CONCAT(state_history, ';{self.entry(event.at, event.word)}')"
        return [self.update(event, f"state = '{event.word.capitalize()}', {values}, {told}")]

    def on_priority(self, event: Event) -> list[str]:
        name = self.names[event.word]
        told = f"priority_history = CONCAT(priority_history, ';{self.entry(event.at, name)}')"
        return [self.update(event, f"priority = '{name}', {told}")]

    def on_service(self, event: Event) -> list[str]:
        return [self.update(event, f"service = '{event.word}'")]

    def on_group(self, event: Event) -> list[str]:
        return [self.update(event, f"team = '{event.word}'")]

    def on_purged(self, event: Event) -> list[str]:
        return [f"DELETE FROM {self.tables[self.kind[event.id]]} WHERE number = '{event.id}'"]
