"""Mail templates to HTML: everything inserted is escaped, and a name that is missing is an error, not a blank."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from itss.settings import settings


def render(name: str, words: Mapping[str, Any]) -> str:
    """The template ``name`` of ``include/templates`` with ``words``."""
    environment = Environment(
        loader=FileSystemLoader(settings().include / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name).render(words)
