"""Whether the lines of the ledger are those that were signed: hash, chain, signature, and how key follows key.

Trusts one thing, the key that it is given: the last key line must name it, and each key line is signed by the key
before it. Surprise: an emptied payload is in order if, and only if, a later line says that its revision was removed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from itss.errors import LedgerError
from itss.register import ledger, signing
from itss.register.desk import REGISTER
from itss.register.ledger import FIRST, GENESIS, KEY, REMOVED, Line
from itss.register.schema import LedgerRow, PayloadRow


@dataclass(frozen=True)
class LedgerProblem:
    """What is not as it was signed, and in which line; 0 where it is in none."""

    seq: int
    what: str

    def __str__(self) -> str:
        return f"line {self.seq}: {self.what}" if self.seq else self.what


@dataclass
class _Keys:
    """The keys that were in force, as the key lines say; ``trusted`` is the one that the last of them must name."""

    trusted: str
    known: list[tuple[int, str]] = field(default_factory=list)

    def at(self, seq: int) -> str:
        """The key whose signature counted for line ``seq``."""
        return next((public for since, public in reversed(self.known) if since < seq), "")

    def take(self, line: Line) -> Iterator[str]:
        """A key line: signed by the key before it (the first by itself), and by the key that it brings."""
        new = str(line.details.get("public", ""))
        signers = [public for public in (self.at(line.seq), new) if public]
        given = line.signature.split(" ")
        if len(given) != len(signers) or not all(
            signing.is_signed(line.sha256, one, public) for one, public in zip(given, signers, strict=True)
        ):
            yield "the key that it brings was not brought by the key before it"
        self.known.append((line.seq, new))

    def end(self) -> Iterator[LedgerProblem]:
        """The trust that all of this hangs on."""
        if self.known and self.known[-1][1] != self.trusted:
            shown = signing.fingerprint(self.known[-1][1]) if self.known[-1][1] else "none"
            yield LedgerProblem(
                self.known[-1][0],
                f"the newest key is {shown}, not {signing.fingerprint(self.trusted)}, which is trusted",
            )


def verify(session: Session, trusted: str) -> list[LedgerProblem]:
    """Everything in the ledger that is not as it was signed, by ``seq``; ``trusted`` is the public key."""
    keys, problems = _Keys(trusted), []
    expected, previous = 1, FIRST
    emptied: dict[str, list[int]] = {}
    kinds: set[str] = set()
    for line in ledger.lines(session):
        said = list(_own(line, keys))
        if line.seq != expected or line.previous_sha256 != previous:
            said.append(f"it does not follow the line before it ({expected - 1})")
        if line.kind == REMOVED:
            emptied.pop(line.ref, None)
        if line.body is None:
            emptied.setdefault(line.ref, []).append(line.seq)
        problems += [LedgerProblem(line.seq, what) for what in said]
        expected, previous = line.seq + 1, line.sha256
        kinds.add(line.kind)
    problems += [
        LedgerProblem(seq, "its payload is empty, and no later line says that the version was removed")
        for seqs in emptied.values()
        for seq in seqs
    ]
    problems += [LedgerProblem(0, f"there is no line of kind {kind}") for kind in (KEY, GENESIS) if kind not in kinds]
    alone = select(PayloadRow.seq).where(PayloadRow.seq.not_in(select(LedgerRow.seq)))
    problems += [LedgerProblem(seq, "a payload without a line") for seq in session.scalars(alone)]
    return sorted([*problems, *keys.end()], key=lambda one: one.seq)


def refuse_broken(session: Session, trusted: str) -> None:
    """`LedgerError` for a ledger that is not as it was signed: nothing is to be made from it."""
    problems = verify(session, trusted)
    if problems:
        raise LedgerError(
            f"The ledger is not as it was signed: {problems[0]}, and {len(problems) - 1} more.",
            "Find out who changed it; a backup of the register has the lines as they were.",
        )


def verify_lines(session: Session, ref: str, trusted: str, *, is_last: bool = False) -> None:
    """The lines of one revision, each with its link to the line before; `LedgerError` names what is wrong.

    A line that was given another ``ref`` is not among them. So ``is_last``, before a report leaves, looks at every
    line since the first of them, by its hash; the signature of the newest is that of all.
    """
    keys, problems = _Keys(trusted), []
    for line in ledger.lines(session, REGISTER, (KEY,)):
        problems += [LedgerProblem(line.seq, what) for what in _own(line, keys)]
    problems += keys.end()
    own = list(ledger.lines(session, ref))
    before = _hashes(session, [line.seq - 1 for line in own])
    for line in own:
        problems += [LedgerProblem(line.seq, what) for what in _own(line, keys)]
        if line.previous_sha256 != before.get(line.seq - 1, FIRST if line.seq == 1 else ""):
            problems.append(LedgerProblem(line.seq, "it does not follow the line before it"))
        if line.body is None:
            problems.append(LedgerProblem(line.seq, "its payload is empty"))
    if own and is_last:
        problems += _since(session, own[0].seq, keys)
    count, newest = session.execute(select(func.count(), func.max(LedgerRow.seq))).one()
    if count != newest:
        problems.append(LedgerProblem(0, f"{newest} lines were written and {count} are there"))
    if problems or not own:
        said = "; ".join(map(str, problems)) or "it has no line in the ledger"
        raise LedgerError(
            f"{ref}: the record is not as it was signed: {said}.",
            "Nothing leaves until it is known who changed it: python -m itss.register rebuild --check.",
        )


def _own(line: Line, keys: _Keys) -> Iterator[str]:
    """What is wrong with a line by itself."""
    if (
        line.body is not None
        and hashlib.sha256(line.body.encode("utf-8", "surrogatepass")).hexdigest() != line.payload_sha256
    ):
        yield "its payload is not the one that was signed"
    if ledger.line_sha256(vars(line)) != line.sha256:
        yield "its hash is not that of its columns"
    if line.kind == KEY:
        yield from keys.take(line)
    elif not signing.is_signed(line.sha256, line.signature, keys.at(line.seq)):
        yield "it is not signed by the key that was in force"


def _since(session: Session, first: int, keys: _Keys) -> Iterator[LedgerProblem]:
    """What is wrong with the chain from ``first`` to the newest line; what they say is not read."""
    previous, signature, seq = "", "", 0
    found = select(*LedgerRow.__table__.c).where(LedgerRow.seq >= first).order_by(LedgerRow.seq)
    for line in session.execute(found, execution_options={"yield_per": 500}).mappings():
        seq, signature = line["seq"], line["signature"]
        if previous and line["previous_sha256"] != previous:
            yield LedgerProblem(seq, "it does not follow the line before it")
        previous = line["sha256"]
        if ledger.line_sha256(dict(line)) != previous:
            yield LedgerProblem(seq, "its hash is not that of its columns")
    # of a line that brings a key the first signature is that of the key before it
    if not signing.is_signed(previous, signature.split(" ")[0], keys.at(seq)):
        yield LedgerProblem(seq, "the newest line is not signed by the key that was in force")


def _hashes(session: Session, seqs: Iterable[int]) -> dict[int, str]:
    found = session.execute(select(LedgerRow.seq, LedgerRow.sha256).where(LedgerRow.seq.in_(list(seqs))))
    return dict(found.all())
