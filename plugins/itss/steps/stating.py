"""Makes the statement of a revision: from its folder and the register, when it is rendered, and again at the gate.

What its files say is not said twice: at the gate it is enough that they are the very files, so only what the register
can say is made again there. Versions of code, bundle and calendar are the signed ones: a deploy voids no approval.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version as installed
from typing import TYPE_CHECKING, Any

import itss
from itss.archive.statement import STATEMENT, WORDS, Statement
from itss.delivery.mail import RELEASED
from itss.report_list.entry_parts import ApprovalLevel
from itss.steps.job import JOB_FILE, Job
from itss.steps.said_before import OF_AGREEMENT, OF_ENTRY, frame_without_later, without_later

if TYPE_CHECKING:
    import pandas as pd

    from itss.checks.findings import Finding
    from itss.delivery.folder import Copy
    from itss.delivery.mail import Attachment, Mail
    from itss.reports.content import ImprovementLine, ReportInputs

LATER = ("decisions.json", "receipts.json", "ledger.json", "review.json", "minutes.html", "minutes.xlsx")
"""What a revision's folder comes to hold after its statement was signed."""
_SAYS_NOTHING = ("retention_years", "retired", "was", "start_within", "task_limit", "after", "when")
"""What of an entry is nothing that a report says."""


def said(job: Job, given: ReportInputs) -> dict[str, str]:
    """What the report says, a hash a part, without when it was made: equal hashes mean nothing new to approve."""
    restated = given.measured.restatements
    frames = {
        "figures": given.measured.figures,
        "trends": given.measured.trends,
        # once this period's own are published they are none any more; the figures tell them apart all the same
        "restatements": restated[restated["period"] != job.period.label],
        "nonconformities": given.measured.nonconformities,
        "major_events": given.measured.major_events,
        "quarantine": given.quarantine,
    }
    # a version of before says nothing of these, and nothing new is said where they are empty
    later = ("redefined", "proposals", "exclusions")
    frames |= {name: frame for name in later if len(frame := getattr(given.measured, name))}
    parts: dict[str, Any] = {
        "findings": [_finding(finding) for finding in given.findings],
        "missing": {item.process: item.missing for item in given.submissions if item.missing},
        "improvements": [_improvement(line) for line in given.improvements],
        WORDS: [given.comment, dict(given.comments)],
    }
    hashes = {name: _sha256(_csv(frame_without_later(name, frame))) for name, frame in frames.items()}
    return hashes | {name: _sha256(_json(part)) for name, part in parts.items()} | _said_by_the_register(job)


def _improvement(line: ImprovementLine) -> dict[str, Any]:
    """An item without what a version of before did not know, where there is nothing of it."""
    said = asdict(line)
    return {name: value for name, value in said.items() if value or name not in ("moved_to", "is_past")}


def state(
    job: Job, parts: Mapping[str, str], mails: Mapping[str, tuple[str, Mail]], copy: Copy | None, *, corrects: bool
) -> Statement:
    """The statement of a rendered draft; ``mails`` are file and mail by the key of the recipient."""
    letters = {
        key: {
            "address": mail.address,
            "attachments": _attachments(mail.attachments),
            "file": file,
            "language": mail.language,
            "message_id": mail.message_id,
            "recipient": mail.recipient,
            "subject": mail.subject,
        }
        for key, (file, mail) in mails.items()
    }
    shared = copy and {
        "attachments": _attachments(copy.attachments),
        "message_id": copy.message_id,
        "recipient": copy.recipient,
        "url": copy.url,
    }
    made = {
        "code": itss.__version__,
        "bundle": job.bundle_version,
        "calendar": f"holidays {installed('holidays')}",
        "is_correction": corrects,
    }
    return Statement(parts, {"made": made, "mails": letters, "copy": shared, **_carried(job)})


def state_again(job: Job, signed: Statement) -> Statement:
    """What the register and the unbound folder of ``job`` say now, with what was made copied from ``signed``."""
    copied = {name: signed.carried[name] for name in ("made", "mails", "copy")}
    return Statement({**signed.said, **_said_by_the_register(job)}, {**copied, **_carried(job)})


def is_later(name: str) -> bool:
    """Whether a file of the folder is none that the statement names."""
    return name in (STATEMENT, JOB_FILE, *LATER) or name.startswith(f"{RELEASED}/")


def _carried(job: Job) -> dict[str, Any]:
    people, entry = job.people.people, job.entry
    names = [name for name in job.folder.names() if not is_later(name)]
    files = {name: (len(data), hashlib.sha256(data).hexdigest()) for name in names for data in (job.folder.read(name),)}
    sent = entry.distribution
    return {
        "report": entry.key,
        "period": job.period.label,
        "revision": job.revision,
        "due_at": job.due_at.isoformat(),
        "agreement_version": job.version.version if job.version else "",
        "archive_only": job.archive_only,
        "files": {name: {"bytes": size, "sha256": sha256} for name, (size, sha256) in files.items()},
        "recipients": [
            {"key": key, "title": people[key].title.of(entry.language), "address": people[key].email}
            for key in sent.recipients
        ],
        "folder": sent.folder,
        "formats": list(sent.formats),
        "levels": [_level(job, level) for level in entry.approval],
        "separate_people": entry.separate_people,
        "author": _person(job, entry.author),
        "report_manager": _person(job, job.people.report_manager),
    }


def _level(job: Job, level: ApprovalLevel) -> dict[str, Any]:
    return {
        "name": level.name,
        "title": level.title.of(job.entry.language),
        "approvers": [_person(job, key) for key in level.approvers],
        "deadline_days": level.deadline_days,
        "expires_days": level.expires_days,
        "accepts_marked_done": level.accepts_marked_done,
    }


def _person(job: Job, key: str) -> dict[str, Any]:
    person = job.people.people[key]
    return {
        "key": key,
        "title": person.title.of(job.entry.language),
        "user": person.user,
        "address": person.email,
    }


def _attachments(attachments: tuple[Attachment, ...]) -> list[dict[str, str]]:
    return [{"name": one.name, "file": one.file} for one in attachments]


def _said_by_the_register(job: Job) -> dict[str, str]:
    """The parts of *said* that are of the document that was opened, in its words on record."""
    document = job.document()
    entry = {name: value for name, value in document["entry"].items() if name not in _SAYS_NOTHING}
    version = document["agreement"]["versions"][job.agreement.versions.index(job.version)] if job.version else None
    # a report made for the archive alone is no reason not to issue it
    parts: dict[str, Any] = {"period": job.period.label, "archive_only": job.archive_only}
    parts |= {"entry": without_later(entry, OF_ENTRY)}
    parts |= {"agreement": version and without_later(version, OF_AGREEMENT)}
    if job.frozen is not None and job.frozen.says_form:
        parts["template"] = job.frozen.form
        parts |= {"own_measures": own} if (own := job.frozen.own_measures) else {}
    return {name: _sha256(_json(part)) for name, part in parts.items()}


def _finding(finding: Finding) -> dict[str, Any]:
    told = asdict(finding) | {"why": finding.why.en, "remedy": finding.remedy.en}
    del told["since"]  # that it is old news is no other content
    return told


def _csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False, lineterminator="\n").encode()


def _json(part: Any) -> bytes:
    return json.dumps(part, ensure_ascii=False, sort_keys=True, default=str).encode()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
