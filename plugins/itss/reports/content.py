"""From figures to the report: `build` has the template put the document tree together; the drawing is others' work.

The public face of the room: `ReportInputs` in, `Report` out. The same inputs give the same tree, for ever: no clock,
no database and no environment is asked.
"""

from __future__ import annotations

from itss.errors import ConfigurationError
from itss.reports import (
    catalogue,
    data_quality,
    front,
    improvements,
    movement,
    redefined,
    restated,
    revision_history,
    scorecard,
    since,
    targets,
)
from itss.reports.cells import Cells
from itss.reports.document import (
    Picture,
    Report,
)
from itss.reports.inputs import ImprovementLine, ReportInputs, RevisionLine, Submission
from itss.reports.template import pictures
from itss.reports.template.files import TemplateFiles, find
from itss.reports.template.look import Look, logo_of, look_of
from itss.reports.template.put_together import parts
from itss.reports.writer import Writer
from itss.settings import settings

__all__ = ["ImprovementLine", "Report", "ReportInputs", "RevisionLine", "Submission", "build"]


def build(inputs: ReportInputs) -> Report:
    """The whole report in the entry's language; `ConfigurationError` if a text or a measure is unknown.

    `TemplateRefusedError` names every line of the template that is wrong. Without a template in the inputs it is the
    shipped one of the entry's name.
    """
    words = catalogue.load(inputs.entry.language)
    writer = Writer(inputs, Cells(words, inputs.period.zone))
    figures = targets.targeted(writer)
    headline, tone = targets.headline(writer, figures)
    author = words.of(inputs.list.people[inputs.entry.author].title)
    files = inputs.template or find(inputs.entry.template, inputs.entry.language, [settings().shipped / "templates"])
    look = look_of(files)
    body = parts(writer, files, author)
    return Report(
        language=inputs.entry.language,
        title=words.of(inputs.entry.title),
        kind=words(f"kind.{inputs.entry.kind}"),
        period=writer.cells.period(inputs.period),
        revision=words("revision.preview") if inputs.preview else words("revision.label", n=inputs.revision),
        marks=_marks(writer, look),
        headline=headline,
        tone=tone,
        tallies=targets.tallies(writer, figures),
        wrong=front.wrong(writer, figures),
        moved=movement.moved(writer),
        calm=front.calm(writer),
        scorecard=scorecard.scorecard(writer, figures),
        created_at=inputs.cutoff_at,
        author=author,
        findings=data_quality.finding_points(writer),
        changes=revision_history.changes(writer),
        restatements=restated.table(writer),
        redefined=redefined.points(writer),
        proposals=redefined.proposals(writer),
        improvements=improvements.table(writer),
        since=since.points(writer),
        look=look,
        logo=_logo(files, look, inputs),
        body=body,
    )


def _logo(files: TemplateFiles, look: Look, inputs: ReportInputs) -> Picture | None:
    data = logo_of(files, look)
    if not data:
        return None
    alt = look.logo_alt.of(inputs.entry.language) if look.logo_alt else ""
    if said := pictures.fault(look.logo, data):
        raise ConfigurationError(
            f"The logo of the template {files.name} cannot be drawn: {said}", "Put a sound one there."
        )
    return Picture(data, pictures.MEDIA[look.logo.rpartition(".")[2].lower()], alt)


def _marks(writer: Writer, look: Look) -> tuple[str, ...]:
    """What must be seen before anything else: a preview, the template's own mark, a corrected one."""
    given = writer.given
    marks = [writer.words("mark.preview")] if given.preview else []
    if given.archive_only:
        marks.append(writer.words("mark.archive_only"))
    if look.mark:
        marks.append(look.mark.of(given.entry.language))
    if given.revision > 1 and not given.preview:
        marks.append(writer.words("mark.corrected", n=given.revision))
    return tuple(marks)
