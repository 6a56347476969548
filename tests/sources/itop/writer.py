"""What iTop writes into its tables, with either of its modules for tickets."""

from typing import Any, ClassVar

from lives import Event
from measured import statements
from writer import GROUPS, HERE, SERVICES, Writer
from znuny.rows import insert


class Itop(Writer):
    system, server = "itop", "mariadb"
    names: ClassVar[dict[str, Any]] = {"1": "Critical", "2": "High", "3": "Medium", "4": "Low"}
    tables: ClassVar[dict[str, Any]] = {
        "incident": ("Incident", "ticket_incident"),
        "request": ("UserRequest", "ticket_request"),
        "problem": ("Problem", "ticket_problem"),
        "change": ("NormalChange", "`change`"),
    }
    words: ClassVar[dict[str, Any]] = {
        "open": "assigned",
        "paused": "pending",
        "solved": "resolved",
        "closed": "closed",
        "cancelled": "rejected",
    }
    of_changes: ClassVar[dict[str, Any]] = {
        "open": "approved",
        "solved": "implemented",
        "closed": "closed",
        "cancelled": "rejected",
    }

    def __init__(self) -> None:
        super().__init__()
        self.step = 0

    def ddl(self) -> list[str]:
        return [
            *statements(HERE / "itop" / "schema.sql"),
            "INSERT INTO service (id, name) VALUES (1, 'mail'), (2, 'erp')",
            "INSERT INTO contact (id, name, finalclass) VALUES (1, 'desk', 'Team'), (2, 'lab', 'Team')",
        ]

    def key(self, item: int) -> str:
        return f"T-{item}"

    def created(self, event: Event, objclass: str) -> list[str]:
        self.step += 1
        op = {"changeid": self.step, "objclass": objclass, "objkey": event.id, "optype": "CMDBChangeOpCreate"}
        return [insert("priv_change", id=self.step, date=event.at), insert("priv_changeop", id=self.step, **op)]

    def told(self, event: Event, attribute: str, old: str, new: str) -> list[str]:
        self.step += 1
        step, objclass = self.step, self.tables[self.kind[event.id]][0]
        return [
            insert("priv_change", id=step, date=event.at),
            insert("priv_changeop", id=step, changeid=step, objclass=objclass, objkey=event.id),
            insert("priv_changeop_setatt", id=step, attcode=attribute),
            insert("priv_changeop_setatt_scalar", id=step, oldvalue=old, newvalue=new),
        ]

    def update(self, event: Event, values: str) -> str:
        return f"UPDATE {self.tables[self.kind[event.id]][1]} SET {values} WHERE id = {event.id}"

    def ticket(self, event: Event, values: str) -> str:
        return f"UPDATE ticket SET last_update = '{event.at}', {values} WHERE id = {event.id}"

    def on_opened(self, event: Event) -> list[str]:
        self.status[event.id] = "new"
        objclass, table = self.tables[event.kind]
        told_at = event.told_at or event.at
        own = {"creation_date": told_at} if event.kind == "change" else {"priority": event.word, "service_id": 1}
        start = None if event.kind == "change" else told_at
        ticket = {"ref": self.key(event.id), "title": "x", "team_id": 1, "start_date": start, "last_update": event.at}
        return [
            insert("ticket", id=event.id, finalclass=objclass, **ticket),
            *self.created(event, objclass),
            insert(table, id=event.id, status="new", **own),
        ]

    def on_responded(self, event: Event) -> list[str]:
        if self.kind[event.id] not in ("incident", "request") or self.status[event.id] != "new":
            return []
        return [self.update(event, f"assignment_date = '{event.at}'"), *self.become(event, "assigned")]

    def on_state(self, event: Event) -> list[str]:
        kind = self.kind[event.id]
        cannot = {"incident": {"cancelled"}, "problem": {"cancelled", "paused"}, "change": {"paused"}}
        if event.word in cannot.get(kind, ()):
            return []
        return self.become(event, (self.of_changes if kind == "change" else self.words)[event.word])

    def become(self, event: Event, status: str) -> list[str]:
        old, self.status[event.id] = self.status[event.id], status
        if old == status:
            return []
        dates = {"resolved": [self.update(event, f"resolution_date = '{event.at}'")],
                 "closed": [self.ticket(event, f"close_date = '{event.at}'")]}  # fmt: skip
        changed = [self.update(event, f"status = '{status}'"), self.ticket(event, f"title = '{status}'")]
        return [*changed, *dates.get(status, ()), *self.told(event, "status", old, status)]

    def on_priority(self, event: Event) -> list[str]:
        old = self.priority[event.id]
        if self.kind[event.id] == "change" or old == event.word:
            return []
        return [self.update(event, f"priority = '{event.word}'"), *self.told(event, "priority", old, event.word)]

    def on_service(self, event: Event) -> list[str]:
        if self.kind[event.id] == "change":
            return []
        return [self.update(event, f"service_id = {SERVICES[event.word]}")]

    def on_group(self, event: Event) -> list[str]:
        return [self.ticket(event, f"team_id = {GROUPS[event.word]}")]

    def on_purged(self, event: Event) -> list[str]:
        return [f"DELETE FROM {self.tables[self.kind[event.id]][1]} WHERE id = {event.id}"]


class ItopSimple(Itop):
    system = "itop_simple"
    tables: ClassVar[dict[str, Any]] = {
        "incident": ("UserRequest", "ticket_request"),
        "request": ("UserRequest", "ticket_request"),
        "problem": ("Problem", "ticket_problem"),
        "change": ("Change", "ticket_change"),
    }
    of_changes: ClassVar[dict[str, Any]] = {"open": "approved", "closed": "closed", "cancelled": "rejected"}
    types: ClassVar[dict[str, Any]] = {"incident": "incident", "request": "service_request"}

    def on_opened(self, event: Event) -> list[str]:
        made = super().on_opened(event)
        if event.kind in self.types:
            made.append(self.update(event, f"request_type = '{self.types[event.kind]}'"))
        return made

    def on_state(self, event: Event) -> list[str]:
        is_known = self.kind[event.id] != "change" or event.word in self.of_changes
        if self.kind[event.id] == "incident":
            return self.become(event, self.words[event.word])
        return super().on_state(event) if is_known else []

    def on_type(self, event: Event) -> list[str]:
        old = self.kind[event.id]
        self.kind[event.id] = {"incident": "request", "request": "incident"}[old]
        new = self.types[self.kind[event.id]]
        return [self.update(event, f"request_type = '{new}'"), *self.told(event, "request_type", self.types[old], new)]
