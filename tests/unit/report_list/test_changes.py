"""In what an entry differs from how it was opened, said by the ways of the list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from itss.report_list.changes import differences
from itss.report_list.loader import Loaded, load

Change = Callable[..., Loaded]


@pytest.mark.parametrize(
    ("old", "new", "ways"),
    [
        ("approvers: [head]", "approvers: [manager]", ["approval.approval.approvers"]),
        ("- name: approval", "- name: sign_off", ["approval.approval", "approval.order", "approval.sign_off"]),
        ("recipients: [customer, manager]", "recipients: [customer]", ["distribution.recipients"]),
        ("customer@example.com", "other@example.com", ["people.customer.email"]),
        ("    kind: customer\n", "    kind: customer\n    history: 3\n", ["history"]),
        ("    kind: customer\n", "    kind: customer\n    retired: 2027-12-31\n", []),
        ("manager@example.com", "boss@example.com", ["people.manager.email"]),
        ("from_files", "another", []),
    ],
)
def test_what_differs_is_named(with_change: Change, written: Path, old: str, new: str, ways: list[str]) -> None:
    then = load(written).list
    now = with_change(old, new)
    assert now.problems == ()
    found = differences(then.entry("from_database"), then, now.list.entry("from_database"), now.list)
    assert sorted(found) == ways
