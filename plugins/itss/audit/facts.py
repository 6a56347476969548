"""What the rules are asked about: one version, with its files, the lines of the ledger about it, and its place.

Everything is read when it is first asked for, and once. `UnreadableError`: a document is not what it should be, which
one rule reports and all others take as *not judged*.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from itss.archive.statement import STATEMENT
from itss.archive.version import MANIFEST
from itss.audit.documents import Carried, JobSaid, Manifest, Stated
from itss.audit.files import VersionFiles
from itss.ref import Ref
from itss.register.decisions import Delegations
from itss.register.ledger import Line
from itss.register.projection import Projection, project
from itss.steps.after_restore import LEDGER_FILE
from itss.steps.job import JOB_FILE
from itss.steps.sealing import TOLD
from itss.text import Text, text

OLDER = text("由尚无声明书的旧版程序封存", "sealed by a release that had no statements")
GENESIS = text("早于账本的起点", "older than the ledger")
REMOVED = text("保存期满，文件已删除", "its files were removed after their time")
FOR_ARCHIVE = text("仅为存档编制，未请任何人审批", "made for the archive alone: nobody was asked")
NO_REGISTER = text("只审核存档，没有登记册", "archive only: there is no register")
NO_KEY = text("只审核存档，未给出公钥", "archive only, and no public key was given")
BROKEN = text(
    "所需文件无法读取（另有一条问题说明）", "a document that it needs cannot be read, which is reported by itself"
)
OTHER_RELEASE = text("由本程序的其他版本编制", "made by another release of this program")
OTHER_CALENDAR = text("由节假日数据的其他版本编制", "made with another release of the holidays")

M = TypeVar("M", bound=BaseModel)
_LINES: TypeAdapter[tuple[Line, ...]] = TypeAdapter(tuple[Line, ...])


class NotJudgedError(Exception):
    """A rule does not apply to this version, and ``reason`` says why."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.en)
        self.reason = reason


NEEDED = (MANIFEST, STATEMENT, JOB_FILE, LEDGER_FILE)
"""What most rules need: whether these can be read is a rule of its own."""


class UnreadableError(NotJudgedError):
    """A document of the version cannot be read."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(BROKEN)
        self.name, self.why = name, why


@dataclass(frozen=True)
class Answer:
    """An answer of a level, and the number of the line that put it on record."""

    seq: int
    level: str
    title: str
    answer: str
    who_id: str | None
    who_name: str | None
    at: dt.datetime
    comment: str
    statement_sha256: str
    run: str
    on_behalf: str = ""
    delegation: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Registered:
    """What the register says of the version beside its lines."""

    manifest_sha256: str | None
    previous_sha256: str | None
    """The manifest of the sealed version before it; ``None`` where it is the first."""
    zone: str = "UTC"
    """In which its days are counted."""


@dataclass(frozen=True)
class Version:
    """One version; ``told`` are the ledger's lines about it (``None``: there is no register, take those archived)."""

    ref: Ref
    files: VersionFiles
    told: tuple[Line, ...] | None = None
    registered: Registered | None = None
    witnessed: Callable[[int], tuple[str, str] | None] = field(default=lambda _seq: None)
    """Hash and signature of any line of the ledger, by its number."""
    keys: tuple[str, ...] = ()
    """Public keys by which lines are judged where there is no register."""
    earlier: Mapping[str, frozenset[Ref]] = field(default_factory=dict)
    """Which versions of the archive have a manifest with this hash."""
    removed: Line | None = None
    """The line by which its files were removed after their time."""
    now: dt.datetime | None = None

    @cached_property
    def manifest(self) -> Manifest:
        """Its manifest."""
        return self.document(MANIFEST, Manifest)

    @cached_property
    def is_of_statements(self) -> bool:
        """Whether a release sealed it that had statements: what is older is judged by fewer rules.

        Where a key is given and no register, nothing but signed lines is believed: an older one cannot be told from
        one that somebody made look older.
        """
        has_statement = STATEMENT in self.files.listing.files or "statement_sha256" in self.manifest.facts
        return has_statement or bool(self.keys)

    @cached_property
    def stated(self) -> Stated:
        """Its statement."""
        if not self.is_of_statements:
            raise NotJudgedError(OLDER)
        return self.document(STATEMENT, Stated)

    @property
    def carried(self) -> Carried:
        """What its statement carries."""
        return self.stated.carried

    @cached_property
    def job(self) -> JobSaid:
        """What was opened."""
        return self.document(JOB_FILE, JobSaid)

    @cached_property
    def archived_lines(self) -> tuple[Line, ...]:
        """The lines that the archive has with it."""
        try:
            return _LINES.validate_json(self.read(LEDGER_FILE), strict=True)
        except ValidationError as error:
            raise UnreadableError(LEDGER_FILE, first_of(error)) from error

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """All lines about it, in their order."""
        if not self.is_of_statements:
            raise NotJudgedError(OLDER)
        return self.told if self.told is not None else self.archived_lines

    @cached_property
    def sealed_lines(self) -> tuple[Line, ...]:
        """The lines that were archived with it: up to the last before the seal that is about what is archived."""
        before = [line for line in self.lines if line.seq < self.seq_of("sealed", default=1 << 62)]
        last = max((number for number, line in enumerate(before, 1) if line.kind in TOLD), default=0)
        return tuple(before[:last])

    @cached_property
    def rows(self) -> Projection:
        """Its rows in the register when it was sealed, as the lines add up to them."""
        return self._projected(self.sealed_lines)

    @cached_property
    def rows_now(self) -> Projection:
        """Its rows in the register now: of mails that were decided about after the seal, too."""
        return self._projected(self.lines)

    @cached_property
    def answers(self) -> tuple[Answer, ...]:
        """Every answer that was put on record and not replaced by a later one, in the order of their lines."""
        found: dict[int, Answer] = {}
        given = delegations(self.lines)
        columns = Answer.__dataclass_fields__.keys() - {"seq", "on_behalf", "delegation"}
        for line in self.lines:
            for change in line.changes or ():
                if change["table"] == "decision" and change["op"] == "delete":
                    found.pop(change["row"]["id"], None)
                elif change["table"] == "decision":
                    row = {name: change["row"][name] for name in columns}
                    row["at"] = dt.datetime.fromisoformat(row["at"])
                    row["on_behalf"], row["delegation"] = given.of(row)
                    found[change["row"]["id"]] = Answer(seq=line.seq, **row)
        return tuple(sorted(found.values(), key=lambda one: one.seq))

    @cached_property
    def released(self) -> Line:
        """The line of its release."""
        if self.carried.archive_only:
            raise NotJudgedError(FOR_ARCHIVE)
        found = [line for line in self.lines if line.kind == "released" and "statement_sha256" in line.details]
        if not found:
            raise (
                NotJudgedError(GENESIS)
                if self._is_older_than_ledger
                else UnreadableError(LEDGER_FILE, "no line says that it was released")
            )
        return found[-1]

    @cached_property
    def counting(self) -> Mapping[str, Answer]:
        """The answers on which the release stood: the last of each level before it, to what was released."""
        signed, until = self.released.details["statement_sha256"], self.released.seq
        return {one.level: one for one in self.answers if one.statement_sha256 == signed and one.seq < until}

    @property
    def ends(self) -> tuple[str, ...]:
        """The lines with which it comes to its end; what is in the archive was written before it was sealed."""
        return ("delivered",) if self.told is None else ("delivered", "sealed")

    def document(self, name: str, kind: type[M]) -> M:
        """A document in typed form."""
        try:
            return kind.model_validate_json(self.read(name))
        except ValidationError as error:
            raise UnreadableError(name, first_of(error)) from error

    def plain(self, name: str) -> Any:
        """A document as plain JSON."""
        try:
            return json.loads(self.read(name))
        except (ValueError, RecursionError) as error:
            raise UnreadableError(name, type(error).__name__) from error

    def read(self, name: str) -> bytes:
        """The bytes of a file."""
        try:
            return self.files.read(name)
        except OSError as error:
            raise UnreadableError(name, str(error)) from error

    def seq_of(self, kind: str, default: int = 0) -> int:
        """The number of the first line of a kind."""
        return next((line.seq for line in self.lines if line.kind == kind), default)

    def _projected(self, lines: tuple[Line, ...]) -> Projection:
        if self._is_older_than_ledger:
            raise NotJudgedError(GENESIS)
        return project(lines)

    @property
    def _is_older_than_ledger(self) -> bool:
        """Whether its line of opening was imported when the ledger began, and so says nothing of its row."""
        opening = next((line for line in self.lines if line.kind == "open"), None)
        if opening is None:
            raise UnreadableError(LEDGER_FILE, "no line says that it was opened")
        return not any((one["table"], one["op"]) == ("revision", "insert") for one in opening.changes or ())


def delegations(lines: Iterable[Line]) -> Delegations:
    """On whose behalf the answers of ``lines`` were given."""
    return Delegations((line.who, line.details) for line in lines if line.kind == "decision")


def first_of(error: ValidationError) -> str:
    """The first thing that is wrong in a document: where, and what."""
    one = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, one['loc'])) or 'document'}: {one['msg']}"
