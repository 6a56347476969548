"""At the end: the driver's own book against register, ledger, archive, mail server and the witnesses in the mails.

Each comparison is a line with how much was compared and what did not agree; a difference is never left out.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from itss.ref import Ref
from soak_list import ROLES, addresses
from soak_tally import Book, Told

ANSWER = {"Approve": "approve", "Reject": "reject"}
WITNESSES_AT_ONCE = 200
RECIPIENTS = len(ROLES)
HOLDS = "the ledger still says the same"
SENT_TWICE_AFTER = (
    "worker killed",
    "worker ended warm and started",
    "task_killed",
    "register stopped for a while",
    "API server killed",
)
"""What leaves a notice without its receipt: it is sent once more, for silence would be worse. A report never is."""
AROUND = dt.timedelta(minutes=1)


@dataclass
class Agreement:
    """What was compared, how many of it, and every difference."""

    what: str
    compared: int = 0
    differences: list[str] = field(default_factory=list)


def compare(house: Any, told: list[Told], folder: Path, book: Book) -> list[Agreement]:
    """All of them; one that cannot be made at all is a difference."""
    over = [one for one in told if one.is_over and not one.is_lost]
    works: list[Callable[[], Agreement]] = [
        lambda: _revisions(house, told),
        lambda: _decisions(house, over),
        lambda: _receipts(house, over),
        lambda: _outbox(house, over),
        lambda: _notices(house, told),
        lambda: _repeated(house, book),
        lambda: _command(house, "ledger: `rebuild --check`", ["-m", "itss.register", "rebuild", "--check"]),
        lambda: _command(house, "archive: `itss audit --all`", ["-m", "itss", "audit", "--all"], "problem(s)"),
        lambda: _witnesses(house, folder),
    ]
    return [_made(work) for work in works]


def _made(work: Callable[[], Agreement]) -> Agreement:
    try:
        return work()
    except Exception as error:
        return Agreement("a comparison that could not be made", 0, [f"{type(error).__name__}: {error}"[:500]])


def _revisions(house: Any, told: list[Told]) -> Agreement:
    """Sealed and returned revisions are those that the driver saw; nothing else is open or failed."""
    found = Agreement("register: revisions")
    for one in told:
        states = Counter(revision.state for revision in house.register.revisions(one.case.report, one.case.period))
        wanted = Counter({"sealed": len(one.revisions_sealed), "returned": one.rejections})
        unsure = sum(option == "Reject" for _, _, option in one.unsure)
        found.compared += sum(states.values())
        if not any(+states == wanted + Counter({"returned": more}) for more in range(unsure + 1)):
            found.differences.append(f"{one.case}: {dict(states)}, by the driver {dict(wanted)} {one.is_lost}")
    return found


def _decisions(house: Any, told: list[Told]) -> Agreement:
    """Every answer taken with 200 is one decision; there is no other, but of answers whose reply was lost."""
    found = Agreement("register: decisions, by level, person and answer")
    for one in told:
        revisions = house.register.revisions(one.case.report, one.case.period)
        on_record = Counter(
            (decision.level, str(decision.who_name or decision.who_id), decision.answer)
            for revision in revisions
            for decision in house.register.all_decisions(revision.ref)
        )
        given = Counter((level, user, ANSWER[option]) for level, user, option in one.answers)
        unsure = Counter((level, user, ANSWER[option]) for level, user, option in one.unsure)
        more, less = on_record - given - unsure, given - on_record
        found.compared += sum(on_record.values())
        if more or less:
            found.differences.append(f"{one.case}: {dict(more)} more, {dict(less)} less")
    return found


def _receipts(house: Any, told: list[Told]) -> Agreement:
    """Each recipient of each sealed version: one accepted receipt and one mail, or excused and none."""
    found, taken = Agreement("receipts: one accepted and one mail a recipient"), house.box.reports()
    for one in told:
        for number in one.revisions_sealed:
            items = house.register.deliveries(Ref(one.case.report, one.case.period, number))
            found.compared += len(items)
            if sorted(item.address for item in items) != sorted(addresses(one.case)):
                found.differences.append(f"{one.case} r{number}: {[item.address for item in items]}")
            for item in items:
                mails = taken[item.address, item.message_id]
                wanted = ("waived", 0) if item.address in one.waived else ("accepted", 1)
                if (item.status, mails) != wanted:
                    found.differences.append(f"{one.case} r{number} {item.address}: {item.status}, {mails} mails")
    return found


def _outbox(house: Any, told: list[Told]) -> Agreement:
    """Of the mail server: no report twice to one address, and none beyond those of the sealed versions."""
    taken = house.box.reports()
    found = Agreement("outbox: mails of reports, by message id", sum(taken.values()))
    found.differences += [f"{count} times: {address} {mail}" for (address, mail), count in taken.items() if count > 1]
    wanted = sum(len(one.revisions_sealed) * RECIPIENTS - len(one.waived) for one in told)
    if found.compared != wanted:
        found.differences.append(f"{found.compared} mails of reports, {wanted} by the driver's book")
    return found


def _notices(house: Any, told: list[Told]) -> Agreement:
    """None is half sent; each that was accepted has arrived."""
    found, taken = Agreement("notices"), Counter((one.address, one.id) for one in list(house.box.letters))
    for one in told:
        for notice in house.register.notices(one.case.report, one.case.period):
            found.compared += 1
            mails = taken[notice.address, notice.message_id]
            if notice.status in ("planned", "sending") or (notice.status == "accepted") != (mails > 0):
                found.differences.append(f"{one.case} {notice.kind} {notice.address}: {notice.status}, {mails} mails")
    return found


def _repeated(house: Any, book: Book) -> Agreement:
    """A notice came once more only if what keeps its receipt off the record happened between the two."""
    came: dict[tuple[str, str], list[dt.datetime]] = {}
    for letter in list(house.box.letters):
        if not letter.is_report:
            came.setdefault((letter.address, letter.id), []).append(letter.at)
    twice = {key: times for key, times in came.items() if len(times) > 1}
    found = Agreement(f"outbox: mails of notices; {len(twice)} of them came once more", sum(map(len, came.values())))
    reasons = [at for at, kind in book.moments if kind in SENT_TWICE_AFTER]
    for (address, mail), times in twice.items():
        if not any(min(times) - AROUND <= at <= max(times) for at in reasons):
            found.differences.append(f"{len(times)} times, for no reason: {address} {mail}")
    return found


def _command(house: Any, what: str, words: list[str], total: str = "") -> Agreement:
    """What a command of the product says; its last line with ``total``, but for a witness line, is what it compared."""
    done = house.services["api-server"].machine.run(*words)
    lines = (done.stdout.strip() or done.stderr.strip()).splitlines()
    said = [line for line in lines if total in line and not line.startswith("ITSS-WITNESS")]
    found = Agreement(f"{what}: {said[-1][:160] if said else ''}", 1)
    if done.returncode:
        found.differences += (done.stdout + done.stderr).strip().splitlines()[-20:]
    return found


def _witnesses(house: Any, folder: Path) -> Agreement:
    """Every mail with a witness line still holds: the ledger says what the mail says of it; each report has one."""
    folder.mkdir(parents=True, exist_ok=True)
    found, files = Agreement("witnesses: `itss audit --witness` of every mail that has a line"), []
    for number, letter in enumerate(list(house.box.letters), 1):
        if _has_line(letter):
            files.append(folder / f"{number:05d}.eml")
            files[-1].write_bytes(letter.message.as_bytes())
        elif letter.is_report:
            found.differences.append(f"no witness line: {letter.id} to {letter.address}")
    for some in _in_parts(files):
        done = house.services["api-server"].machine.run("-m", "itss", "audit", "--witness", *map(str, some))
        found.compared += len(some)
        if done.returncode:
            said = (done.stdout + done.stderr).strip().splitlines()
            found.differences += [line for line in said if not line.endswith(HOLDS)][-10:]
    return found


def _has_line(letter: Any) -> bool:
    parts = [part for part in letter.message.walk() if part.get_content_maintype() == "text"]
    return any("ITSS-WITNESS" in part.get_content() for part in parts)


def _in_parts(files: list[Path]) -> Iterable[list[Path]]:
    return (files[begin : begin + WITNESSES_AT_ONCE] for begin in range(0, len(files), WITNESSES_AT_ONCE))
