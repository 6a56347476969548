"""Takes a revision along its way, for the tests of the register."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from itss.register import Register, Revision

NOW = dt.datetime(2026, 10, 1, 6, 0, tzinfo=dt.UTC)


def open_one(register: Register, run: str = "run-a", number: int | None = None, period: str = "2026-09") -> Revision:
    return register.open_revision(
        report="customer_monthly",
        period=period,
        due_at=NOW + dt.timedelta(days=7),
        run=run,
        entry={"key": "customer_monthly", "title": "客户服务月报"},
        agreement_version="2026",
        code_version="0.1.0",
        now=NOW,
        number=number,
    )


def walk(register: Register, revision: Revision, to: str, content: str = "c" * 64) -> None:
    """Take a freshly opened revision along the way up to ``to``."""
    ref = revision.ref
    steps = {
        "rendered": lambda: draft(register, revision, content),
        "submitted": lambda: register.submit(ref),
        "released": lambda: release(register, revision, content),
        "delivered": lambda: deliver(register, revision),
        "sealed": lambda: register.seal(ref, f"/archive/r{revision.number:02d}", "5" * 64, NOW),
    }
    for state, step in steps.items():
        step()
        if state == to:
            return


def answer(
    register: Register, revision: Revision, level: str, said: str = "approve", content: str | None = "c" * 64
) -> None:
    register.record_decision(
        revision.ref,
        level=level,
        title="初审",
        answer=said,
        who={"id": "head_of_department", "name": "Head of department"},
        at=NOW,
        comment="",
        statement_sha256=content,
    )


def draft(register: Register, revision: Revision, content: str = "c" * 64) -> bool:
    """A draft whose statement is as new as what it says."""
    return register.record_draft(revision.ref, said_sha256=content, statement_sha256=content)


def release(register: Register, revision: Revision, content: str = "c" * 64) -> None:
    for level in ("initial_review", "approval"):
        answer(register, revision, level, content=content)
    leave(register, revision, content=content)


def leave(
    register: Register,
    revision: Revision,
    levels: Sequence[str] = ("initial_review", "approval"),
    content: str = "c" * 64,
) -> None:
    register.release(revision.ref, levels, statement_sha256=content, files={"report.xlsx": content})


def deliver(register: Register, revision: Revision) -> None:
    for status in ("sending", "accepted"):
        register.record_delivery(
            revision.ref, "Customer", "customer@example.com", status, "250 OK", f"m{revision.number}", NOW
        )
    register.delivered(revision.ref, NOW)
