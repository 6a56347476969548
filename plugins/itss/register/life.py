"""The life of a revision: `TRANSITIONS` is the one table of which state may follow which, and by whose hand.

A failure is not a place on the way: ``reached`` keeps how far the revision had come, so that the step which failed can
be run again and goes on from there. The diagrams in the documentation are made from the table (`diagram`):
a transition that is not in it is refused here, whatever the caller wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from itss.errors import RegisterError
from itss.register.desk import Desk
from itss.register.queries import ref_of
from itss.register.records import State
from itss.register.schema import DecisionRow, DeliveryRow, RevisionRow

WAY: tuple[State, ...] = ("open", "rendered", "submitted", "released", "delivered", "sealed")
LIVING: tuple[State, ...] = WAY[:-1]
CLOSED: frozenset[str] = frozenset({"sealed", "returned", "superseded", "unchanged"})

Step = Literal[
    "open", "check", "render", "ask", "gate", "deliver", "seal", "notify_author", "fail", "any step", "person"
]
Owner = Literal["the run", "the approvers", "the report manager", "the author", "nobody"]


@dataclass(frozen=True)
class Transition:
    """From each state of ``before`` (none: the beginning) to ``after``, logged as ``line``, by the hand of ``step``."""

    before: tuple[State, ...]
    after: State
    line: str
    step: Step


TRANSITIONS: tuple[Transition, ...] = (
    Transition((), "open", "open", "open"),
    Transition(("open",), "rendered", "rendered", "render"),
    Transition(("rendered", "submitted", "released"), "rendered", "rendered", "render"),
    Transition(("open", "rendered", "submitted", "released"), "unchanged", "unchanged", "render"),
    Transition(("rendered",), "submitted", "submitted", "ask"),
    Transition(("rendered", "submitted"), "open", "voided", "gate"),
    Transition(("submitted",), "released", "released", "gate"),
    Transition(("open", "rendered", "submitted"), "returned", "returned", "notify_author"),
    Transition(("released",), "delivered", "delivered", "deliver"),
    Transition(("delivered", "rendered"), "sealed", "sealed", "seal"),
    Transition(("open", "rendered", "submitted", "failed"), "open", "reopened", "open"),
    Transition(("failed", "unchanged"), "open", "taken_over", "open"),
    *(Transition(("failed",), state, "taken_over", "open") for state in LIVING[1:]),
    Transition(("released", "delivered"), "superseded", "superseded", "check"),
    Transition(("failed",), "superseded", "superseded", "person"),
    Transition(LIVING, "failed", "failed", "fail"),
    *(Transition(("failed",), state, "resumed", "any step") for state in LIVING),
)
"""What a backfill made for the archive alone is sealed as it was rendered. `reopened` and `taken_over` lose the
signatures unless the entry is the very same, and the run its own or gone from Airflow (`itss.register.going_on`)."""

OWNERS: dict[Owner, frozenset[State]] = {
    "the run": frozenset({"open", "rendered", "released", "delivered"}),
    "the approvers": frozenset({"submitted"}),
    "the report manager": frozenset({"failed"}),
    "the author": frozenset({"returned"}),
    "nobody": frozenset({"sealed", "superseded", "unchanged"}),
}
"""Who is to move a revision on that stands in a state; *nobody*: it has come to its end."""


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    edges: dict[tuple[str, str], list[str]] = {}
    for one in TRANSITIONS:
        for before in one.before or ("[*]",):
            edges.setdefault((before, one.after), []).append(f"{one.line} ({one.step})")
    ends = [state for state in ("sealed", "returned", "superseded", "unchanged") if state in CLOSED]
    arrows = [f"    {before} --> {after}: {', '.join(dict.fromkeys(said))}" for (before, after), said in edges.items()]
    return "\n".join(["stateDiagram-v2", *arrows, *(f"    {state} --> [*]" for state in ends)])


def rank(state: str) -> int:
    """How far along the way a state is; side ways count as before it."""
    return WAY.index(state) if state in WAY else -1


def move(desk: Desk, row: RevisionRow, to: State, line: str, *, who: str = "", **details: Any) -> None:
    """Make one transition of the table and log it; `RegisterError` when there is none from where ``row`` stands."""
    if not _is_allowed(row, to, line):
        raise RegisterError(
            f"{ref_of(row)} is {row.state}, so it cannot become {to}.",
            f"It must be {' or '.join(_befores(to, line))} first.",
        )
    row.state = to
    if to != "failed":
        row.reached = to
    if to == "open":
        row.submitted_at = row.released_at = None
    row.note = ""
    desk.log(row, line, who=who, **details)


def advance(desk: Desk, row: RevisionRow, to: State, after: State, **details: Any) -> bool:
    """Move ``row`` from ``after`` to ``to``; ``False`` when it was there already (a failed one is revived).

    `RegisterError` when the step before has not been done, or the revision is closed.
    """
    if row.reached in CLOSED and row.reached != to:
        raise closed(row, f"cannot become {to}")
    if rank(row.reached) >= rank(to):
        revive(desk, row)
        return False
    if row.reached != after:
        raise RegisterError(f"{ref_of(row)} is {row.reached}, so it cannot become {to}.", f"It must be {after} first.")
    move(desk, row, to, to, **details)
    return True


def revive(desk: Desk, row: RevisionRow) -> None:
    """A failed one goes on where it stood."""
    if row.state == "failed":
        move(desk, row, row.reached, "resumed", reached=row.reached)  # type: ignore[arg-type]


def submit(desk: Desk, row: RevisionRow) -> None:
    """The draft is what the approvers are shown from now on."""
    if advance(desk, row, "submitted", after="rendered"):
        row.submitted_at = desk.clock()


def void(desk: Desk, row: RevisionRow, changed: Sequence[str]) -> None:
    """The statement is another one now, so no signature counts: back to the beginning, before the release only."""
    if row.reached == "open" and row.statement_sha256 is None:
        return
    move(desk, row, "open", "voided", changed=list(changed), statement_sha256=row.statement_sha256)
    row.statement_sha256 = None


def fail(desk: Desk, row: RevisionRow, reason: str, who: str = "", *, gone: str = "") -> None:
    """Note that its run failed; what it reached is kept. A revision that has come to its end stays as it is.

    ``gone`` is a run that Airflow has no more: nothing was wrong with it, and where another has the revision by now,
    nothing has failed.
    """
    if gone and row.run != gone:
        return
    said: dict[str, Any] = {"reason": reason, "reached": row.reached, **({"gone": True} if gone else {})}
    if row.reached in CLOSED or row.state == "failed":
        desk.log(row, "failed", who=who, **said)
        row.note = row.note if row.reached in CLOSED else reason
    else:
        move(desk, row, "failed", "failed", who=who, **said)
        row.note = reason


def supersede(desk: Desk, row: RevisionRow, reason: str, who: str = "") -> None:
    """Give a failed revision up for good, so that the next run opens the next number."""
    if row.state == "superseded":
        return
    if row.state != "failed":
        raise RegisterError(f"{ref_of(row)} is {row.state}, not failed.", "Only a failed one is given up.")
    rejections = select(DecisionRow.id).where(DecisionRow.revision_id == row.id, DecisionRow.answer == "reject")
    if desk.session.scalars(rejections.limit(1)).first() is not None:
        report, period, number = ref_of(row)
        raise RegisterError(
            f"{ref_of(row)} was rejected; giving it up would get round its author.",
            f"Return it: python -m itss.register return {report} {period} {number}.",
        )
    move(desk, row, "superseded", "superseded", who=who, reason=reason)
    row.note = reason


def closed(row: RevisionRow, what: str) -> RegisterError:
    """The refusal for a revision that has come to its end."""
    return RegisterError(
        f"{ref_of(row)} is {row.reached} and {what}.", "Trigger the report anew: it gets the next revision."
    )


def is_out(session: Session, row: RevisionRow) -> bool:
    """Whether a mail of this revision has left, or may have."""
    found = select(DeliveryRow.id).where(DeliveryRow.revision_id == row.id, DeliveryRow.status.in_(OUT))
    return session.scalars(found.limit(1)).first() is not None


OUT = ("accepted", "sending")
"""What the receipt says of a mail that somebody has, or may have."""


def _is_allowed(row: RevisionRow, to: State, line: str) -> bool:
    stands = {row.state, row.reached}
    return any((one.after, one.line) == (to, line) and stands & {*one.before} for one in TRANSITIONS)


def _befores(to: State, line: str) -> list[State]:
    return [state for one in TRANSITIONS if (one.after, one.line) == (to, line) for state in one.before]
