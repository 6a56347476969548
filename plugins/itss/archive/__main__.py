"""`python -m itss.archive [REPORT [PERIOD]]`: compare every sealed version with its manifest and the register.

Changes nothing. Exit codes: 0 all as sealed, 1 something is not, 2 usage.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from itss.archive.store import open_store
from itss.archive.verify import verify
from itss.archive.version import folder_of
from itss.errors import ItssError
from itss.register import Register
from itss.settings import settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line a version, and its problems below it."""
    place = settings()
    parser = argparse.ArgumentParser(prog="python -m itss.archive", description="Verify the sealed versions.")
    parser.add_argument("report", nargs="?", help="key of one report (default: all)")
    parser.add_argument("period", nargs="?", help="one period of it, e.g. 2026-09")
    parser.add_argument("--register", default=place.register_url, help="default: ITSS_REGISTER_URL")
    parser.add_argument("--archive", default=place.archive_url, help="default: ITSS_ARCHIVE_URL")
    given = parser.parse_args(arguments)
    try:
        return _verify_all(given)
    except ItssError as error:
        print(error, file=sys.stderr)
        return 1


def _verify_all(given: argparse.Namespace) -> int:
    root = open_store(given.archive)
    sealed = Register(given.register).sealed(given.report, given.period)
    damaged = 0
    for revision in sealed:
        problems = verify(folder_of(root, revision.ref), revision.manifest_sha256)
        damaged += bool(problems)
        print(f"{revision.report} {revision.period} r{revision.number}: {'NOT AS SEALED' if problems else 'as sealed'}")
        for problem in problems:
            print(f"   {problem}")
    print(f"{len(sealed)} sealed version(s), {damaged} not as sealed.")
    return 1 if damaged else 0


if __name__ == "__main__":
    sys.exit(main())
