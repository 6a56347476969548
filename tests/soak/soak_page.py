"""Writes the tables of docs/soak.md, between their marks; also every few minutes while the soak runs."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from marked_page import put
from soak_compare import Agreement
from soak_growth import Growth
from soak_plan import WORDS
from soak_tally import Book, Told

PAGE = Path(__file__).resolve().parents[2] / "docs" / "soak.md"
MOST_DIFFERENCES = 20


@dataclass
class Soak:
    """What the page is made of."""

    seed: str
    minutes: float
    planned_minutes: float
    state: str
    """running, interrupted or ended."""
    periods: int
    book: Book
    told: list[Told] = field(default_factory=list)
    growth: list[Growth] = field(default_factory=list)
    sizes_first: Mapping[str, float] = field(default_factory=dict)
    sizes_last: Mapping[str, float] = field(default_factory=dict)
    agreements: Sequence[Agreement] = ()
    left_over: Sequence[str] | None = None


def write(soak: Soak, page: Path = PAGE) -> None:
    """All tables."""
    text = page.read_text(encoding="utf-8")
    parts = {
        "machine": _machine(soak), "disturbances": _disturbances(soak), "agreement": _agreement(soak),
        "growth": _growth(soak),
    }  # fmt: skip
    for mark, lines in parts.items():
        text = put(text, mark, lines)
    page.write_text(text, encoding="utf-8")


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(str(cell).replace('|', '/') for cell in line)} |" for line in lines)


def _machine(soak: Soak) -> str:
    model = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    over = [one for one in soak.told if one.is_over and not one.is_lost]
    sealed = sum(len(one.revisions_sealed) for one in soak.told)
    lost = [f"{one.case.report} {one.case.period}: {one.is_lost}" for one in soak.told if one.is_lost]
    rows = [
        ("state", soak.state),
        ("machine", f"{os.cpu_count()} × {model[1] if model else platform.machine()}, {memory:.0f} GB"),
        ("versions", f"Python {platform.python_version()}, Airflow {_airflow()}, itss {_itss()}"),
        ("seed", soak.seed),
        ("minutes, of those planned", f"{soak.minutes:.0f} of {soak.planned_minutes:.0f}"),
        ("load of the machine at the end", f"{os.getloadavg()[1]:.1f}"),
        ("periods begun", soak.periods),
        ("reports begun, sealed", f"{len(soak.told)}, {len(over)}"),
        ("versions sealed, corrections among them", f"{sealed}, {sealed - len(over)}"),
        ("reports lost", "; ".join(lost) or 0),
    ]
    return _table(("", "of this run"), rows)


def _airflow() -> str:
    import importlib.metadata

    return importlib.metadata.version("apache-airflow")


def _itss() -> str:
    import itss

    return itss.__version__


def _disturbances(soak: Soak) -> str:
    rows = [
        (WORDS.get(kind, kind), counts.planned, counts.happened, counts.recovered)
        for kind, counts in sorted(soak.book.counts.items())
    ]
    total = ("total", *(sum(int(row[column]) for row in rows) for column in (1, 2, 3)))
    lines = [_table(("disturbance", "planned", "happened", "recovered"), [*rows, total])]
    clears = sum(one.clears for one in soak.told)
    lines += [
        "",
        f"A person cleared failed tasks {clears} times. Failures that nobody had planned, by their tasks:",
        "",
    ]
    unplanned = sorted(soak.book.unplanned.items())
    lines.append(_table(("failed", "times"), unplanned or [("none", 0)]))
    if soak.book.statuses:
        refused = ", ".join(f"{name} {count} ×" for name, count in sorted(soak.book.statuses.items()))
        lines += ["", f"Answers that were not taken, by their HTTP status (0: no reply): {refused}."]
    return "\n".join(lines)


def _agreement(soak: Soak) -> str:
    rows = [(one.what, one.compared, len(one.differences)) for one in soak.agreements]
    lines = [_table(("compared", "of", "differences"), rows or [("not yet", 0, 0)])]
    for one in [one for one in soak.agreements if one.differences]:
        lines += ["", f"{one.what}:", ""]
        lines += [f"- {text[:300]}" for text in one.differences[:MOST_DIFFERENCES]]
    return "\n".join(lines)


def _growth(soak: Soak) -> str:
    of_services = [
        (one.service, f"{one.minutes:.0f}", f"{one.first_mb:.0f}", f"{one.last_mb:.0f}", f"{one.slope_mb_h:+.1f}",
         one.files_first, one.files_last)
        for one in soak.growth
    ]  # fmt: skip
    head = ("service", "longest life, min", "first MB", "last MB", "MB an hour", "open files, first", "last")
    names = [name for name in soak.sizes_first if name in soak.sizes_last]
    versions = max(1, sum(len(one.revisions_sealed) for one in soak.told))
    of_places = [
        (name, f"{soak.sizes_first[name]:.1f}", f"{soak.sizes_last[name]:.1f}",
         f"{(soak.sizes_last[name] - soak.sizes_first[name]) / versions:.3f}")
        for name in names
    ]  # fmt: skip
    left = "not yet known" if soak.left_over is None else ("; ".join(soak.left_over) or "none")
    tables = (_table(head, of_services), "", _table(("", "first", "last", "a version sealed"), of_places))
    return "\n".join((*tables, "", f"Processes left over after the house was closed: {left}."))
