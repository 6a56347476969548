"""`python -m itss retention`: which sealed versions need not be kept any longer, and, with ``--delete``, their end.

Without ``--delete`` it only lists; what it removes, and what stays, is said in `itss.archive.retention`.
"""

from __future__ import annotations

import datetime as dt
import getpass
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from itss.archive.retention import past_retention, remove
from itss.settings import settings


def main(args: Namespace, now: dt.datetime | None = None) -> int:
    """List what is past its date, or remove it; 0 done, 1 refused, with the reason, 2 wrongly called."""
    if args.delete and not args.reason.strip():
        print("retention: --delete needs --reason '…', which goes on record.", file=sys.stderr)
        return 2
    place = settings()
    if args.list:
        place = replace(place, report_list=Path(args.list).resolve())
    past = past_retention(place, now or dt.datetime.now(dt.UTC), args.report, args.period)
    for kept in past:
        began = " (its removal was cut off)" if kept.is_cut_off else ""
        print(
            f"{kept.ref}: sealed on {kept.sealed_on}, kept until {kept.until}; "
            f"{len(kept.files)} file(s), {kept.size:,} bytes{began}"
        )
    print(f"{len(past)} sealed version(s) past their date.")
    if args.delete:
        for line in remove(place, past, getpass.getuser(), args.reason.strip()):
            print(line)
    return 0
