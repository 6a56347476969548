"""The report list of the soak: the folder ``list`` beside this file, with customers and their people written to it.

Every report has recipients of its own, so that a mail can be refused to one of them without touching another report.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml
from soak_plan import CUSTOMERS, ENTRIES, Case

HERE = Path(__file__).resolve().parent / "list"
STAFF = ("report_manager", "report_author", "head_of_department", "deputy_head", "management_representative")
ROLES = ("it", "owner")


def lay_out(folder: Path, customers: int) -> Path:
    """The list in ``folder``."""
    shutil.copytree(HERE, folder)
    served, people = CUSTOMERS[:customers], {key: _person(key, is_user=True) for key in STAFF}
    for entry in ENTRIES:
        wanted = [{"key": key, "title": _title(key), "recipients": recipients(entry, key)} for key in served]
        _write(folder / f"{entry.removesuffix('_monthly')}_customers.yaml", {"customers": wanted})
        people |= {one: _person(one) for key in served for one in recipients(entry, key)}
    _write(folder / "people.yaml", {"people": people})
    return folder


def recipients(entry: str, customer: str) -> list[str]:
    """The keys of who gets a report."""
    return [f"{entry.removesuffix('_monthly')}_{customer}_{role}" for role in ROLES]


def addresses(case: Case) -> list[str]:
    """Of who gets the report of a case; a mail that is refused is one to the first of them."""
    entry, _, customer = case.report.partition(".")
    return [f"{key}@example.com" for key in recipients(entry, customer)]


def _person(key: str, *, is_user: bool = False) -> dict[str, Any]:
    return {"title": _title(key), "email": f"{key}@example.com", **({"user": key} if is_user else {})}


def _title(key: str) -> dict[str, str]:
    return {"zh-CN": f"角色 {key}", "en": f"Role {key}"}


def _write(path: Path, document: Any) -> None:
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
