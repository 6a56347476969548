"""One uploaded file: cut off while it is read, before it fills memory or disk; judged apart from the event loop.

Up to a megabyte is held in memory, more goes to a temporary file. Files are judged one at a time in a process: whoever
comes second waits, and holds no thread that other pages need.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import UploadFile

from itss.hand_in.drop import MAX_BYTES

FILE = "file"
"""The name of the field."""
_AROUND = 64 * 1024
"""Of a form, beside its file: boundaries, headers, the token."""
_TOO_BIG = f"文件超过 {MAX_BYTES // 1024**2} MB。The file has more than {MAX_BYTES // 1024**2} MB."

T = TypeVar("T")


class _Form(Request):
    """A request whose body is a form without files. It is read before anybody is asked who they are."""

    most, too_big = 1_000_000, "内容超过 1 MB。This is more than 1 MB."

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The body in pieces; 413 with the piece that is too much, or at once where the header says so."""
        size, most = 0, self.most
        declared = self.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > most:
            raise HTTPException(413, self.too_big)
        async for piece in super().stream():
            size += len(piece)
            if size > most:
                raise HTTPException(413, self.too_big)
            yield piece


class _Upload(_Form):
    """A request whose body is one form with one file."""

    most, too_big = MAX_BYTES + _AROUND, _TOO_BIG

    def form(self, **_: Any) -> Any:
        """Its one file, and the few fields beside it."""
        return super().form(max_files=1, max_fields=4, max_part_size=16 * 1024)


class FormRoute(APIRoute):
    """A route whose forms are read so far and no farther."""

    request_class: type[Request] = _Form

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, given such a request."""
        handle = super().get_route_handler()

        async def handle_form(request: Request) -> Response:
            return await handle(self.request_class(request.scope, request.receive))

        return handle_form


class UploadRoute(FormRoute):
    """The same of uploads."""

    request_class = _Upload


async def judged(request: Request, judge: Callable[[Path], T]) -> T:
    """What ``judge`` says of the file of this form, given under a name of ours; 422 without a file."""
    form = await request.form()
    file = form.get(FILE)
    try:
        if not isinstance(file, UploadFile) or not file.filename:
            raise HTTPException(422, "没有选择文件。No file was chosen.")
        return await asyncio.get_running_loop().run_in_executor(_one_at_a_time(), _judge, file, judge)
    finally:
        await form.close()


def _judge(file: UploadFile, judge: Callable[[Path], T]) -> T:
    from itss.hand_in.file_name import clean_name

    with tempfile.TemporaryDirectory(prefix="itss-") as folder:
        path = Path(folder) / clean_name(file.filename or "")
        with path.open("wb") as copy:
            shutil.copyfileobj(file.file, copy)
        return judge(path)


@lru_cache(maxsize=1)
def _one_at_a_time() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "itss-judge")
