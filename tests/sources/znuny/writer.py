"""What Znuny writes into its tables when something happens in a life."""

import datetime as dt
from typing import Any, ClassVar

from lives import Event
from measured import statements
from writer import EIGHT, GROUPS, HERE, SERVICES, Writer
from znuny.rows import HISTORY, PRIORITIES, STATES, TYPES, UNSET, catalog, insert, lookups, number


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
