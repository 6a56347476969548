"""One month of a Znuny, with every trap its SQL files name. Times here are Shanghai's; the database has them in UTC."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

UNSET = "9999-01-01 00:00:00"
STATES = {  # name: type; ids in this order
    "new": "new", "closed successful": "closed", "closed unsuccessful": "closed", "open": "open",
    "removed": "removed", "pending reminder": "pending reminder", "pending auto close+": "pending auto",
    "pending auto close-": "pending auto", "merged": "merged",
}  # fmt: skip
STATE_TYPES = ["new", "open", "closed", "pending reminder", "pending auto", "removed", "merged"]
TYPES = ["Unclassified", "Incident", "Incident::Major", "ServiceRequest", "Incident::ServiceRequest", "Problem",
         "Problem::KnownError"]  # fmt: skip
PRIORITIES = ["1 very low", "2 low", "3 normal", "4 high", "5 very high"]
HISTORY = ["NewTicket", "StateUpdate", "AddNote", "SendAnswer", "PriorityUpdate", "TypeUpdate"]
SENDERS = ["agent", "system", "customer"]
LEVELS = ["1 very low", "2 low", "3 normal", "4 high", "5 very high"]
CHANGE_STATES = ["requested", "pending approval", "rejected", "approved", "in progress", "pending pir", "successful",
                 "failed", "canceled", "retracted"]  # fmt: skip
WORK_STATES = ["created", "accepted", "ready", "in progress", "closed", "canceled"]
WORK_TYPES = ["approval", "workorder", "backout", "decision", "pir"]
CATALOG = [*(("Category", name) for name in LEVELS), *(("Priority", name) for name in LEVELS),
           *(("Change::State", name) for name in CHANGE_STATES), *(("WorkOrder::State", name) for name in WORK_STATES),
           *(("WorkOrder::Type", name) for name in WORK_TYPES)]  # fmt: skip
OBJECTS = ["Ticket", "ITSMChange", "FAQ"]

# tn, type, state now, priority, opened, last changed, [(at, history type, state, …)], [(at, sender, visible)]
TICKETS = [
    ("1001", "Incident", "closed unsuccessful", "3 normal", "03-02 09:00", "03-06 11:00",
     [("03-02 09:00", "NewTicket", "new"), ("03-02 10:00", "StateUpdate", "pending reminder"),
      ("03-02 14:00", "StateUpdate", "open"), ("03-02 17:30", "StateUpdate", "closed successful"),
      # a note on a closed ticket repeats its state; then the agent corrects which closed state it is
      ("03-05 10:00", "AddNote", "closed successful"), ("03-06 11:00", "StateUpdate", "closed unsuccessful")],
     # an automatic reply and an internal note are no response
     [("03-02 09:00", "customer", 1), ("03-02 09:00", "system", 1), ("03-02 09:10", "agent", 0),
      ("03-02 09:30", "agent", 1), ("03-02 16:00", "agent", 1)]),
    ("1002", "Incident", "closed successful", "3 normal", "03-03 09:00", "03-05 12:00",
     [("03-03 09:00", "NewTicket", "new"), ("03-03 15:00", "StateUpdate", "closed successful"),
      ("03-04 09:00", "StateUpdate", "open"), ("03-05 12:00", "StateUpdate", "closed successful")],
     [("03-03 11:00", "agent", 1)]),
    ("1003", "Incident", "pending reminder", "3 normal", "03-30 09:00", "03-31 17:00",
     [("03-30 09:00", "NewTicket", "new"), ("03-31 17:00", "StateUpdate", "pending reminder")],
     [("03-30 09:00", "system", 1)]),
    ("1004", "Incident", "merged", "3 normal", "03-10 09:00", "03-11 09:00",
     [("03-10 09:00", "NewTicket", "new"), ("03-11 09:00", "StateUpdate", "merged")], []),
    # an older ticket was merged into this one: its article and the history that belongs to it came along
    ("1005", "Incident::Major", "closed successful", "5 very high", "03-12 10:00", "03-12 16:00",
     [("03-12 09:50", "StateUpdate", "closed successful"), ("03-12 10:00", "NewTicket", "new"),
      ("03-12 15:00", "AddNote", "closed successful"), ("03-12 16:00", "StateUpdate", "closed successful")],
     [("03-12 09:30", "agent", 1), ("03-12 10:20", "agent", 1)]),
    ("1006", "Incident", "open", "3 normal", "03-16 09:00", "03-18 09:00",
     [("03-16 09:00", "NewTicket", "open"), ("03-17 09:00", "StateUpdate", "closed successful"),
      ("03-18 09:00", "StateUpdate", "open")],
     [("03-16 09:00", "agent", 1)]),
    ("1007", "Incident", "removed", "3 normal", "03-19 09:00", "03-19 10:00",
     [("03-19 09:00", "NewTicket", "new"), ("03-19 10:00", "StateUpdate", "removed")], []),
    # ended before the history begins, though it was archived in March
    ("1008", "Incident", "closed successful", "3 normal", "01-05 09:00", "03-20 09:00",
     [("01-05 09:00", "NewTicket", "new"), ("01-06 09:00", "StateUpdate", "closed successful")], []),
    ("1009", "Incident", "new", "3 normal", "04-01 00:00", "04-01 00:00", [("04-01 00:00", "NewTicket", "new")], []),
    ("1010", "Incident", "new", "3 normal", "03-31 23:59", "03-31 23:59", [("03-31 23:59", "NewTicket", "new")], []),
    # its history was lost
    ("1011", "Incident", "closed successful", "1 very low", "03-23 09:00", "03-23 10:00", [], []),
    ("1012", "Unclassified", "open", "3 normal", "03-24 09:00", "03-24 09:00", [], []),
    ("2001", "ServiceRequest", "closed successful", "3 normal", "03-09 09:00", "03-09 09:00",
     [("03-09 09:00", "NewTicket", "closed successful")], [("03-09 09:00", "agent", 1)]),
    ("2002", "Incident::ServiceRequest", "closed successful", "3 normal", "03-10 09:00", "03-10 17:00",
     [("03-10 09:00", "NewTicket", "new"), ("03-10 12:00", "StateUpdate", "pending reminder"),
      ("03-10 13:00", "StateUpdate", "pending auto close+"), ("03-10 17:00", "StateUpdate", "closed successful")],
     [("03-10 10:00", "agent", 1)]),
    ("2003", "ServiceRequest", "new", "3 normal", "03-31 09:00", "03-31 09:00",
     [("03-31 09:00", "NewTicket", "new")], []),
    ("3001", "Problem", "open", "3 normal", "03-02 12:00", "03-02 13:00",
     [("03-02 12:00", "NewTicket", "new"), ("03-02 13:00", "StateUpdate", "open")], []),
    ("3002", "Problem::KnownError", "closed successful", "3 normal", "03-04 09:00", "03-20 09:00",
     [("03-04 09:00", "NewTicket", "new"), ("03-20 09:00", "StateUpdate", "closed successful")], []),
    ("3003", "Problem", "merged", "3 normal", "03-05 09:00", "03-06 09:00",
     [("03-05 09:00", "NewTicket", "new"), ("03-06 09:00", "StateUpdate", "merged")], []),
]  # fmt: skip

# number, state, opened, last changed, [(at, state)], [(type, state, planned start, end, actual start, end)]
CHANGES = [
    ("C1", "successful", "02-20 09:00", "03-25 09:00", [("02-21 09:00", "approved"), ("03-04 10:00", "successful")],
     [("approval", "closed", "02-21 08:00", "02-21 09:00", "02-21 08:00", "02-21 09:00"),
      ("workorder", "closed", "03-01 20:00", "03-01 22:00", "03-01 20:05", "03-01 21:30"),
      ("backout", "accepted", "03-01 22:00", "03-01 23:00", None, None),
      ("pir", "closed", "03-03 10:00", "03-03 11:00", "03-03 10:00", "03-03 11:00")]),
    ("C2", "failed", "02-25 09:00", "03-03 09:00", [("03-03 09:00", "failed")],
     [("workorder", "closed", "03-02 17:00", "03-02 19:00", "03-02 18:00", "03-02 20:30"),
      ("backout", "closed", None, None, "03-02 20:30", "03-02 21:00")]),
    ("C3", "canceled", "03-05 09:00", "03-06 09:00", [("03-06 09:00", "canceled")],
     [("workorder", "canceled", "03-08 20:00", "03-08 21:00", None, None)]),
    ("C4", "retracted", "03-05 09:00", "03-10 22:00", [("03-10 22:00", "retracted")],
     [("workorder", "in progress", "03-10 20:00", "03-10 21:00", "03-10 20:00", None)]),
    ("C5", "in progress", "03-15 09:00", "03-20 22:00", [("03-20 20:00", "in progress")],
     [("workorder", "closed", "03-20 20:00", "03-20 21:00", "03-20 20:00", "03-20 21:00"),
      ("workorder", "in progress", "03-20 21:00", "03-20 22:00", "03-20 21:00", None)]),
    ("C6", "successful", "03-11 09:00", "03-12 09:00", [("03-12 09:00", "successful")], []),
    ("C7", "pending pir", "03-20 09:00", "03-27 22:00", [("03-27 22:00", "pending pir")],
     [("workorder", "closed", "03-27 20:00", "03-27 21:00", "03-27 20:00", "03-27 21:00"),
      ("pir", "created", None, None, None, None)]),
    ("C8", "successful", "01-02 09:00", "03-01 09:00", [("01-03 09:00", "successful")], []),
    ("C9", "requested", "03-28 09:00", "03-28 09:00", [],
     [("workorder", "created", "04-02 20:00", "04-02 21:00", None, None),
      ("workorder", "created", None, None, None, None)]),
    ("C10", "rejected", "03-14 09:00", "03-15 09:00", [("03-15 09:00", "rejected")], []),
    ("C11", "pending pir", "03-20 09:00", "03-27 22:00", [("03-27 22:00", "pending pir")],
     [("workorder", "closed", "03-27 20:00", "03-27 21:00", "03-27 20:00", "03-27 21:00"),
      ("workorder", "in progress", "03-27 20:00", "03-27 21:00", "03-27 20:00", None)]),
]  # fmt: skip

# source object, key, target object, key, state of the link
LINKS = [
    ("ITSMChange", "C1", "Ticket", "1001", "Valid"),  # its work had begun the evening before
    ("Ticket", "1001", "ITSMChange", "C2", "Valid"),  # begun afterwards: the remedy
    ("Ticket", "1001", "ITSMChange", "C9", "Valid"),  # never begun
    ("Ticket", "1002", "ITSMChange", "C1", "Temporary"),  # a link being edited
    ("Ticket", "1001", "Ticket", "3001", "Valid"),
    ("Ticket", "3001", "Ticket", "1002", "Valid"),
    ("Ticket", "1002", "Ticket", "1001", "Valid"),
    ("FAQ", "1", "Ticket", "1005", "Valid"),
]

QUESTIONS = [
    (1, 1, "Anything else?", "Textarea", 1),
    (2, 1, "Recommend?", "YesNo", 2),
    (3, 1, "Words", "Radio", 3),
    (4, 1, "Satisfied?", "Radio", 4),
    (5, 1, "Promoter?", "NPS", 5),
    (6, 2, "Satisfied?", "Radio", 1),
]
ANSWERS = [  # the ids of the answers are not their numbers
    *((10 - number, 4, f"{number} - {word}") for number, word in zip(range(5, 0, -1), "abcde", strict=True)),
    *((20 + number, 5, str(number)) for number in range(11)),
    (1, 3, "good"),
    (2, 3, "3 or so"),
    (3, 6, "good"),
    (4, 6, "bad"),
]
# ticket, survey, sent, voted, {question: vote}
REQUESTS = [
    ("1001", 1, "03-03 09:00", "03-04 09:00", {1: "$html/text$ 很快 quick", 2: "Yes", 3: "1", 4: "6", 5: "30"}),
    ("1002", 1, "03-06 09:00", "03-06 10:00", {4: "8", 5: "29"}),
    ("1005", 1, "03-13 09:00", None, {}),
    ("1006", 1, None, None, {}),
    ("1011", 2, "03-24 09:00", "03-24 10:00", {6: "3"}),
    ("2001", 1, "03-10 09:00", "03-10 10:00", {1: "", 4: ""}),
    ("1008", 1, "01-07 09:00", "01-08 09:00", {4: "9"}),
]


def statements() -> list[str]:
    """The tables and their rows."""
    text = Path(__file__).with_name("schema.sql").read_text()
    tables = [part for part in text.split(";\n") if part.strip()]
    return [*tables, *lookups(), *tickets(), *changes(), *links(), *surveys()]


def at(local: str | None) -> str | None:
    """``03-02 09:00`` in Shanghai as the UTC text of the database."""
    if local is None:
        return None
    return str(dt.datetime.strptime(f"2026-{local}", "%Y-%m-%d %H:%M") - dt.timedelta(hours=8))  # noqa: DTZ007


def insert(table: str, **values: object) -> str:
    written = ", ".join("NULL" if value is None else f"'{value}'" for value in values.values())
    return f"INSERT INTO {table} ({', '.join(values)}) VALUES ({written})"


def number(names: list[str], name: str) -> int:
    return names.index(name) + 1


def catalog(kind: str, name: str) -> int:
    return CATALOG.index((kind, name)) + 1


def stamps(created: str, changed: str) -> dict[str, object]:
    return {"create_time": at(created), "create_by": 1, "change_time": at(changed), "change_by": 1}


def lookups() -> Iterator[str]:
    for table, names in (
        ("ticket_type", TYPES),
        ("ticket_priority", PRIORITIES),
        ("ticket_history_type", HISTORY),
        ("article_sender_type", SENDERS),
        ("link_state", ["Valid", "Temporary"]),
        ("link_type", ["Normal"]),
        ("service", ["ERP::Orders"]),
        ("change_history_type", ["ChangeUpdate"]),
    ):
        for name in names:
            yield insert(table, name=name, valid_id=1)
    for name in STATE_TYPES:
        yield insert("ticket_state_type", name=name)
    for name, kind in STATES.items():
        yield insert("ticket_state", name=name, type_id=number(STATE_TYPES, kind), valid_id=1)
    for name in OBJECTS:
        yield insert("link_object", name=name)
    for kind, name in CATALOG:
        yield insert("general_catalog", general_catalog_class=f"ITSM::ChangeManagement::{kind}", name=name, valid_id=1)
    yield insert("queue", name="Service desk", group_id=1, valid_id=1)


def tickets() -> Iterator[str]:
    article = 0
    for place, (tn, kind, state, priority, opened, changed, moves, articles) in enumerate(TICKETS, start=1):
        ids = {"type_id": number(TYPES, kind), "queue_id": 1}
        yield insert(
            "ticket",
            tn=tn,
            title=f"Ticket {tn}",
            ticket_lock_id=1,
            service_id=1 if tn < "1010" else None,
            user_id=1,
            responsible_user_id=1,
            ticket_priority_id=number(PRIORITIES, priority),
            ticket_state_id=number(list(STATES), state),
            customer_id="acme" if tn < "1010" else "",
            timeout=0,
            until_time=0,
            escalation_time=0,
            escalation_update_time=0,
            escalation_response_time=0,
            # the deadline of what is open; that of what is closed is gone
            escalation_solution_time=1774947600 if state in ("open", "new", "pending reminder") else 0,
            **ids,
            **stamps(opened, changed),
        )
        for when, how, then in moves:
            yield insert(
                "ticket_history",
                name=f"%%{then}%%",
                history_type_id=number(HISTORY, how),
                ticket_id=place,
                owner_id=1,
                priority_id=number(PRIORITIES, priority),
                state_id=number(list(STATES), then),
                **ids,
                **stamps(when, when),
            )
        for when, sender, visible in articles:
            article += 1
            yield insert(
                "article",
                id=article,
                ticket_id=place,
                article_sender_type_id=number(SENDERS, sender),
                communication_channel_id=1,
                is_visible_for_customer=visible,
                **stamps(when, when),
            )


def changes() -> Iterator[str]:
    for place, (name, state, opened, changed, moves, orders) in enumerate(CHANGES, start=1):
        yield insert(
            "change_item",
            change_number=name,
            title=f"Change {name}",
            change_builder_id=1,
            change_state_id=catalog("Change::State", state),
            category_id=catalog("Category", "3 normal"),
            impact_id=1,
            priority_id=catalog("Priority", "4 high"),
            **stamps(opened, changed),
        )
        for when, then in moves:
            yield insert(
                "change_history",
                change_id=place,
                type_id=1,
                fieldname="ChangeStateID",
                create_by=1,
                content_new=catalog("Change::State", then),
                create_time=at(when),
            )
        for order, (kind, done, *window) in enumerate(orders, start=1):
            names = ("planned_start_time", "planned_end_time", "actual_start_time", "actual_end_time")
            times = {key: at(moment) or UNSET for key, moment in zip(names, window, strict=True)}
            yield insert(
                "change_workorder",
                change_id=place,
                workorder_number=order,
                workorder_state_id=catalog("WorkOrder::State", done),
                workorder_type_id=catalog("WorkOrder::Type", kind),
                **times,
                **stamps(opened, changed),
            )


def links() -> Iterator[str]:
    keys = {"Ticket": [ticket[0] for ticket in TICKETS], "ITSMChange": [change[0] for change in CHANGES], "FAQ": ["1"]}
    for source, source_key, target, target_key, state in LINKS:
        yield insert(
            "link_relation",
            source_object_id=number(OBJECTS, source),
            source_key=number(keys[source], source_key),
            target_object_id=number(OBJECTS, target),
            target_key=number(keys[target], target_key),
            type_id=1,
            state_id=number(["Valid", "Temporary"], state),
            create_time=at("03-25 09:00"),
            create_by=1,
        )


def surveys() -> Iterator[str]:
    for survey in (1, 2):
        yield insert("survey", surveynumber=survey, title="Satisfaction", status="Master")
    for key, survey, question, kind, position in QUESTIONS:
        yield insert(
            "survey_question",
            id=key,
            survey_id=survey,
            question=question,
            question_type=kind,
            position=position,
            answer_required=0,
        )
    for key, question, answer in ANSWERS:
        yield insert("survey_answer", id=key, question_id=question, answer=answer, position=key)
    for place, (tn, survey, sent, voted, votes) in enumerate(REQUESTS, start=1):
        yield insert(
            "survey_request",
            ticket_id=number([ticket[0] for ticket in TICKETS], tn),
            survey_id=survey,
            valid_id=0 if voted else 1,
            public_survey_key=f"key{place}",
            send_to="someone@example.com",
            send_time=at(sent),
            vote_time=at(voted),
            create_time=at(sent or "03-31 09:00"),
        )
        for question, vote in votes.items():
            yield insert("survey_vote", request_id=place, question_id=question, vote_value=vote, create_time=at(voted))
