"""What an attack is, and how it is found."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

from itss.cli import main as itss
from itss.register.__main__ import main as register_command
from place import House

Plant = Callable[[House], None]
Walk = Callable[[House], str]

AUDIT, AGAIN, REBUILD, WITNESS, GATE = "audit", "audit --all", "rebuild --check", "audit --witness", "gate"
_TOTAL = re.compile(r"\d+ sealed version\(s\)")


@dataclass(frozen=True)
class Attack:
    """``name``: what the attacker writes. Planted into the record, where the audit is to find it.

    ``declared``: what the design says of it that nobody can find before the next mail; it is then planted once more
    into a house whose next mail has left, and must be found by that.
    """

    name: str
    kind: str
    plant: Plant
    declared: str = ""


@dataclass(frozen=True)
class GateAttack:
    """Planted while a revision is on its way, ``after`` a stage of a fresh one (empty: into the one that waits).

    ``walk`` goes on to the end, and says what left that was not signed (``!``), or what stopped it.
    """

    name: str
    kind: str
    walk: Walk
    after: str = ""
    declared: str = ""
    is_quiet: bool = False
    """Whether nothing wrong may leave and yet the record be wrong: then the audit has to find it."""


@dataclass(frozen=True)
class Verdict:
    """How an attack was found (``None``: it was not), and the first words about it."""

    found_by: str | None
    said: str


def judged(house: House, mails: Sequence[Path], ways: int = 4) -> Verdict:
    """Ask the first ``ways`` of checking the record in turn, the cheapest first, until one finds something."""
    all_ways = (
        (AUDIT, lambda: itss(["audit", "--sample", "0"])),
        (AGAIN, lambda: itss(["audit", "--all"])),
        (REBUILD, lambda: register_command(["rebuild", "--check"])),
        (WITNESS, lambda: itss(["audit", "--witness", *map(str, mails)])),
    )
    for name, command in all_ways[:ways]:
        verdict = _asked(name, command)
        if verdict is not None:
            return verdict
    return Verdict(None, "")


def _asked(name: str, command: Callable[[], int]) -> Verdict | None:
    told = io.StringIO()
    try:
        with redirect_stdout(told), redirect_stderr(told):
            code = command()
    except (Exception, SystemExit) as error:
        return Verdict(None, f"{name} broke off: {type(error).__name__}: {error}")
    said = told.getvalue().strip()
    if code == 0:
        return None
    if name in (AUDIT, AGAIN) and not _TOTAL.search(said) and not said.startswith("audit: The register"):
        return Verdict(None, f"{name} judged nothing: {said.splitlines()[0]}")
    wrong = (line for line in said.splitlines() if "still says the same" not in line)
    return Verdict(name, next(wrong, ""))


def witnesses(mails: Sequence[Path]) -> list[Path]:
    """The mails that hold a witness line."""
    found = []
    for path in mails:
        parts = message_from_bytes(path.read_bytes(), policy=policy.default).walk()
        if any(part.get_content_type() == "text/html" and "ITSS-WITNESS" in part.get_content() for part in parts):
            found.append(path)
    return found
