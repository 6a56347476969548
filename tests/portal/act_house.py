"""A report as far as a page needs it, put on record without making its documents."""

from __future__ import annotations

import datetime as dt
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import yaml
from itss import steps
from itss.ref import Ref
from itss.register import Item, Register, Review
from itss.settings import settings
from walk import KEY, NOW, PERIOD

REF = Ref(KEY, PERIOD, 1)
SIGNED = "c" * 64


def record() -> Register:
    made = Register(settings().register_url)
    made.upgrade()
    return made


def change_list(house: Path, change: Any) -> None:
    """Change the report list as its owner would: ``change`` gets the document."""
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    change(document)
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))


def opened() -> Ref:
    steps.open_report(KEY, PERIOD, "run-1", NOW)
    return REF


def in_approval(*levels: str) -> Ref:
    """A revision whose ``levels`` are asked."""
    ref, register = opened(), record()
    register.record_draft(ref, said_sha256=SIGNED, statement_sha256=SIGNED)
    register.submit(ref)
    for level in levels:
        register.ask(ref, level)
    return ref


def answered(ref: Ref, level: str, user: str, said: str = "approve") -> None:
    record().record_decision(
        ref,
        level=level,
        title=level,
        answer=said,
        who={"id": user, "name": user},
        at=NOW,
        comment="",
        statement_sha256=SIGNED,
    )


def delivered() -> Ref:
    """A revision that has reached everybody."""
    ref, register = in_approval("initial_review", "approval"), record()
    answered(ref, "initial_review", "head_of_department")
    answered(ref, "approval", "management_representative")
    register.release(ref, ["initial_review", "approval"], statement_sha256=SIGNED, files={"report.html": SIGNED})
    for status in ("sending", "accepted"):
        register.record_delivery(ref, "Customer", "customer@example.com", status, "250 OK", "m1", NOW)
    register.delivered(ref, NOW)
    return ref


def reviewed(*items: Item) -> list[str]:
    """The keys of ``items``, which the review of a delivered report has raised."""
    ref = delivered()
    review = Review(NOW.date(), ("report_manager",), "gaps", "trends", "measures", "report_manager", NOW)
    record().record_review(ref, review, items, "UTC")
    return [one.key for one in record().raised(ref)]


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def said(page: str) -> str:
    """What a reader of the page's content reads, blanks folded."""
    parser = _Texts()
    parser.feed(page.partition("<main")[2])
    return re.sub(r"\s+", " ", " ".join(parser.found))


def today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
