"""The one base of everything read from YAML: frozen, and no key it does not know."""

from __future__ import annotations

import codecs
import datetime as dt
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError


class Model(BaseModel):
    """A frozen record that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)


def _spelled(pattern: str, shape: str) -> BeforeValidator:
    """Let only text of one shape (or the finished value) through: a bare number would be read as seconds."""

    def check(value: Any) -> Any:
        if isinstance(value, int | float) or (isinstance(value, str) and not re.fullmatch(pattern, value)):
            raise PydanticCustomError("shape", "write it as {shape}", {"shape": shape})
        return value

    return BeforeValidator(check)


LocalTime = Annotated[dt.time, _spelled(r"\d\d:\d\d(:\d\d(\.\d+)?)?", '"HH:MM" in quotes, 00:00 to 23:59')]
EARLIEST, LATEST = dt.date(1900, 1, 1), dt.date(2199, 12, 31)
"""Days around which periods can be counted back and forth."""


def _in_reach(day: dt.date) -> dt.date:
    if not EARLIEST <= day <= LATEST:
        reach = {"earliest": str(EARLIEST), "latest": str(LATEST)}
        raise PydanticCustomError("reach", "days are from {earliest} to {latest}", reach)
    return day


Day = Annotated[dt.date, _spelled(r"\d{4}-\d\d-\d\d", "YYYY-MM-DD"), AfterValidator(_in_reach)]


def _of_text(name: str) -> str:
    """The Python name of an encoding; of those of Chinese the one that holds all the others."""
    try:
        found = codecs.lookup(name).name
        is_plain = codecs.decode(b"id,A-1\\n+AGE-\n", found) == "id,A-1\\n+AGE-\n"
    except (LookupError, UnicodeError, ValueError, TypeError):
        found, is_plain = "", False
    if found == "idna" or (not is_plain and not found.startswith(("utf-16", "utf-32"))):
        raise PydanticCustomError("encoding", "it is not the name of an encoding of text")
    return "gb18030" if found in ("gbk", "gb2312") else found


TextEncoding = Annotated[str, AfterValidator(_of_text)]
