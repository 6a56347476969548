"""The sample as a live system knows it: what lies ahead of ``now`` has not happened yet.

A row is drawn with its whole life. Here its later part is taken away again: facts, states and what only an end tells.
"""

from __future__ import annotations

import datetime as dt

Row = tuple[object, ...]
_BEGINS = ("opened", "created_at", "begun", "raised", "sent", "measured", "sampled", "found", "registered")
_FACTS = (
    *("first_response", "resolved", "closed", "reopened", "actual_start", "actual_end", "closed_at", "fulfilled"),
    *("cause_found", "ended", "answered", "fixed", "deployed", "confirmed", "withdrawn"),
)
_TOLD_BY = {
    "resolved": ("sla_met", "first_contact"),
    "fulfilled": ("sla_met", "first_contact"),
    "actual_end": ("result", "result_recorded"),
    "answered": ("score", "remark"),
    "reopened": ("reopen_count",),
    "closed": ("withdrawn",),
    "deployed": ("result",),
    "confirmed": ("result",),
}
"""What nobody knows as long as this has not happened."""
_HISTORIES = ("state_history", "priority_history")
_UNDER_WAY = "In Progress"


def known(columns: str, row: Row, now: dt.datetime) -> Row | None:
    """The row as it stood at ``now`` (aware); ``None`` where it had not begun. ``columns`` define its table."""
    names = [column.split()[0] for column in columns.split(",")]
    cells, moment = dict(zip(names, row, strict=True)), f"{now.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}"
    if cells.get("planned") == 1:
        return row  # a window is known long before
    if any(_is_ahead(cells.get(name), moment) for name in _BEGINS):
        return None
    cut = [name for name in _FACTS if _is_ahead(cells.get(name), moment)]
    lost = [*cut, *(other for name in cut for other in _TOLD_BY.get(name, ()) if other in cells)]
    cells |= dict.fromkeys(lost)
    if "state" in cells and cut:
        cells["state"] = _UNDER_WAY
    for name in _HISTORIES:
        if cells.get(name):
            entries = str(cells[name]).split(";")
            cells[name] = ";".join(entry for entry in entries if not _is_ahead(entry[:19].replace("T", " "), moment))
    if cells.get("pauses"):
        cells["pauses"] = ";".join(_pause(one, moment) for one in str(cells["pauses"]).split(";") if one[:19] <= moment)
    return tuple(cells.values())


def _is_ahead(value: object, moment: str) -> bool:
    return isinstance(value, str) and value > moment


def _pause(text: str, moment: str) -> str:
    begin, _, end = text.partition("/")
    return f"{begin}/" if end[:19].replace("T", " ") > moment else text
