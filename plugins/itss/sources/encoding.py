"""In which encoding a text file is written: proved where possible, else refused.

UTF-8 (with or without byte order mark) and UTF-16/32 with a mark are certain. GB18030 is accepted when the text it
gives is everyday Chinese, Windows-1252 when its odd bytes stand alone as accented letters do. Its one surprise: almost
every byte sequence *decodes* as GB18030, so decoding without error proves nothing and the characters are looked at.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from itss.errors import SourceError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 4 << 20
_CHUNK = 1 << 20
_REMEDY = "Save the file as UTF-8 and hand it in again."


def detect(path: Path) -> str:
    """The Python name of the encoding of ``path``; `SourceError` where it cannot be told."""
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return _proved(path, name)
    broken_at = _broken_at(path, "utf-8")
    if broken_at is None:
        return "utf-8"
    if _is_nearly_utf8(head):
        raise SourceError(
            f"{path.name}: not valid UTF-8 in line {_line(path, broken_at)} (byte {broken_at}).",
            "Some character was cut or pasted in another encoding: " + _REMEDY,
        )
    if _is_everyday_chinese(head):
        return _proved(path, "gb18030")
    if _is_accented_latin(head):
        return _proved(path, "cp1252")
    raise SourceError(f"{path.name}: neither UTF-8 nor GB18030 nor Windows-1252 text.", _REMEDY)


def _proved(path: Path, encoding: str) -> str:
    broken_at = _broken_at(path, encoding)
    if broken_at is not None:
        raise SourceError(f"{path.name}: looks like {encoding}, but byte {broken_at} does not fit.", _REMEDY)
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


def _is_everyday_chinese(sample: bytes) -> bool:
    """Most double bytes are GB2312 level one characters (3,755 everyday ones) or its punctuation."""
    pairs = re.findall(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]", sample)
    usual = sum(1 for a, b in pairs if b >= 0xA1 and (0xB0 <= a <= 0xD7 or 0xA1 <= a <= 0xA3))
    return usual > 0.7 * len(pairs) and not _is_accented_latin(sample)


def _is_accented_latin(sample: bytes) -> bool:
    """Odd bytes mostly stand alone, now and then in pairs (``öß``); in Chinese text none stands alone."""
    lengths = [len(run) for run in re.findall(rb"[\x80-\xff]+", sample)]
    return lengths.count(1) > 0.3 * len(lengths) and sum(length <= 2 for length in lengths) > 0.9 * len(lengths)
