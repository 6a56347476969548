"""The board of 200 reports × 13 periods: server time of the page, against one plain SELECT of the rows it shows.

CPU time, for the machine may be busy; the page is made as the portal makes it, from the request on.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from pathlib import Path

from itss.register import Register, signing

from benchmarks.crowd import crowded_list, fill
from benchmarks.entry import Entry, in_turns, rounded

REPORTS, GOAL_MS = 200, 300
_ROWS = (
    "SELECT report.key, report.period, revision.number, revision.state, revision.opened_at, revision.delivered_at "
    "FROM report JOIN revision ON revision.report_id = report.id"
)


def entries() -> list[Entry]:
    """One line: milliseconds of the page, and how many times the SELECT alone they are."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        signing.make(folder / "key.pem")
        database = folder / "register.sqlite"
        listed = crowded_list(folder / "list", REPORTS)
        os.environ |= {
            "AIRFLOW_HOME": str(folder / "airflow"),
            "ITSS_VAR": str(folder),
            "ITSS_REPORT_LIST": str(listed),
            "ITSS_REGISTER_URL": f"sqlite:///{database}",
            "ITSS_SIGNING_KEY": str(folder / "key.pem"),
        }
        register = Register(f"sqlite:///{database}")
        register.upgrade()
        fill(register, listed)
        page, select = in_turns(_page, lambda: _select(database), clock=time.process_time)
    return [
        Entry(
            name=f"board of {REPORTS} reports × 13 periods",
            value=rounded(page * 1000),
            unit="ms",
            peer="plain SELECT of its rows (sqlite3)",
            peer_value=rounded(select * 1000),
            ratio=rounded(page / select),
            goal=f"≤ {GOAL_MS} ms",
            holds=page * 1000 <= GOAL_MS,
        )
    ]


def _page() -> None:
    from airflow.api_fastapi.app import create_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from fastapi import Request
    from itss.portal.board import show
    from itss.portal.viewer import viewer

    create_auth_manager()
    who = viewer(SimpleAuthManagerUser(username="report_manager", role="admin"))
    request = Request({"type": "http", "path": "/itss/", "root_path": "/itss", "headers": [], "query_string": b""})
    answer = show(request, who)
    if answer.body.count(b'class="chip wait"') < REPORTS:  # it shows them all
        raise AssertionError("The board does not show every report.")


def _select(database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.execute(_ROWS).fetchall()
    connection.close()
