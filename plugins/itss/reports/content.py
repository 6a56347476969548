"""From figures to the report: `build` puts the document tree together; the drawing is others' work.

The public face of the room: `ReportInputs` in, `Report` out. The same inputs give the same tree, for ever: no clock,
no database and no environment is asked.
"""

from __future__ import annotations

from dataclasses import replace

from itss.reports import (
    appendix,
    catalogue,
    data_quality,
    front,
    improvements,
    movement,
    redefined,
    restated,
    revision_history,
    scorecard,
    sections,
    since,
    targets,
)
from itss.reports.cells import Cells
from itss.reports.document import Beside, Facts, OwnWords, Paragraph, Part, Points, Report, Sentences, Verdict
from itss.reports.inputs import ImprovementLine, ReportInputs, RevisionLine, Submission
from itss.reports.writer import Writer

__all__ = ["ImprovementLine", "Report", "ReportInputs", "RevisionLine", "Submission", "build"]


def build(inputs: ReportInputs) -> Report:
    """The whole report in the entry's language; `ConfigurationError` if a text or a measure is unknown."""
    words = catalogue.load(inputs.entry.language)
    writer = Writer(inputs, Cells(words, inputs.period.zone))
    figures = targets.targeted(writer)
    headline, tone = targets.headline(writer, figures)
    author = words.of(inputs.list.people[inputs.entry.author].title)
    report = Report(
        language=inputs.entry.language,
        audience=inputs.entry.template,
        title=words.of(inputs.entry.title),
        kind=words(f"kind.{inputs.entry.kind}"),
        period=writer.cells.period(inputs.period),
        revision=words("revision.preview") if inputs.preview else words("revision.label", n=inputs.revision),
        marks=_marks(writer),
        headline=headline,
        tone=tone,
        tallies=targets.tallies(writer, figures),
        wrong=front.wrong(writer, figures),
        moved=movement.moved(writer),
        calm=front.calm(writer),
        scorecard=scorecard.scorecard(writer, figures),
        facts=_facts(writer, author),
        sections=sections.build(writer),
        appendices=appendix.build(writer),
        created_at=inputs.cutoff_at,
        author=author,
        findings=data_quality.finding_points(writer),
        changes=revision_history.changes(writer),
        restatements=restated.table(writer),
        redefined=redefined.points(writer),
        proposals=redefined.proposals(writer),
        improvements=improvements.table(writer),
        since=since.points(writer),
        comment=inputs.comment.strip(),
    )
    return replace(report, body=_body(writer, report))


def _body(writer: Writer, report: Report) -> tuple[Part, ...]:
    """What a template will put together, in the order of before there were any."""
    words = writer.words
    missed = Points(words("front.wrong"), report.wrong, report.calm[0])
    moved = Points(words("front.moved"), report.moved, report.calm[1])
    own = (OwnWords(words("comment.title"), report.comment, report.author),) if report.comment else ()
    front_blocks = (
        Verdict(report.headline, report.tone, report.tallies),
        Beside((missed,), (moved,)),
        *own,
        replace(report.scorecard, look="score"),
        Facts(words("front.facts"), report.facts),
    )
    parts = [Part("front", "", words("sheet.summary"), front_blocks)]
    for section in (*report.sections, *report.appendices):
        lead = tuple(Paragraph(text, "lead") for text in section.lead)
        said = (Sentences(words("analysis.title"), section.analysis),) if section.analysis else ()
        by = (OwnWords(words("comment.title"), section.comment, report.author),) if section.comment else ()
        is_appendix = section in report.appendices
        blocks = (*lead, *said, *by, *section.blocks)
        parts.append(Part(section.key, section.title, section.sheet, blocks, is_appendix=is_appendix))
    return tuple(parts)


def _marks(writer: Writer) -> tuple[str, ...]:
    """What must be seen before anything else: a preview, an internal paper, a corrected one."""
    given = writer.given
    marks = [writer.words("mark.preview")] if given.preview else []
    if given.archive_only:
        marks.append(writer.words("mark.archive_only"))
    if given.entry.template == "internal":
        marks.append(writer.words("mark.internal"))
    if given.revision > 1 and not given.preview:
        marks.append(writer.words("mark.corrected", n=given.revision))
    return tuple(marks)


def _facts(writer: Writer, author: str) -> tuple[tuple[str, str], ...]:
    given, words, cells = writer.given, writer.cells.words, writer.cells
    people, agreement = given.list.people, given.agreement
    signed = words("agreement.none")
    if agreement:
        values = {
            "title": given.agreement_title.of(given.entry.language),
            "key": given.entry.agreement,
            "version": agreement.version,
            "since": agreement.effective_from,
        }
        signed = words("agreement.version", **values)
    audience = [words.of(people[key].title) for key in given.entry.distribution.recipients]
    if given.entry.distribution.folder:
        audience.append(words("audience.folder"))
    levels = [words.of(level.title) for level in given.entry.approval]
    facts = {
        "period": cells.days(given.period),
        "cutoff": words("fact.instant", at=cells.instant(given.cutoff_at).text, zone=given.period.zone),
        "due": words("fact.instant", at=cells.instant(given.due_at).text, zone=given.period.zone),
        "agreement": signed,
        "department": words.of(given.entry.department),
        "author": author,
        "approval": " → ".join(levels),
        "recipients": words.join(audience),
        "revision": words("revision.preview") if given.preview else words("revision.label", n=given.revision),
        "requirements": words.of(given.entry.requirements),
        "software": f"itss {given.code_version}",
    }
    return tuple((words(f"fact.{key}"), value) for key, value in facts.items())
