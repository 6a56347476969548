"""What a report says of itself: period, cut-off, agreement, author, approval, recipients, revision."""

from __future__ import annotations

from itss.reports.writer import Writer


def pairs(writer: Writer, author: str) -> tuple[tuple[str, str], ...]:
    """Names and values, in the order in which they are printed."""
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
