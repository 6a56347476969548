"""One running Airflow for all tests of the flow: embedded, on a list of its own, with a real mail server beside it.

The runs are all triggered at the beginning and do their machine work side by side; each test then answers its own.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays
import pytest
from flow_list import LIST, write_incidents
from house import ABSENT, ASKING, BAD, GOOD, House
from itss.register import Register
from itss.settings import Settings, settings
from itss.standalone.embedded import Embedded
from itss.standalone.prepare import report_list
from itss.standalone.progress import Watch
from itss.standalone.sink import MailSink


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("flow")
    shutil.copytree(LIST, folder / "list")
    _owe_a_report(folder / "list" / "report_list.yaml", dt.datetime.now(ZoneInfo("Asia/Shanghai")))
    write_incidents(folder / "list" / "good.csv", resolved_after_h=5)
    write_incidents(folder / "list" / "bad.csv", resolved_after_h=-5)
    with pytest.MonkeyPatch.context() as environment:  # only here: other tests run in the same process
        environment.setenv("ITSS_VAR", str(folder / "var"))
        environment.setenv("ITSS_REPORT_LIST", str(folder / "list" / "report_list.yaml"))
        return settings()


@pytest.fixture(scope="session")
def sink(place: Settings) -> Iterator[Callable[[], MailSink]]:
    """Gives the mail server; a test may take it down and ask for it again on the same port."""
    servers = [MailSink(place.var / "mail")]
    servers[0].__enter__()

    def current(*, restart: bool = False) -> MailSink:
        if restart:
            servers.append(MailSink(place.var / "mail", servers[-1].port))
            servers[-1].__enter__()
        return servers[-1]

    yield current
    servers[-1].__exit__(None, None, None)


@pytest.fixture(scope="session")
def house(place: Settings, sink: Callable[[], MailSink]) -> Iterator[House]:
    Register(place.register_url).upgrade()
    reports = report_list(place)
    fast = {"ITSS_RETRY_DELAY_S": "1", "ITSS_POKE_S": "1"}
    # a test starts the triggerer itself, and kills it
    with Embedded(place, reports, sink().port, fast, triggerer=False) as airflow:
        yield House(place, reports, airflow, sink().port)


@pytest.fixture(scope="session")
def runs(house: House) -> dict[tuple[str, str], Watch]:
    """Every run of the tests, triggered at once."""
    wanted = [(GOOD, f"2026-0{month}") for month in range(3, 8)] + [(BAD, "2026-08"), (ASKING, "2026-08")]
    return {(report, period): house.start(report, period) for report, period in wanted}


def _owe_a_report(path: Path, now: dt.datetime) -> None:
    """Add a report of last week that becomes due while the tests run, in a country where today is a working day."""
    due = now + dt.timedelta(seconds=90)
    monday = due.date() - dt.timedelta(days=due.weekday())
    days = [monday + dt.timedelta(days=number) for number in range(due.weekday() + 1)]
    calendars = (
        (code, holidays.country_holidays(code))
        for code in sorted(holidays.list_supported_countries())
        if len(code) == 2
    )
    country, calendar = next(one for one in calendars if one[1].is_working_day(due.date()))
    period = {
        "kind": "week",
        "timezone": "Asia/Shanghai",
        "schedule": "0 0 * * 1",
        "due_working_days": sum(calendar.is_working_day(day) for day in days),
        "due_time": f"{due:%H:%M:%S}",
        "holidays": country,
        "first": (monday - dt.timedelta(days=7)).isoformat(),
    }
    entry = f"\n  - <<: *entry\n    key: {ABSENT}\n    period: {json.dumps(period)}\n"
    path.write_text(path.read_text(encoding="utf-8") + entry, encoding="utf-8")
