"""The canary table: by place what was searched and found, and by customer in how many files their own word is."""

from __future__ import annotations

from collections.abc import Iterator

from canary_search import Count, Tally

INTRODUCTION = """# The canary table

<!-- written by `make canary-100` -->

One entry of the report list, made for {customers} customers by `for_each`. Each customer has its own rows in every
table of one ITSM database, and two words of its own: a *name* (its key, title, people, addresses, agreement) and a
*song* (every text in its rows, everything that its people write). Every report goes through all steps, two at a time,
with real mails; every fifth is rejected once, every fifth fails once, and the process that works on number {doomed} is
killed (`SIGKILL`) in the middle of *render*, together with the process beside it; then all go on.

Then every byte is searched: workbooks unzipped, Parquet, PDFs and mails with their attachments read, each row of the
register, each page of the portal as each of the customer's people gets it. A word of another customer found there
would be a leak. `tests/canary` also proves that the search finds a word wherever it is hidden, and that a query with
`:customer IS NOT NULL` stops its run and leaves nothing behind.
"""
HEADS = (
    "place", "customers", "files, rows or pages", "bytes", "with their own name", "with their own song",
    "with words of others",
)  # fmt: skip


def table(tally: Tally, rounds: int, doomed: int) -> str:
    """As a page of the documentation."""
    birds = tally.aviary.birds
    lines = [INTRODUCTION.format(customers=len(birds), doomed=doomed)]
    lines += [f"| {' | '.join(HEADS)} |", "|---|" + "---:|" * (len(HEADS) - 1), *places_of(tally)]
    lines += ["", f"The walk took {rounds} rounds: it was cut off {rounds - 1} time(s).", "", "## By customer", ""]
    lines += ["Files, rows or pages in which the customer's own song is; of others it is nowhere.", ""]
    places = _places(tally)
    lines += [f"| customer | {' | '.join(places)} | others |", f"|---:|{'---:|' * (len(places) + 1)}"]
    for bird in birds:
        counts = [tally.counts.get((bird.number, place), Count()) for place in places]
        others = sum(len(count.others) for count in counts)
        lines.append(f"| {bird.number} | {' | '.join(str(count.with_song) for count in counts)} | {others} |")
    return "\n".join(lines) + "\n"


def _places(tally: Tally) -> list[str]:
    return list(dict.fromkeys(place for _, place in tally.counts))


def places_of(tally: Tally) -> Iterator[str]:
    """A line of the table for each place."""
    for place in _places(tally):
        found = [count for (_, one), count in tally.counts.items() if one == place]
        whole = sum(found, Count())
        cells = (place, len(found), whole.files, whole.bytes, whole.with_name, whole.with_song, len(whole.others))
        yield f"| {' | '.join(f'{cell:,}' if isinstance(cell, int) else cell for cell in cells)} |"
