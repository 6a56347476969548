"""The evidence of an exclusion: a file beside the list, and nothing else that a path might lead to.

Refuses a path out of the folder, also through a link, what is no plain file, one too large to be kept with each
version, and one whose bytes are not those that were named.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from itss.errors import ConfigurationError
from itss.exclusions.models import Evidence
from itss.problems import Fault, Loc

MAX_BYTES = 20 << 20


def evidence_fault(loc: Loc, evidence: Evidence, folder: Path) -> Fault | None:
    """What is wrong with the file or its hash; nothing of what is in it."""
    try:
        found = hashlib.sha256(read_evidence(evidence, folder)).hexdigest()
    except ConfigurationError as error:
        zh = f"证据文件“{evidence.file}”不存在或无法读取；应放在约定文件夹（agreements）内。"
        return Fault((*loc, "file"), error.what, error.remedy, zh)
    if found != evidence.sha256:
        message = f"{evidence.file} is not the file that is named: its SHA-256 is {found}."
        remedy = "Put back the file that was agreed, or have the exclusion agreed anew."
        return Fault((*loc, "sha256"), message, remedy, f"{evidence.file} 不是所指的文件：其SHA-256为 {found}。")
    return None


def read_evidence(evidence: Evidence, folder: Path) -> bytes:
    """The bytes of the file; `ConfigurationError` if there is no such file below ``folder``, or it is too large."""
    path = _path(evidence.file, folder)
    if path is None:
        raise ConfigurationError(
            f"'{evidence.file}' leads out of the folder.", "Put the file beside the list of exclusions."
        )
    if not path.is_file():
        raise ConfigurationError(f"There is no file {evidence.file}.", "Put it there, or correct the path.")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(
            f"{evidence.file} cannot be read ({error.strerror}).", "Check its permissions."
        ) from error
    if len(data) > MAX_BYTES:
        message = f"{evidence.file} has more than {MAX_BYTES >> 20} MB."
        raise ConfigurationError(message, "Keep what shows the agreement: it is archived with each version.")
    return data


def _path(name: str, folder: Path) -> Path | None:
    parts = name.split("/")
    if "\\" in name or not name.isprintable() or any(part in ("", ".", "..") for part in parts):
        return None
    root, path = folder.resolve(), folder.joinpath(*parts).resolve()
    return path if path.is_relative_to(root) else None
