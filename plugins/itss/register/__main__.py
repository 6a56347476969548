"""`python -m itss.register`: what a person decides when no program can, and every such decision is logged.

Owns no rule: each command is one method of `Register`. Exit codes: 0 done, 1 refused, 2 usage.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from itss.errors import ItssError, LedgerError, RegisterError
from itss.os_user import os_user
from itss.ref import Ref
from itss.register import signing
from itss.register.proposals import listed
from itss.register.records import DeliveryStatus
from itss.register.register import Register
from itss.settings import settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command."""
    given = _parser().parse_args(arguments)
    try:
        print(_run(Register(given.url), given))
    except ItssError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _run(register: Register, given: argparse.Namespace) -> str:
    if given.command == "upgrade":
        register.upgrade()
        return "The tables are up to date."
    if given.command in _LISTINGS:
        return "\n".join(_LISTINGS[given.command](register, given))
    if given.command in _CHANGES:
        return _CHANGES[given.command](register, given)
    ref = Ref(given.report, given.period, given.number)
    if given.command == "delivery":
        return _decide(register, ref, given.address, given.status)
    _ON_A_REVISION[given.command](register, ref, given.reason, os_user())
    return f"{ref} is {register.revision(ref).state}."


def _rebuild(register: Register, given: argparse.Namespace) -> str:
    """Compare, or write, the tables; every difference is a line, and the last word of the exit code."""
    problems = list(map(str, register.verify()))
    if given.check:
        found, held = register.differences()
        problems += map(str, found)
    else:
        written, left = register.rebuild(os_user())
        for one in written:
            print(f"written as the ledger says: {one}")
        problems, held = [f"{one}; this cannot be rebuilt, only compared" for one in left], register.differences()[1]
    if problems:
        raise LedgerError("\n".join(problems) + "\n", f"{len(problems)} difference(s) between ledger and tables.")
    newest = register.head()
    return (
        f"The tables are what {newest.seq if newest else 0} lines of the ledger add up to; {held} of their rows and "
        "frames cannot be rebuilt, their hash agrees."
    )


def _key(register: Register, given: argparse.Namespace) -> str:
    if given.new is None:
        public = register.key().public
        return f"fingerprint {signing.fingerprint(public)}\npublic key {public}"
    public = register.rotate_key(given.new, os_user())
    return (
        f"The key {signing.fingerprint(public)} signs from now on. Set ITSS_SIGNING_KEY={given.new.resolve()} for "
        "every process of the product, and keep the old key: with the new one it proves the lines before."
    )


def _lines(register: Register, report: str, period: str) -> list[str]:
    lines: list[str] = []
    for revision in register.revisions(report, period):
        lines.append(f"r{revision.number} {revision.state} (run {revision.run}) {revision.note}".rstrip())
        for item in register.deliveries(revision.ref):
            lines.append(f"   {item.status} {item.address} {item.message_id} {item.answer}".rstrip())
    return lines or [f"Nothing is on record for {report} {period}."]


def _hand_ins(register: Register, report: str, period: str) -> list[str]:
    lines = []
    for one in register.hand_ins(report, period):
        version = f"v{one.number} {one.rows} rows" if one.number else f"refused, {one.errors} errors"
        lines.append(f"{one.at:%Y-%m-%d %H:%M} UTC {one.process} {version} by {one.who}: {one.path} {one.sha256[:16]}")
    for note in register.notices(report, period):
        lines.append(
            f"   {note.status} {note.kind} {note.about} {note.address} {note.message_id} {note.answer}".rstrip()
        )
    return lines or [f"Nothing was handed in for {report} {period}."]


def _decide_notice(register: Register, message_id: str, status: DeliveryStatus) -> str:
    register.record_notice(message_id, status, f"decided by {os_user()}", dt.datetime.now(dt.UTC))
    return f"The mail {message_id} counts as {status}."


def _improvements(register: Register, given: argparse.Namespace) -> list[str]:
    lines = []
    for item in register.improvements(given.report, is_open=given.open):
        came = f" ({item.result}, by {item.closed_by})" if item.state != "open" else ""
        moved = f", moved to {item.moves[-1][1]}" if item.moves else ""
        lines.append(f"{item.key} {item.state}, {item.owner}, due {item.due_on}{moved}: {item.title}{came}")
    return lines or ["There is no such improvement item."]


def _baselines(register: Register, report: str) -> list[str]:
    lines = [
        f"{one.process}.{one.measure} v{one.number} {one.first}…{one.last} ({one.points} points, definition "
        f"{one.definition}): mean {one.mean:.6g}, limits {one.lower:.6g} … {one.upper:.6g}"
        for one in register.baselines(report)
    ]
    return lines or [f"No baseline of {report} is fixed yet."]


def _findings(register: Register, report: str, process: str) -> list[str]:
    lines: list[str] = []
    for at in register.findings_by_revision(report, process):
        one = at.revision
        lines.append(f"{one.period} r{one.number} {one.state}: {len(at.findings) or 'no'} finding(s)")
        lines += [f"   {finding.line()}" for finding in at.findings]
    return lines or [f"Nothing is on record for {report}."]


def _set_baseline(register: Register, given: argparse.Namespace) -> str:
    made = register.set_baseline(
        given.report,
        given.process,
        given.measure,
        first=given.first,
        last=given.last,
        who=os_user(),
        reason=given.reason,
        recomputed_in=given.recomputed_in,
    )
    came = f"figures of the report of {given.recomputed_in}" if given.recomputed_in else "published figures"
    return (
        f"{made.process}.{made.measure}: baseline version {made.number} from {made.points} {came}, "
        f"mean {made.mean:.6g}, limits {made.lower:.6g} … {made.upper:.6g}; it judges periods after {made.last}."
    )


def _decide(register: Register, ref: Ref, address: str, status: str) -> str:
    receipts = [item for item in register.deliveries(ref) if item.address == address]
    if not receipts:
        raise RegisterError(f"{ref} has no mail to {address}.", "List them: python -m itss.register list.")
    answer = f"decided by {os_user()}"
    decided: DeliveryStatus = "accepted" if status == "accepted" else "waived" if status == "waived" else "deferred"
    for item in receipts:
        # the instant stays: it was delivered when it was sent, not when somebody looked
        register.record_delivery(ref, item.recipient, address, decided, answer, item.message_id, item.at)
    return f"{ref}: the mail to {address} counts as {status}."


def _close(register: Register, given: argparse.Namespace) -> str:
    if given.state == "moved":
        if given.to is None:
            raise RegisterError(f"{given.key}: to which day it is moved is not said.", "Give it: --to 2026-12-31.")
        register.move_improvement(given.key, given.to, given.result, os_user())
        return f"{given.key} was moved to {given.to}; the date agreed first judges it all the same."
    closed = register.close_improvement(given.key, given.state, given.result, os_user())
    return f"{closed.key} is {closed.state}."


def _restored(register: Register, given: argparse.Namespace) -> str:
    register.note_restored(os_user(), given.reason)
    return "It is on record that the register was restored: what was over by now waits until it is confirmed."


def _confirm(register: Register, given: argparse.Namespace) -> str:
    report, period = given.report or "", given.period or ""
    register.confirm(report, period, os_user(), given.reason)
    # no error: it may have been opened for the first time after the backup
    known = "" if not report or report in register.keys_on_record() else " Nothing of it is on record: is it spelt so?"
    return f"{' '.join(filter(None, (report or 'every report', period)))} may go on.{known}"


def _answer(register: Register, given: argparse.Namespace) -> str:
    answered = register.answer_proposal(given.key, given.state, given.reason, os_user())
    return f"{answered.key} is {answered.state.replace('_', ' ')}."


_LISTINGS: dict[str, Callable[[Register, argparse.Namespace], list[str]]] = {
    "list": lambda register, given: _lines(register, given.report, given.period),
    "baselines": lambda register, given: _baselines(register, given.report),
    "findings": lambda register, given: _findings(register, given.report, given.process),
    "hand-ins": lambda register, given: _hand_ins(register, given.report, given.period),
    "improvements": _improvements,
    "proposals": lambda register, given: (
        list(listed(register.proposals(is_open=given.open))) or ["There is no such proposal."]
    ),
}
_CHANGES: dict[str, Callable[[Register, argparse.Namespace], str]] = {
    "baseline": _set_baseline,
    "notice": lambda register, given: _decide_notice(register, given.message_id, given.status),
    "improvement": _close,
    "proposal": _answer,
    "rebuild": _rebuild,
    "restored": _restored,
    "confirm": _confirm,
    "key": _key,
}
_ON_A_REVISION: dict[str, Callable[[Register, Ref, str, str], None]] = {
    "fail": lambda register, ref, reason, who: register.fail(ref, reason, who=who),
    "supersede": lambda register, ref, reason, who: register.supersede(ref, reason, who=who),
    "return": lambda register, ref, reason, who: register.return_revision(ref, reason, who=who),
    "rework": lambda register, ref, reason, who: register.rework(ref, {"a": reason}, keep_data=False, who=who),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m itss.register", description="Look at the register, and decide.")
    parser.add_argument("--url", default=settings().register_url, help="SQLAlchemy URL (default: ITSS_REGISTER_URL)")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("upgrade", help="make or migrate the tables")
    rebuilt = commands.add_parser("rebuild", help="make the rows of the tables again from the ledger")
    rebuilt.add_argument("--check", action="store_true", help="only compare them, whole rows, both ways")
    key = commands.add_parser("key", help="the key that signs the record")
    key.add_argument("--new", type=Path, metavar="FILE", help="bring in another, made if it is not there")
    listed = commands.add_parser("baselines", help="the frozen limits of a report's control charts")
    listed.add_argument("report")
    found = commands.add_parser("findings", help="what the data checks found, by period and revision")
    found.add_argument("report")
    found.add_argument("--process", default="", help="id of one process (default: all)")
    fixed = commands.add_parser("baseline", help="freeze the limits of a control chart anew, from published figures")
    for word in ("report", "process", "measure"):
        fixed.add_argument(word)
    fixed.add_argument("--first", required=True, help="label of the first period, such as 2026-01")
    fixed.add_argument("--last", required=True, help="label of the last one")
    fixed.add_argument("--reason", required=True)
    fixed.add_argument(
        "--recomputed-in",
        default="",
        metavar="PERIOD",
        help="after a change of definition: from the series that the sealed report of this period shows",
    )
    items = commands.add_parser("improvements", help="what reviews want improved, by whom and when")
    items.add_argument("report", nargs="?", help="of one report (default: all)")
    items.add_argument("--open", action="store_true", help="only what is not closed yet")
    item = commands.add_parser("improvement", help="close an improvement item, or move its date")
    item.add_argument("key", help="such as customer_monthly-2026-09-1")
    item.add_argument("state", choices=["done", "cancelled", "moved"])
    item.add_argument("--result", required=True, help="what came of it, or why its date is moved")
    item.add_argument("--to", type=dt.date.fromisoformat, help="the day that it is moved to")
    proposed = commands.add_parser("proposals", help="what people propose to change in a report, or as a new one")
    proposed.add_argument("--open", action="store_true", help="only what is not answered yet")
    proposal = commands.add_parser("proposal", help="take a proposal up, or decline it")
    proposal.add_argument("key", help="such as proposal-1")
    proposal.add_argument("state", choices=["taken_up", "declined"])
    proposal.add_argument("--reason", required=True, help="the sentence that the proposer reads")
    brought = commands.add_parser(
        "restored", help="note that the register was brought back by its database's own means"
    )
    brought.add_argument("--reason", required=True, help="from what, and to which point in time")
    sure = commands.add_parser("confirm", help="after a restore: it is known what went out, so reports may go on")
    sure.add_argument("report", nargs="?", help="one report (default: all)")
    sure.add_argument("period", nargs="?", help="one period of it (default: all)")
    sure.add_argument("--reason", required=True, help="what is known, for the record")
    told = commands.add_parser("notice", help="decide about a notice: it arrived, it is sent again, or is not needed")
    told.add_argument("message_id")
    told.add_argument("status", choices=["accepted", "deferred", "waived"])
    for command, text in (
        ("hand-ins", "what was handed in for a report and period, and who was told"),
        ("list", "the revisions of a report and period, with their mails"),
        ("fail", "give up a revision whose run is gone, so that another run takes it over"),
        ("supersede", "close a failed revision for good, so that the next run opens the next number"),
        ("return", "give a rejected revision back to its author, when its run is gone"),
        ("rework", "answer for the author of a returned revision, when its run is gone: the next one may begin"),
        ("delivery", "decide about a mail: it arrived, it is sent again, or its recipient is excused"),
    ):
        sub = commands.add_parser(command, help=text)
        sub.add_argument("report")
        sub.add_argument("period")
        if command not in ("list", "hand-ins"):
            sub.add_argument("number", type=int)
        if command in _ON_A_REVISION:
            sub.add_argument("--reason", required=command != "return", default="")
        if command == "delivery":
            sub.add_argument("address")
            sub.add_argument("status", choices=["accepted", "deferred", "waived"])
    return parser


if __name__ == "__main__":
    sys.exit(main())
