"""An archive of two thousand sealed versions with their register: fifty monthly reports, forty months each.

The first is made as every report is; the others are copies of its data, figures and pages which have gone the same way
from there: stated, signed, released, mailed and sealed by the steps themselves, so that each is as valid as the first.
It is made once, below ``var/``, in a quarter of an hour; ``python -m benchmarks.years_archive`` says how to work in it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from itss import steps
from itss.archive.statement import STATEMENT
from itss.checks.findings_frame import findings_from_frame
from itss.periods import parse_period
from itss.register.schema import HEAD
from itss.sources.snapshot import frame_of
from itss.standalone.sink import MailSink
from itss.steps import collected, rendering
from itss.steps.drafting import draft_statement
from itss.steps.opened import opened
from itss.steps.stating import is_later

from benchmarks.entry import Entry, rounded
from benchmarks.years import connect
from benchmarks.years_record import LEVELS, ROOT, House

REPORTS, MONTHS, FIRST = 50, 40, "2023-05"
NOW = dt.datetime(2026, 10, 2, 8, tzinfo=dt.UTC)
_FORMAT, _MOST_S = 1, 60
_ROWS = "number,opened,resolved\nINC1,2023-05-01 08:00,2023-05-01 12:00\nINC2,2023-05-31 08:00,\n"
_SQL = "SELECT number AS id, opened AS opened_at, NULLIF(resolved, '') AS resolved_at FROM source"


def entries() -> list[Entry]:
    """The audit of all of it, in a process of its own; nothing is rendered again."""
    house = archive()
    command = [sys.executable, "-m", "itss", "audit", "--sample", "0"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | house.environment, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    made_by = house.folder / "code.sha256"
    if done.returncode:
        print(f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}", file=sys.stderr)
        if done.returncode != 1 or (made_by.is_file() and made_by.read_text() == _code_sha256()):
            raise SystemExit("It must be without a problem.")
        print(
            f"Other code sealed it, which may render otherwise. To have it made anew: rm -r {house.folder}",
            file=sys.stderr,
        )
    took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    name = f"audit of {REPORTS * MONTHS:,} sealed versions"
    return [Entry(name, rounded(took), "CPU s", "", None, None, f"<= {_MOST_S} s", took <= _MOST_S)]


def archive(reports: int = REPORTS, months: int = MONTHS) -> House:
    """The house with its archive; made once."""
    folder = ROOT / "var" / "benchmarks" / f"archive_{HEAD}_{_FORMAT}_{reports * months}"
    if not folder.exists():
        memory = Path("/dev/shm")
        with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as part:
            house = _lay_out(Path(part) / "house", reports)
            with MailSink(Path(part) / "mail") as sink:
                connect(sink.port)
                _fill(house, months)
            shutil.rmtree(house.folder / "var" / "workspace")
            (house.folder / "code.sha256").write_text(_code_sha256())
            shutil.copytree(house.folder, folder.with_suffix(".part"), dirs_exist_ok=True)
        folder.with_suffix(".part").replace(folder)
    return House(folder)


def _code_sha256() -> str:
    """The hash of all that a version is rendered by."""
    files = sorted([*(ROOT / "plugins").rglob("*.py"), *(ROOT / "include" / "templates").rglob("*.*")])
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _lay_out(folder: Path, reports: int) -> House:
    example = ROOT / "docs" / "examples" / "servicenow"
    shutil.copytree(example, folder / "list")
    document = yaml.safe_load((example / "report_list.yaml").read_text(encoding="utf-8"))
    (entry,) = document["reports"]
    entry["data_source"]["incident"] |= {"system": "own", "file": "log.csv"}
    entry["period"]["first"] = dt.date.fromisoformat(f"{FIRST}-01")
    document["reports"] = [entry | {"key": f"incidents_{at:02d}"} for at in range(reports)]
    house = House(folder)
    house.list_path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    (folder / "list" / "sql" / "own").mkdir(parents=True)
    (folder / "list" / "sql" / "own" / "incident.sql").write_text(_SQL, encoding="utf-8")
    (folder / "list" / "log.csv").write_text(_ROWS, encoding="utf-8")
    os.environ.update(house.environment)
    return house


def _fill(house: House, months: int) -> None:
    logging.disable(logging.INFO)  # the mail server tells of every line
    keys = [entry["key"] for entry in yaml.safe_load(house.list_path.read_text(encoding="utf-8"))["reports"]]
    first, model = parse_period(FIRST, "month", "UTC"), None
    for period in (first.shift(month) for month in range(months)):
        print(f"sealing {period.label}", file=sys.stderr, flush=True)
        for key in keys:
            job = steps.open_report(key, period.label, f"scheduled__{key}_{period.label}", NOW)
            model = model or _made(job)
            _copy(job, model)
            _leave(job)


def _made(job: dict[str, Any]) -> dict[str, bytes]:
    """The files of a draft as it is made of its data, up to its statement."""
    steps.collect(job, "incident")
    steps.check(job)
    steps.measure(job)
    steps.render(job)
    folder = opened(job)[0].folder
    return {name: folder.read(name) for name in folder.names() if not is_later(name) and not name.startswith("mails/")}


def _copy(job: dict[str, Any], model: dict[str, bytes]) -> None:
    """A draft with the files of another one, put on record as its own, and its statement."""
    draft, register = opened(job)
    for name, data in model.items():
        draft.folder.write(name, data)
    register.record_submissions(draft.ref, collected.submissions(draft))
    register.record_findings(draft.ref, findings_from_frame(_frame(model, "findings.parquet")))
    register.record_figures(draft.ref, _frame(model, "figures.parquet"))
    register.record_restatements(draft.ref, _frame(model, "restatements.parquet"))
    statement = draft_statement(draft, rendering.inputs(draft, preview=False), corrects=False)
    sha256 = draft.folder.write(STATEMENT, statement.to_bytes())
    register.record_draft(draft.ref, said_sha256=statement.said_sha256, statement_sha256=sha256)


def _leave(job: dict[str, Any]) -> None:
    """Have it signed, released, mailed and sealed."""
    for level, who in LEVELS.items():
        answer = {
            "chosen_options": ["Approve"],
            "params_input": {"comment": None, "content": steps.ask(job, level)},
            "responded_at": dt.datetime.now(dt.UTC),
            "responded_by_user": {"id": who, "name": who},
        }
        steps.decide(job, level, answer)
    steps.release(job)
    steps.deliver(job)
    steps.seal(job)


def _frame(model: dict[str, bytes], name: str) -> pd.DataFrame:
    return frame_of(model[name], name)


if __name__ == "__main__":
    made = archive(*map(int, sys.argv[1:]))
    print("\n".join(f"export {name}={value}" for name, value in made.environment.items()))
