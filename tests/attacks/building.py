"""The house that is attacked, made by walking the steps: every way on which a revision can come to its end, and back.

Seven years pass in it, so the clock is set. Its revisions: removed after their time; sealed under a key that the report
has no more; made for the archive alone; reviewed with minutes; returned and reworked, with a recipient excused and
another's address corrected; a correction; made of handed-in data; and one that waits for its second approval.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import openpyxl
import yaml
from itss import steps
from itss.audit.protocol import audit_month
from itss.choices import COLLECT
from itss.cli import main as itss
from itss.errors import DeliveryError
from itss.hand_in.place import find_place
from itss.hand_in.receiving import MarkedRefusalError, hand_in
from itss.hand_in.template import column_of, template
from itss.notices.causes import Failure
from itss.ref import Ref
from itss.register import signing
from itss.register.__main__ import main as register_command
from itss.register.schema import BaselineRow
from itss.settings import settings
from place import House, clock

ROOT = Path(__file__).resolve().parents[2]
KEY, OLD_KEY, NEW_KEY, SUPPLIER = "servicenow_incidents", "helpdesk_monthly", "service_desk_monthly", "supplier_monthly"
REMOVED = Ref(OLD_KEY, "2019-09", 1)
RENAMED = Ref(NEW_KEY, "2026-07", 1)
ARCHIVED = Ref(KEY, "2026-08", 1)
REVIEWED = Ref(KEY, "2026-08", 2)
RETURNED = Ref(KEY, "2026-09", 1)
REWORKED = Ref(KEY, "2026-09", 2)
CORRECTED = Ref(KEY, "2026-09", 3)
HANDED_IN = Ref(SUPPLIER, "2026-09", 1)
WAITING = Ref(KEY, "2026-10", 1)
SEALED = (RENAMED, ARCHIVED, REVIEWED, REWORKED, CORRECTED, HANDED_IN)
NOW = "2026-11-04T08:00:00"
"""When the house is attacked and audited."""

CLERK, CHIEF, MANAGER = "head_of_department", "management_representative", "report_manager"
PROVIDER, READER = "data_provider@example.com", "process_manager@example.com"
_HEAD = "number,opened,resolved\n"


def build(root: Path) -> House:
    """Walk it all; takes a minute."""
    house = House(root)
    _lay_out(house)
    signing.make(house.key)
    with house.entered() as sink:
        _past(house)
        _august(house)
        _september(house, sink)
        _supplier(house)
        with clock("2026-10-20T08:00:00"):
            done = ["improvement", f"{KEY}-2026-08-1", "done", "--result", "it is there"]
            assert register_command(done) == 0
        with clock("2026-11-02T06:00:00") as now:
            _set_baseline(house)
            audit_month(now)
        with clock("2026-11-03T08:00:00"):
            _log(house, "2026-10", "INC7,{m}-03 08:00,{m}-03 10:00\nINC8,{m}-20 08:00,\n")
            job = draft(WAITING, "run-oct")
            answer(job, "initial_review", CLERK, comment="looks right")
            steps.ask(job, "approval")
    return house


def said(who: str, option: str = "Approve", **given: Any) -> dict[str, Any]:
    """A person's answer, as Airflow hands it over."""
    at = dt.datetime.now(dt.UTC)
    user = {"id": who, "name": who}
    return {"chosen_options": [option], "params_input": given, "responded_at": at, "responded_by_user": user}


def produce(job: dict[str, Any], processes: tuple[str, ...] = ("incident",)) -> dict[str, Any]:
    """From an opened revision to its statement."""
    for process in processes:
        steps.collect(job, process)
    steps.check(job)
    steps.measure(job)
    return steps.render(job)


def draft(ref: Ref, run: str, **more: Any) -> dict[str, Any]:
    """A rendered draft over the log."""
    job = steps.open_report(ref.report, ref.period, run, dt.datetime.now(dt.UTC), **more)
    produce(job)
    return job


def answer(job: dict[str, Any], level: str, who: str, option: str = "Approve", comment: str = "") -> None:
    """Ask a level, and answer for it."""
    content = steps.ask(job, level)
    steps.decide(job, level, said(who, option, comment=comment, content=content))


def sign(job: dict[str, Any]) -> None:
    """Both levels approve."""
    answer(job, "initial_review", CLERK)
    answer(job, "approval", CHIEF, comment="同意")


def finish(job: dict[str, Any]) -> None:
    """From the gate to the seal."""
    steps.release(job)
    steps.deliver(job)
    steps.seal(job)


def _lay_out(house: House) -> None:
    shutil.copytree(ROOT / "docs" / "examples" / "servicenow", house.root / "list")
    supplier = ROOT / "docs" / "examples" / "supplier"
    shutil.copytree(supplier / "agreements", house.root / "list" / "agreements", dirs_exist_ok=True)
    theirs = yaml.safe_load((supplier / "report_list.yaml").read_text())
    query = house.root / "list" / "sql" / "own" / "incident.sql"
    query.parent.mkdir(parents=True)
    query.write_text("SELECT number AS id, opened AS opened_at, NULLIF(resolved, '') AS resolved_at FROM source")

    def change(document: dict[str, Any]) -> None:
        first = document["reports"][0]
        first["data_source"]["incident"] |= {"system": "own", "file": "log.csv", "fresh_days": 31}
        first["period"]["first"] = "2019-01-01"
        first["distribution"]["recipients"] = ["process_manager", "report_manager", "data_provider"]
        first["distribution"]["formats"] = ["xlsx", "html", "pdf"]
        first["review"] = True
        second = yaml.safe_load(yaml.safe_dump(first)) | {"key": OLD_KEY, "review": False}
        supplied = theirs["reports"][0]
        supplied["distribution"]["folder"] = str(house.var / "shared")
        document["people"] |= {"supplier_manager": theirs["people"]["supplier_manager"]}
        document["reports"] = [first, second, supplied]

    house.relist(change)
    _form(house)
    (house.var / "shared").mkdir(parents=True)


def _form(house: House) -> None:
    """A template of its own over the shipped one, with a logo, and own measures beside the list."""
    own = house.root / "list" / "templates" / "internal"
    own.mkdir(parents=True)
    for language in ("en", "zh-CN"):
        (own / f"report.{language}.md.j2").write_text('{% extends "internal" %}\n')
    (own / "look.yaml").write_text("logo: logo.svg\n")
    (own / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>\n')
    (house.root / "list" / "measures.yaml").write_text("measures: {}\n")


def _agree(house: House) -> None:
    """That one incident is not counted, which the customer confirmed after the report had gone out."""
    agreements, mail = house.root / "list" / "agreements", b"Subject: INC5\n\nagreed\n"
    (agreements / "evidence").mkdir()
    (agreements / "evidence" / "mail.eml").write_bytes(mail)
    one = {
        "key": "works_of_the_carrier",
        "process": "incident",
        "id": ["INC5"],
        "measures": ["opened"],
        "reason": "Works of the carrier",
        "evidence": {"file": "evidence/mail.eml", "sha256": hashlib.sha256(mail).hexdigest()},
        "agreed_by": "Service owner of Customer A",
        "agreed_on": "2026-10-04",
    }
    (agreements / "exclusions.yaml").write_text(yaml.safe_dump({"servicenow_24x7": [one]}))


def _log(house: House, month: str, rows: str) -> None:
    """What the source says of a month."""
    (house.root / "list" / "log.csv").write_text(_HEAD + rows.replace("{m}", month))


def _past(house: House) -> None:
    """A version of 2019 that was removed after its time, under a key that the report has no more."""
    with clock("2019-10-02T08:00:00"):
        _log(house, "2019-09", "INC1,{m}-01 08:00,{m}-01 12:00\nINC2,{m}-02 08:00,\n")
        job = draft(REMOVED, "run-2019")
        sign(job)
        finish(job)
    with clock("2025-11-10T08:00:00"):
        assert itss(["retention", "--delete", "--reason", "six years are over"]) == 0
    with clock("2026-08-04T08:00:00"):
        house.relist(lambda document: document["reports"][1].update(key=NEW_KEY, was=OLD_KEY))
        house.register.rename(OLD_KEY, NEW_KEY)
        _log(house, "2026-07", "INC3,{m}-01 08:00,{m}-01 12:00\nINC4,{m}-02 08:00,{m}-04 09:00\n")
        job = draft(RENAMED, "run-1")
        sign(job)
        finish(job)


def _august(house: House) -> None:
    """First for the archive alone, then as a report with a review."""
    with clock("2026-09-02T08:00:00"):
        _log(house, "2026-08", "INC1,{m}-03 08:00,{m}-03 12:00\nINC2,{m}-04 08:00,\n")
        job = draft(ARCHIVED, "backfill-1", backfill=True)
        assert steps.release(job) == "archive"
        steps.seal(job)
    with clock("2026-09-03T08:00:00"):
        job = draft(REVIEWED, "run-1")
        sign(job)
        steps.release(job)
        steps.deliver(job)
    with clock("2026-09-10T08:00:00"):
        form = {
            "held_on": "2026-09-09",
            "attendees": ["process_manager", "report_author"],
            "guests": "客户张部长",
            "gaps": "one breach",
            "items": "a second line | report_author | 2026-10-30\na new phone | report_author | 2026-12-30",
            "trends": "none",
            "measures": "look every week",
        }
        steps.hold_review(job, said(MANAGER, "OK", **form) | {"responded_at": dt.datetime.now(dt.UTC).isoformat()})
        steps.send_minutes(job)
        steps.seal(job)


def _september(house: House, sink: Any) -> None:
    """Returned, reworked, delivered with trouble; then corrected, with August told otherwise than it was published."""
    rows = "INC1,2026-08-03 08:00,2026-08-03 12:00\nINC2,2026-08-04 08:00,\nINC5,{m}-02 08:00,{m}-02 11:00\n"
    with clock("2026-10-02T08:00:00"):
        _log(house, "2026-09", rows)
        job = draft(RETURNED, "run-1")
        answer(job, "initial_review", CLERK, "Reject", "section b: why?")
        steps.return_to_author(job)
        form = {"data": COLLECT, "section_a": None, "section_b": "a new line", "section_c": None}
        steps.rework(job, said("report_author", "OK", **form))
    with clock("2026-10-03T08:00:00"):
        job = draft(REWORKED, "run-2")
        sign(job)
        steps.release(job)
        sink.refused = frozenset([PROVIDER, READER])
        with suppress(DeliveryError):
            steps.deliver(job)
        steps.fail(job, Failure(KEY, "deliver", DeliveryError("refused"), "run-2"), dt.datetime.now(dt.UTC))
        where = [KEY, "2026-09", "2"]
        assert register_command(["delivery", *where, PROVIDER, "waived"]) == 0
        house.relist(lambda document: document["people"]["process_manager"].update(email="reader@example.com"))
        assert itss(["resend", KEY, "2026-09"]) == 0
        sink.refused = frozenset()
        steps.deliver(job)
        steps.seal(job)
    with clock("2026-10-05T08:00:00"):
        _agree(house)
        late = rows.replace("INC2,2026-08-04 08:00,\n", "INC2,2026-08-04 08:00,2026-08-30 09:00\n")
        _log(house, "2026-09", late + "INC6,{m}-03 08:00,{m}-03 10:00\n")
        job = draft(CORRECTED, "run-3")
        sign(job)
        finish(job)


def _supplier(house: House) -> None:
    """Of data that were handed in: once refused, then taken, then taken in a second version."""
    with clock("2026-10-09T02:00:00") as now:
        times = {"sampled_at": dt.datetime(2026, 9, 20, 8)}  # noqa: DTZ001 - a workbook knows no zones
        row = {"id": "S1", "resource": "数据库 A", "utilisation": 0.5} | times
        measured = {"measured_at": dt.datetime(2026, 9, 30, 20)}  # noqa: DTZ001
        level = {"id": "L1", "service": "云平台", "target": 0.99, "achieved": 0.995} | measured
        for process, one in (
            ("capacity", row | {"utilisation": 7.5}),
            ("capacity", row),
            ("capacity", row | {"utilisation": 0.75}),
            ("service_level", level),
        ):
            where = find_place(settings(), SUPPLIER, "2026-09", process, now)
            path = _workbook(house.root / "in.xlsx", template(where, None), one)
            with suppress(MarkedRefusalError):  # the first, which is thus on record, too
                hand_in(settings(), house.register, where, path, "data_provider", now)
        job = steps.open_report(SUPPLIER, "2026-09", "run-1", now)
        produce(job, ("capacity", "service_level", "availability"))
        sign(job)
        finish(job)


def _workbook(path: Path, form: bytes, row: dict[str, Any]) -> Path:
    path.write_bytes(form)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    at = {column_of(cell.value): cell.column for cell in sheet[1]}
    for name, value in row.items():
        sheet.cell(2, at[name]).value = value
    book.save(path)
    return path


def _set_baseline(house: House) -> None:
    """As `itss.register.baselines` writes one; to publish the thirteen figures it is made of would take too long."""
    with house.register.writing() as desk:
        desk.session.add(
            BaselineRow(
                report=KEY,
                process="incident",
                measure="opened",
                number=1,
                definition=1,
                first="2025-08",
                last="2026-08",
                points=13,
                mean=2.0,
                lower=0.5,
                upper=3.5,
                set_at=desk.clock(),
                who="",
                reason="fixed by itself",
            )
        )
        desk.note(KEY, "baseline", "measure", process="incident", measure="opened", number=1)
