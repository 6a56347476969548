"""The form of the minutes in a real browser: rows come and go, what was typed is sent, and nothing is lost."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import uvicorn
from act_house import REF, change_list, record
from itss import steps
from itss.errors import AnswerRefusedError
from itss.steps.answering import Answer, receive
from playwright.sync_api import Browser, Page, Request, sync_playwright
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
def page(house, mail, visit, browser: Browser, address: str) -> Iterator[Page]:
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

    with pytest.raises(AnswerRefusedError) as refused:
        arrive(asked)
    assert len(refused.value.problems) == 1
    page.reload()
    assert "Trend analysis: nothing is written" in page.locator("#problems").inner_text()
    titles = page.locator(".items").get_by_label("What")
    assert [titles.nth(at).input_value() for at in range(3)] == [
        "Second server | warm",
        "Train <b>the desk</b>",
        "",
    ]
    page.get_by_label("Trend analysis").fill("none")
    with page.expect_response(lambda reply: reply.request.method == "PATCH") as caught:
        page.get_by_role("button", name="Send the minutes").click()
    arrive(caught.value.request)
    page.reload()
    assert "are being processed" in page.locator("main").inner_text()
    assert page.get_by_role("button", name="Send the minutes").count() == 0


def arrive(asked: Request) -> None:
    """Have what the browser sent judged, as the guard at Airflow's address does."""
    sent = asked.post_data_json
    answer = Answer("report_manager", tuple(sent["chosen_options"]), sent["params_input"])
    receive(REF.report, record().revision(REF).run, "review_meeting", answer, dt.datetime.now(dt.UTC))
