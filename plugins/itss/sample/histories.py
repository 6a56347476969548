"""What the sample's tickets were over time, as its tables keep it: ``2026-09-01T08:00:00Z=open;…``, UTC."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from itss.sample.clock import utc

AGAIN = dt.timedelta(days=2)
"""So long after a reopening it is solved once more."""


@dataclass(frozen=True)
class Life:
    """One ticket from its opening on, in local time."""

    opened: dt.datetime
    pause: tuple[dt.datetime, dt.datetime | None] | None = None
    """It lasts where it has no end."""
    resolved: dt.datetime | None = None
    reopened: dt.datetime | None = None
    closed: dt.datetime | None = None
    is_cancelled: bool = False

    @property
    def last_resolved(self) -> dt.datetime | None:
        """The resolution that holds."""
        return self.reopened + AGAIN if self.resolved and self.reopened else self.resolved

    @property
    def states(self) -> str:
        """Every state since when; a pause that its end overtook is none."""
        ended = self.resolved or self.closed
        begin, end = self.pause or (None, None)
        is_paused = begin is not None and (ended is None or (end is not None and end <= ended))
        return written(
            (self.opened, "open"),
            (begin if is_paused else None, "paused"),
            (end if is_paused else None, "open"),
            (self.resolved, "solved"),
            (self.reopened, "open"),
            (self.last_resolved if self.reopened else None, "solved"),
            (self.closed, "cancelled" if self.is_cancelled else "closed"),
        )


def written(*entries: tuple[dt.datetime | None, str]) -> str:
    """The entries that happened, in the order given."""
    return ";".join(f"{utc(moment)}Z={word}".replace(" ", "T", 1) for moment, word in entries if moment)
