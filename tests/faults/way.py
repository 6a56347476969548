"""The way of one report through its steps, a process each, and what has to hold when it has come to its end."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from bad_mail_server import BadMailServer
from itss.archive.version import names
from itss.audit.seals import verify
from itss.audit.versions import Asked, audit
from itss.register import Register
from itss.register.__main__ import main as register_command
from itss.settings import settings

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1] / "docs" / "examples" / "servicenow"
NOW = "2026-10-02T08:00:00+00:00"
KEY, PERIOD = "servicenow_incidents", "2026-09"
REF = (KEY, PERIOD, 1)
JOB = {"report": KEY, "period": PERIOD, "revision": 1}
GOOD = "number,opened,resolved\nINC1,2026-09-01 08:00,2026-09-01 12:00\nINC2,2026-09-02 08:00,\n"
RECIPIENTS = ["data_provider@example.com", "process_manager@example.com", "report_manager@example.com"]


def said(who: str, option: str = "Approve", **given: object) -> dict[str, Any]:
    """A person's answer, as Airflow hands it over."""
    user = {"id": who, "name": who}
    return {"chosen_options": [option], "params_input": given, "responded_at": NOW, "responded_by_user": user}


def opening(run: str = "run-1", **more: Any) -> dict[str, Any]:
    return {"call": "open_report", "args": [KEY, PERIOD, run, NOW], "given": more}


def way(job: dict[str, Any] = JOB) -> dict[str, dict[str, Any]]:
    """The calls of a signed report, by name, in their order."""
    head, chief = "head_of_department", "management_representative"
    calls: dict[str, tuple[str, list[Any]]] = {
        "collect": ("collect", [job, "incident"]),
        "check": ("check", [job]),
        "measure": ("measure", [job]),
        "comment": ("comment", [job, said("report_author", "OK", comment="Two servers were replaced")]),
        "render": ("render", [job]),
        "ask the first": ("ask", [job, "initial_review"]),
        "first answer": ("decide", [job, "initial_review", said(head, comment="well done")]),
        "ask the second": ("ask", [job, "approval"]),
        "second answer": ("decide", [job, "approval", said(chief, comment="")]),
        "release": ("release", [job, ["initial_review", "approval"]]),
        "deliver": ("deliver", [job]),
        "seal": ("seal", [job]),
    }
    return {"open": opening()} | {name: {"call": call, "args": args} for name, (call, args) in calls.items()}


ORDER = list(way())


@dataclass(frozen=True)
class Outcome:
    """What became of one process; ``error`` is the class of what it raised, ``signal`` what ended it."""

    value: Any = None
    error: str = ""
    text: str = ""
    trace: str = ""
    points: Sequence[str] = field(default=())
    signal: int = 0
    code: int = 0

    @property
    def is_done(self) -> bool:
        return self.code == 0 and not self.error


class Tasks:
    """The process of `task.py`, and whoever it starts."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "task.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def all(self, orders: Sequence[dict[str, Any]]) -> list[Outcome]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(orders) + "\n")
        self._process.stdin.flush()
        return [Outcome(**one) for one in json.loads(self._process.stdout.readline())]

    def stop(self) -> None:
        self._process.communicate()

    def warm_up(self) -> None:
        """Once through before the first fork, in a house that is thrown away."""
        with tempfile.TemporaryDirectory() as folder, BadMailServer() as box:
            house = House(Path(folder), self, box)
            assert self.all([house.order(call, is_warm_up=True) for call in way().values()]) == []


class House:
    """A list of one report over a file, a mail server, and everything the product keeps, below ``root``."""

    def __init__(self, root: Path, tasks: Tasks, box: BadMailServer) -> None:
        self.root = root
        self.tasks = tasks
        self.box = box
        self.env = {"ITSS_VAR": str(root / "var"), "ITSS_REPORT_LIST": str(root / "list" / "report_list.yaml")}
        self.extra: dict[str, Any] = {}
        self._kept: dict[str, list[Any]] = {}
        shutil.copytree(EXAMPLE, root / "list")
        recipients = ["process_manager", "report_manager", "data_provider"]
        self.relist(comment=True, distribution={"recipients": recipients, "folder": str(root / "var" / "shared")})
        query = root / "list" / "sql" / "own" / "incident.sql"
        query.parent.mkdir(parents=True)
        query.write_text("SELECT number AS id, opened AS opened_at, NULLIF(resolved, '') AS resolved_at FROM source")
        self.log(GOOD)
        (root / "var" / "shared").mkdir(parents=True)

    @property
    def var(self) -> Path:
        return self.root / "var"

    def log(self, rows: str) -> None:
        (self.root / "list" / "log.csv").write_text(rows)

    def relist(self, **changes: Any) -> None:
        path = self.root / "list" / "report_list.yaml"
        document = yaml.safe_load(path.read_text())
        source = {"system": "own", "file": "log.csv", "timezone": "UTC", "fresh_days": 31}
        document["reports"][0] |= {"data_source": {"incident": source}} | changes
        if "period" not in changes:
            document["reports"][0]["period"]["first"] = "2026-01-01"
        path.write_text(yaml.safe_dump(document, allow_unicode=True))

    def environment(self) -> dict[str, str]:
        extra = {"disable_ssl": True, "disable_tls": True, "from_email": "reports@example.com", "timeout": 1}
        mail = {"conn_type": "smtp", "host": "127.0.0.1", "port": self.box.port, "extra": extra}
        return self.env | {"AIRFLOW_CONN_SMTP_DEFAULT": json.dumps(mail)}

    def order(self, call: dict[str, Any], **more: Any) -> dict[str, Any]:
        base = {"env": self.environment(), "root": str(self.root), "pid_file": str(self.root / "pid")}
        return base | self.extra | call | more

    def task(self, call: dict[str, Any], name: str = "", **more: Any) -> Outcome:
        """Run one step; where it fails, what the flow does then: tell the report manager."""
        (outcome,) = self.tasks.all([self.order(call, **more)])
        if outcome.error:
            job = call["args"][0] if isinstance(call["args"][0], dict) else None
            failure = {"call": "fail", "args": [job, KEY, name, outcome.error, outcome.text]}
            assert self.tasks.all([self.order(failure)])[0].is_done
        return outcome

    def pid(self) -> int:
        return int((self.root / "pid").read_text() or 0)

    def walk(self, steps: Sequence[str]) -> None:
        """Run the steps to their end, none of which may fail; in one process, for nothing happens to it."""
        self.run([way()[name] for name in steps])

    def run(self, calls: Sequence[dict[str, Any]]) -> None:
        if calls:
            (outcome,) = self.tasks.all([self.order({"way": calls})])
            assert outcome.is_done, outcome.trace or outcome

    def keep(self, name: str) -> None:
        """Remember how everything stands now."""
        shutil.copytree(self.var, self.root / "kept" / name, symlinks=True, dirs_exist_ok=True)
        self._kept[name] = list(self.box.letters)

    def back_to(self, name: str) -> None:
        """Everything as it stood at `keep`."""
        shutil.rmtree(self.var)
        shutil.copytree(self.root / "kept" / name, self.var, symlinks=True)
        self.box.letters[:] = self._kept[name]
        self.box.heal()

    @contextmanager
    def placed(self) -> Iterator[Register]:
        """This process looks at the house as its tasks do."""
        before = dict(os.environ)
        os.environ.update(self.environment() | self.extra.get("env", {}))
        try:
            yield Register(settings().register_url)
        finally:
            os.environ.clear()
            os.environ.update(before)

    def decide_by_the_servers_log(self) -> int:
        """What a person does about mails whose end is not known: look them up, and say what became of them."""
        with self.placed() as register:
            open_ends = [item for item in register.deliveries(REF) if item.status == "sending"]
            for item in open_ends:
                has_it = bool(self.box.reports()[item.address, item.message_id])
                said = "accepted" if has_it else "deferred"
                assert register_command(["delivery", *map(str, REF), item.address, said]) == 0
        return len(open_ends)


def lost_and_doubled(house: House, revisions: int = 1) -> tuple[int, int]:
    """How many recipients have less, and how many mails more, than one for each revision."""
    taken = house.box.reports()
    got = {address: sum(1 for to, _ in taken if to == address) for address in RECIPIENTS}
    lost = sum(max(0, revisions - count) for count in got.values())
    return lost, sum(taken.values()) - len(taken) + sum(max(0, count - revisions) for count in got.values())


def whole(house: House) -> str:
    """What has to hold when a run has come to its end: returns the content that was sealed."""
    with house.placed() as register:
        (revision,) = register.revisions(KEY, PERIOD)
        assert revision.state == "sealed", revision
        what = [event.what for event in register.events(REF)]
        assert what.count("sealed") == what.count("released") == what.count("delivered") == 1, what
        assert {(one.level, one.answer, one.who_id) for one in register.decisions(REF)} == {
            ("initial_review", "approve", "head_of_department"),
            ("approval", "approve", "management_representative"),
        }
        assert len(register.all_decisions(REF)) == 2
        assert [one.status for one in register.deliveries(REF)] == ["accepted"] * 4
        title = "Monthly incident report 2026-09"
        laid_down = {path.name for path in (house.var / "shared").rglob("*") if path.is_file()}
        assert laid_down == {f"{title}.xlsx", f"{title}.html"}
        store = settings().archive_url
        if store.startswith("file://"):
            root = Path(store.removeprefix("file://"))
            assert {Path(name).parts[:3] for name in names(root)} == {(KEY, PERIOD, "r01")}
            assert verify(root / KEY / PERIOD / "r01", revision.manifest_sha256) == []
            found = audit(settings(), Asked(sample=0, now=dt.datetime.now(dt.UTC)))
            assert (found.sealed, found.problems) == (1, [])
        assert sorted(address for address, _ in house.box.reports()) == RECIPIENTS
        return str(revision.said_sha256)


Check = Callable[[House], str]
