"""Whether the period's last sealed version says the same already, so that a rerun asks and mails nobody.

What the author wrote is no figure: a rerun in which they said nothing new repeats a version that holds their words.
"""

from __future__ import annotations

from typing import Any

from itss.archive.statement import said_sha256
from itss.steps import rendering, stating
from itss.steps.opened import opened as proven


def is_said_already(job: dict[str, Any]) -> bool:
    """Step 3 生成: whether the author need not be asked for a comment, for it would be on a report that is out."""
    opened, register = proven(job)
    last = register.last_sealed(opened.ref.report, opened.ref.period, before=opened.ref.number)
    if last is None:
        return False
    return last.said_sha256 == said_sha256(stating.said(opened, rendering.inputs(opened, preview=False)))
