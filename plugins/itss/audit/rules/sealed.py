"""Is the version still what was sealed: its files, its manifest, its statement, and its place in the chain."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import itss
from itss.archive.retention import keep_until
from itss.archive.statement import STATEMENT, Statement
from itss.archive.version import FORMAT, MANIFEST, canonical
from itss.audit.facts import NotJudgedError, UnreadableError, Version
from itss.audit.rules.base import READABLE, RESTORE, other, rule, sha256_of
from itss.audit.rules.record import review_of, row_of
from itss.delivery.mail import RELEASED, SIGN_OFF_SHEET
from itss.own_measures import NOTHING_OWN, own_of, processes_of
from itss.own_measures.own_file import FILE
from itss.ref import Ref
from itss.register.ledger import bundle_versions
from itss.steps.after_restore import LEDGER_FILE
from itss.steps.job import JOB_FILE
from itss.steps.reviewing import REVIEW_FILE
from itss.text import Text, text


@rule(
    READABLE,
    "清单、声明书等文件均可读取且完整",
    "manifest, statement and the other documents can be read, and have all that they must have",
    RESTORE,
)
def documents_readable(version: Version) -> Iterator[Text]:
    """What the other rules need; where this one fails, they say that they could not be judged."""
    for names in (("manifest",), *(_OF_STATEMENTS if version.is_of_statements else ())):
        try:
            for name in names:
                getattr(version, name)
        except UnreadableError as error:
            yield text(f"{error.name}：无法读取（{error.why}）", f"{error.name}: cannot be read ({error.why})")
        except NotJudgedError:  # what was made for the archive alone has no line of a release
            continue


_OF_STATEMENTS = (("stated",), ("job",), ("archived_lines",), ("lines", "answers", "rows", "rows_now", "released"))


@rule(
    "files",
    "文件即清单所列，逐字节相同，别无其他",
    "its files are those of its manifest, byte by byte, and there is nothing else",
    RESTORE,
)
def files(version: Version) -> Iterator[Text]:
    """A file of another size is not read at all."""
    sealed = {one.name: one for one in version.manifest.files}
    if len(sealed) != len(version.manifest.files):
        yield text(f"{MANIFEST}：同一文件列出两次", f"{MANIFEST}: names one file twice")
    there = {name: size for name, size in version.files.listing.files.items() if name != MANIFEST}
    for name in sorted(sealed.keys() | there.keys()):
        if name not in there:
            yield text(f"{name}：缺失", f"{name}: is missing")
        elif name not in sealed:
            yield text(f"{name}：封存时没有", f"{name}: was not sealed")
        elif there[name] != sealed[name].bytes or sha256_of(version, name) != sealed[name].sha256:
            yield text(f"{name}：已改动", f"{name}: was changed")
    for name, what in sorted(version.files.listing.odd.items()):
        yield text(f"{name or '.'}：{what.zh}", f"{name or '.'}: {what.en}")


@rule(
    "manifest",
    "清单逐字节为封存时登记的清单，且属于此处",
    "the manifest is the one that was put on record when it was sealed, and belongs to this place",
    RESTORE,
)
def manifest(version: Version) -> Iterator[Text]:
    """Without a register only its form and its place can be judged."""
    said, data = version.manifest, version.read(MANIFEST)
    if (said.report, said.period, said.revision) != tuple(version.ref):
        yield text(
            f"{MANIFEST}：属于 {said.report}/{said.period}/r{said.revision:02d}",
            f"{MANIFEST}: is that of {said.report}/{said.period}/r{said.revision:02d}",
        )
    if data != canonical(json.loads(data) | {"format": FORMAT}):  # true is equal to one, and written otherwise
        yield text(f"{MANIFEST}：写法与封存时不同", f"{MANIFEST}: is not written as it was sealed")
    if version.registered is not None and sha256_of(version, MANIFEST) != version.registered.manifest_sha256:
        yield text(f"{MANIFEST}：sha256 与登记册不符", f"{MANIFEST}: its sha256 is not the one in the register")


@rule(
    "composition",
    "清单所列即声明书的文件加其后的文件，不多不少；清单所述即声明书所述",
    "the manifest is the statement and the later documents, nothing more and nothing less, and says what they say",
    RESTORE,
)
def composition(version: Version) -> Iterator[Text]:
    """Sizes and hashes are those of the statement and of the release; facts are made from statement and job again."""
    expected = _expected_files(version)
    sealed = {one.name: (one.bytes, one.sha256) for one in version.manifest.files}
    for name in sorted(sealed.keys() | expected.keys()):
        if name not in expected:
            yield text(f"{name}：声明书和账本均未列出", f"{name}: neither statement nor ledger names it")
        elif name not in sealed:
            yield text(f"{name}：清单未列出", f"{name}: is not in the manifest")
        elif expected[name] is not None and expected[name] != sealed[name]:
            yield text(f"{name}：不是签署的文件", f"{name}: is not the file that was signed")
    facts, said = version.manifest.facts, _expected_facts(version)
    for name in sorted(facts.keys() | said.keys()):
        if name not in said or name not in facts or canonical({"": facts[name]}) != canonical({"": said[name]}):
            yield other(f"{MANIFEST} {name}", said.get(name, "–"), facts.get(name, "–"))


def _expected_files(version: Version) -> dict[str, tuple[int, str] | None]:
    """Every file by name, with size and hash where they were signed."""
    found: dict[str, tuple[int, str] | None] = {
        name: (one.bytes, one.sha256) for name, one in version.carried.files.items()
    }
    found |= dict.fromkeys((STATEMENT, JOB_FILE, "decisions.json", "receipts.json", LEDGER_FILE))
    if not version.carried.archive_only:
        found |= {f"{RELEASED}/{mail.file}": None for mail in version.carried.mails.values()} | {SIGN_OFF_SHEET: None}
    if review := review_of(version):
        found |= {REVIEW_FILE: None, **dict.fromkeys(review["files"])}
    return found


def _expected_facts(version: Version) -> dict[str, Any]:
    """What the manifest says of the revision as a whole."""
    carried, entry, facts = version.carried, version.job.entry, version.manifest.facts
    data = version.read(STATEMENT)
    document = json.loads(data)
    statement = Statement(document["said"], document["carried"])
    said = {
        "statement_sha256": hashlib.sha256(data).hexdigest(),
        "said_sha256": statement.said_sha256,
        "run": row_of(version, "revision")["run"],
        "due_at": carried.due_at,
        "archive_only": carried.archive_only,
        "retention_years": entry["retention_years"],
        "keep_until": _kept(version, entry),
        "agreement_version": carried.agreement_version,
        "code_version": carried.made.code,
        # of another release the versions of its measures are not known
        "measures": _measures(entry, version) if carried.made.code == itss.__version__ else facts.get("measures"),
    }
    if bundles := _bundles(version):
        said["bundle_versions"] = bundles
    if entry.get("review") and not carried.archive_only:
        said["reviewed"] = review_of(version) is not None
    return said


def _bundles(version: Version) -> dict[str, Any]:
    """By the lines; of the seal the manifest's own, for it may have been tried again from a later version."""
    said = version.manifest.facts.get("bundle_versions")
    sealed = {"sealed": said["sealed"]} if isinstance(said, dict) and isinstance(said.get("sealed"), str) else {}
    return bundle_versions(version.sealed_lines) | sealed


def _kept(version: Version, entry: Mapping[str, Any]) -> str:
    """Until when: counted from the seal, which may have been tried again on a later day than the one it was made on."""
    zone, years = ZoneInfo(entry["period"]["timezone"]), entry["retention_years"]
    said = dt.date.fromisoformat(version.manifest.facts["keep_until"])
    first = keep_until(version.sealed_lines[-1].at, zone, years)
    sealed = next((line.at for line in version.lines if line.kind == "sealed"), None)
    last = keep_until(sealed, zone, years) if sealed else max(first, said)
    return min(max(said, first), last).isoformat()


def _measures(entry: Mapping[str, Any], version: Version) -> dict[str, int]:
    has_own = FILE in version.files.listing.files
    own = own_of(Path(FILE), version.read(FILE)) if has_own else NOTHING_OWN
    known = processes_of(own, entry["data_source"])
    return {f"{one.process}.{one.id}": one.version for process in known.values() for one in process.measures}


@rule(
    "statement_on_record",
    "声明书即登记在案、经签署的那一份",
    "the statement is the one on record, to which people signed",
    RESTORE,
)
def statement_on_record(version: Version) -> Iterator[Text]:
    """The last one that was rendered, and the one that was released."""
    sha256 = sha256_of(version, STATEMENT) or "–"
    rendered = [line for line in version.sealed_lines if line.kind == "rendered"]
    for line in [*rendered[-1:], *([] if version.carried.archive_only else [version.released])]:
        if line.details.get("statement_sha256") != sha256:
            yield other(
                f"{STATEMENT} ({line.kind}, {line.seq})", str(line.details.get("statement_sha256"))[:16], sha256[:16]
            )
    carried = version.carried
    if (carried.report, carried.period, carried.revision) != tuple(version.ref):
        yield other(STATEMENT, version.ref.path, f"{carried.report}/{carried.period}/{carried.revision}")
    row = row_of(version, "revision")
    for name, said in (("agreement_version", carried.agreement_version), ("statement_sha256", sha256)):
        if row.get(name) != said:
            yield other(f"revision.{name}", said, row.get(name))


@rule(
    "previous",
    "清单接续前一封存版本",
    "the manifest follows that of the sealed version before",
    RESTORE,
)
def previous(version: Version) -> Iterator[Text]:
    """The register knows which version is before it; the archive alone knows those that are left of them."""
    said, ref = version.manifest.previous_manifest_sha256, version.ref
    before = {one: sha256 for sha256, refs in version.earlier.items() for one in refs if _is_before(one, ref)}
    if said is not None and said not in before.values():
        yield text(
            f"{MANIFEST}：其前没有清单为 {said} 的版本", f"{MANIFEST}: no version before it has the manifest {said}"
        )
    own = {one.number: sha256 for one, sha256 in before.items() if one.report == ref.report}
    last = own[max(own)] if own else said
    if said != (last if version.registered is None else version.registered.previous_sha256):
        yield text(
            f"{MANIFEST}：与{'登记册' if version.registered else '存档'}中的前一版本不接续",
            f"{MANIFEST}: does not follow the version that the {'register' if version.registered else 'archive'} has "
            "before it",
        )


def _is_before(one: Ref, ref: Ref) -> bool:
    """Whether it may be an earlier version of the same period; the report may have been renamed since."""
    return one.period == ref.period and one.number < ref.number


RULES = (
    documents_readable,
    files,
    manifest,
    composition,
    statement_on_record,
    previous,
)
