"""`python -m itss resend`: what was released goes to those who have not got it, also when its run is gone.

Owns no rule: see `itss.steps.distribute.resend`. What comes after the delivery is the run's, and this says so.
"""

from __future__ import annotations

from argparse import Namespace

from itss.os_user import os_user
from itss.steps.distribute import resend


def main(args: Namespace) -> int:
    """Send, and print every receipt and what remains to be done; 0 nobody is left who was to be served."""
    done = resend(args.report, args.period, args.revision, args.to, os_user())
    for one in done.receipts:
        print(f"{one.status} {one.address} {one.message_id} {one.answer}".rstrip())
    which, revision = done.revision.ref, done.revision
    print(
        f"{which}: sent to {', '.join(done.sent)}." if done.sent else f"{which}: nobody was to be served; nothing sent."
    )
    if revision.state == "delivered":
        print(
            f"It is delivered. Review and seal are the run's: clear its task 'deliver', which sends nothing again "
            f"(DAG {revision.report}, run {revision.run})."
        )
    elif revision.state != "sealed":
        left = [one.address for one in done.receipts if one.status not in ("accepted", "waived")]
        print(f"It is not delivered yet: {', '.join(left)} to be served.")
    return 0
