"""Step 3 生成, its checks: the expectations, what they found and quarantined, and whether a report may be made.

Each may be run again: it replaces its own files.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from itss.errors import DataRefusedError
from itss.reports.csv_text import csv_text
from itss.steps.collected import all_exclusions, cannot_tell, collected, frames, read_frame, submissions, write_frame
from itss.steps.job import Job

if TYPE_CHECKING:
    import pandas as pd

    from itss.checks.findings import Finding
    from itss.checks.verdicts import About, Past

QUARANTINE_FILE, CHECKS_PAGE = "quarantine.parquet", "checks.html"
PAST_FILE = "past.json"
"""What the register knew of earlier periods when the data were checked."""


def check_rows(job: Job, past: Past | None = None) -> list[Finding]:
    """Run the expectations; writes findings, ``quarantine.parquet`` and ``checks.html``, and returns all findings.

    ``past`` is what the register knows of earlier periods; without it nothing is compared with them. It is kept beside
    the findings, so that the archive can be checked again.
    """
    from itss.checks.agreed import agreed_findings
    from itss.checks.agreed_exclusions import exclusion_findings
    from itss.checks.findings_frame import findings_frame
    from itss.checks.in_force import in_force_findings
    from itss.checks.late import late_findings
    from itss.checks.run import check
    from itss.checks.tickets import ticket_findings
    from itss.checks.verdicts import Past
    from itss.reports import checks_page

    sources = {submission["process"]: submission["source"] for submission in submissions(job)}
    batches = [(job.processes[name], frame, sources[name]) for name, frame in frames(job).items()]
    known = past or Past()
    if past is not None:
        found_in = [[*key, sorted(labels)] for key, labels in sorted(past.found.items())]
        job.folder.write_json(PAST_FILE, {"rows": dict(past.rows), "backlog": dict(past.backlog), "found": found_in})
    checked = check(batches, _about(job, known))
    first = next(iter(job.processes))
    zones = {name: source.timezone for name, source in job.entry.data_source.items()}
    found = [
        *checked.findings,
        *in_force_findings(first, sources[first], job.version, job.period),
        *agreed_findings(batches, job.version, job.period),
        *ticket_findings(batches, job.version, job.period, zones),
        *late_findings(batches, job.period),
        *exclusion_findings(batches, all_exclusions(job), job.version, job.period),
    ]
    found = [replace(finding, since=known.since(finding, job.period)) for finding in found]
    write_frame(job, QUARANTINE_FILE, checked.quarantine)
    table = findings_frame(found)
    write_frame(job, "findings.parquet", table)
    job.folder.write("findings.csv", csv_text(table).encode())
    title = f"{job.entry.title.zh} · {job.entry.title.en}"
    revision = f"{job.period.label} {f'r{job.revision:02d}' if job.revision else '预览 preview'}"
    page = checks_page.render(title, revision, job.processes, checked.suites, found)
    job.folder.write(CHECKS_PAGE, page.encode())
    return found


def _about(job: Job, known: Past) -> dict[str, About]:
    """What the rules need to know of each process beside its rows."""
    from itss.checks.verdicts import About

    outside = {submission["process"]: submission.get("outside", {}) for submission in submissions(job)}
    times, untold = collected(job), cannot_tell(job)
    return {
        name: About(
            mandatory=source.mandatory,
            period=job.period,
            fresh_days=source.fresh_days,
            quarantine_share=source.quarantine_share,
            earliest=source.earliest,
            collected=times[name],
            history=job.entry.history,
            agreement=job.version,
            country=job.entry.period.holidays,
            is_declared=source.covers is not None,
            outside=outside[name],
            earlier_rows=known.rows.get(name, ()),
            published_backlog=known.backlog.get(name),
            cannot_tell=untold.get(name, {}),
        )
        for name, source in job.entry.data_source.items()
        if name in times
    }


def check_again(job: Job) -> list[Finding]:
    """`check_rows` with what was known of earlier periods when the data were checked first."""
    from itss.checks.verdicts import Past

    kept = job.folder.read_json(PAST_FILE)
    rows = {process: tuple(counts) for process, counts in kept["rows"].items()}
    found = {(process, rule): frozenset(labels) for process, rule, labels in kept["found"]}
    return check_rows(job, Past(rows, kept["backlog"], found))


def quarantine(job: Job) -> pd.DataFrame:
    """The rows that are in no figure (`QUARANTINE_COLUMNS`); none where an older version did not know of any."""
    import pandas as pd

    from itss.checks.verdicts import QUARANTINE_COLUMNS

    if not job.folder.has(QUARANTINE_FILE):
        return pd.DataFrame(columns=QUARANTINE_COLUMNS)
    return read_frame(job, QUARANTINE_FILE)


def measured_frames(job: Job) -> dict[str, pd.DataFrame]:
    """The collected rows by process, without those in quarantine: what every figure is made of."""
    from itss.checks.quarantine import without

    return without(frames(job), quarantine(job))


def counted(found: list[Finding]) -> dict[str, int]:
    """How many findings there are of each severity."""
    return {severity: sum(f.severity == severity for f in found) for severity in ("critical", "warning", "info")}


def refuse_critical(job: Job, found: list[Finding]) -> None:
    """Raise `DataRefusedError` with a line per critical finding; do nothing when there is none."""
    critical = [finding for finding in found if finding.severity == "critical"]
    if critical:
        raise DataRefusedError(
            f"{len(critical)} critical finding(s), nothing is rendered:\n"
            + "\n".join(f.line() for f in critical)
            + f"\nAll checks: {checks_page_of(job)}\n",
            "Correct the source, then clear the failed task with its upstream 'collect'.",
        )


def checks_page_of(job: Job) -> str:
    """Where the page of all checks lies: its path in the workspace; in a preview its name."""
    report, period, number = job.ref
    return f"{report}/{period}/r{number:02d}/{CHECKS_PAGE}" if number else CHECKS_PAGE
