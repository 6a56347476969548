"""What each system writes into its tables when something happens in a life: the rows it changes and the log it keeps.

Times of lives are local ones of Shanghai. A writer leaves out what its system cannot do. What it wrote after the cut
that a figure of an earlier day may show stands in `Writer.late`, ``purged``, ``moved`` and ``changed``.
"""

import datetime as dt
from pathlib import Path
from typing import Any, ClassVar

from lives import CUT, Event

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
