"""`make soak`: two hours of everything, in the house of several machines.

``SOAK_MINUTES`` (120), ``SOAK_SEED``, ``SOAK_CUSTOMERS`` (5) and ``SOAK_PERIODS`` (24) make it shorter. It ends with 1
if a report was lost or something does not agree. Ctrl-C ends it as well: the page then has what there is.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import soak_growth
import soak_page
from production_house import Plan, production_house
from soak_cases import Cases
from soak_compare import compare
from soak_list import lay_out
from soak_people import People
from soak_plan import CUSTOMERS, Disturbance, periods, plan, reports
from soak_services import Services
from soak_source import Source
from soak_tally import Book

ROOT = Path(__file__).resolve().parents[2]
MINUTES = float(os.environ.get("SOAK_MINUTES", "120"))
SEED = os.environ.get("SOAK_SEED", "2026-11-29")
SERVED = int(os.environ.get("SOAK_CUSTOMERS", str(len(CUSTOMERS))))
MONTHS = int(os.environ.get("SOAK_PERIODS", "24"))
EXTRA = {"ITSS_RETRY_DELAY_S": "15"}
"""In proportion to what is away for 20 or 40 s; shipped are 300."""
SAMPLE_S, PAGE_S = 20.0, 180.0
STALL_S = 1800.0
"""A period in which nothing is sealed for so long is given up."""


class Runner:
    """One soak."""

    def __init__(self, house: Any, folder: Path, kept: Path) -> None:
        self._house = house
        self._folder = folder
        self.book = Book(kept)
        self._keys = reports(SERVED)
        # of all months at once: what is done to services comes in turns from month to month
        self._planned = plan(SEED, periods(MONTHS), self._keys)
        self._source = Source(house.source_url, house.databases["airflow"].admin)
        self._services = Services(house, self._source, self.book, SEED)
        self._people = People(house, self.book)
        self._begun = time.monotonic()
        self._samples: list[soak_growth.Sample] = []
        self._sampled = self._written = 0.0
        self.soak = soak_page.Soak(SEED, 0, MINUTES, "running", 0, self.book)

    def run(self) -> None:
        """Month after month until the time is up, then the comparisons."""
        months = periods(MONTHS)
        before = periods(MONTHS + 3, (2024, 8))
        self._source.fill(before, list(CUSTOMERS[:SERVED]))
        self.soak.sizes_first = soak_growth.sizes(self._house)
        took: list[float] = []
        for month in months:
            left_s = MINUTES * 60 - (time.monotonic() - self._begun)
            if left_s < (max(took) if took else 0):  # one that is begun is brought to its end
                break
            begun = time.monotonic()
            self._period(month)
            took.append(time.monotonic() - begun)

    def _period(self, month: str) -> None:
        planned = [one for one in self._planned if one.period == month]
        self.book.plan(planned)
        self.book.note("period", period=month)
        cases = Cases(self._house, self._people, self._services, self._source, self.book)
        waiting = [one for one in planned if one.case is None]
        self.soak.periods += 1
        try:
            self._walk(month, cases, planned, waiting)
        finally:
            cases.close()
        self._settle(month, cases)

    def _walk(self, month: str, cases: Cases, planned: list[Disturbance], waiting: list[Disturbance]) -> None:
        cases.begin(month, self._keys, planned)
        self.soak.told += list(cases.told.values())
        sealed, moved = -1, time.monotonic()
        while cases.sealed < len(self._keys):
            self._services.tick()
            if waiting and self._services.is_quiet and cases.sealed >= waiting[0].after:
                self._services.disturb(waiting.pop(0))
            cases.tick()
            self._look()
            if cases.sealed != sealed:
                sealed, moved = cases.sealed, time.monotonic()
            if time.monotonic() - moved > STALL_S:
                self._give_up(cases)
                break
            time.sleep(1)

    def _settle(self, month: str, cases: Cases) -> None:
        while not self._services.is_quiet:
            self._services.bring_back()
        if not any(one.is_lost for one in cases.told.values()):
            self.book.recovered_period(month)

    def _give_up(self, cases: Cases) -> None:
        for one in cases.told.values():
            if not one.is_over:
                one.is_over, one.is_lost = True, f"nothing was sealed for {STALL_S / 60:.0f} minutes"
                self.book.note("LOST", one.case, why=one.is_lost)

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._sampled > SAMPLE_S:
            self._sampled = now
            self._samples += soak_growth.look(self._house)
        if now - self._written > PAGE_S:
            self._written = now
            self.write()

    def write(self) -> None:
        """The page, and the samples behind it."""
        self.soak.minutes = (time.monotonic() - self._begun) / 60
        self.soak.growth = soak_growth.growth(self._samples)
        self.soak.sizes_last = soak_growth.sizes(self._house) or self.soak.sizes_last
        samples = json.dumps(soak_growth.document(self._samples))
        (self.book.folder / "samples.json").write_text(samples, encoding="utf-8")
        soak_page.write(self.soak)

    def compare(self) -> None:
        """What the driver knows against everything else."""
        self._services.bring_back()
        self.write()
        self.soak.agreements = compare(self._house, self.soak.told, self._folder / "mails", self.book)
        soak_page.write(self.soak)


def left_over(folder: Path) -> list[str]:
    """Processes that still have something of the folder in their environment."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            is_ours = process.pid != os.getpid() and str(folder) in " ".join(process.environ().values())
            found += [" ".join(process.cmdline())[:100]] if is_ours else []
    return found


def main(arguments: Sequence[str] = ()) -> int:
    """Run it; 1 if something is lost or does not agree, 130 if it was interrupted."""
    del arguments
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    kept = ROOT / "var" / "soak" / time.strftime("%Y%m%dT%H%M%S")
    runner, is_whole = None, False
    with tempfile.TemporaryDirectory(prefix="itss-soak-") as name:
        folder = Path(name)
        listed = lay_out(folder / "list", SERVED)
        try:
            with production_house(folder, Plan(listed=listed, extra=EXTRA)) as house:
                runner = Runner(house, folder, kept)
                try:
                    runner.run()
                    runner.compare()
                    is_whole = True
                finally:
                    with suppress(Exception):
                        runner.soak.state = "ended" if is_whole else "interrupted"
                        runner.write()
        except KeyboardInterrupt:
            return 130
        finally:
            if runner is not None:
                runner.soak.left_over = left_over(folder)
                soak_page.write(runner.soak)
    lost = [one for one in runner.soak.told if one.is_lost]
    differences = [text for one in runner.soak.agreements for text in one.differences]
    print("\n".join([*(f"lost: {one.case} {one.is_lost}" for one in lost), *differences]))
    return 1 if lost or differences or runner.soak.left_over else 0
