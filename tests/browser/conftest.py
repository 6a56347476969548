"""One running Airflow and one headless Chromium for all tests of the browser, on a list of its own."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from itss.periods import last_complete
from itss.register import Register
from itss.settings import Settings, settings
from itss.standalone.embedded import Embedded
from itss.standalone.prepare import report_list
from itss.standalone.sink import MailSink
from playwright.sync_api import Browser, sync_playwright
from visitors import CHROMIUM, House, launch

LIST = Path(__file__).parent / "list"
SHOTS = Path(__file__).parents[2] / "var" / "browser"
ROLES = "report_manager:admin,auditor:op," + ",".join(
    f"{user}:user"
    for user in (
        "report_author",
        "head_of_department",
        "management_representative",
        "customer_representative",
        "data_provider",
        "stranger",
    )
)
HOSTILE = '<script>alert("ticket")</script><img src=x onerror="alert(\'ticket\')">'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium here; as root `make servers` installs it (Debian package chromium)")
    with sync_playwright() as playwright:
        yield launch(playwright)


@pytest.fixture(scope="module")
def browser_place(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("browser")
    shutil.copytree(LIST, folder / "list")
    write_incidents(folder / "list" / "incidents.csv", dt.datetime.now(dt.UTC))
    with pytest.MonkeyPatch.context() as environment:  # only here: other tests run in the same process
        environment.setenv("ITSS_VAR", str(folder / "var"))
        environment.setenv("ITSS_REPORT_LIST", str(folder / "list" / "report_list.yaml"))
        return settings()


@pytest.fixture(scope="module")
def house(browser_place: Settings, browser: Browser) -> Iterator[House]:
    place = browser_place
    Register(place.register_url).upgrade()
    reports = report_list(place)
    # Airflow 3.3.2 loses tasks that come back every few seconds on a loaded machine: a sensor looks twice a minute
    fast = {"ITSS_RETRY_DELAY_S": "1", "ITSS_POKE_S": "30", "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ROLES}
    with MailSink(place.var / "mail") as sink, Embedded(place, reports, sink.port, fast, triggerer=True) as airflow:
        yield House(place, reports, airflow, browser, SHOTS)


def write_incidents(path: Path, now: dt.datetime) -> None:
    """Six incidents in each of the last six complete months, at fixed hours; the title of each is an attack."""
    last = last_complete(now, "month", "Asia/Shanghai")
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "title", "priority", "opened_at", "resolved_at", "is_major"])
        for back in range(6):
            first = last.shift(-back).first_day
            for number in range(1, 7):
                opened = dt.datetime(first.year, first.month, number * 4, 10)  # noqa: DTZ001 - the file has no zone
                resolved = opened + dt.timedelta(hours=5 * number + back)
                priority = "High" if number % 2 else "Low"
                title, major = f"{HOSTILE} {number}", number == 1
                writer.writerow([f"INC{first:%y%m}{number:02d}", title, priority, opened, resolved, major])
