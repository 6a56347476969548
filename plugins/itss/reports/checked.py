"""That the data checks found nothing: said only of the data that were there to be checked."""

from __future__ import annotations

from itss.reports.writer import Writer


def nothing_found(writer: Writer) -> str:
    """The sentence, naming the processes without rows; empty where the checks did find something."""
    given = writer.given
    if given.findings or len(given.quarantine):
        return ""
    have = {one.process for one in given.submissions if not one.missing and one.rows}
    unchecked = [writer.process(name) for name in given.processes if name not in have]
    if not unchecked:
        return writer.words("quality.no_findings")
    if len(unchecked) == len(given.processes):
        return writer.words("quality.nothing_checked")
    return writer.words("quality.no_findings_but", processes=writer.cells.words.join(unchecked))
