"""The report manager's audit (定期审核): is every version what was signed, was its approval valid, does it add up.

Reads archive and register, changes neither. Each version is judged for itself: whatever somebody made of one, the
others are judged all the same. A sample is made again from its own data. Its one surprise: without a register the
archive can still be judged, by the lines and the statement that it contains; what needs the register is *not judged*.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from itss.archive.store import open_store
from itss.archive.version import MANIFEST, folder_of
from itss.audit import whole
from itss.audit.again import made_again
from itss.audit.facts import NotJudgedError, Registered, Version
from itss.audit.files import VersionFiles, listing
from itss.audit.rules import judge, sealed
from itss.audit.rules.base import Judgement, Sentence
from itss.errors import ArchiveError, RegisterError
from itss.ref import Ref
from itss.register import Line, Register, Revision, Witness
from itss.settings import Settings
from itss.text import Text, text

_GONE = text("版本不完整：没有清单", "is not complete: no manifest.json")


@dataclass(frozen=True)
class Problem:
    """``what`` is not as it should be by the sentence ``rule``; ``where`` names the version, or a place."""

    where: str
    what: Text
    rule: Sentence


@dataclass(frozen=True)
class Asked:
    """What is to be audited: of one report or period, or all; how many are made again, chosen by ``seed`` alone."""

    report: str | None = None
    period: str | None = None
    sample: int = 3
    seed: str = ""
    now: dt.datetime | None = None
    keys: tuple[str, ...] = ()
    """Public keys to judge signatures by where there is no register."""


_ALL = Asked()


@dataclass
class Audit:
    """What was judged, and what is wrong (nothing, if all is well)."""

    sealed: int = 0
    removed: int = 0
    lines: int = 0
    is_archive_only: bool = False
    is_whole: bool = True
    """Whether all of it was audited: what concerns no version alone, too."""
    witness: Witness | None = None
    made_again: tuple[str, ...] = ()
    is_all_again: bool = False
    """Whether every version was made again that is whole."""
    problems: list[Problem] = field(default_factory=list)
    held: Counter[str] = field(default_factory=Counter)
    """How many versions hold each rule, by its id."""
    unjudged: Counter[tuple[str, Text]] = field(default_factory=Counter)
    """How many versions a rule was not judged of, and why."""

    def take(self, where: str, judgements: Iterable[Judgement]) -> None:
        """Count the judgements of one version."""
        for one in judgements:
            self.held[one.rule.id] += one.verdict == "yes"
            if one.unjudged is not None:
                self.unjudged[one.rule.id, one.unjudged] += 1
            self.problems += [Problem(where, what, one.rule) for what in one.wrong]

    def take_whole(self, sentence: Sentence, found: whole.Found) -> None:
        """Count what is wrong with archive or register as a whole."""
        before = len(self.problems)
        try:
            self.problems += [Problem(where, what, sentence) for where, what in found]
        except Exception as error:  # a row that cannot even be read is a finding, and the rest is judged all the same
            said = f"{type(error).__name__}: {error}"
            self.problems.append(Problem("register", text(f"无法判断：{said}", f"cannot be judged: {said}"), sentence))
        self.held[sentence.id] += len(self.problems) == before


def audit(place: Settings, asked: Asked = _ALL) -> Audit:
    """Audit archive and register."""
    register, root = Register(place.register_url), open_store(place.archive_url)
    known, found = whole.Seen(), Audit()
    found.take_whole(whole.LEDGER, whole.read_ledger(register, known))
    found.lines = len(known.lines)
    rows = _rows(found, register)
    manifests = known.sealed | {ref: row.manifest_sha256 for ref, row in rows.items()}
    refs = [ref for ref in sorted(manifests) if _is_asked(ref, asked, known)]
    found.sealed, found.is_whole = len(refs), asked.report is None
    of_revision: dict[int, Ref] = {}
    whole_ones = []
    for version in _registered(root, register, known, manifests, refs, asked):
        if _take(found, version):
            whole_ones.append(_light(version))
        found.removed += version.removed is not None
        of_revision |= dict.fromkeys(_ids(version), version.ref)
    if asked.report is None:
        _take_wholes(found, root, register, known, {ref.path for ref in manifests}, of_revision, asked.now)
    _make_again(found, place, whole_ones, asked)
    with suppress(ValueError, TypeError):  # which is a problem of the ledger
        found.witness = register.head()
    return found


def audit_archive(place: Settings, root: Path, asked: Asked = _ALL) -> Audit:
    """Audit an archive alone, by what it contains."""
    there = _in_archive(root)
    refs, earlier = [ref for ref in there if _is_asked(ref, asked)], _manifests(root, there)
    found = Audit(len(refs), is_archive_only=True)
    versions = (
        Version(ref, VersionFiles(folder_of(root, ref)), keys=asked.keys, earlier=earlier, now=asked.now)
        for ref in refs
    )
    whole_ones = [_light(version) for version in versions if _take(found, version)]
    if asked.report is None:
        found.take_whole(whole.STRAYS, whole.strays(root, {ref.path for ref in there}))
    _make_again(found, place, whole_ones, asked)
    return found


def lines_of(root: Path) -> dict[int, tuple[str, str]]:
    """Hash and signature of every line that an archive contains, by its number."""
    found: dict[int, tuple[str, str]] = {}
    for ref in _in_archive(root):
        with suppress(NotJudgedError):
            archived = Version(ref, VersionFiles(_folder(root, ref))).archived_lines
            found |= {line.seq: (line.sha256, line.signature) for line in archived}
    return found


def _rows(found: Audit, register: Register) -> dict[Ref, Revision]:
    """The sealed revisions of the register; nothing where a row cannot even be read, which is a problem."""
    try:
        return {one.ref: one for one in register.sealed()}
    except (ValueError, TypeError, LookupError) as error:
        said = f"{type(error).__name__}: {error}"
        found.problems.append(Problem("register", text(f"无法读取：{said}", f"cannot be read: {said}"), whole.TABLES))
        return {}


def _registered(
    root: Path,
    register: Register,
    known: whole.Seen,
    manifests: Mapping[Ref, str | None],
    refs: Sequence[Ref],
    asked: Asked,
) -> Iterator[Version]:
    """Every sealed revision with its folder, its lines and the version before it."""
    periods = {ref.period for ref in refs}
    earlier = _manifests(root, [ref for ref in manifests if ref.period in periods])
    families: dict[tuple[str, str], list[Ref]] = {}
    for ref in manifests:
        families.setdefault((known.newest(ref.report), ref.period), []).append(ref)
    for ref in refs:
        family = families[known.newest(ref.report), ref.period]
        before = max((one for one in family if one.number < ref.number), key=lambda one: one.number, default=None)
        removed = known.removed.get(ref.path)
        yield Version(
            ref=ref,
            files=VersionFiles(_folder(root, ref)),
            told=_told(register, ref),
            registered=Registered(
                manifests[ref], manifests[before] if before else None, _zone(register, ref) if removed else "UTC"
            ),
            witnessed=known.lines.get,
            earlier=earlier,
            removed=removed,
            now=asked.now,
        )


def _told(register: Register, ref: Ref) -> tuple[Line, ...] | None:
    """The lines about it; those in the archive where they cannot even be read, which is a problem of the ledger."""
    try:
        return tuple(register.lines(ref.path))
    except (ValueError, TypeError, LookupError):
        return None


def _zone(register: Register, ref: Ref) -> str:
    """The zone of a report; that of Greenwich where its row is no entry any more, which is a finding of its own."""
    try:
        return str(register.entry(ref)["entry"]["period"]["timezone"])
    except (RegisterError, KeyError, TypeError, ValueError):
        return "UTC"


def _folder(root: Path, ref: Ref) -> Path:
    """Where it lies; a name that leads anywhere else is that of no folder."""
    try:
        return folder_of(root, ref)
    except ArchiveError:
        return root / "-"


def _take(found: Audit, version: Version) -> bool:
    """Judge a version; whether it is whole, so that it can be made again."""
    before = len(found.problems)
    if MANIFEST in version.files.listing.files:
        found.take(str(version.ref), judge(version))
    else:
        found.problems.append(Problem(str(version.ref), _GONE, sealed.files))
        odd = version.files.listing.odd.items()
        found.problems += [
            Problem(str(version.ref), text(f"{n or '.'}：{w.zh}", f"{n or '.'}: {w.en}"), sealed.files) for n, w in odd
        ]
    return len(found.problems) == before and version.removed is None


def _light(version: Version) -> Version:
    """The same version with nothing read yet: of thousands not everything can be held."""
    return replace(version, files=VersionFiles(version.files.folder), told=None)


def _ids(version: Version) -> Iterator[int]:
    """The id of its row, as the lines say."""
    for line in version.told or ():
        for change in line.changes or ():
            row = change.get("row") if isinstance(change, dict) and change.get("table") == "revision" else None
            # a forged one may be anything
            if isinstance(row, dict) and isinstance(number := row.get("id"), int):
                yield number


def _take_wholes(
    found: Audit,
    root: Path,
    register: Register,
    known: whole.Seen,
    sealed: set[str],
    of_revision: Mapping[int, Ref],
    now: dt.datetime | None,
) -> None:
    """What concerns no version alone."""
    found.take_whole(whole.TABLES, whole.table_problems(register, of_revision))
    found.take_whole(whole.STRAYS, whole.strays(root, sealed))
    found.take_whole(whole.NUMBERS, whole.gaps(known))
    if now is not None:
        found.take_whole(whole.SEALED, whole.unsealed(register, now))
        found.take_whole(whole.OWED, whole.undelivered(register, known, now))


def _make_again(found: Audit, place: Settings, versions: Sequence[Version], asked: Asked) -> None:
    """Make a sample again of those that are whole; which, follows from the seed alone."""
    by_chance = sorted(versions, key=lambda one: hashlib.sha256(f"{asked.seed} {one.ref}".encode()).digest())
    chosen = sorted(by_chance[: asked.sample], key=lambda one: one.ref)
    for version in chosen:
        found.take(str(version.ref), [made_again(place, version)])
    found.made_again, found.is_all_again = tuple(str(one.ref) for one in chosen), len(chosen) == len(versions)


def _is_asked(ref: Ref, asked: Asked, known: whole.Seen | None = None) -> bool:
    named = {ref.report, known.newest(ref.report) if known else ref.report}
    return (asked.report is None or asked.report in named) and asked.period in (None, ref.period)


def _in_archive(root: Path) -> list[Ref]:
    """Every folder of the archive that has the name of a version."""
    folders = {name.rpartition("/")[0] for name in listing(root).files if name.endswith(f"/{MANIFEST}")}
    return sorted(ref for folder in folders if (ref := whole.ref_of(folder)) and ref.path == folder)


def _manifests(root: Path, refs: Iterable[Ref]) -> dict[str, frozenset[Ref]]:
    """By the hash of a manifest, the versions that have it."""
    found: dict[str, frozenset[Ref]] = {}
    for ref in refs:
        with suppress(OSError):
            sha256 = hashlib.sha256(VersionFiles(_folder(root, ref)).read(MANIFEST)).hexdigest()
            found[sha256] = found.get(sha256, frozenset()) | {ref}
    return found
