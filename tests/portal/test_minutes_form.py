"""The form of the review meeting in a real browser: rows come and go, what is sent is what was typed, nothing is lost."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import uvicorn
from act_house import REF, change_list, record
from itss import steps
from playwright.sync_api import Browser, Page, sync_playwright
from walk import draft, sign

if TYPE_CHECKING:
    from fastapi import FastAPI

CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium here; as root `make servers` installs it (Debian package chromium)")
    with sync_playwright() as playwright:
        words = ["--no-sandbox"] if os.geteuid() == 0 else []  # root has no sandbox to drop into
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=words)


@pytest.fixture(scope="module")
def address(airflow_app: FastAPI) -> Iterator[str]:
    """The same API server on a port, for a browser cannot call into this process."""
    server = uvicorn.Server(uvicorn.Config(airflow_app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def page(house, mail, visit, browser: Browser, address: str) -> Iterator[Page]:  # noqa: ARG001 - the mail goes there
    """The form, in front of the report manager."""
    change_list(house, lambda document: document["reports"][0].update(review=True))
    made, _ = draft()
    sign(made)
    steps.release(made)
    steps.deliver(made)
    context = browser.new_context(locale="en")
    cookie = visit("report_manager").client.cookies["_token"]
    context.add_cookies([{"name": "_token", "value": cookie, "url": address}])
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{address}/itss/reports/{REF.path}/review")
    yield page
    context.close()


def test_rows_are_sent_as_they_were_typed(page: Page) -> None:
    def write(row: int, title: str, owner: str, due_on: str) -> None:
        line = page.locator(".items tbody tr").nth(row)
        line.get_by_label("What").fill(title)
        line.get_by_label("Owner").select_option(label=owner)
        line.get_by_label("By").fill(due_on)

    page.get_by_role("checkbox", name="Report author").check()
    page.get_by_label("Guests").fill("A guest")
    page.get_by_label("Gap analysis").fill("Mail was late")
    page.get_by_label("Preventive measures").fill("none")
    write(0, "Wrong one", "Report author", "2099-01-01")
    write(1, "Second server | warm", "Process manager", "2099-12-31")
    page.get_by_role("button", name="Add a line").click()
    write(3, "Train <b>the desk</b>", "Report author", "2099-11-30")
    page.locator(".items tbody tr").nth(0).get_by_role("button", name="Remove").click()
    assert page.locator(".items tbody tr").count() == 3
    with page.expect_response(lambda reply: reply.request.method == "PATCH") as caught:
        page.get_by_role("button", name="Send the minutes").click()
    asked = caught.value.request
    run = record().revision(REF).run
    assert asked.url.endswith(f"/api/v2/dags/{REF.report}/dagRuns/{run}/taskInstances/review_meeting/-1/hitlDetails")
    assert asked.post_data_json == {
        "chosen_options": ["OK"],
        "params_input": {
            "attendees": ["report_author"],
            "items": [
                {"title": "Second server | warm", "owner": "process_manager", "due_on": "2099-12-31"},
                {"title": "Train <b>the desk</b>", "owner": "report_author", "due_on": "2099-11-30"},
            ],
            "held_on": page.get_by_label("Date of the meeting").input_value(),
            "guests": "A guest",
            "gaps": "Mail was late",
            "trends": "",
            "measures": "none",
        },
    }
    # this Airflow has no such run: what it says is shown, and what was typed can be sent again
    page.locator("#problems").filter(has_text="not found").wait_for()
    assert page.get_by_label("Gap analysis").input_value() == "Mail was late"
    assert page.get_by_role("button", name="Send the minutes").is_enabled()
