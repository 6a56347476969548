"""Witnesses: mails that left the house, each with the newest line of the ledger then. Do they still agree with it?

Reads what people saved: a mail (``.eml``, in whatever encoding, HTML or text, forwarded too) or a text with the line in
it. Whoever cut off or rewrote the ledger cannot change the mails that others hold.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

from itss.register import Witness, signing
from itss.text import Text, text

_LARGEST = 64 * 1024 * 1024
_TAG = re.compile(r"<[^>]{0,10000}>")
_LINE = re.compile(r"ITSS-WITNESS\s+(\d{1,10})\s+([0-9a-f]{64})\s+([A-Za-z0-9+/]{86}==)")
_ENCODINGS = ("utf-8", "utf-16", "gb18030")

LinesOf = Callable[[int], tuple[str, str] | None]


@dataclass(frozen=True)
class Testimony:
    """What one witness line of a file says of the ledger; ``holds`` only if it is there as the mail has it."""

    file: str
    seq: int | None
    holds: bool
    what: Text


def testimonies(files: Sequence[Path], line: LinesOf, newest: int | None, keys: Sequence[str]) -> list[Testimony]:
    """Each witness line of each file against the ledger: hash and signature of a ``line`` by its number.

    ``newest`` is the number of lines; ``None`` where there are only those that were archived, so that one which is not
    among them says nothing.
    """
    return [one for file in files for one in _of_file(file, line, newest, keys)]


def _of_file(file: Path, line: LinesOf, newest: int | None, keys: Sequence[str]) -> Iterator[Testimony]:
    name = str(file)
    try:
        found = list(dict.fromkeys(_witnesses(_read(file))))
    except OSError as error:
        yield Testimony(name, None, False, text(f"无法读取（{error}）", f"cannot be read ({error})"))
        return
    if not found:
        yield Testimony(name, None, False, text("没有见证行", "holds no witness line"))
    for one in found:
        holds, what = _judged(one, line(one.seq), newest, keys)
        yield Testimony(name, one.seq, holds, what)


def _judged(one: Witness, known: tuple[str, str] | None, newest: int | None, keys: Sequence[str]) -> tuple[bool, Text]:
    is_signed = any(signing.is_signed(one.sha256, one.signature, key) for key in keys)
    if not is_signed:
        return False, text(
            f"第 {one.seq} 行：签名不出自账本的任何密钥，邮件不是见证；若此后换过密钥，请以 --public-key 指明",
            f"line {one.seq}: it is not signed by any key of the ledger, so the mail is no witness; if the key was "
            "changed since, name it by --public-key",
        )
    if known is None and newest is None:
        return True, text(
            f"第 {one.seq} 行：签名有效；存档中没有这一行，须与登记册核对",
            f"line {one.seq}: the signature holds; the archive has not this line, so ask the register",
        )
    if known is None:
        return False, text(
            f"账本中已没有第 {one.seq} 行（现有 {newest} 行）：其后各行已被截去",
            f"line {one.seq} is not in the ledger any more, which has {newest} lines: it was cut off",
        )
    if known[0] != one.sha256 or one.signature not in known[1].split(" "):
        return False, text(
            f"第 {one.seq} 行：账本现在所述不同，已被改写",
            f"line {one.seq}: the ledger says otherwise now, it was rewritten",
        )
    return True, text(f"第 {one.seq} 行：账本仍如此", f"line {one.seq}: the ledger still says the same")


def _read(file: Path) -> bytes:
    if not file.is_file():
        raise OSError("it is no plain file")
    if file.stat().st_size > _LARGEST:
        raise OSError(f"it is larger than {_LARGEST // 1024 // 1024} MB")
    return file.read_bytes()


def _witnesses(data: bytes) -> Iterator[Witness]:
    for words in _texts(data):
        # a mail program may have broken the line, or put marks of quotation in front of it
        for said in (words, html.unescape(_TAG.sub("", words))):
            for seq, sha256, signature in _LINE.findall(re.sub(r"\n[>\s]*", "\n", said)):
                yield Witness(int(seq), None, sha256, signature)


def _texts(data: bytes) -> Iterator[str]:
    """The file as text, and every part of it, should it be a mail."""
    for encoding in _ENCODINGS:
        yield data.decode(encoding, "replace")
    for part in message_from_bytes(data, policy=policy.compat32).walk():
        payload = part.get_payload(decode=True) if part.get_content_maintype() == "text" else None
        if isinstance(payload, bytes):
            for encoding in _ENCODINGS:
                yield payload.decode(encoding, "replace")
