"""Jinja templates to text: whatever is inserted is escaped, and a name that is missing is an error, not a blank."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import jinja2

from itss.settings import settings


def environment() -> jinja2.Environment:
    """The templates, escaping whatever is put into them."""
    return _environment(settings().shipped / "templates")


@lru_cache
def _environment(folder: Path) -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
