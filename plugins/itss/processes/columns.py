"""Short spellings for the columns of a process, and the columns that several processes share.

The same quantity has the same name and words in every process.
"""

from __future__ import annotations

from dataclasses import replace

from itss.measures.lifecycle import STATES as LIFE
from itss.processes.base import Column, Said
from itss.text import text


def string(
    name: str, zh: str, en: str, *, required: bool = False, values: tuple[str, ...] = (), says: Said = ""
) -> Column:
    """A text column; ``values`` is its closed set."""
    return Column(name, "string", text(zh, en), required, values, says=says)


def reference(name: str, zh: str, en: str, process: str) -> Column:
    """A text column that holds ids of ``process``."""
    return Column(name, "string", text(zh, en), refers_to=process)


def instant(name: str, zh: str, en: str, *, required: bool = False, plan_if: str = "") -> Column:
    """A point in time; a plan in the rows that are ``plan_if``, a fact in the others."""
    return Column(name, "instant", text(zh, en), required, plan_if=plan_if)


def plan(name: str, zh: str, en: str, *, required: bool = False) -> Column:
    """A point in time that is planned or agreed: it may lie ahead of the collection."""
    return Column(name, "instant", text(zh, en), required, is_plan=True)


def deadline(name: str, zh: str, en: str, *, required: bool = False) -> Column:
    """A plan by which something is to be done; a day without a time of day is meant to its end."""
    return Column(name, "instant", text(zh, en), required, is_plan=True, is_deadline=True)


def number(name: str, zh: str, en: str) -> Column:
    """A real number."""
    return Column(name, "number", text(zh, en))


def integer(name: str, zh: str, en: str) -> Column:
    """A whole number."""
    return Column(name, "integer", text(zh, en))


def boolean(name: str, zh: str, en: str) -> Column:
    """Yes or no; empty means unknown, and is never counted as yes."""
    return Column(name, "boolean", text(zh, en))


def intervals(name: str, zh: str, en: str) -> Column:
    """Intervals of time in one text, such as ``2026-09-01T08:00Z/2026-09-01T10:00Z;2026-09-03T01:00Z/``: one lasts."""
    return Column(name, "intervals", text(zh, en))


def history(name: str, zh: str, en: str, values: tuple[str, ...] = ()) -> Column:
    """What a field was from when on, in one text: ``2026-09-01T08:00Z=open;2026-09-02T09:00Z=solved``."""
    return Column(name, "history", text(zh, en), values=values)


def taking(zh: str, en: str, *columns: Column) -> tuple[Column, ...]:
    """Derived columns, with what source or agreement must have for them."""
    return tuple(replace(column, takes=text(zh, en)) for column in columns)


ID = string("id", "编号", "number of the record, unique", required=True)
TITLE = string("title", "标题", "title", says="title")
SERVICE = string("service", "服务", "service", says="service")
CUSTOMER = string("customer", "客户", "customer")
CATEGORY = string("category", "类别", "category")
PRIORITY = Column(
    "priority",
    "string",
    text("优先级", "priority, spelled as in the agreement's time targets"),
    says="priority",
    usual=("Critical", "High", "Moderate", "Medium", "Low"),
)
GROUP = string("assignment_group", "处理组", "group that handles it", says="owner")
PAUSE_H = number("pause_h", "挂起时长", "hours of service time spent waiting for the customer or a supplier")
PAUSES = intervals(
    "pauses",
    "挂起时段",
    "the same from the status history, as begin/end;begin/end in ISO 8601; used where given, else pause_h. The time "
    "between a resolution and a reopening is no pause",
)
STATES = history(
    "states",
    "状态历史",
    "every state since when, as instant=state;instant=state with the states open, paused, solved, closed, cancelled; "
    "where given, resolution, closing, cancellation, pauses and reopenings follow from it, each as known at the end of "
    "the period, and the other columns are not asked",
    LIFE,
)
PRIORITIES = history(
    "priorities",
    "优先级历史",
    "every priority since when, as instant=priority;instant=priority; where given, the priority is the one at the end "
    "of the period",
)
STATE = string("state", "状态", "state as the source spells it")
IS_MAJOR = boolean("is_major", "重大事件", "a major event, told of in section d)")
CAUSE = string("cause", "原因", "cause", says="cause")
ACTION = string("action", "措施", "what was done about it", says="action")
FIRST_CONTACT = boolean("is_first_contact", "首次解决", "solved by the first line without reassignment")
EFFORT = number("effort_h", "工时", "hours booked to it")
