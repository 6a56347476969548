"""What each system writes into its tables when something happens in a life: the rows it changes and the log it keeps.

Times of lives are local ones of Shanghai. A writer leaves out what its system cannot do. What it wrote after the cut
that a figure of an earlier day may show stands in `Writer.late`, ``purged``, ``moved`` and ``changed``.
"""

import datetime as dt
from pathlib import Path
from typing import Any, ClassVar

from itss.sample import TABLES
from lives import CUT, Event
from measured import statements
from znuny.rows import HISTORY, PRIORITIES, STATES, TYPES, UNSET, catalog, insert, lookups, number

HERE = Path(__file__).parent
SERVICES = {"mail": 1, "erp": 2}
GROUPS = {"desk": 1, "lab": 2}
EIGHT = dt.timedelta(hours=8)


class Writer:
    """Where every item stands, and the ids of what was done after the cut."""

    names: ClassVar[dict[str, Any]]
    """The system's words for the priorities 1 to 4."""
    before: tuple[str, ...] = ()
    """Statements that every connection begins with."""

    def __init__(self) -> None:
        self.kind: dict[int, str] = {}
        self.status: dict[int, str] = {}
        self.priority: dict[int, str] = {}
        self.gone: set[int] = set()
        self.late: set[int] = set()
        self.purged: set[int] = set()
        self.moved: set[int] = set()
        self.changed: set[int] = set()

    def key(self, item: int) -> str:
        """The id of an item in the rows of its process."""
        return str(item)

    def write(self, event: Event) -> list[str]:
        """The statements of one event; none where the system cannot do it or the item is gone."""
        if event.id in self.gone:
            return []
        if event.verb == "opened":
            self.kind[event.id], self.priority[event.id] = event.kind, event.word
        written = getattr(self, f"on_{event.verb}")(event)
        notes = {"service": self.changed, "group": self.changed, "type": self.moved, "purged": self.purged}
        if event.verb == "opened" and event.told_at:
            notes["opened"] = self.late
        if written and event.at >= CUT and event.verb in notes:
            notes[event.verb].add(event.id)
        if event.verb == "priority" and written:
            self.priority[event.id] = event.word
        if event.verb == "purged" and written:
            self.gone.add(event.id)
        return written

    def on_type(self, event: Event) -> list[str]:
        return []


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


class Znuny(Writer):
    """No late entries: a ticket is created when it is written down. Its changes end once."""

    system, server = "znuny", "postgresql"
    names: ClassVar[dict[str, Any]] = dict(zip("1234", PRIORITIES, strict=False))
    words: ClassVar[dict[str, Any]] = {"open": "open", "paused": "pending reminder", "solved": "closed successful",
             "closed": "closed unsuccessful", "cancelled": "removed"}  # fmt: skip
    types: ClassVar[dict[str, Any]] = {"incident": "Incident", "request": "ServiceRequest", "problem": "Problem"}
    final: ClassVar[dict[str, Any]] = {"closed": "successful", "cancelled": "canceled"}

    def __init__(self) -> None:
        super().__init__()
        self.articles = 0

    def ddl(self) -> list[str]:
        more = [insert("service", name="Mail", valid_id=1), insert("queue", name="Lab", group_id=1, valid_id=1)]
        return [*statements(HERE / "znuny" / "schema.sql"), *lookups(), *more]

    def key(self, item: int) -> str:
        return f"N{item}"

    def at(self, event: Event) -> dt.datetime:
        return event.at - EIGHT

    def stamps(self, event: Event) -> dict[str, object]:
        return {"create_time": self.at(event), "create_by": 1, "change_time": self.at(event), "change_by": 1}

    def history(self, event: Event, how: str) -> str:
        kinds = {"type_id": number(TYPES, self.types[self.kind[event.id]]), "queue_id": 1}
        then = {"priority_id": self.priority[event.id], "state_id": number(list(STATES), self.status[event.id])}
        kind = number(HISTORY, how)
        named = {"name": how, "history_type_id": kind, "ticket_id": event.id, "owner_id": 1}
        return insert("ticket_history", **named, **kinds, **then, **self.stamps(event))

    def update(self, event: Event, values: str) -> str:
        table = "change_item" if self.kind[event.id] == "change" else "ticket"
        return f"UPDATE {table} SET change_time = '{self.at(event)}', {values} WHERE id = {event.id}"

    def on_opened(self, event: Event) -> list[str]:
        if event.kind == "change":
            return self.change(event)
        self.status[event.id] = "new"
        zero = ("timeout", "until_time", "escalation_time", "escalation_update_time", "escalation_response_time")
        values = {"id": event.id, "tn": self.key(event.id), "queue_id": 1, "ticket_lock_id": 1, "service_id": 1,
                  "type_id": number(TYPES, self.types[event.kind]), "user_id": 1, "responsible_user_id": 1,
                  "ticket_priority_id": event.word, "ticket_state_id": 1, "escalation_solution_time": 0}  # fmt: skip
        ticket = insert("ticket", **values, **dict.fromkeys(zero, 0), **self.stamps(event))
        return [ticket, self.history(event, "NewTicket"), self.history(event, "TypeUpdate")]

    def change(self, event: Event) -> list[str]:
        self.status[event.id] = "requested"
        state = catalog("Change::State", "requested")
        item = {"id": event.id, "change_number": self.key(event.id), "change_builder_id": 1, "change_state_id": state,
                "category_id": catalog("Category", "3 normal"), "impact_id": 1,
                "priority_id": catalog("Priority", "4 high")}  # fmt: skip
        order = {"change_id": event.id, "workorder_number": 1,
                 "workorder_state_id": catalog("WorkOrder::State", "ready"),
                 "workorder_type_id": catalog("WorkOrder::Type", "workorder"), "planned_start_time": self.at(event),
                 "planned_end_time": self.at(event) + 9 * EIGHT, "actual_end_time": UNSET}  # fmt: skip
        return [
            insert("change_item", **item, **self.stamps(event)),
            insert("change_workorder", **order, **self.stamps(event)),
        ]

    def on_responded(self, event: Event) -> list[str]:
        if self.kind[event.id] == "change":
            return [f"UPDATE change_workorder SET actual_start_time = '{self.at(event)}' WHERE change_id = {event.id}"]
        self.articles += 1
        who = {"article_sender_type_id": 1, "communication_channel_id": 1, "is_visible_for_customer": 1}
        return [insert("article", id=self.articles, ticket_id=event.id, **who, **self.stamps(event))]

    def on_state(self, event: Event) -> list[str]:
        if self.kind[event.id] == "change":
            return self.change_state(event)
        self.status[event.id] = self.words[event.word]
        state = number(list(STATES), self.status[event.id])
        return [self.update(event, f"ticket_state_id = {state}"), self.history(event, "StateUpdate")]

    def change_state(self, event: Event) -> list[str]:
        at = self.at(event)
        if self.status[event.id] in self.final.values():
            return []
        if event.word == "solved":
            return [f"UPDATE change_workorder SET actual_end_time = '{at}' WHERE change_id = {event.id} AND"
                    f" actual_end_time = '{UNSET}' AND actual_start_time <> '{UNSET}'"]  # fmt: skip
        if event.word not in self.final:
            return []
        self.status[event.id] = self.final[event.word]
        state = catalog("Change::State", self.status[event.id])
        told = {"change_id": event.id, "type_id": 1, "fieldname": "ChangeStateID", "content_new": state, "create_by": 1}
        return [self.update(event, f"change_state_id = {state}"), insert("change_history", **told, create_time=at)]

    def on_priority(self, event: Event) -> list[str]:
        if self.kind[event.id] == "change":
            return []
        self.priority[event.id] = event.word
        return [self.update(event, f"ticket_priority_id = {event.word}"), self.history(event, "PriorityUpdate")]

    def on_service(self, event: Event) -> list[str]:
        if self.kind[event.id] == "change":
            return []
        return [self.update(event, f"service_id = {SERVICES[event.word]}")]

    def on_group(self, event: Event) -> list[str]:
        if self.kind[event.id] == "change":
            return []
        return [self.update(event, f"queue_id = {GROUPS[event.word]}")]

    def on_type(self, event: Event) -> list[str]:
        self.kind[event.id] = {"incident": "request", "request": "incident"}[self.kind[event.id]]
        kind = number(TYPES, self.types[self.kind[event.id]])
        return [self.update(event, f"type_id = {kind}"), self.history(event, "TypeUpdate")]

    def on_purged(self, event: Event) -> list[str]:
        if self.kind[event.id] == "change":
            return []
        tables = ("ticket_history", "article")
        return [f"DELETE FROM {t} WHERE ticket_id = {event.id}" for t in tables] + [
            f"DELETE FROM ticket WHERE id = {event.id}"
        ]


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
