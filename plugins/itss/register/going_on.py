"""What a run goes on with that has taken over the revision of a run that Airflow has no more.

Nobody is asked twice for what they have answered, so the draft is not made again: it would be another one, if only by
the instant at which its data were collected. Surprise: a revision that is opened again, or taken over otherwise, is
made again; only the newest of such lines counts.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

from sqlalchemy.orm import Session

from itss.register.queries import events_of
from itss.register.records import Event
from itss.register.schema import RevisionRow

Kept = Literal["", "figures", "statement"]
"""How much of a draft is kept: nothing; what was measured, on which its author is asked; all that is signed."""
_BEGINS = ("open", "taken_over", "reopened", "voided")


def kept(session: Session, row: RevisionRow) -> Kept:
    """What the run of the revision has found made, and goes on with."""
    found: Kept = ""
    for event in events_of(session, row, *_BEGINS):
        found = event.details.get("kept", "") if event.what == "taken_over" else ""
    return "" if found == "statement" and row.statement_sha256 is None else found


def goes_on(event: Event) -> bool:
    """Whether a line says that another run goes on with what was signed, so that it is no voiding one."""
    return event.what == "taken_over" and event.details.get("kept") == "statement"


def held_since(session: Session, row: RevisionRow) -> dt.datetime:
    """Since when its present run has had the revision."""
    return max((event.at for event in events_of(session, row, "open", "taken_over")), default=row.opened_at)


def failed_by(session: Session, row: RevisionRow) -> Literal["", "run", "person", "gone"]:
    """By whom a revision has failed: its run, a person who wants it made again, or nothing but that its run is gone."""
    failures = events_of(session, row, "failed") if row.state == "failed" else []
    if not failures:
        return ""
    return "gone" if failures[-1].details.get("gone") else "run" if failures[-1].who.startswith("run ") else "person"


def is_measured(session: Session, row: RevisionRow) -> bool:
    """Whether its figures are on record, and nothing has begun again since."""
    return [event.what for event in events_of(session, row, *_BEGINS, "figures")][-1:] == ["figures"]


def runs(session: Session, row: RevisionRow) -> list[str]:
    """Its run, and those whose work it goes on with: what was answered in them counts."""
    found = [row.run]
    for event in reversed(events_of(session, row, "taken_over")):
        if not goes_on(event):
            break
        found.append(event.details["from_run"])
    return found
