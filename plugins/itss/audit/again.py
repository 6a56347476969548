"""A version made again from its own data: measured, checked, rendered, and compared with what was sealed.

Figures are compared by value, and documents byte by byte where this release made the version; another one may well
print otherwise. Frames are compared as frames: the bytes of Parquet depend on the library that wrote them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
from collections.abc import Hashable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import itss
from itss.archive.folder import RevisionFolder
from itss.archive.statement import STATEMENT, Statement
from itss.audit.facts import OTHER_RELEASE, NotJudgedError, Version
from itss.audit.rules.base import ASK, Judgement, Sentence, concluded
from itss.register import Improvement, Review
from itss.register.reviews import stood_in
from itss.settings import Settings
from itss.steps import checking, measuring, rendering, stating
from itss.steps.job import JOB_FILE, Job, job_of
from itss.steps.reviewing import DOCUMENTS, REVIEW_FILE
from itss.text import Text, text

if TYPE_CHECKING:
    import pandas as pd

AGAIN = Sentence(
    "made_again",
    text("用其自身数据重新计算和编制，结果相同", "made again from its own data, it comes out the same"),
    ASK,
)
_KEYS = ["measure", "process", "dimension", "member"]
_FIGURE = ["value", "numerator", "denominator", "n", "status"]
_OTHERS = tuple(name for name in measuring.FRAMES if name != "figures")


def made_again(place: Settings, version: Version) -> Judgement:
    """What comes out otherwise."""
    with tempfile.TemporaryDirectory(prefix="itss-") as folder:
        return concluded(AGAIN, _otherwise(place, version, Path(folder)))


def _otherwise(place: Settings, version: Version, folder: Path) -> Iterator[Text]:
    for name in version.files.listing.files:
        version.files.copy(name, folder / name)
    job = job_of(place, version.plain(JOB_FILE), RevisionFolder(folder))
    facts, is_ours = version.manifest.facts, version.manifest.facts["code_version"] == itss.__version__
    if is_ours and version.is_of_statements:  # first: what is made again below takes the place of what was signed
        yield from _other_statement(version, job)
    sealed = {
        name: _frame(version, f"{name}.parquet")
        for name in measuring.FRAMES
        if name not in measuring.LATER_FRAMES or f"{name}.parquet" in version.files.listing.files
    }
    if is_ours and checking.PAST_FILE in version.files.listing.files:
        yield from _other_checks(version, job)
    measured = measuring.measure_again(job)
    yield from _other_figures(sealed["figures"], measured.figures, facts["measures"])
    if not is_ours:
        raise NotJudgedError(OTHER_RELEASE)
    again = vars(measuring.measured_rows(job))
    for name in (one for one in _OTHERS if one in sealed):
        if not sealed[name].equals(again[name]):
            yield text(f"{name}.parquet：重新计算后不同", f"{name}.parquet: computed again, it is another")
    yield from _other_documents(version, job)


def _other_statement(version: Version, job: Job) -> Iterator[Text]:
    """What it says, what it carries of the list, and the mails that were signed."""
    from itss.delivery.mail import report_mail

    document = version.plain(STATEMENT)
    signed, given = Statement(document["said"], document["carried"]), rendering.inputs(job, preview=False)
    bound = replace(job, folder=job.folder.bind(signed.files))
    again = stating.state_again(bound, replace(signed, said=stating.said(job, given)))
    for name in signed.differences(again):
        yield text(f"声明书 {name}：重新编制后不同", f"statement {name}: made again, it is another")
    for key, mail in signed.carried["mails"].items():
        person, corrects = job.people.people[key], signed.carried["made"]["is_correction"]
        html = report_mail(job, person, given=given, is_correction=corrects).html
        yield from _compared(version, mail["file"], html.encode())


def _other_checks(version: Version, job: Job) -> Iterator[Text]:
    """Findings and their page, with what was known of earlier periods then."""
    checking.check_again(job)
    for name in ("findings.csv", checking.CHECKS_PAGE):
        yield from _compared(version, name, job.folder.read(name))


def _other_documents(version: Version, job: Job) -> Iterator[Text]:
    """Whatever is rendered."""
    from itss.reports.drawing import brief
    from itss.reports.summary import SUMMARY_FILE

    given = rendering.inputs(job, preview=False)
    report, made = rendering.render_report(job, given, is_signed=True)
    for name in ("figures.csv", *made):
        yield from _compared(version, name, job.folder.read(name))
    if SUMMARY_FILE in version.files.listing.files:
        rendering.keep_summary(job, given, report)
        yield from _compared(version, SUMMARY_FILE, job.folder.read(SUMMARY_FILE))
    yield from _compared(version, "brief.md", brief.render(report, {}).encode())
    if {REVIEW_FILE, *DOCUMENTS} <= version.files.listing.files.keys():
        yield from _other_minutes(version, job)


def _other_minutes(version: Version, job: Job) -> Iterator[Text]:
    """The minutes, of the review as it is archived."""
    from itss.reports import minutes

    review, raised = _review_of(version.plain(REVIEW_FILE), job)
    signed = version.manifest.facts["statement_sha256"]
    made = minutes.build(rendering.inputs(job, preview=False), review, raised, signed)
    yield from _compared(version, DOCUMENTS[0], minutes.render(made).encode())
    yield from _compared(version, DOCUMENTS[1], minutes.render_workbook(made))


def _review_of(said: dict[str, Any], job: Job) -> tuple[Review, list[Improvement]]:
    """The review and the items that it raised, as they were that day."""
    held = dt.date.fromisoformat(said["held_on"])
    review = Review(
        held_on=held,
        attendees=tuple(said["attendees"]),
        at=dt.datetime.fromisoformat(said["at"]),
        **{name: said[name] for name in ("gaps", "trends", "measures", "who")},
        **stood_in(said),
    )
    raised = [
        Improvement(
            title=item["title"],
            owner=item["owner"],
            due_on=dt.date.fromisoformat(item["due_on"]),
            key=item["key"],
            report=job.ref.report,
            period=job.ref.period,
            raised_on=held,
            zone=job.period.zone,
            state="open",
            closed_at=None,
            closed_by="",
            result="",
        )
        for item in said["items"]
    ]
    return review, raised


def _compared(version: Version, name: str, made: bytes) -> Iterator[Text]:
    if hashlib.sha256(made).hexdigest() != version.files.sha256(name):
        yield text(f"{name}：重新编制后字节不同", f"{name}: rendered again, it has other bytes")


def _frame(version: Version, name: str) -> pd.DataFrame:
    from itss.sources.snapshot import frame_of

    return frame_of(version.read(name), name)


def _other_figures(sealed: pd.DataFrame, again: pd.DataFrame, versions: dict[str, int]) -> Iterator[Text]:
    """Figures whose definition is the same and whose value is another."""
    was, now = (_by_key(frame) for frame in (sealed, again))
    # a member may have no figure any more under another definition, the whole always has one
    present = {(row["process"], row["measure"]): row["version"] for row in now.values()}
    for key, row in was.items():
        other = now.get(key)
        if present.get((row["process"], row["measure"])) != versions.get(f"{row['process']}.{row['measure']}"):
            continue
        differing = [part for part in _FIGURE if other is None or other[part] != row[part]]
        if differing:
            part, member = differing[0], f" ({row['dimension']} {row['member']})" if row["dimension"] else ""
            zh, en = (
                ("现已不再计算", "is not computed any more")
                if other is None
                else (f"现为 {other[part]}", f"is {other[part]} now")
            )
            name, then = f"{row['process']}.{row['measure']}{member}", row[part]
            yield text(f"{name}：{part} 原为 {then}，{zh}", f"{name}: {part} was {then} and {en}")
    for key in now.keys() - was.keys():
        row = now[key]
        if row["version"] == versions.get(f"{row['process']}.{row['measure']}"):
            name = f"{row['process']}.{row['measure']} {row['dimension']} {row['member']}".strip()
            yield text(f"{name}：存档中缺失", f"{name}: is not in the archive")


def _by_key(figures: pd.DataFrame) -> dict[tuple[Any, ...], dict[Hashable, Any]]:
    plain = figures.astype(object).where(figures.notna(), None)
    return {tuple(row[key] for key in _KEYS): row for row in plain.to_dict("records")}
