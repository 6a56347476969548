"""A house for the pages: the list of `walk_house` in which everybody can sign in, and a bystander of no report."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from walk_house import lay_out


def furnish(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lay it out in ``folder``."""
    house = lay_out(folder, monkeypatch)
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    for key, person in document["people"].items():
        person.setdefault("user", key)
    document["people"]["bystander"] = {
        "title": {"zh-CN": "旁观者", "en": "Bystander"},
        "email": "bystander@example.com",
        "user": "bystander",
    }
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))
    return house
