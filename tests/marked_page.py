"""Puts what a long test has measured into its page of docs/, between two comments: ``<!-- mark -->`` and its end."""

from __future__ import annotations

import re
from pathlib import Path


def put(text: str, mark: str, lines: str) -> str:
    """``text`` with ``lines`` between the two comments of a mark; an error where it does not have them once."""
    made, count = re.subn(
        rf"(<!-- {mark} -->\n).*?(<!-- /{mark} -->)", lambda found: f"{found[1]}{lines}\n{found[2]}", text, flags=re.S
    )
    if count != 1:
        raise ValueError(f"The page has no <!-- {mark} --> … <!-- /{mark} -->.")
    return made


def write(page: Path, mark: str, lines: str) -> None:
    """The same in the file of the page."""
    page.write_text(put(page.read_text(encoding="utf-8"), mark, lines), encoding="utf-8")
