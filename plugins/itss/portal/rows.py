"""The rows behind one figure of a revision: the first ones as a table, all of them as CSV.

They come from the revision's own signed data, by the code of `python -m itss rows`. Pandas is imported by the request.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from itss.commands.rows import figure_rows
from itss.errors import ConfigurationError, ContentChangedError
from itss.portal.files import FRAME_POLICY, attachment
from itss.portal.page import page
from itss.portal.seen import Seen, log, see
from itss.portal.viewer import Who

if TYPE_CHECKING:
    from itss.measures.behind import Behind
    from itss.processes.base import Process

router = APIRouter()
SHOWN = 200
_PATH = "/reports/{report}/{period}/{number}"


@dataclass(frozen=True)
class FigureRows:
    """One figure of a revision, and the rows behind it."""

    seen: Seen
    found: Behind
    process: Process
    dimension: str
    member: str


def _found(
    who: Who,
    report: str,
    period: str,
    number: str,
    process: str,
    measure: str,
    dimension: str = "",
    member: str = "",
) -> FigureRows:
    """The dependency of both: 403 for readers, 404 where there is no such figure or it has no rows any more."""
    seen = see(who, report, period, number)
    if not seen.is_insider:
        raise HTTPException(403, "The rows are for those who make and approve the report.")
    if seen.job is None or process not in seen.job.processes:
        raise HTTPException(404, "There is no such figure.")
    try:
        found = figure_rows(seen.job, process, measure, dimension, member)
        return FigureRows(seen, found, seen.job.processes[process], dimension, member)
    except ConfigurationError as error:
        raise HTTPException(404, f"{error.what} {error.remedy}".strip()) from error
    except (ContentChangedError, FileNotFoundError) as error:
        log.error("portal: rows of %s: %s", seen.ref, error)
        raise HTTPException(409, "The rows are not those that are signed, or are not there any more.") from error


Asked = Annotated[FigureRows, Depends(_found)]


@router.get(_PATH + "/rows")
def show(request: Request, who: Who, figure: Asked) -> HTMLResponse:
    """The first `SHOWN` rows, what they add up to, and where all of them are."""
    seen, found = figure.seen, figure.found
    head, zone = found.rows.head(SHOWN), ZoneInfo(seen.entry.period.timezone)
    return page(
        request,
        who,
        "rows",
        seen=seen,
        found=found,
        process=figure.process,
        member=figure.member,
        dimension=figure.dimension,
        columns=list(head.columns),
        labels={one.name: one.text for one in figure.process.columns},
        zone=str(zone),
        rows=[[_cell(value, zone) for value in row] for row in head.itertuples(index=False, name=None)],
        counts={name: int(found.rows[name].sum()) for name in ("in_numerator", "in_denominator")},
        reasons=found.rows.loc[found.rows["excluded"] != "", "excluded"].value_counts().to_dict(),
    )


@router.get(_PATH + "/rows.csv")
def download(figure: Asked) -> Response:
    """All of them, as a file that a spreadsheet program may open."""
    from itss.reports.csv_text import csv_text

    seen, found = figure.seen, figure.found
    name = f"{seen.ref.report}_{seen.ref.period}_r{seen.ref.number:02d}_{found.measure.process}_{found.measure.id}.csv"
    return Response(
        csv_text(found.rows).encode(),
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": attachment(name, name.removesuffix(".csv")),
            "Content-Security-Policy": FRAME_POLICY,
        },
    )


def _cell(value: object, zone: ZoneInfo) -> str:
    """A value as people read it, an instant on the clocks of the report; nothing where there is none."""
    if value is None or value != value:  # NaN and NaT differ from themselves
        return ""
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
        return "✓" if value else ""
    if isinstance(value, dt.datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
    return f"{value:g}" if isinstance(value, float) else str(value)
