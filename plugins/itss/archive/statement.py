"""The statement (``statement.json``): what people sign, as one canonical document of two parts.

*Said* is what the report says, a hash a part; *carried* is what it is carried by: every file with size and sha256,
recipients with their addresses, the mail to each, levels and approvers, periods and versions. People sign the hash of
the whole. Refuses a document that is not the one whose hash is on record. Its one surprise: *unchanged* compares
`said_sha256`, from which the author's words are left out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from itss.archive.version import canonical
from itss.errors import ContentChangedError

STATEMENT = "statement.json"
FORMAT = 1
WORDS = "words"
"""The part of *said* that holds what the author wrote."""


@dataclass(frozen=True)
class Statement:
    """``said`` maps each part of what the report says to its sha256; ``carried`` is plain JSON."""

    said: Mapping[str, str]
    carried: Mapping[str, Any]

    def to_bytes(self) -> bytes:
        """The one way in which it is written."""
        return canonical({"format": FORMAT, "said": dict(self.said), "carried": dict(self.carried)})

    @property
    def sha256(self) -> str:
        """What people sign."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @property
    def said_sha256(self) -> str:
        """What the report says, less the author's words."""
        return said_sha256(self.said)

    @property
    def files(self) -> dict[str, str]:
        """The sha256 of every file it carries, by name."""
        return {name: file["sha256"] for name, file in self.carried["files"].items()}

    def differences(self, other: Statement) -> list[str]:
        """What is not the same in both, as dotted names: ``files.report.html``, ``recipients.1.address``."""
        mine = {"said": dict(self.said), **self.carried}
        theirs = {"said": dict(other.said), **other.carried}
        return list(_differences(mine, theirs, ""))


def said_sha256(said: Mapping[str, str]) -> str:
    """The hash of what a report says, less the author's words."""
    return hashlib.sha256(canonical({name: sha256 for name, sha256 in said.items() if name != WORDS})).hexdigest()


def read_statement(data: bytes, sha256: str, where: str) -> Statement:
    """The statement in ``data``; `ContentChangedError` unless it is the one with this hash."""
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ContentChangedError(f"{where} is not the statement that was signed: its sha256 is not {sha256[:16]}….")
    document = json.loads(data)
    return Statement(document["said"], document["carried"])


def _differences(mine: Any, theirs: Any, at: str) -> Iterator[str]:
    if isinstance(mine, Mapping) and isinstance(theirs, Mapping):
        for name in sorted(mine.keys() | theirs.keys()):
            if name not in mine or name not in theirs:
                yield f"{at}{name}"
            else:
                yield from _differences(mine[name], theirs[name], f"{at}{name}.")
    elif isinstance(mine, list) and isinstance(theirs, list) and len(mine) == len(theirs):
        for number, pair in enumerate(zip(mine, theirs, strict=True)):
            yield from _differences(*pair, f"{at}{number}.")
    elif mine != theirs:
        yield at.rstrip(".")
