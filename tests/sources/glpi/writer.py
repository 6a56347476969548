"""What GLPI writes into its tables when something happens in a life."""

from typing import Any, ClassVar

from lives import Event
from measured import statements
from writer import GROUPS, HERE, SERVICES, Writer
from znuny.rows import insert


class Glpi(Writer):
    system, server = "glpi", "mariadb"
    names: ClassVar[dict[str, Any]] = {"1": "Low", "2": "Medium", "3": "High", "4": "Very high"}
    before = ("SET time_zone = '+08:00'",)
    codes: ClassVar[dict[str, Any]] = {"new": 1, "open": 2, "paused": 4, "solved": 5, "closed": 6, "cancelled": 14}
    tables: ClassVar[dict[str, Any]] = {
        "incident": "glpi_tickets",
        "request": "glpi_tickets",
        "problem": "glpi_problems",
        "change": "glpi_changes",
    }
    links: ClassVar[dict[str, Any]] = {"glpi_tickets": ("Ticket", "glpi_groups_tickets", "tickets_id"),
             "glpi_problems": ("Problem", "glpi_groups_problems", "problems_id"),
             "glpi_changes": ("Change", "glpi_changes_groups", "changes_id")}  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.binned: set[int] = set()

    def ddl(self) -> list[str]:
        return [
            *statements(HERE / "glpi" / "schema.sql"),
            "INSERT INTO glpi_itilcategories (id, name, completename) VALUES (1, 'mail', 'mail'), (2, 'erp', 'erp')",
            "INSERT INTO glpi_groups (id, name, completename) VALUES (1, 'desk', 'desk'), (2, 'lab', 'lab')",
        ]

    def table(self, event: Event) -> str:
        return self.tables[self.kind[event.id]]

    def update(self, event: Event, values: str) -> str:
        return f"UPDATE {self.table(event)} SET date_mod = '{event.at}', {values} WHERE id = {event.id}"

    def log(self, event: Event, option: int, old: object, new: object, action: int = 0) -> str:
        itemtype = self.links[self.table(event)][0]
        columns = "itemtype, items_id, date_mod, id_search_option, old_value, new_value, linked_action"
        values = f"'{itemtype}', {event.id}, '{event.at}', {option}, '{old}', '{new}', {action}"
        return f"INSERT INTO glpi_logs ({columns}) VALUES ({values})"

    def on_opened(self, event: Event) -> list[str]:
        self.status[event.id] = "new"
        table = self.table(event)
        _, link, key = self.links[table]
        values = {"id": event.id, "name": "x", "date": event.told_at or event.at, "date_mod": event.at, "status": 1,
                  "priority": int(event.word) + 1, "itilcategories_id": 1, "date_creation": event.at}  # fmt: skip
        if table == "glpi_tickets":
            values |= {"type": 1 if event.kind == "incident" else 2}
        group = insert(link, **{key: event.id, "groups_id": 1, "type": 2})
        return [insert(table, **values), group, self.log(event, 0, "", "", 20)]

    def on_responded(self, event: Event) -> list[str]:
        is_ticket = self.table(event) == "glpi_tickets"
        return [self.update(event, f"takeintoaccountdate = '{event.at}'")] if is_ticket else []

    def on_state(self, event: Event) -> list[str]:
        if event.word == "cancelled" and self.kind[event.id] != "change":
            self.binned.add(event.id)
            return [self.update(event, "is_deleted = 1"), self.log(event, 0, "", "", 13)]
        restored = []
        if event.id in self.binned:
            self.binned.remove(event.id)
            restored = [self.update(event, "is_deleted = 0"), self.log(event, 0, "", "", 14)]
        return [*restored, *self.become(event)]

    def become(self, event: Event) -> list[str]:
        old, self.status[event.id] = self.status[event.id], event.word
        if old == event.word:
            return []
        dates = {
            "solved": f", solvedate = '{event.at}'",
            "closed": f", closedate = '{event.at}', solvedate = COALESCE(solvedate, '{event.at}')",
            "paused": f", begin_waiting_date = '{event.at}'",
        }
        code = self.codes[event.word]
        values = f"status = {code}{dates.get(event.word, '')}"
        return [self.update(event, values), self.log(event, 12, self.codes[old], code)]

    def on_priority(self, event: Event) -> list[str]:
        old, new = int(self.priority[event.id]) + 1, int(event.word) + 1
        return [self.update(event, f"priority = {new}"), self.log(event, 3, old, new)] if old != new else []

    def on_service(self, event: Event) -> list[str]:
        return [self.update(event, f"itilcategories_id = {SERVICES[event.word]}"), self.log(event, 7, "a (1)", "b (2)")]

    def on_group(self, event: Event) -> list[str]:
        _, link, key = self.links[self.table(event)]
        return [f"UPDATE {link} SET groups_id = {GROUPS[event.word]} WHERE {key} = {event.id}"]

    def on_type(self, event: Event) -> list[str]:
        old = self.kind[event.id]
        self.kind[event.id] = {"incident": "request", "request": "incident"}[old]
        codes = {"incident": 1, "request": 2}
        new = codes[self.kind[event.id]]
        return [self.update(event, f"type = {new}"), self.log(event, 14, codes[old], new)]

    def on_purged(self, event: Event) -> list[str]:
        itemtype = self.links[self.table(event)][0]
        return [
            f"DELETE FROM {self.table(event)} WHERE id = {event.id}",
            f"DELETE FROM glpi_logs WHERE itemtype = '{itemtype}' AND items_id = {event.id}",
        ]
