"""Hand in: what I owe, the workbook to fill in, the upload, and the errors of a refused file with their cells.

Collectors, author and report manager of a report, by their key in the list; what they send is judged like a file of the
inbox. Everything that a page says is on record, so a page that is loaded again says the same.
"""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path, PurePosixPath
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from itss.errors import ConfigurationError, PeriodError, SourceError
from itss.hand_in.drop import MAX_BYTES
from itss.hand_in.place import Place, agreed_version, may_hand_in, place_in
from itss.hand_in.standing import Standing, begun, places_for, standings
from itss.portal.files import attachment
from itss.portal.forgery import Ours
from itss.portal.hand_in_words import Shown, shown
from itss.portal.page import language_of, page
from itss.portal.state import register, report_list
from itss.portal.upload import UploadRoute, judged
from itss.portal.viewer import Viewer, Who
from itss.register import HandIn
from itss.report_list.data_source import TEMPLATE
from itss.settings import settings

router = APIRouter()
uploads = APIRouter(route_class=UploadRoute)
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_OPEN = ("overdue", "refused", "expected", "running", "absent", "accepted")
"""What is to be done first comes first."""


def _place(report: str, period: str, process: str, who: Who) -> Place:
    """The dependency of what is about one place; 403 for whoever may not hand in there, 404 where there is none."""
    return _theirs(who, report, period, process)


Theirs = Annotated[Place, Depends(_place)]


@router.get("/hand-in")
def show(request: Request, who: Who) -> HTMLResponse:
    """Everything recent that whoever looks may hand in, what is lacking first."""
    now = dt.datetime.now(dt.UTC)
    places = [one for one in places_for(who.keys, report_list(), now) if who.may_read(one.entry.key)]
    found = standings(places, _hand_ins(places), register().renamings(), now)
    since = settings().since  # what was due before is not owed, unless a report of it was begun
    owed = begun((one.key[:2] for one in places), register())
    found = [
        one for one in found if one.hand_ins or since is None or one.place.due_at >= since or one.place.key[:2] in owed
    ]
    found.sort(key=lambda one: (_OPEN.index(one.state), one.place.due_at))
    return page(request, who, "hand_in", standings=[shown(one, language_of(request)) for one in found])


@router.get("/hand-in/{report}/{period}")
def show_period(request: Request, report: str, period: str, who: Who) -> HTMLResponse:
    """All that is handed in for one report and period; ``?same=<process>`` after the very bytes were sent again."""
    entry = next((one for one in report_list().reports if one.key == report), None)
    names = [name for name, source in entry.data_source.items() if source.hand_in] if entry else []
    places = [_theirs(who, report, period, name) for name in names]
    if not places:
        raise HTTPException(404, "There is nothing to hand in by this name.")
    now = dt.datetime.now(dt.UTC)
    hand_ins = register().hand_ins(report, places[0].period.label)
    found = standings(places, hand_ins, register().renamings(), now)
    made = [one.number for one in register().revisions(report, places[0].period.label) if one.reached != "open"]
    return page(
        request,
        who,
        "hand_in_period",
        standings=[_with_details(one, request) for one in found],
        made=made[-1] if made else None,
        minutes=math.ceil(settings().poke_s / 60) + 1,  # its process has to start, too
        same=request.query_params.get("same", ""),
        max_bytes=MAX_BYTES,
    )


@router.get("/hand-in/{report}/{period}/{process}/template")
def give_template(place: Theirs) -> Response:
    """The workbook to fill in."""
    if place.source.system != TEMPLATE:
        raise HTTPException(404, "There is no template: this is handed in as its system exports it.")
    from itss.hand_in.template import template

    return _download(template(place, agreed_version(settings(), place)), f"{'_'.join(place.key)}.xlsx")


@router.get("/hand-in/{report}/{period}/{process}/refused/{folder}")
def give_marked_copy(place: Theirs, folder: str) -> Response:
    """The marked copy of a file whose refusal is on record; ``folder`` is the last part of where it lies."""
    from itss.hand_in.refusals import marked_copy

    for one in register().hand_ins(*place.key[:2]):
        if one.process == place.process and one.status == "refused" and _folder(one) == folder:
            copy = marked_copy(settings(), one)
            if copy.exists():
                return _download(copy.read_bytes(), copy.name)
    raise HTTPException(404, "There is no such marked copy.")


@uploads.post("/hand-in/{report}/{period}/{process}")
async def receive(request: Request, place: Theirs, who: Ours) -> Response:
    """Judge the file of the form; the page that this leads to says what became of it, from the record."""
    if not place.period.is_over(dt.datetime.now(dt.UTC)):
        raise HTTPException(409, f"报告期未结束。{place.period.label} is not over yet.")
    by = next(key for key in may_hand_in(place.entry, place.people) if key in who.keys)
    is_new = await judged(request, lambda file: _hand_in(place, file, by))
    here = request.url.path.rpartition("/")[0]
    same = "" if is_new else f"?same={place.process}"
    return RedirectResponse(f"{here}{same}#{place.process}", 303)


def _hand_in(place: Place, file: Path, by: str) -> bool:
    """Whether it was judged; false for the bytes of the newest version."""
    from itss.hand_in.receiving import MarkedRefusalError, hand_in

    try:
        return hand_in(settings(), register(), place, file, by, dt.datetime.now(dt.UTC)).is_new
    except MarkedRefusalError:
        return True


def _theirs(who: Viewer, report: str, period: str, process: str) -> Place:
    people = report_list()
    try:
        place = place_in(people, report, period, process, None)
    except (ConfigurationError, PeriodError) as error:
        raise HTTPException(404, "There is nothing to hand in by this name.") from error
    if not who.may_read(report) or not who.keys.intersection(may_hand_in(place.entry, people)):
        raise HTTPException(403, f"{who.name} may not hand in data for {report}.")
    return place


def _hand_ins(places: list[Place]) -> list[HandIn]:
    labels = {one.period.label for one in places}
    return register().hand_ins(periods=labels) if labels else []


def _with_details(standing: Standing, request: Request) -> Shown:
    """With what is read from the inbox: the warnings of what counts, the faults of what was refused."""
    from itss.hand_in.export_columns import export_columns
    from itss.hand_in.receiving import warnings_of
    from itss.hand_in.refusals import found_faults

    place, accepted, refused = standing.place, standing.accepted, standing.refused
    try:
        columns = [] if place.source.system == TEMPLATE else export_columns(place, settings())
    except SourceError:  # of which whoever keeps the list is notified
        columns = []
    return shown(
        standing,
        language_of(request),
        columns=columns,
        warnings=warnings_of(settings(), accepted) if accepted else [],
        faults=found_faults(settings(), refused) if refused else [],
    )


def _folder(refused: HandIn) -> str:
    return PurePosixPath(refused.path).parent.name


def _download(data: bytes, name: str) -> Response:
    return Response(data, media_type=_XLSX, headers={"Content-Disposition": attachment(name, "workbook")})
