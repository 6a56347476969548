"""What is asked of archive and register as wholes: strays, gaps, what was owed, the chain of the ledger, its tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from itss.audit.facts import Version
from itss.audit.files import listing
from itss.audit.rules.base import ASK, RECORD, RESTORE, Sentence
from itss.audit.rules.removed import CLOCKS
from itss.ref import Ref
from itss.register import Line, Register
from itss.register.ledger import GENESIS, REMOVED
from itss.text import Text, text

UNSEALED = dt.timedelta(days=31)
"""So long may a delivered report wait for its review before its absence from the archive is a problem."""
OVERDUE = dt.timedelta(days=31)
"""So long after it was reported late, or its data came, may a report be undelivered before its period is a gap."""

LEDGER = Sentence(
    "ledger",
    text("账本各行按序相接，哈希与签名有效", "the lines of the ledger follow each other; hash and signature hold"),
    RECORD,
)
TABLES = Sentence(
    "tables", text("登记册各表即账本各行之和", "the tables of the register are what the lines add up to"), RECORD
)
STRAYS = Sentence(
    "strays",
    text("存档只有登记册已封存的版本", "the archive holds the sealed versions of the register, and nothing else"),
    RESTORE,
)
NUMBERS = Sentence("numbers", text("各期版次号连续", "the revision numbers of each period have no gap"), RECORD)
SEALED = Sentence("unsealed", text("已交付的报告均已存档", "what was delivered was sealed"), ASK)
OWED = Sentence("owed", text("应报的各期均已交付", "every period that was owed has a delivered report"), ASK)
WHOLE = (LEDGER, TABLES, STRAYS, NUMBERS, SEALED, OWED)

Found = Iterator[tuple[str, Text]]
"""Where, and what."""


@dataclass
class Seen:
    """What one reading of the whole ledger keeps of it: little a line, however many years it holds."""

    lines: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Hash and signature by number."""
    refs: dict[int, str] = field(default_factory=dict)
    opened: dict[str, set[int]] = field(default_factory=dict)
    """The numbers of the revisions that were opened, by the path of report and period."""
    delivered: set[str] = field(default_factory=set)
    """Report and period of what was delivered, or made for the archive alone."""
    removed: dict[str, Line] = field(default_factory=dict)
    sealed: dict[Ref, str | None] = field(default_factory=dict)
    """The manifest of each version, where the line of its seal says it."""
    names: dict[str, str] = field(default_factory=dict)
    """The next key of each report that was renamed."""
    keys: list[str] = field(default_factory=list)

    def newest(self, report: str) -> str:
        """The key under which a report goes now."""
        for _ in self.names:  # no more often than there are names: somebody may have made a circle
            report = self.names.get(report, report)
        return report

    def take(self, line: Line) -> None:
        """Keep what matters of a line."""
        self.lines[line.seq] = line.sha256, line.signature
        self.refs[line.seq] = line.ref
        place, _, last = line.ref.rpartition("/")
        if line.kind == "open" and last.startswith("r") and last[1:].isdigit():
            self.opened.setdefault(place, set()).add(int(last[1:]))
        elif line.kind in ("delivered", "sealed"):
            self.delivered.add(place)
            if line.kind == "sealed" and (ref := ref_of(line.ref)):
                self.sealed[ref] = line.details.get("manifest_sha256")
        elif line.kind == "renamed":
            self.names[str(line.details.get("old"))] = line.ref
        elif line.kind == REMOVED:
            self.removed[line.ref] = line
        elif line.kind == "key":
            self.keys.append(str(line.details.get("public", "")))


def read_ledger(register: Register, known: Seen) -> Found:
    """Read the whole ledger once into ``known``, and yield what is not as it was signed, where it belongs."""
    newest: dt.datetime | None = None  # what is before the genesis was imported, and may be older than the first line
    for line in register.lines():
        known.take(line)
        if newest is not None and line.at < newest - CLOCKS:
            yield (
                _where(line.ref),
                text(
                    f"账本第 {line.seq} 行：时间 {line.at:%Y-%m-%d %H:%M} 早于其前各行，时钟曾被回拨",
                    f"ledger line {line.seq}: its instant {line.at:%Y-%m-%d %H:%M} is before that of lines before it: "
                    "a clock was set back",
                ),
            )
        if newest is not None or line.kind == GENESIS:
            newest = max(newest or line.at, line.at)
    for one in register.verify():
        what = f"ledger line {one.seq}: {one.what}" if one.seq else f"ledger: {one.what}"
        yield _where(known.refs.get(one.seq, "ledger")), text(what, what)


def table_problems(register: Register, of_revision: Mapping[int, Ref]) -> Found:
    """Every row that is another one than the ledger says, at the version that it belongs to, where that is known."""
    for one in register.differences()[0]:
        columns = one.expected.columns if one.expected is not None else {}
        id_ = one.id if one.table in ("revision", "finding", "figure", "restatement") else columns.get("revision_id")
        ref = of_revision.get(id_) if isinstance(id_, int) else None
        yield str(ref) if ref else "register", text(str(one), str(one))


def strays(root: Path, known: set[str]) -> Found:
    """Files of the archive that belong to no sealed version."""
    found = listing(root)
    counts: dict[str, int] = {}
    for path in found.files:
        folder = "/".join(path.split("/")[:3])
        if folder not in known:
            counts[folder] = counts.get(folder, 0) + 1
    for folder, count in sorted(counts.items()):
        yield (
            folder,
            text(
                f"{count} 个文件不属于任何封存版本：有人放入，或封存被中断",
                f"{count} file(s) of no sealed version: put there by somebody, or a seal was cut off",
            ),
        )
    for name, what in sorted(found.odd.items()):
        if "/".join(name.split("/")[:3]) not in known:
            yield name or ".", what


def gaps(known: Seen) -> Found:
    """Numbers that no line has opened; a report that was renamed counts on."""
    numbers: dict[str, set[int]] = {}
    for place, opened in known.opened.items():
        report, _, period = place.partition("/")
        numbers.setdefault(f"{known.newest(report)} {period}", set()).update(opened)
    for place, opened in sorted(numbers.items()):
        missing = sorted(set(range(1, max(opened) + 1)) - opened)
        if missing:
            said = ", ".join(f"r{number:02d}" for number in missing)
            yield place, text(f"账本中没有 {said}", f"the ledger has no {said}")


def unsealed(register: Register, now: dt.datetime) -> Found:
    """Reports that people have and the archive has not, though there was time for a review."""
    for revision in register.unsealed(now - UNSEALED):
        day = f"{revision.delivered_at:%Y-%m-%d}"
        yield str(revision.ref), text(f"{day} 已交付，至今未存档", f"was delivered on {day} and never sealed")


def undelivered(register: Register, known: Seen, now: dt.datetime) -> Found:
    """Periods that the record itself says were owed: an alarm that the report is late, or data that was handed in."""
    owed = {(one.report, one.period): one.at for one in register.notices(kind="report_late")}
    for handed in register.hand_ins():
        if handed.status == "accepted":
            owed.setdefault((handed.report, handed.period), handed.at)
    done = {(known.newest(place.partition("/")[0]), place.partition("/")[2]) for place in known.delivered}
    for (report, period), at in sorted(owed.items()):
        if at < now - OVERDUE and (known.newest(report), period) not in done:
            yield (
                f"{report} {period}",
                text(
                    f"{at:%Y-%m-%d} 已知应报，至今未交付",
                    f"was known to be owed on {at:%Y-%m-%d}, and was never delivered",
                ),
            )


def ref_of(path: str) -> Ref | None:
    """The revision that a line is about; ``None`` for a line about anything else."""
    parts = path.split("/")
    if len(parts) == 3 and parts[2][:1] == "r" and parts[2][1:].isdigit():
        return Ref(parts[0], parts[1], int(parts[2][1:]))
    return None


def _where(path: str) -> str:
    """A path of the ledger as people read it."""
    return str(ref_of(path) or path)


def rows_of(version: Version) -> dict[int, Ref]:
    """By the id of its row, the version; nothing where its lines do not say."""
    return dict.fromkeys(version.rows_now.rows["revision"], version.ref)
