"""The portal as each customer's own people see it: every page that is theirs, and that no other customer's is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from canary_places import PORTAL
from canary_search import Tally
from canary_words import PERIOD, Bird
from itss.links import PORTAL as ROOT
from visitor import Visitor

FIGURE = "process=incident&measure=opened"
PAGES = ("/", "/turn", "/hand-in", "/improvements")
MOST_ROWS = 6
"""Pages of rows that one person looks at; there is one for every figure."""
_LINK = re.compile(rf'(?:href|src)="{ROOT}(/reports/[^"#]+)"')


def search_pages(tally: Tally, birds: list[Bird], sign_in: Callable[[str], Visitor]) -> list[str]:
    """Search what each person of each customer gets; whatever of the next customer's they were not refused."""
    opened: list[str] = []
    for bird in birds:
        stranger = tally.aviary.birds[bird.number % len(tally.aviary.birds)]
        for user in bird.people.values():
            visitor = sign_in(user)
            for path, status, body in _pages(visitor, bird):
                assert status in (200, 403, 404), (user, path, status)
                tally.take(bird, PORTAL, f"{user} {path}".replace("/", " "), body)
            for path in _strange(stranger):
                answer = visitor.get(path)
                if answer.status_code not in (403, 404):
                    opened.append(f"{user} got {answer.status_code} for {path}")
                tally.take(bird, PORTAL, f"refused {user}", answer.content.replace(stranger.report.encode(), b"-"))
    return opened


def _pages(visitor: Visitor, bird: Bird) -> Iterator[tuple[str, int, bytes]]:
    """The pages that everybody has, those of the report, and whatever they link to in it."""
    left: dict[str, None] = {f"/reports/{bird.report}/{PERIOD}/r01/rows.csv?{FIGURE}": None}
    for path in PAGES:
        answer = visitor.get(path)
        left |= dict.fromkeys(_links(visitor, answer.text))
        yield path, answer.status_code, answer.content
    seen: set[str] = set()
    while wanted := [path for path in left if path not in seen]:
        seen.add(path := wanted[0])
        answer = visitor.get(path)
        if "html" in answer.headers.get("content-type", "") and "/files/" not in path and "/rows" not in path:
            left |= dict.fromkeys(_links(visitor, answer.text))
        yield path, answer.status_code, answer.content


def _links(visitor: Visitor, page: str) -> Iterator[str]:
    """Every page of a report that it leads to, but few of the rows; files for an approver and a reader."""
    found = [link.replace("&amp;", "&") for link in dict.fromkeys(_LINK.findall(page))]
    rows = [link for link in found if "/rows?" in link]
    kept = set(rows[:: max(1, len(rows) // MOST_ROWS)][:MOST_ROWS])
    is_reading_files = visitor.user.startswith(("head_", "client_"))
    for link in found:
        if (link in kept or "/rows" not in link) and (is_reading_files or "/files/" not in link):
            yield link


def _strange(stranger: Bird) -> Iterator[str]:
    """Of another customer's report, whose address somebody has guessed."""
    here = f"/reports/{stranger.report}/{PERIOD}/r01"
    yield from (here, *(f"{here}/{one}" for one in ("files/report.html", "files/job.json", "review")))
    yield from (f"{here}/rows.csv?{FIGURE}", f"/hand-in/{stranger.report}/{PERIOD}")
