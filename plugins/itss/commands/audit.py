"""`python -m itss audit`: is every sealed version what was signed, was its approval valid, does it still add up.

Changes nothing; what it looks at, and how, is in `itss.audit.versions`. With ``--witness`` it checks mails that left
the house against the ledger, and no version.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from argparse import Namespace
from pathlib import Path

from itss.archive.store import open_store
from itss.audit import whole, words
from itss.audit.keys import public_key
from itss.audit.versions import Asked, Audit, audit, audit_archive, lines_of
from itss.audit.witnesses import testimonies
from itss.register import Register
from itss.settings import settings


def main(args: Namespace) -> int:
    """Audit ``args.report``, ``args.period``; 0 all is well, 1 something is not, each with a line."""
    if args.witness:
        return _witnesses(args)
    found = _audit(args)
    for line in words.lines(found, args.language):
        print(line)
    if args.json:
        said = json.dumps(words.document(found), ensure_ascii=False, indent=1)
        Path(args.json).write_text(said + "\n", encoding="utf-8")
    return 1 if found.problems else 0


def _audit(args: Namespace) -> Audit:
    place = settings()
    asked = Asked(
        args.report,
        args.period,
        sample=sys.maxsize if args.all else args.sample,
        seed=args.seed,
        now=dt.datetime.now(dt.UTC),
        keys=_keys(args),
    )
    if args.archive_only is None:
        return audit(place, asked)
    return audit_archive(place, _archive(args), asked)


def _witnesses(args: Namespace) -> int:
    """Each witness line of the mails against the ledger, which must itself be as it was signed."""
    keys = list(_keys(args))
    if args.archive_only is None:
        known, found = whole.Seen(), Audit()
        found.take_whole(whole.LEDGER, whole.read_ledger(Register(settings().register_url), known))
        said, keys, problems = known.lines, keys or known.keys, found.problems
    else:
        said, problems = lines_of(_archive(args)), []
    for problem in problems:
        print(words.plain(f"{problem.where}: {problem.what.of(args.language)}"))
    newest = len(said) if args.archive_only is None else None
    told = testimonies([Path(file) for file in args.witness], said.get, newest, keys)
    for one in told:
        print(words.plain(f"{one.file}: {one.what.of(args.language)}"))
    return 0 if all(one.holds for one in told) and not problems else 1


def _archive(args: Namespace) -> Path:
    given = args.archive_only
    if not given:
        return open_store(settings().archive_url)
    return open_store(given if "://" in given else str(Path(given).absolute()))


def _keys(args: Namespace) -> tuple[str, ...]:
    return tuple(public_key(Path(file)) for file in args.public_key)
