"""The people of the soak: they answer what they are asked, over REST as a program does or with the cookie of a browser.

Each answer is written into the driver's book with its HTTP status; 200 alone counts as taken.
"""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from itss.errors import StandaloneError
from itss.standalone.rest import Client, run_path
from soak_tally import Book

LEVELS: Mapping[str, tuple[str, ...]] = {
    "initial_review": ("head_of_department", "deputy_head"),
    "approval": ("management_representative",),
}
AUTHOR, MANAGER = "report_author", "report_manager"
TIMEOUT_S = 90


class People:
    """All of them; each signs in once."""

    def __init__(self, house: Any, book: Book) -> None:
        self._house = house
        self._book = book
        self._clients: dict[str, Client] = {}
        self._count = 0

    def client(self, user: str = MANAGER) -> Client:
        """REST as a person."""
        if user not in self._clients:
            self._clients[user] = self._house.client(user)
        return self._clients[user]

    def whose(self, task: str) -> str:
        """Who answers it when nothing is to go wrong; the two of a level in turns."""
        if task not in LEVELS:
            return AUTHOR
        self._count += 1
        return LEVELS[task][self._count % len(LEVELS[task])]

    def answer(self, detail: Mapping[str, Any], user: str, option: str, comment: str) -> int:
        """Answer a question as it stands in Airflow's list of open ones; the HTTP status."""
        task = detail["task_instance"]
        path = f"{run_path(task['dag_id'], task['dag_run_id'])}/taskInstances/{task['task_id']}/-1/hitlDetails"
        given = {name: field.get("value") for name, field in (detail.get("params") or {}).items()}
        if "comment" in given:
            given["comment"] = comment
        self._count += 1
        status = self._patch(path, user, {"chosen_options": [option], "params_input": given})
        if status != 200:
            self._book.statuses[f"{task['task_id']}: {status}"] += 1
        return status

    def answer_at_once(self, detail: Mapping[str, Any], users: tuple[str, ...], option: str) -> dict[str, int]:
        """Several people at the same moment; the status that each got."""
        ready, found = threading.Barrier(len(users)), {}
        for user in users:
            self.client(user).token()  # signed in before, so that they meet

        def work(user: str) -> None:
            ready.wait(60)
            found[user] = self.answer(detail, user, option, f"{user} at the same moment")

        threads = [threading.Thread(target=work, args=(user,)) for user in users]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        return found

    def _patch(self, path: str, user: str, body: object) -> int:
        """Every second answer comes with a cookie, as the page of the portal sends it."""
        client = self.client(user)
        try:
            token = client.token()
        except StandaloneError:
            return 0
        mark = {"Cookie": f"_token={token}"} if self._count % 2 else {"Authorization": f"Bearer {token}"}
        headers = {**mark, "Content-Type": "application/json"}
        address = f"{client.base}/api/v2{path}"
        request = urllib.request.Request(address, json.dumps(body).encode(), headers, method="PATCH")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=TIMEOUT_S) as reply:
                return int(reply.status)
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 401:
                    client._token = ""  # it ran out; the next answer signs in again
                self._book.note("answer refused", status=error.code, user=user, said=error.read(400).decode())
                return error.code
        except OSError as error:
            self._book.note("answer not taken", user=user, said=str(error))
            return 0
