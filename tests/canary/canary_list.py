"""The report list of the canary test: one entry, made for each customer; shared and own agreements, people of each."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml
from canary_itsm import service_of, write_database, write_queries
from canary_words import ENTRY, Bird
from itss.register import signing

ROOT = Path(__file__).resolve().parents[2]
CONNECTION = "canary_itsm"
SHARED = ("report_manager", "report_author", "data_provider")
PROCESSES = (
    "incident", "request", "change", "problem", "release", "availability", "capacity", "satisfaction", "security",
    "service_level", "improvement",
)  # fmt: skip


def lay_out(folder: Path, birds: list[Bird]) -> dict[str, str]:
    """The list and the database in ``folder``; the environment in which everything the product keeps is below it."""
    listed = folder / "list"
    (listed / "reports").mkdir(parents=True)
    (listed / "agreements" / "evidence").mkdir(parents=True)
    write_database(folder / "itsm.sqlite", birds, folder / "sample.sqlite")
    write_queries(ROOT / "include" / "sql" / "itss", listed / "sql" / "canary")
    _write(listed / "report_list.yaml", {"report_manager": "report_manager", "people": _people(birds)})
    _write(listed / "reports" / f"{ENTRY}.yaml", _entry())
    _write(listed / "customers.yaml", {"customers": [_customer(bird) for bird in birds]})
    _agreements(listed / "agreements", birds)
    signing.make(folder / "signing_key.pem")
    return {
        "ITSS_SIGNING_KEY": str(folder / "signing_key.pem"),
        "ITSS_VAR": str(folder / "var"),
        "ITSS_REPORT_LIST": str(listed / "report_list.yaml"),
        f"AIRFLOW_CONN_{CONNECTION.upper()}": f"sqlite:///{folder / 'itsm.sqlite'}",
    }


def mail_connection(port: int) -> str:
    """The connection of the mail server on ``port``."""
    extra = {"disable_ssl": True, "disable_tls": True, "from_email": "reports@example.com", "timeout": 20}
    return json.dumps({"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra})


def _write(path: Path, document: Any) -> None:
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _people(birds: list[Bird]) -> dict[str, Any]:
    keys = [*SHARED, *(key for bird in birds for key in bird.people.values())]
    return {
        key: {"title": {"zh-CN": f"角色 {key}", "en": f"Role {key}"}, "email": f"{key}@example.com", "user": key}
        for key in keys
    }


def _customer(bird: Bird) -> dict[str, Any]:
    people = bird.people
    return {
        "key": bird.name,
        "title": {"zh-CN": f"客户 {bird.name}", "en": f"Customer {bird.name}"},
        "language": "zh-CN" if bird.number % 4 == 0 else "en",
        "recipients": [people["client"]],
        "approvers": {"initial_review": [people["head"]], "approval": [people["chief"], people["owner"]]},
        **({"template": "internal"} if bird.number % 4 == 1 else {}),
        **({} if bird.value == bird.name else {"binds": {"customer": bird.value}}),
        **({"agreement": f"sla_{bird.name}"} if bird.has_own_agreement else {}),
    }


def _entry() -> dict[str, Any]:
    level = {"zh-CN": "审批", "en": "Approval"}
    return {
        "key": ENTRY,
        "for_each": "customers.yaml",
        "kind": "customer",
        "title": {"zh-CN": "服务月报", "en": "Monthly service report"},
        "language": "en",
        "department": {"zh-CN": "运维服务部", "en": "IT operations"},
        "template": "customer",
        "requirements": {"zh-CN": "每月报告。", "en": "Every month."},
        "period": {
            "kind": "month", "timezone": "Asia/Shanghai", "schedule": "0 6 1 * *", "due_working_days": 5,
            "holidays": "CN", "first": "2026-08-01",
        },
        "data_source": {one: {"system": "canary", "connection": CONNECTION, "mandatory": False} for one in PROCESSES},
        "collection_method": "sql",
        "data_collector": ["data_provider"],
        "author": "report_author",
        "approval": [
            {"name": "initial_review", "title": {"zh-CN": "初审", "en": "Initial review"}, "approvers": []},
            {"name": "approval", "title": level, "approvers": []},
        ],
        "distribution": {
            "recipients": ["report_manager"], "formats": ["xlsx", "html", "pdf"], "sign_off_sheet": True,
        },
        "agreement": "shared_sla",
        "dimensions": ["service", "priority", "category"],
        "history": 2,
        "review": True,
    }  # fmt: skip


def _agreements(folder: Path, birds: list[Bird]) -> None:
    shipped = yaml.safe_load((ROOT / "include" / "agreements" / "customer_sla.yaml").read_text(encoding="utf-8"))
    version = {
        **shipped["versions"][-1],
        "targets": [{"process": "incident", "measure": "resolution_compliance", "at_least": 0.8}],
    }
    version.pop("services")
    shared = {**shipped, "key": "shared_sla", "versions": [version]}
    _write(folder / "shared_sla.yaml", shared)
    exclusions = {}
    for bird in birds:
        if bird.has_own_agreement:
            title = {"zh-CN": f"协议 {bird.name}", "en": f"Agreement {bird.name}"}
            own = version | {"services": [{"name": service_of(bird, number)} for number in range(3)]}
            _write(
                folder / f"sla_{bird.name}.yaml",
                shared | {"key": f"sla_{bird.name}", "title": title, "versions": [own]},
            )
            exclusions[f"sla_{bird.name}"] = [_exclusion(folder, bird)]
    _write(folder / "exclusions.yaml", exclusions)


def _exclusion(folder: Path, bird: Bird) -> dict[str, Any]:
    evidence = folder / "evidence" / f"{bird.name}.eml"
    evidence.write_text(f"Not counted, as agreed with {bird.song}.", encoding="utf-8")
    return {
        "key": f"works_{bird.name}",
        "process": "incident",
        "from": "2026-09-07T00:00",
        "until": "2026-09-09T00:00",
        "reason": f"Works of {bird.song}",
        "evidence": {"file": f"evidence/{evidence.name}", "sha256": sha256(evidence.read_bytes()).hexdigest()},
        "agreed_by": f"Owner at {bird.name} {bird.song}",
        "agreed_on": "2026-09-10",
    }
