"""Plants the attacks, each into a house of its own, on every core; prints the table and writes ``var/attacks.json``."""

from __future__ import annotations

import io
import json
import logging
import multiprocessing
import os
import shutil
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import legitimate
import on_answers
import on_archive
import on_both_sides
import on_ledger
import on_machinery
import on_register
import on_workspace
import with_key
from attack import GATE, Attack, GateAttack, Verdict, judged, witnesses
from building import NOW, build
from gate import prepare
from place import House, clock

ROOMS = (on_register, on_archive, on_both_sides, on_ledger, on_machinery, on_workspace, on_answers, with_key)
OUT = Path(__file__).resolve().parents[2] / "var" / "attacks.json"
_SLOW_S = 20.0
_MEMORY = "/dev/shm"


@dataclass(frozen=True)
class Result:
    """What came of one attack, or of one change that is none."""

    name: str
    kind: str
    found_by: str | None
    said: str
    is_declared: bool = False
    took_s: float = 0.0

    @property
    def is_wrong(self) -> bool:
        """Whether it ought to have been found and was not."""
        return self.found_by is None and not self.is_declared


def planned() -> list[Attack | GateAttack]:
    """Every attack; each name once."""
    found = [one for room in ROOMS for one in room.attacks()]
    doubled = [name for name, count in Counter((one.kind, one.name) for one in found).items() if count > 1]
    assert not doubled, doubled
    return found


class Range:
    """The house, and a folder a process for the copy that is attacked."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self.folder = folder
        self.mails = witnesses(house.mails())
        with clock("2026-11-04T06:00:00"), house.copy_to(folder / "fresh").entered():
            prepare(House(folder / "fresh"), folder)

    def attack(self, one: Attack | GateAttack) -> Result:
        """Plant it, and look whether it is found; a declared one also in a house whose next mail has left."""
        began = time.monotonic()
        try:
            verdict = self._gate(one) if isinstance(one, GateAttack) else self._record(one)
        except Exception:
            verdict = Verdict(None, "could not be planted: " + traceback.format_exc(limit=-4))
        is_declared = bool(one.declared) and not verdict.said
        return Result(one.name, one.kind, verdict.found_by, verdict.said, is_declared, time.monotonic() - began)

    def alarm(self, one: legitimate.Change) -> Result:
        """Make a change that is nobody's attack; ``found_by`` is the false alarm."""
        house = self._copy()
        with clock(one.at), house.entered():
            one.make(house)
        with clock(one.audited), house.entered():
            verdict = judged(house, witnesses(house.mails()))
        return Result(one.name, "no attack", verdict.found_by, verdict.said)

    def _copy(self, stage: str = "") -> House:
        house = House(self.folder / stage) if stage else self.house
        return house.copy_to(self.folder / f"copy-{os.getpid()}")

    def _record(self, one: Attack) -> Verdict:
        house = self._copy()
        with clock(NOW), house.entered():
            one.plant(house)
            verdict = judged(house, self.mails)
        if verdict.found_by or verdict.said or not one.declared:
            return verdict
        house = self._copy()
        with clock("2026-12-02T06:00:00"), house.entered():
            later = with_key.mail_protocol(house)
            one.plant(house)
            verdict = judged(house, [later])
        return Verdict(None, "") if verdict.found_by else Verdict(None, "nor does the next mail tell")

    def _gate(self, one: GateAttack) -> Verdict:
        house = self._copy(one.after)
        with clock(NOW), house.entered():
            wrong = one.walk(house)
            if wrong and not wrong.startswith("!"):
                return Verdict(GATE, wrong)
            verdict = judged(house, self.mails, 4 if wrong or one.is_quiet else 1)
        if verdict.found_by or verdict.said or wrong or one.is_quiet:
            return verdict if verdict.found_by else Verdict(None, verdict.said or wrong or "nobody tells")
        return Verdict(GATE, "without effect: what was signed left, and was sealed")


_RANGE: list[Range] = []


def _one(number: int) -> Result:
    with redirect_stdout(io.StringIO()):
        return _RANGE[0].attack(_CHOSEN[number])


def _change(number: int) -> Result:
    with redirect_stdout(io.StringIO()):
        return _RANGE[0].alarm(legitimate.CHANGES[number])


_CHOSEN: list[Attack | GateAttack] = []


def run(house: House, folder: Path, chosen: Sequence[Attack | GateAttack]) -> tuple[list[Result], list[Result]]:
    """Results of attacks and of changes that are none, on every core."""
    _RANGE[:], _CHOSEN[:] = [Range(house, folder)], chosen
    # forked, so that nobody imports pandas again; a process that dies is an error, and not waited for
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=fork) as pool:
        alarms = [pool.submit(_change, number) for number in range(len(legitimate.CHANGES))]
        results = list(map(_at_once, pool.map(_one, range(len(chosen)), chunksize=4)))
        return results, [one.result() for one in alarms]


def _at_once(result: Result) -> Result:
    """Say at once what was not found."""
    if result.is_wrong:
        print(f"NOT FOUND: {result.kind}: {result.name}: {result.said}", flush=True)
    return result


def quiet() -> None:
    """The mail server and Great Expectations tell of each step; here nobody wants to know."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")


def main(words: Sequence[str]) -> int:
    """Plant them all (or those that ``words`` name), print and write what came of it."""
    quiet()
    chosen = [one for one in planned() if not words or any(word in f"{one.kind} {one.name}" for word in words)]
    began = time.monotonic()
    # a house has hundreds of small files, and is copied a thousand times
    folder = Path(tempfile.mkdtemp(prefix="itss-attacks-", dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None))
    try:
        with redirect_stdout(io.StringIO()):
            house = build(folder / "house")
        print(f"The house was built in {time.monotonic() - began:.0f} s; {len(chosen)} attacks.")
        results, alarms = run(house, folder, chosen)
    finally:
        shutil.rmtree(folder)
    return tell(results, alarms, time.monotonic() - began)


def tell(results: Sequence[Result], alarms: Sequence[Result], took_s: float) -> int:
    """Print the table, and write the file."""
    false = [one for one in alarms if one.found_by or one.said]
    print("\n| what the attacker writes | planted | found | declared | found by |\n|---|---|---|---|---|")
    for kind in dict.fromkeys(one.kind for one in results):
        of = [one for one in results if one.kind == kind]
        ways = Counter(one.found_by for one in of if one.found_by)
        told = ", ".join(f"{way} {count}" for way, count in ways.most_common())
        print(f"| {kind} | {len(of)} | {ways.total()} | {sum(one.is_declared for one in of)} | {told} |")
    found, declared = [one for one in results if one.found_by], [one for one in results if one.is_declared]
    print(f"| **total** | {len(results)} | {len(found)} | {len(declared)} | |")
    print(f"\n{len(alarms)} changes that are no attack: {len(false)} false alarm(s).")
    for word, those in (("declared", declared), ("FALSE ALARM", false)):
        for one in those:
            print(f"{word}: {one.kind}: {one.name}" + (f": {one.said}" if one.said else ""))
    for one in sorted(results, key=lambda one: -one.took_s)[:3]:
        if one.took_s > _SLOW_S:
            print(f"slow: {one.kind}: {one.name}: {one.took_s:.0f} s")
    print(f"{took_s:.0f} s.")
    document = {
        "planted": len(results),
        "found": len(found),
        "false_alarms": len(false),
        "declared": [f"{one.kind}: {one.name}" for one in declared],
        "attacks": [
            {"name": one.name, "kind": one.kind, "found_by": one.found_by, "said": one.said} for one in results
        ],
        "no_attacks": [{"name": one.name, "alarm": one.said} for one in alarms],
    }
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 1 if _wrong(results) or false else 0


def _wrong(results: Sequence[Result]) -> list[Result]:
    return [one for one in results if one.is_wrong]
