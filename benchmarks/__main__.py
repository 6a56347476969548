"""``python -m benchmarks [name …]``: measure, print one table, write ``results.json``; 1 if a goal does not hold."""

from __future__ import annotations

import importlib
import sys

from benchmarks.entry import table, write

NAMES = (
    "service_time",
    "incidents",
    "extraction",
    "flow",
    "backfill",
    "many_entries",
    "running_list",
    "board",
    "documents",
    "workbook",
    "years",
    "years_archive",
)
ON_REQUEST = ("sizing",)
"""Which write a page of the docs, and take an hour."""


def main(asked: list[str]) -> int:
    """Run the benchmarks asked for, all of them by default."""
    if unknown := set(asked) - {*NAMES, *ON_REQUEST}:
        print(
            f"There is no benchmark {', '.join(sorted(unknown))}. There are: {', '.join(NAMES + ON_REQUEST)}.",
            file=sys.stderr,
        )
        return 2
    found = []
    for name in asked or NAMES:
        print(f"{name} …", file=sys.stderr, flush=True)
        found += importlib.import_module(f"benchmarks.{name}").entries()
    write(found, whole=not asked)
    print(table(found))
    return 0 if all(entry.holds for entry in found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
