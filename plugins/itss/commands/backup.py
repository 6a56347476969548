"""`python -m itss backup` and `python -m itss restore`: the record as one state into a folder, and back from there."""

from __future__ import annotations

import datetime as dt
import sys
from argparse import Namespace
from pathlib import Path

from itss.archive.store import open_store
from itss.backup.restoring import Restore, chosen, restore
from itss.backup.saving import back_up
from itss.os_user import os_user
from itss.settings import settings


def main(args: Namespace) -> int:
    """Make a backup; 0 it is complete, 1 it is not, and nothing says that it were, 2 wrongly called."""
    if args.keep < 1:
        print("backup: --keep is 1 at least.", file=sys.stderr)
        return 2
    place = settings()
    state = back_up(place, _root(args.dir), dt.datetime.now(dt.UTC), _say, keep=args.keep, with_key=args.with_key)
    if not args.with_key:
        print(
            f"The key that signs ({state.key}) is not in it: it is {place.signing_key}. Keep a copy of it apart from "
            "this backup; without it nothing can be put on record after a restore."
        )
    return 0


def bring_back(args: Namespace) -> int:
    """Restore a state; 0 it is restored, or would be, 1 it is refused, with every reason."""
    root = _root(args.dir)
    asked = Restore(settings(), root, chosen(root, args.at), args.register_only, _say)
    restore(asked, os_user(), dry_run=args.dry_run)
    if not args.dry_run:
        print(
            "Now: python -m itss audit --all; then see what went out after the backup (docs/how-to/backup.md): no "
            "period that is over is opened or sent before somebody says: python -m itss.register confirm."
        )
    return 0


def _root(given: str) -> Path:
    return open_store(given if "://" in given else str(Path(given).absolute()))


def _say(line: str) -> None:
    print(line, flush=True)
