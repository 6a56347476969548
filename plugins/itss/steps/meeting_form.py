"""The form of the review meeting (回顾会议): what a person writes into it, and what of that cannot stand.

Pure: no register, no clock, no Airflow. Refuses nothing silently: every wrong line is named, in the report's language.
Surprise: an item is one line, ``what | owner | 2026-12-31``, read from its right end, so that a title may have a bar;
a form that has rows of its own for items sends ``{title, owner, due_on}`` each, and they become such lines.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from itss.register.records import Item
from itss.report_list.person import Person
from itss.text import printable

if TYPE_CHECKING:
    from itss.reports.catalogue import Catalogue

FIELDS = ("held_on", "attendees", "guests", "gaps", "items", "trends", "measures")
REQUIRED = ("gaps", "trends", "measures")
LONGEST_TEXT, LONGEST_LINE, MOST_ITEMS, SHOWN = 10_000, 300, 50, 60
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


@dataclass(frozen=True)
class Meeting:
    """What a form says once nothing in it is wrong. ``attendees`` are keys of the list's people, or guests' names."""

    held_on: dt.date
    attendees: tuple[str, ...]
    gaps: str
    trends: str
    measures: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Between:
    """The days on which the meeting can have been: from the report's delivery until the form was sent."""

    delivered: dt.date
    today: dt.date


def written(given: Mapping[str, Any]) -> dict[str, str]:
    """What was written into each field, as text, without what cannot be printed; a list as a line an element."""
    found = {}
    for name in FIELDS:
        value = given.get(name)
        text = "\n".join(map(_line, value)) if isinstance(value, list) else str("" if value is None else value)
        found[name] = printable(text)
    return found


def _line(element: Any) -> str:
    """One element of a list; of an item's row its line, and nothing of a row that was left empty."""
    if not isinstance(element, Mapping):
        return str(element)
    parts = [" ".join(str(element.get(name) or "").split()) for name in ("title", "owner", "due_on")]
    return " | ".join(parts) if any(parts) else ""


def read(
    given: Mapping[str, str], people: Mapping[str, Person], days: Between, words: Catalogue
) -> tuple[Meeting | None, list[str]]:
    """The meeting that a form (`written`) describes; or ``None``, with everything that is wrong in it."""
    long = [name for name in FIELDS if len(given[name]) > LONGEST_TEXT]
    if long:
        return None, [words("meeting.too_long", field=_name(name, words), most=f"{LONGEST_TEXT:,}") for name in long]
    held_on, problems = _held_on(given["held_on"], days, words)
    attendees, strange = _attendees(given, people, words)
    problems += strange
    problems += [words("meeting.empty", field=_name(name, words)) for name in REQUIRED if not given[name]]
    items, wrong = _items(given["items"], people, held_on, words)
    problems += wrong
    if problems or held_on is None:
        return None, problems
    return Meeting(held_on, attendees, given["gaps"], given["trends"], given["measures"], items), []


def person_of(word: str, people: Mapping[str, Person]) -> str | None:
    """The key of the one person whom ``word`` means, by key or by title in either language; ``None`` otherwise."""
    plain = word.strip().casefold()
    found = [key for key in people if key.casefold() == plain]
    found = found or [key for key, one in people.items() if plain in (one.title.zh.casefold(), one.title.en.casefold())]
    return found[0] if len(found) == 1 else None


def _held_on(text: str, days: Between, words: Catalogue) -> tuple[dt.date | None, list[str]]:
    if not text:
        return None, [words("meeting.empty", field=_name("held_on", words))]
    day = _day(text)
    if day is None:
        return None, [words("meeting.held_on.unreadable", text=_shown(text))]
    if day > days.today:
        return day, [words("meeting.held_on.future", day=day, today=days.today)]
    if day < days.delivered:
        return day, [words("meeting.held_on.early", day=day, delivered=days.delivered)]
    return day, []


def _attendees(
    given: Mapping[str, str], people: Mapping[str, Person], words: Catalogue
) -> tuple[tuple[str, ...], list[str]]:
    keys = _lines(given["attendees"])
    problems = [words("meeting.attendees.unknown", name=_shown(one)) for one in keys if person_of(one, people) is None]
    # a guest's name is a sentence of its own; who is in the list is meant as himself
    names = [name for line in _lines(given["guests"]) for name in re.split("[,，、;；]", line) if name.strip()]
    long = [name for name in names if len(name) > LONGEST_LINE]
    problems += [words("meeting.line_too_long", text=_shown(name), most=LONGEST_LINE) for name in long]
    found = dict.fromkeys(person_of(one, people) or one.strip() for one in (*keys, *names))
    if not found:
        problems.append(words("meeting.empty", field=_name("attendees", words)))
    return tuple(found), problems


def _items(
    text: str, people: Mapping[str, Person], held_on: dt.date | None, words: Catalogue
) -> tuple[tuple[Item, ...], list[str]]:
    items: list[Item] = []
    problems: list[str] = []
    for line in _lines(text):
        item, wrong = _item(line, people, held_on, words)
        problems += wrong
        items += [item] if item else []
    if len(_lines(text)) > MOST_ITEMS:
        problems.append(words("meeting.items.too_many", most=MOST_ITEMS))
    return tuple(items), problems


def _item(
    line: str, people: Mapping[str, Person], held_on: dt.date | None, words: Catalogue
) -> tuple[Item | None, list[str]]:
    parts = [part.strip() for part in line.replace("｜", "|").rsplit("|", 2)]
    if len(parts) != 3 or not all(parts):
        return None, [words("meeting.items.unreadable", line=_shown(line))]
    title, who, when = parts
    owner, due = person_of(who, people), _day(when)
    problems = []
    if owner is None:
        near = difflib.get_close_matches(who, people, n=1)
        remedy = words("meeting.items.near", key=near[0]) if near else words("meeting.items.listed")
        problems.append(words("meeting.items.owner", line=_shown(title), owner=_shown(who), remedy=remedy))
    if due is None:
        problems.append(words("meeting.items.due", line=_shown(title), text=_shown(when)))
    elif held_on is not None and due < held_on:
        problems.append(words("meeting.items.early", line=_shown(title), due=due, held_on=held_on))
    if len(title) > LONGEST_LINE:
        problems.append(words("meeting.line_too_long", text=_shown(title), most=LONGEST_LINE))
    return (Item(title, owner, due), problems) if owner and due else (None, problems)


def _day(text: str) -> dt.date | None:
    found = _DAY.fullmatch(text.strip())
    try:
        return dt.date(*map(int, found.groups())) if found else None
    except ValueError:  # there is no 31st of February
        return None


def _lines(text: str) -> Sequence[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _name(field: str, words: Catalogue) -> str:
    return words(f"meeting.field.{field}")


def _shown(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def titles(keys: Iterable[str], people: Mapping[str, Person], words: Catalogue) -> list[str]:
    """Attendees as the minutes name them: people by their role, guests by their name."""
    return [words.of(people[key].title) if key in people else key for key in keys]
