"""The record: what was reported, from what, who approved it, who got it. Only `Register` touches its tables."""

from itss.register.ledger import Line, Witness
from itss.register.proposals import Proposal
from itss.register.records import (
    Decision,
    Delivery,
    Event,
    HandIn,
    Improvement,
    Item,
    Notice,
    Review,
    Revision,
    Submission,
)
from itss.register.register import Register
from itss.register.verification import LedgerProblem

__all__ = [
    "Decision",
    "Delivery",
    "Event",
    "HandIn",
    "Improvement",
    "Item",
    "LedgerProblem",
    "Line",
    "Notice",
    "Proposal",
    "Register",
    "Review",
    "Revision",
    "Submission",
    "Witness",
]
