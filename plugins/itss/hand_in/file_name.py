"""The name of a file, made safe for record, folder and screen; whatever bytes it was dropped with."""

from __future__ import annotations

import os
import re
from contextlib import suppress

_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u2028\u2029\u202a-\u202e\u2066-\u2069]+')
_NAME_BYTES = 150


def clean_name(name: str) -> str:
    """The name for record and folder. Bytes that are no UTF-8 are those of an old Chinese system, or are replaced."""
    raw = os.fsencode(name)
    for encoding in ("utf-8", "gb18030"):
        with suppress(UnicodeDecodeError):
            name = raw.decode(encoding)
            break
    else:
        name = raw.decode("utf-8", "replace")
    clean = " ".join(_UNSAFE.sub(" ", name).split()).strip(" .") or "file"
    stem, suffix = os.path.splitext(clean)  # noqa: PTH122 - of a name, not of a path
    return stem.encode()[:_NAME_BYTES].decode(errors="ignore").rstrip() + suffix[:10]
