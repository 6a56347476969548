"""Jinja templates to text: whatever is inserted is escaped, and a name that is missing is an error, not a blank."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from itss.settings import settings


def style(name: str) -> tuple[Markup, str]:
    """A style sheet of ours, and the security policy of a page that allows nothing but it."""
    css = _text(settings().include / "templates" / "page" / name)
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return Markup(css), policy  # noqa: S704 - our own file


def environment() -> jinja2.Environment:
    """The templates, escaping whatever is put into them."""
    return _environment(settings().include / "templates")


@lru_cache
def _text(path: Path) -> str:
    return path.read_text("utf-8").strip()


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
