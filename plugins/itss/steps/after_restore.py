"""What nobody may do in a restored register before a person has looked: open, release or send what may have gone out.

A backup knows nothing of what came after it. Two traces are left: the register's own line that it was restored, and
versions of the archive that are newer than the backup. Surprise: a version that the archive holds complete while the
register has its revision open is no trace if the ledger knows every line in it: then only its seal was cut off.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from itss.archive.version import MANIFEST
from itss.errors import RegisterError
from itss.periods import Period
from itss.register import Register, Revision

LEDGER_FILE = "ledger.json"
"""The lines of the ledger about a version, so that it can be checked without the register."""


def refuse_unconfirmed(register: Register, report: str, period: Period) -> None:
    """`RegisterError` for a period that was over when the register was restored, until somebody has confirmed it."""
    at = register.unconfirmed_since(report, period.label)
    if at is not None and period.end <= at:
        raise RegisterError(
            f"The register was restored on {at:%Y-%m-%d %H:%M} UTC, and cannot know whether {report} {period.label} "
            "went out after its backup was made.",
            "Find out (docs/how-to/backup.md), then: python -m itss.register confirm "
            f"{report} {period.label} --reason '…', and clear the task.",
        )


def refuse_forgotten(register: Register, archive: Path, report: str, period: str) -> None:
    """An older register in place of a lost one would have everybody sign, and get, a sealed report once more."""
    known = {f"r{one.number:02d}": one for one in register.revisions(report, period)}
    for manifest in (archive / report / period).glob(f"r*/{MANIFEST}"):
        one = known.get(manifest.parent.name)
        if one is not None and (one.state == "sealed" or _is_cut_off(register, one, manifest.parent)):
            continue
        knows = f"has it as {one.state}" if one else "has never heard of it"
        raise RegisterError(
            f"{manifest.parent} is sealed, and the register {knows}.",
            "Check that ITSS_REGISTER_URL and ITSS_ARCHIVE_URL belong together; restore the register from its newest "
            "backup (docs/how-to/backup.md).",
        )


def _is_cut_off(register: Register, revision: Revision, folder: Path) -> bool:
    """Whether its seal only lacks its own line."""
    lines = {line.sha256 for line in register.lines(revision.ref.path)}
    with suppress(OSError, ValueError, TypeError, KeyError):
        return {line["sha256"] for line in json.loads((folder / LEDGER_FILE).read_bytes())} <= lines
    return False
