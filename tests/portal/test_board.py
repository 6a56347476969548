"""The board as a reader gets it."""

from __future__ import annotations

import pytest
from walk import draft, answer, CLERK


def test_debug(visit, mail):
    job, _ = draft()
    from itss import steps

    steps.ask(job, "initial_review")
    text = visit("report_author").get("/").text
    print(text)
    assert 0
