"""The mails' templates (``include/templates/mail``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itss.reports.drawing.html_templates import environment


def render(name: str, words: Mapping[str, Any]) -> str:
    """The template ``name`` with ``words``."""
    return environment().get_template(f"mail/{name}").render(words)
