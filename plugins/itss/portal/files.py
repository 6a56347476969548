"""The files of a revision as they are signed. What a page of Airflow's origin must not do, they cannot do either.

Pages are shown inside a sandbox, without script, requests and an origin; everything else is an attachment. A file is
verified as a whole before its first byte leaves.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import IO
from urllib.parse import quote

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response, StreamingResponse

from itss.archive.statement import STATEMENT
from itss.delivery.mail import SIGN_OFF_SHEET
from itss.errors import ArchiveError, ContentChangedError
from itss.portal.seen import Seen, log, see
from itss.portal.viewer import Who
from itss.steps.checking import CHECKS_PAGE

router = APIRouter()

REPORT, WORKBOOK, PDF, MINUTES = "report.html", "report.xlsx", "report.pdf", "minutes.html"
PAGES = (REPORT, CHECKS_PAGE, SIGN_OFF_SHEET, MINUTES)
FRAME_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
"""No script, no origin and no request, whatever a ticket or a supplier wrote into a page."""
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_KINDS = {WORKBOOK: _XLSX, "minutes.xlsx": _XLSX, PDF: "application/pdf"}
_CHUNK = 256 * 1024
_WITH_ADDRESSES = ("mails/", "released/", "evidence/", STATEMENT, "receipts.json", "job.json")


@router.get("/reports/{report}/{period}/{number}/files/{name:path}")
def file(who: Who, report: str, period: str, number: str, name: str) -> Response:
    """One file: a page for a sandboxed frame, anything else to download."""
    seen = see(who, report, period, number)
    if not may_get(seen, name):
        raise HTTPException(403, "This file is not for its readers.")
    if seen.job is None:
        raise HTTPException(409, "The files of this revision cannot be shown. Its page says why.")
    if seen.statement is None and name != CHECKS_PAGE:  # what nobody is asked to sign is no report yet
        raise HTTPException(404, "There is no such file.")
    try:
        data = seen.job.folder.spooled(name)
    except (FileNotFoundError, ArchiveError) as error:
        raise HTTPException(404, "There is no such file.") from error
    except ContentChangedError as error:
        log.error("portal: %s %s is not shown: %s", seen.ref, name, error)
        known = seen.job.folder.bound is not None and name in seen.job.folder.bound
        raise HTTPException(409 if known else 404, "There is no such file among those that are signed.") from error
    except OSError as error:
        log.exception("portal: %s %s cannot be read: %s", seen.ref, name, error)
        raise HTTPException(503, "The file cannot be read now. Try again later.") from error
    return _answer(data, name, f"{seen.ref.report}_{seen.ref.period}_r{seen.ref.number:02d}", download_name(seen, name))


def may_get(seen: Seen, name: str) -> bool:
    """Whether the viewer may have this file: readers what was sent to them, insiders all but what holds addresses."""
    if not seen.is_insider:
        sheet = {SIGN_OFF_SHEET} if seen.entry.distribution.sign_off_sheet else set()
        return name in {REPORT, WORKBOOK, PDF, *sheet}
    return seen.sees_addresses or name == SIGN_OFF_SHEET or not name.startswith(_WITH_ADDRESSES)


def download_name(seen: Seen, name: str) -> str:
    """What the file is called when it is sent, else its own name."""
    carried = seen.statement.carried if seen.statement else {}
    letters = [*carried.get("mails", {}).values(), *([carried["copy"]] if carried.get("copy") else [])]
    sent = {one["file"]: one["name"] for letter in letters for one in letter["attachments"]}
    return str(sent.get(name, name.split("/")[-1]))


def attachment(name: str, fallback: str) -> str:
    """The header value with which a browser saves a file as ``name`` (RFC 6266, RFC 5987)."""
    plain = "".join(c for c in name if unicodedata.category(c)[0] != "C").replace("/", "_")
    suffix = plain.rpartition(".")[2] if "." in plain else ""
    ascii_suffix = f".{suffix}" if suffix.isascii() and suffix.isalnum() else ""
    return f"attachment; filename=\"{fallback}{ascii_suffix}\"; filename*=UTF-8''{quote(plain, safe='')}"


def _answer(data: IO[bytes], name: str, fallback: str, called: str) -> Response:
    if name in PAGES:
        headers = {"Content-Security-Policy": FRAME_POLICY}
        return StreamingResponse(_pieces(data), media_type="text/html; charset=utf-8", headers=headers)
    kind = _KINDS.get(name, "application/octet-stream")
    headers = {"Content-Disposition": attachment(called, fallback), "Content-Security-Policy": FRAME_POLICY}
    return StreamingResponse(_pieces(data), media_type=kind, headers=headers)


def _pieces(data: IO[bytes]) -> Iterator[bytes]:
    with data:
        while chunk := data.read(_CHUNK):
            yield chunk
