"""The statement: one canonical document, and what differs between two of them in words."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from itss.archive.statement import Statement, read_statement
from itss.errors import ContentChangedError

SAID = {"figures": "1" * 64, "entry": "2" * 64, "words": "3" * 64}


def carried() -> dict[str, Any]:
    return {
        "report": "customer_monthly",
        "files": {"report.html": {"bytes": 3, "sha256": "4" * 64}},
        "recipients": [{"key": "customer", "address": "c@example.com"}],
        "levels": [{"name": "initial_review", "accepts_marked_done": False}],
        "folder": None,
    }


def test_it_is_written_in_one_way_and_read_by_its_hash() -> None:
    made = Statement(SAID, carried())
    again = Statement(dict(reversed(SAID.items())), dict(reversed(carried().items())))
    assert made.to_bytes() == again.to_bytes()
    data = made.to_bytes()
    assert made.sha256 == hashlib.sha256(data).hexdigest()
    assert json.loads(data) == {"format": 1, "said": SAID, "carried": carried()}
    assert read_statement(data, made.sha256, "x").files == {"report.html": "4" * 64}
    with pytest.raises(ContentChangedError, match="is not the statement that was signed"):
        read_statement(data.replace(b"c@example.com", b"e@example.com"), made.sha256, "x")


def test_the_authors_words_make_no_other_content() -> None:
    made = Statement(SAID, carried())
    other = Statement({**SAID, "words": "9" * 64}, carried())
    assert made.said_sha256 == other.said_sha256
    assert made.sha256 != other.sha256
    assert Statement({**SAID, "figures": "9" * 64}, carried()).said_sha256 != made.said_sha256


CHANGES: dict[str, tuple[Any, list[str]]] = {
    "an address": (lambda c: c["recipients"][0].update(address="e@example.com"), ["recipients.0.address"]),
    "a recipient more": (lambda c: c["recipients"].append({"key": "evil"}), ["recipients"]),
    "a file": (lambda c: c["files"]["report.html"].update(sha256="5" * 64), ["files.report.html.sha256"]),
    "a file more": (lambda c: c["files"].update({"x": {}}), ["files.x"]),
    "a file less": (lambda c: c["files"].clear(), ["files.report.html"]),
    "marked done": (lambda c: c["levels"][0].update(accepts_marked_done=True), ["levels.0.accepts_marked_done"]),
    "a level less": (lambda c: c["levels"].clear(), ["levels"]),
    "the folder": (lambda c: c.update(folder="/srv/x"), ["folder"]),
    "nothing": (lambda c: None, []),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_difference_is_named(change: str) -> None:
    other = carried()
    forge, named = CHANGES[change]
    forge(other)
    assert Statement(SAID, carried()).differences(Statement(SAID, other)) == named
    assert Statement(SAID, other).differences(Statement(SAID, carried())) == named


def test_a_part_of_what_is_said_is_named() -> None:
    assert Statement(SAID, {}).differences(Statement({**SAID, "entry": "9" * 64}, {})) == ["said.entry"]
