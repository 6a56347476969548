"""People in front of a real Chromium, and the running product that they look at."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import os
import re
import shutil
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import openpyxl
from itss.periods import Period
from itss.ref import Ref
from itss.register import Register
from itss.report_list.models import ReportList
from itss.reports import catalogue
from itss.reports.catalogue import Catalogue
from itss.settings import Settings
from itss.standalone.embedded import Embedded
from itss.standalone.prepare import request
from itss.standalone.rest import Client
from itss.standalone.takeup import dag_run
from itss.text import Language
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

SIGNED, WAITING = "signed_monthly", "waiting_monthly"
WAIT_S = 300
"""What a loaded machine may take to carry a report from one person to the next."""
WIDE, PHONE = 1200, 390
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class House:
    """The running product, and a browser for whoever comes."""

    def __init__(self, place: Settings, reports: ReportList, airflow: Embedded, browser: Browser, shots: Path) -> None:
        self.place = place
        self.reports = reports
        self.airflow = airflow
        self.browser = browser
        self.shots = shots
        self.register = Register(place.register_url)

    def period(self, report: str, back: int = 0) -> Period:
        """The last complete period of a report, or one ``back`` from it."""
        return request(self.reports, report, "", dt.datetime.now(dt.UTC)).period.shift(-back)

    def start(self, report: str, label: str) -> str:
        """Trigger the report; the id of its run."""
        wanted = request(self.reports, report, label, dt.datetime.now(dt.UTC))
        return dag_run(self.airflow, self.register, wanted, lambda _: None)

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        self.airflow.wait(condition, WAIT_S, what)

    def asked(self, ref: Ref, level: str) -> bool:
        """Whether the question is on record, open, and Airflow waits for its answer."""
        if not any(one.ref == ref and one.level == level for one in self.register.asked()):
            return False
        return self.waits(ref.report, self.register.revision(ref).run, level)

    def waits(self, report: str, run: str, task: str) -> bool:
        """Whether Airflow waits for a person at ``task``."""
        tasks = self.airflow.client().tasks(report, run)
        return any(one["task_id"] == task and one["state"] == "awaiting_input" for one in tasks)

    def mails_to(self, person: str, *said: str) -> list[EmailMessage]:
        """What this person of the list was sent, oldest first; of that what says this in its subject or body."""
        address = self.reports.people[person].email
        paths = sorted((self.place.var / "mail").glob("*.eml"))
        mails = [message_from_bytes(path.read_bytes(), policy=default) for path in paths]
        return [
            mail
            for mail in mails
            if mail["X-Envelope-To"] == address and all(one in f"{mail['Subject']} {html_of(mail)}" for one in said)
        ]

    @contextlib.contextmanager
    def visit(self, user: str = "", language: str = "en", scheme: str = "light", width: int = WIDE) -> Iterator[Page]:
        """A page of a browser of its own, signed in as ``user`` (nobody without); any dialog fails the test."""
        context = self.browser.new_context(
            base_url=self.airflow.base,
            locale=language,
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": width, "height": 900},
        )
        try:
            if user:
                sign_in(context, self.airflow.client(user))
            page = context.new_page()
            page.set_default_timeout(60_000)  # a loaded machine
            dialogs: list[str] = []
            page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
            yield page
            assert dialogs == [], "a dialog was opened"
        finally:
            context.close()

    def picture(self, page: Page, name: str) -> None:
        """Keep what the page looks like as ``var/browser/<name>.png``."""
        self.shots.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=self.shots / f"{name}.png", full_page=True)


def sign_in(context: BrowserContext, client: Client) -> None:
    """Give the browser the cookie that Airflow's login form gives."""
    context.add_cookies([{"name": "_token", "value": client.token(), "url": client.base, "sameSite": "Lax"}])


def fill_login(page: Page, user: str, password: str) -> None:
    """Airflow's own login form."""
    page.get_by_label("Username").fill(user)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


@contextlib.contextmanager
def clicks_counted(page: Page) -> Iterator[list[str]]:
    """The clicks of a person on a page and its frames: the words of what was clicked; of a link, *link*."""
    clicks: list[str] = []
    page.context.expose_binding("itssClicked", lambda _, said: clicks.append(said))
    page.context.add_init_script(
        """addEventListener("click", (event) => {
          const what = event.isTrusted && event.target.closest("a, button, label, input, summary");
          if (what) itssClicked(what.tagName === "A" ? "link" : what.innerText);
        }, true);"""
    )
    yield clicks


def shown(page: Page, mail: EmailMessage) -> None:
    """Open a mail as a reader of mails on the web does."""
    page.route("http://mail.invalid/", lambda route: route.fulfill(body=html_of(mail), content_type="text/html"))
    page.goto("http://mail.invalid/")


def words(language: Language) -> Catalogue:
    """The words of the portal."""
    return catalogue.load(language, "portal")


def html_of(mail: EmailMessage) -> str:
    """What a mail shows."""
    part = mail.get_body(("html", "plain"))
    return str(part.get_content()) if part else ""


def links_of(mail: EmailMessage) -> list[str]:
    """The addresses that a mail links to."""
    return re.findall(r'href="([^"]+)"', html_of(mail))


def filled(template: bytes, to: Path, rows: list[dict[str, object]]) -> Path:
    """A copy of a workbook that is handed in, with ``rows`` under its headers."""
    book = openpyxl.load_workbook(io.BytesIO(template))
    sheet = book.worksheets[0]
    named = {str(cell.value).split()[0]: cell.column for cell in sheet[1]}
    for line, row in enumerate(rows, start=2):
        for name, value in row.items():
            sheet.cell(line, named[name], value)
    book.save(to)
    return to


def cell_below(template: bytes, name: str) -> str:
    """The first cell below the header ``name``, as a spreadsheet calls it."""
    sheet = openpyxl.load_workbook(io.BytesIO(template)).worksheets[0]
    header = next(cell for cell in sheet[1] if str(cell.value).split()[0] == name)
    return f"{header.column_letter}2"


def hand_in(page: Page, file: Path, send: str) -> None:
    """Choose a file on the page of its period and ``send`` it; what became of it is on the page afterwards."""
    page.locator("input[type=file]").first.set_input_files(file)
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile(f"^{send}")).first.click()


def launch(playwright: Playwright) -> Browser:
    """Debian's Chromium, without a window; nothing is downloaded."""
    # root cannot drop its rights: Chromium refuses to start without this word
    words = ["--no-sandbox"] if os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=CHROMIUM, args=words)
