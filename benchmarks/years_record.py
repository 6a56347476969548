"""Ten years of a list of fifty monthly reports on record, written by the register's own functions.

What a revision goes through is written in three transactions instead of twenty, so that the whole takes minutes; chain
and signatures are those of the ledger. It is kept below ``var/``, and made again once its format or the tables change.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from itss.archive.folder import RevisionFolder
from itss.checks.findings import Finding
from itss.periods import Period, parse_period
from itss.ref import Ref
from itss.register import (
    Notice,
    Register,
    decisions,
    deliveries,
    drafting,
    hand_ins,
    life,
    notices,
    opening,
    questions,
    reviews,
    sealing,
    signing,
)
from itss.register.desk import Desk
from itss.register.records import Item, Review
from itss.register.schema import HEAD, RevisionRow
from itss.report_list.due import report_due_at
from itss.report_list.loader import Loaded, load
from itss.report_list.models import Entry
from itss.steps.job import Job
from itss.text import text

ROOT = Path(__file__).resolve().parents[1]
REPORTS, MONTHS = 50, 120
FIRST, LAST = "2016-10", "2026-09"
CROWDED, CROWD = "supplier_49", 200
"""The report that has so many revisions of its last period."""
LEVELS = {"initial_review": "head_of_department", "approval": "management_representative"}
PROCESSES = ("capacity", "service_level", "availability")
_FORMAT = 1
_NOTICES = {
    "announce": "data_provider",
    "remind": "data_provider",
    "answer_due": "head_of_department",
    "answer_late": "report_manager",
    "report_due": "report_author",
}


@dataclass
class House:
    """A folder with a report list and a state of its own; ``now`` is what its register takes for the present."""

    folder: Path
    now: dt.datetime = field(default_factory=lambda: dt.datetime(2016, 10, 1, tzinfo=dt.UTC))

    @property
    def list_path(self) -> Path:
        """Its report list."""
        return self.folder / "list" / "report_list.yaml"

    @property
    def environment(self) -> dict[str, str]:
        """What has the product work in it."""
        return {
            "ITSS_VAR": str(self.folder / "var"),
            "ITSS_REPORT_LIST": str(self.list_path),
            "ITSS_REGISTER_URL": self.url,
            "ITSS_SIGNING_KEY": self.key,
        }

    @property
    def url(self) -> str:
        """Where its register is."""
        return f"sqlite:///{self.folder / 'var' / 'register.sqlite'}"

    @property
    def key(self) -> str:
        """Where its signing key is."""
        return str(self.folder / "var" / "signing_key.pem")

    def register(self) -> Register:
        """Its register, on its clock."""
        made = Register(self.url, lambda: self.now, self.key)
        made.upgrade()
        return made


def empty_house(folder: Path) -> House:
    """The list of fifty reports, owed for ten years, and nothing on record."""
    example = ROOT / "docs" / "examples" / "supplier"
    shutil.copytree(example, folder / "list")
    document = yaml.safe_load((example / "report_list.yaml").read_text(encoding="utf-8"))
    (entry,) = document["reports"]
    period = entry["period"] | {"first": dt.date.fromisoformat(f"{FIRST}-01")}
    document["reports"] = [entry | {"key": f"supplier_{at:02d}", "period": period} for at in range(REPORTS)]
    agreement = folder / "list" / "agreements" / "cloud_uc.yaml"
    words = agreement.read_text(encoding="utf-8")
    agreement.write_text(re.sub(r"effective_from: .*", "effective_from: 2016-01-01", words, count=1), encoding="utf-8")
    house = House(folder)
    house.list_path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    (folder / "var").mkdir()
    signing.make(Path(house.key))
    house.register()
    return house


def full_house() -> House:
    """The same with ten years on record; made once, and not to be changed: copy it."""
    folder = ROOT / "var" / "benchmarks" / f"years_{HEAD}_{_FORMAT}"
    if not folder.exists():
        memory = Path("/dev/shm")
        with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as part:
            house = empty_house(Path(part) / "house")
            _fill(house)
            shutil.copytree(house.folder, folder.with_suffix(".part"), dirs_exist_ok=True)
        folder.with_suffix(".part").replace(folder)
    return House(folder)


def _fill(house: House) -> None:
    register, loaded = house.register(), load(house.list_path)
    first = parse_period(FIRST, "month", loaded.list.reports[0].period.timezone)
    for month in range(MONTHS):
        period = first.shift(month)
        print(f"writing {period.label} of {FIRST} to {LAST}", file=sys.stderr, flush=True)
        for at, entry in enumerate(loaded.list.reports):
            write_place(house, register, entry, period)
            opened = document(loaded, entry, period)
            is_returned = (at + month) % 8 == 0
            if is_returned:
                write_returned(house, register, opened, Ref(entry.key, period.label, 1))
            many = CROWD if (entry.key, period.label) == (CROWDED, LAST) else 1
            for number in range(1 + is_returned, many + 1 + is_returned):
                write_revision(house, register, opened, Ref(entry.key, period.label, number), is_reviewed=at % 5 == 0)


def write_place(house: House, register: Register, entry: Entry, period: Period) -> None:
    """What was handed in for a report and period, and who was notified."""
    house.now = period.end + dt.timedelta(days=3)
    with register.writing() as desk:
        for process in PROCESSES:
            place, name = (entry.key, period.label, process), f"{process}.xlsx"
            file = hand_ins.Handed(name, _sha256(*place), 40, "data_provider", house.now, f"{'/'.join(place)}/{name}")
            hand_ins.accept(desk, place, file)
        planned = [
            Notice(
                *(entry.key, period.label, kind, "", who, f"{who}@example.com"),
                message_id=f"<{kind}.{entry.key}.{period.label}@example.com>",
                at=house.now,
            )
            for kind, who in _NOTICES.items()
        ]
        notices.plan(desk, planned)
        desk.session.flush()
        for one in planned:
            notices.record(desk, one.message_id, "sending", "", house.now)
            notices.record(desk, one.message_id, "accepted", "250 2.0.0 kept", house.now)


def write_revision(house: House, register: Register, opened: dict[str, Any], ref: Ref, *, is_reviewed: bool) -> None:
    """One revision from its opening to its seal."""
    sha256 = _submit(house, register, opened, ref)
    with register.writing() as desk:
        row = desk.revision(ref)
        for level, who in LEVELS.items():
            _answer(desk, row, level, who, "approve", house.now)
    with register.writing() as desk:
        row = desk.revision(ref)
        decisions.release(desk, row, [*LEVELS], statement_sha256=sha256, files={"sign_off.html": sha256})
        for who in opened["entry"]["distribution"]["recipients"]:
            for status in ("sending", "accepted"):
                address, id_ = f"{who}@example.com", f"<{who}.{ref.path}@example.com>"
                deliveries.record_delivery(desk, row, who, address, status, "250 2.0.0 kept", id_, house.now)
                desk.session.flush()
        deliveries.delivered(desk, row)
        if is_reviewed:
            _review(desk, row, house.now)
        sealing.seal(desk, row, f"/archive/{ref.path}", sha256, house.now)


def write_returned(house: House, register: Register, opened: dict[str, Any], ref: Ref) -> None:
    """One revision that was rejected, and what its author answered."""
    _submit(house, register, opened, ref)
    with register.writing() as desk:
        row = desk.revision(ref)
        level, who = next(iter(LEVELS.items()))
        _answer(desk, row, level, who, "reject", house.now)
        desk.session.flush()
        decisions.return_revision(desk, row, "列 3 有误")
        decisions.rework(desk, row, {"a": "已更正"}, keep_data=False, who="report_author")


def _submit(house: House, register: Register, opened: dict[str, Any], ref: Ref) -> str:
    """Open it, write its evidence and have it wait for its approvers; the hash of its statement."""
    at = parse_period(ref.period, "month", "Asia/Shanghai").end + dt.timedelta(days=4, minutes=5 * ref.number)
    house.now, sha256 = at, _sha256(*ref)
    with register.writing() as desk:
        _draft(desk, ref, opened, at)
        row = desk.revision(ref)
        drafting.record_draft(desk, row, said_sha256=sha256, statement_sha256=sha256)
        life.submit(desk, row)
        for level in LEVELS:
            desk.log(row, "asked", level=level, statement_sha256=sha256)
    return sha256


def _review(desk: Desk, row: RevisionRow, now: dt.datetime) -> None:
    """Minutes with two items, one of which is done at once."""
    day = now.date()
    items = [Item(f"改进 {at}", "report_author", day + dt.timedelta(days=20 * at)) for at in (1, 2)]
    minutes = Review(day, ("report_manager",), "无", "平稳", "无", "report_manager", now)
    reviews.record(desk, row, minutes, items, "Asia/Shanghai")
    desk.session.flush()
    reviews.close(desk, reviews.key_of(row, 1), "done", "已完成", "report_author")


def document(loaded: Loaded, entry: Entry, period: Period) -> dict[str, Any]:
    """What `open` writes into the register of it."""
    job = Job(
        entry=entry,
        people=loaded.list,
        agreement=loaded.agreements[entry.agreement],
        period=period,
        due_at=report_due_at(entry.period, period),
        revision=0,
        folder=RevisionFolder(Path()),
        base=Path(),
    )
    return job.document()


def submissions(now: dt.datetime, rows: int = 40) -> list[dict[str, Any]]:
    """One of each process."""
    known = {"source": "handed in", "rows": rows, "collected_at": now, "missing": ""}
    return [{"process": process, "sha256": _sha256(process, rows), **known} for process in PROCESSES]


def findings() -> list[Finding]:
    """A few, the same ones every month."""
    why, remedy = text("四行没有时间", "four rows have no time"), text("请补全", "Fill them in.")
    return [
        Finding(process, rule, "warning", "at", 4, 40, ("A1", "A2", "A3", "A4"), why, remedy, "handed in")
        for process in PROCESSES
        for rule in ("not_null", "in_period")
    ]


def figures(period: Period) -> pd.DataFrame:
    """A hundred and twenty, a third of them of the whole."""
    rows = [
        {
            "measure": measure,
            "process": process,
            "period": period.label,
            "dimension": "service" if member else "",
            "member": member,
            "value": 0.5 + (at % 7) / 20,
            "unit": "share",
            "numerator": 20.0,
            "denominator": 40.0,
            "n": 40,
            "target": 0.5,
            "status": "met",
            "version": 1,
        }
        for process in PROCESSES
        for at, measure in enumerate(["backlog", *(f"measure_{at:02d}" for at in range(12))])
        for member in ("", "数据库 A", "数据库 B")
    ]
    return pd.DataFrame(rows)


def _draft(desk: Desk, ref: Ref, opened: dict[str, Any], now: dt.datetime) -> None:
    opening.open_revision(
        desk,
        report=ref.report,
        period=ref.period,
        due_at=dt.datetime.fromisoformat(opened["due_at"]),
        run=f"scheduled__{ref.path}",
        entry=opened,
        agreement_version="2026",
        code_version="0.1.0",
        now=now,
    )
    row, period = desk.revision(ref), parse_period(ref.period, "month", "Asia/Shanghai")
    drafting.record_submissions(desk, row, submissions(now))
    drafting.record_findings(desk, row, findings())
    drafting.record_figures(desk, row, figures(period))
    questions.commented(desk, row, "report_author")


def _answer(desk: Desk, row: RevisionRow, level: str, who: str, answer: Any, now: dt.datetime) -> None:
    decisions.record_decision(
        desk,
        row,
        level=level,
        title=level,
        answer=answer,
        who={"id": who, "name": who},
        at=now,
        comment="",
        statement_sha256=row.statement_sha256,
    )


def _sha256(*parts: object) -> str:
    return hashlib.sha256(" ".join(map(str, parts)).encode()).hexdigest()
