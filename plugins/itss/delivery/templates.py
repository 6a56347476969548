"""The mails' templates (``include/templates/mail_*``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itss.reports.templates import environment


def render(name: str, words: Mapping[str, Any]) -> str:
    """The template ``name`` with ``words``."""
    return environment().get_template(name).render(words)
