"""`python -m itss audit`: is every sealed version still what was signed, and does it still add up.

Changes nothing; what it looks at, and how, stands in `itss.audit.versions`.
"""

from __future__ import annotations

import datetime as dt
import sys
from argparse import Namespace

from itss.audit.versions import audit
from itss.settings import settings


def main(args: Namespace) -> int:
    """Audit ``args.report``, ``args.period``; 0 all is well, 1 something is not, each with a line."""
    sample = sys.maxsize if args.all else args.sample
    now = dt.datetime.now(dt.UTC)
    found = audit(settings(), args.report, args.period, sample=sample, seed=args.seed, now=now)
    for problem in found.problems:
        print(f"{problem.where}: {problem.what}")
    removed = f", of which {found.removed} removed after their time" if found.removed else ""
    print(f"{found.sealed} sealed version(s){removed}, {len(found.problems)} problem(s).")
    if found.made_again:
        print(f"Computed and rendered again from their own data: {', '.join(found.made_again)}.")
    return 1 if found.problems else 0
