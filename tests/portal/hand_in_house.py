"""A supplier's list in which everybody can sign in, and how they upload a file to it."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from itss.settings import settings
from visitor import ORIGIN, Visitor

sys.path.append(str(Path(__file__).parents[1] / "unit" / "hand_in"))

from handing import REPORT, ROOT

if TYPE_CHECKING:
    from httpx import Response

PERIOD = f"/hand-in/{REPORT}/2026-09"
HERE = f"{PERIOD}/capacity"
THOSE = ("data_provider", "report_author", "report_manager")
OTHERS = ("head_of_department", "management_representative", "bystander")

Visit = Callable[..., Visitor]


def lay_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The supplier's list, in which everybody has a user, with a state of its own, in ``folder``."""
    shutil.copytree(ROOT / "docs" / "examples" / "supplier", folder / "list")
    monkeypatch.setenv("ITSS_VAR", str(folder / "var"))
    monkeypatch.setenv("ITSS_REPORT_LIST", str(folder / "list" / "report_list.yaml"))
    change(lambda document: document["people"].update(bystander=_person("bystander")))
    return folder


def _person(key: str) -> dict[str, Any]:
    return {"title": {"zh-CN": "旁观者", "en": "Bystander"}, "email": f"{key}@example.com", "user": key}


def change(how: Callable[[Any], Any]) -> None:
    """Change the list, in which everybody has a user."""
    path = settings().report_list
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    how(document)
    for key, person in document["people"].items():
        person.setdefault("user", key)
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")


def send(visitor: Visitor, file: Path, path: str = HERE, name: str | None = None) -> Response:
    """Upload ``file`` as the form of the page does."""
    form = {"data": {"token": visitor.token("/hand-in")}, "files": {"file": (name or file.name, file.read_bytes())}}
    return visitor.client.post(f"/itss{path}", headers={"Origin": ORIGIN}, **form)


def cells(page: str) -> list[list[str]]:
    """The rows of the table of errors, as text."""
    table = re.search(r'<table class="faults">(.*?)</table>', page, re.DOTALL)
    assert table, page
    return [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in table[1].split("<tr>")[2:]]
