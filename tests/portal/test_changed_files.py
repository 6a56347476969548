"""Where the bytes are not those that are signed nothing of them is shown, and nobody can sign."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from itss import steps
from visitor import Visitor
from walk import CLERK, KEY, PERIOD, answer, draft

PAGE = f"/reports/{KEY}/{PERIOD}/r01"


@pytest.fixture
def workspace(mail: object, house: Path) -> Path:
    """The folder of a revision that waits for its first approver."""
    job, _ = draft()
    steps.ask(job, "initial_review")
    return house / "var" / "workspace" / KEY / PERIOD / "r01"


@pytest.mark.parametrize("name", ["report.html", "report.xlsx", "statement.json", "job.json"])
def test_changed_file_takes_the_buttons_away(
    visit: Callable[..., Visitor], workspace: Path, name: str, house: Path
) -> None:
    one = visit("head_of_department")
    assert 'name="choice"' in one.get(PAGE).text
    path = workspace / name
    path.write_bytes(b"{}" if name == "job.json" else path.read_bytes() + b" ")
    page = one.get(PAGE)
    assert page.status_code == 200
    assert "What lies there is not what was signed" in page.text
    assert "<iframe" not in page.text
    assert 'name="choice"' not in page.text
    assert one.get(f"{PAGE}/files/{name if name != 'job.json' else 'report.html'}").status_code in (403, 409)
    assert str(house) not in page.text


def test_row_written_into_the_register_by_hand_takes_them_away_too(
    visit: Callable[..., Visitor], workspace: Path, house: Path
) -> None:
    import sqlite3

    with sqlite3.connect(house / "var" / "register.sqlite") as connection:
        connection.execute("UPDATE revision SET note = 'nothing to see here'")
    page = visit("head_of_department").get(PAGE)
    assert "What lies there is not what was signed" in page.text
    assert 'name="choice"' not in page.text


def test_author_of_a_rejected_report_gets_the_form_to_rework_it(
    visit: Callable[..., Visitor], mail: object, house: Path
) -> None:
    job, _ = draft()
    answer(job, "initial_review", CLERK, "Reject", "wrong")
    steps.return_to_author(job)
    page = visit("report_author").get(PAGE).text
    assert 'taskInstances/rework/-1/hitlDetails"' in page
    assert page.count('name="section_') == 6
    assert 'name="section_' not in visit("head_of_department").get(PAGE).text
