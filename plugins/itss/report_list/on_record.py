"""The list against the record: an entry that was renamed or removed without a word would lose its history.

Pure: what is on record is an argument, report keys with the label of their newest period.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from itss.errors import PeriodError
from itss.problems import Fault, Loc, closest
from itss.report_list.customers import customer_of
from itss.report_list.models import Entry


def record_faults(entries: Mapping[Loc, Entry], keys: Collection[str], recorded: Mapping[str, str]) -> Iterator[Fault]:
    """What ``recorded`` says against the valid ``entries``, by their places in the list; ``keys`` are all of it."""
    former = {entry.was for entry in entries.values()}
    vanished = {key: label for key, label in recorded.items() if key not in keys and key not in former}
    for loc, entry in entries.items():
        yield from _other_periods((*loc, "period"), entry, recorded)
        if entry.was is not None:
            yield from _renamed((*loc, "was"), entry.key, entry.was, recorded)
        elif entry.key not in recorded and vanished:
            yield _new((*loc, "key"), entry.key, vanished)


def _other_periods(loc: Loc, entry: Entry, recorded: Mapping[str, str]) -> Iterator[Fault]:
    """A report whose periods were of another length, or counted from another month: they have other labels."""
    label = recorded.get(entry.key, recorded.get(entry.was or "", ""))
    try:
        entry.period.parse(label or entry.period.first_period().label)
    except PeriodError as error:
        message = f"On record is the period {label}: {error.what}"
        remedy = (
            "Periods of a report keep their length and the month in which their year starts: restore `kind` and "
            "`year_starts`, end this entry with `retired: <day>`, and give the new periods an entry with a new key."
        )
        yield Fault(loc, message, remedy)


def _renamed(loc: Loc, key: str, was: str, recorded: Mapping[str, str]) -> Iterator[Fault]:
    if was in recorded and key in recorded:
        message = f"Both '{was}' and '{key}' have reports on record, so neither can become the other."
        yield Fault(loc, message, f"Keep both entries, '{was}' with `retired: <day>` if it has ended.")
    elif was not in recorded and key not in recorded:  # once it is renamed, the record knows the new key
        is_of_entry = "." in was and customer_of(was) == customer_of(key)
        if is_of_entry and any(one.startswith(was.partition(".")[0] + ".") for one in recorded):
            return  # the whole entry was renamed, and this customer is new in it
        # never the report of another customer: its history would become this one's
        own = [one for one in recorded if not is_of_entry or customer_of(one) in ("", customer_of(key))]
        message = f"No report '{was}' is on record."
        yield Fault(loc, message, closest(was, own, "On record are") if own else "Remove `was`.")


def _new(loc: Loc, key: str, vanished: Mapping[str, str]) -> Fault:
    named = ", ".join(f"'{old}' (newest period {label})" for old, label in sorted(vanished.items()))
    first = next(iter(sorted(vanished)))
    message = f"'{key}' is new, while on record but no longer in the list: {named}."
    remedy = (
        f"If the report was renamed, add `was: {first}` here. "
        "If it has ended, keep its entry and add `retired: <day>` to it."
    )
    return Fault(loc, message, remedy)
