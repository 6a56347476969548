"""In which encoding a text file is written: proved where possible, else judged by its letters, else refused.

UTF-8 (with or without byte order mark) and UTF-16/32 with a mark are certain. Of GB18030 and Windows-1252 the one whose
reading makes sense is taken; where both do, or neither, `encoding` of the data source decides. Its one surprise: that
entry does not overrule a proof, since who hands in may have saved the file as UTF-8 this time.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from itss.errors import SourceError
from itss.sources.encoding_evidence import (
    reads_as_chinese,
    reads_as_western,
    stands_in_latin_words,
    utf8_by_chance,
)

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 4 << 20
_CHUNK = 1 << 20
_REMEDY = "Save the file as UTF-8 and hand it in again, or name its encoding as `encoding` of the data source."
_SHOWN = 40


def detect(path: Path, declared: str | None = None) -> str:
    """The Python name of the encoding of ``path``; ``declared`` is what the report list says of its source.

    `SourceError`, naming the line, where it cannot be told, or where the file is not what was declared.
    """
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return _proved(path, name)
    broken_at = _broken_at(path, "utf-8")
    if broken_at is None:
        return _utf8_or(path, head, declared)
    if declared:
        return _proved(path, declared)
    if _is_nearly_utf8(head):
        raise SourceError(
            f"{path.name}: not valid UTF-8 in line {_line(path, broken_at)} (byte {broken_at}).",
            "Some character was cut or pasted in another encoding: " + _REMEDY,
        )
    return _by_letters(path, head, broken_at)


def _utf8_or(path: Path, head: bytes, declared: str | None) -> str:
    """Valid UTF-8 is UTF-8, but for a few letters that are Chinese in another encoding by chance."""
    verdict = utf8_by_chance(head)
    if verdict == "no":
        return "utf-8"
    if declared:
        return _proved(path, declared)
    if verdict == "yes":
        return "gb18030"
    raise _ambiguous(path, head, "utf-8", "gb18030")


def _by_letters(path: Path, head: bytes, odd_at: int) -> str:
    whole = head[: head.rfind(b"\n") + 1] or head  # no character is cut in two
    is_chinese = _broken_at(path, "gb18030") is None and reads_as_chinese(whole)
    western = "no" if _broken_at(path, "cp1252") is not None else reads_as_western(whole)
    if is_chinese and western == "no":
        return "gb18030"
    if western != "no" and (not is_chinese or (western == "yes" and stands_in_latin_words(whole))):
        return "cp1252"
    if is_chinese:
        raise _ambiguous(path, head, "gb18030", "cp1252")
    line = _line(path, odd_at)
    raise SourceError(f"{path.name}: neither UTF-8 nor GB18030 nor Windows-1252 text (line {line}).", _REMEDY)


def _ambiguous(path: Path, head: bytes, first: str, second: str) -> SourceError:
    field = re.search(rb"[^,;\t|\"\r\n]*[\x80-\xff][^,;\t|\"\r\n]*", head)
    start, written = (field.start(), field[0]) if field else (0, head[:_SHOWN])
    readings = " or ".join(f"'{written.decode(name, 'replace')[:_SHOWN]}' ({name})" for name in (first, second))
    return SourceError(
        f"{path.name}, line {_line(path, start)}: reads as {readings}, and it has too few such characters to tell.",
        f"Write `encoding: {first}` or `encoding: {second}` at its data source in the report list, or save it as UTF-8 "
        "with a byte order mark.",
    )


def _proved(path: Path, encoding: str) -> str:
    broken_at = _broken_at(path, encoding)
    if broken_at is not None:
        line = _line(path, broken_at)
        raise SourceError(f"{path.name}: is not {encoding} in line {line} (byte {broken_at}).", _REMEDY)
    return encoding


def _broken_at(path: Path, encoding: str) -> int | None:
    """Offset of the first bytes that are not ``encoding``, or ``None``."""
    decoder = codecs.getincrementaldecoder(encoding)()
    offset = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            kept = len(decoder.getstate()[0])  # bytes of a character that began in the chunk before
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return offset - kept + error.start
            if not chunk:
                return None
            offset += len(chunk)


def _line(path: Path, offset: int) -> int:
    with path.open("rb") as file:
        return file.read(offset).count(b"\n") + 1


def _is_nearly_utf8(sample: bytes) -> bool:
    text = sample.decode("utf-8", errors="replace")
    bad = text.count("\ufffd")
    good = sum(1 for character in text if character > "\x7f") - bad
    return good > 4 * bad
