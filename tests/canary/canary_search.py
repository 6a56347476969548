"""Every text in a file: what is packed, encoded or drawn is unpacked, decoded or read, however deep it lies."""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
import shutil
import subprocess
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.header import decode_header, make_header
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from canary_words import Aviary, Bird

_INLINE = re.compile(rb"base64,([A-Za-z0-9+/=\s]{16,})")
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_DEEPEST = 6


@dataclass
class Count:
    """What was searched of one customer in one place: in how many files its words were, and where those of others."""

    files: int = 0
    bytes: int = 0
    with_name: int = 0
    with_song: int = 0
    others: list[str] = field(default_factory=list)

    def __add__(self, other: Count) -> Count:
        return Count(
            self.files + other.files,
            self.bytes + other.bytes,
            self.with_name + other.with_name,
            self.with_song + other.with_song,
            self.others + other.others,
        )


class Tally:
    """Counts by customer and place."""

    def __init__(self, aviary: Aviary) -> None:
        self.aviary = aviary
        self.counts: dict[tuple[int, str], Count] = {}
        self._known: dict[bytes, Counter[tuple[int, str]]] = {}

    def take(self, bird: Bird, place: str, name: str, data: bytes | str) -> None:
        """Search what is the customer's: any other customer's word in it is noted with ``name``."""
        raw = data.encode() if isinstance(data, str) else data
        heard = self.aviary.heard([name]) + self._heard(name.lower(), raw)
        own = {word for number, word in heard if number == bird.number}
        strange = sorted({number for number, _ in heard if number != bird.number})
        said = [f"{name} of customer {bird.number} has words of {', '.join(map(str, strange))}"] if strange else []
        known = self.counts.setdefault((bird.number, place), Count())
        self.counts[bird.number, place] = known + Count(1, len(raw), "name" in own, "song" in own, said)

    def _heard(self, name: str, data: bytes, depth: int = 0) -> Counter[tuple[int, str]]:
        """What is heard in the bytes, and in whatever can be read out of them; the same bytes are read once."""
        digest = sha256(data).digest()
        if digest not in self._known:
            inside = list(_inside(name, data)) if depth < _DEEPEST else []
            heard = self.aviary.heard([data.decode("utf-8", "replace")])
            for part, inner in inside:
                heard += self._heard(part.lower(), inner, depth + 1)
            self._known[digest] = heard
        return self._known[digest]

    def take_folder(self, bird: Bird, place: str, folder: Path) -> None:
        """Every file below ``folder``, by name and content."""
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            self.take(bird, place, str(path.relative_to(folder)), path.read_bytes())

    @property
    def others(self) -> list[str]:
        """Every leak."""
        return [said for count in self.counts.values() for said in count.others]


def _inside(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            yield from ((one, packed.read(one)) for one in packed.namelist())
    elif data[:2] == b"\x1f\x8b":
        yield "", gzip.decompress(data)
    elif data[:4] == b"PAR1":
        yield "", _rows(data).encode()
    elif data[:5] == b"%PDF-":
        yield from (("", one) for one in _pdf(data))
    elif name.endswith(".eml"):
        yield from _mail(data)
    for found in _INLINE.findall(data):
        yield "", base64.b64decode(found + b"==")


def _rows(data: bytes) -> str:
    table = pq.read_table(io.BytesIO(data))
    metadata = {str(key): str(value) for key, value in (table.schema.metadata or {}).items()}
    return json.dumps([metadata, table.to_pylist()], ensure_ascii=False, default=str)


def _pdf(data: bytes) -> Iterator[bytes]:
    """What is drawn, where the reader is installed; and every stream, which holds names and outlines."""
    if shutil.which("pdftotext"):
        yield subprocess.run(["pdftotext", "-", "-"], input=data, capture_output=True, check=True).stdout
    for stream in _STREAM.findall(data):
        try:
            yield zlib.decompress(stream)
        except zlib.error:
            continue


def _mail(data: bytes) -> Iterator[tuple[str, bytes]]:
    message = message_from_bytes(data)
    headers = [f"{name}: {make_header(decode_header(str(value)))}" for name, value in message.items()]
    yield "", "\n".join(headers).encode()
    for part in message.walk():
        payload: Any = part.get_payload(decode=True)
        if payload:
            yield part.get_filename() or "", payload
