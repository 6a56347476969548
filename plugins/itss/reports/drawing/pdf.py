"""The report as a PDF: the page, printed by WeasyPrint. Nothing is fetched, whatever the page asks for.

WeasyPrint is an extra (it needs Pango): where it is missing, `missing` says so and `render` refuses. Surprise: the same
report gives the same bytes only where fonts and WeasyPrint are the same, so a PDF that was signed is never made again.
"""

from __future__ import annotations

import datetime as dt
import gc
import hashlib
import logging
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from itss.errors import ConfigurationError
from itss.reports.document import Paper

if TYPE_CHECKING:
    from weasyprint.urls import URLFetcher

REMEDY = (
    "Install them (as root: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk; then "
    "pip install weasyprint), or leave pdf out of distribution.formats."
)
MAX_OBJECTS = 50_000_000
"""So many bytes of a PDF's table of objects are read."""
_HIDDEN = re.compile(r"<details>.*?</details>|<nav .*?</nav>", re.DOTALL)
"""What print hides: left out, it costs no time."""
_STREAM = re.compile(rb"/Type /ObjStm[^>]*>>\s*stream\r?\n")
_PAGES = re.compile(rb"<</Type /Pages/Kids \[([\d R]*)\]")


@dataclass(frozen=True)
class Pdf:
    """The file, and how many pages it has."""

    data: bytes
    pages: int


@lru_cache
def missing() -> str:
    """Why no PDF can be made here; empty if one can. Takes most of a second where one can."""
    try:
        import weasyprint  # noqa: F401
    except ImportError as error:
        return f"WeasyPrint is not installed ({error})."
    except OSError as error:  # cffi, where Pango or one of its libraries is not there
        return f"A system library of WeasyPrint is missing ({' '.join(str(error).split())[:200]})."
    return ""


def render(page: str, paper: Paper) -> Pdf:
    """``page``, the drawing of ``paper``, as A4 pages; `ConfigurationError` where WeasyPrint cannot work."""
    if why := missing():
        raise ConfigurationError(f"The report is to be a PDF, too, and cannot be one here. {why}", REMEDY)
    import weasyprint

    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # it warns of every rule that is meant for browsers
    html = weasyprint.HTML(string=_HIDDEN.sub("", page), url_fetcher=_fetcher())
    with _without_collector():
        document = html.render(pdf_tags=True)
        said = document.metadata
        said.created = said.modified = paper.created_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        said.authors = [paper.author]
        identifier = hashlib.sha256(page.encode()).digest()[:16]
        data = document.write_pdf(pdf_identifier=identifier, pdf_tags=True)
    return Pdf(data, len(document.pages))


def pages_of(data: bytes) -> int:
    """How many pages a PDF that `render` made has, by what it contains; 0 for any other file."""
    for stream in _STREAM.finditer(data):
        try:
            objects = zlib.decompressobj().decompress(data[stream.end() :], MAX_OBJECTS)
        except zlib.error:
            continue
        if found := _PAGES.search(objects):
            return found[1].count(b"R")
    return 0


@contextmanager
def _without_collector() -> Iterator[None]:
    """No search for garbage while hundreds of thousands of boxes are made that all stay: a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _fetcher() -> URLFetcher:
    """Refuses every address but one that holds its data itself."""
    from weasyprint.urls import URLFetcher

    return URLFetcher(allowed_protocols=["data"], allow_redirects=False)
