"""A revision on its way while somebody writes into it, and what left in the end that nobody had signed.

What may leave is what the approvers were shown: the harness keeps the statement that they signed, and compares every
mail and every archived file with that, by reading the mails. It trusts neither register nor workspace for it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import pickle
import shutil
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from building import CHIEF, CLERK, NEW_KEY, WAITING, answer, said
from itss import steps
from itss.delivery.mail import SLOT
from itss.ref import Ref
from place import House

FRESH = Ref(NEW_KEY, "2026-10", 1)
STAGES = (
    *("open", "collect", "check", "measure", "render", "first answer", "second question", "second answer"),
    *("release", "deliver", "seal"),
)
_STAFF = {"report_manager@example.com", "report_author@example.com"}
_APPROVERS = {"head_of_department@example.com", "management_representative@example.com"}
_LATER = frozenset(
    f"{name}.json" for name in ("job", "decisions", "receipts", "ledger", "review", "manifest", "statement")
) | {"minutes.html", "minutes.xlsx", "released/sign_off.html"}
"""What the archive has beside the files of the statement; the audit judges it."""
_STATE = "way.pickle"
Write = Callable[["Way"], None]


class HangError(BaseException):
    """A step does not come to its end."""


@dataclass
class Way:
    """One revision from its opening to its seal; ``signed`` is what both approvers were shown and approved."""

    house: House
    ref: Ref = FRESH
    job: dict[str, Any] = field(default_factory=dict)
    signed: dict[str, Any] | None = None
    bodies: dict[str, str] = field(default_factory=dict)
    shown: str = ""
    before: int = 0

    def file(self, name: str) -> Path:
        """A file of its folder in the workspace."""
        return self.house.draft(self.ref) / name

    def step(self, stage: str) -> None:
        """One stage, as the flow and its people do it."""
        if stage == "open":
            (self.house.root / "list" / "log.csv").write_text(
                "number,opened,resolved\nINC7,2026-10-03 08:00,2026-10-03 10:00\nINC8,2026-10-20 08:00,\n"
            )
            self.job = steps.open_report(*self.ref[:2], "run-fresh", dt.datetime.now(dt.UTC))
        elif stage == "collect":
            steps.collect(self.job, "incident")
        elif stage == "first answer":
            self.shown = steps.ask(self.job, "initial_review")
            steps.brief(self.job, "initial_review", "http://localhost/run")
            answer(self.job, "initial_review", CLERK)
        elif stage == "second question":
            shown = steps.ask(self.job, "approval")
            steps.brief(self.job, "approval", "http://localhost/run")
            assert shown == self.shown, "each approver is shown another statement"
            self._keep(shown)
        elif stage == "second answer":
            signed, self.signed = self.signed, None
            given = said(CHIEF, comment="同意", content=self.shown)
            steps.decide(self.job, "approval", given)
            self.signed = signed
        else:
            getattr(steps, stage)(self.job)

    def _keep(self, shown: str) -> None:
        data = self.file("statement.json").read_bytes()
        assert hashlib.sha256(data).hexdigest() == shown, "what is shown is not what lies there"
        self.signed = json.loads(data)
        for mail in self.signed["carried"]["mails"].values():
            if self.file(mail["file"]).is_file():
                self.bodies[mail["address"]] = self.file(mail["file"]).read_text()


def prepare(house: House, folder: Path) -> None:
    """A house for each stage of a fresh revision, as it stands when the stage is done: ``<folder>/<stage>``."""
    way = Way(house, before=len(house.mails()))
    for stage in STAGES[:-1]:
        way.step(stage)
        (house.root / _STATE).write_bytes(pickle.dumps(replace(way, house=House(Path()))))
        house.copy_to(folder / stage)


def walked(house: House, stage: str, write: Write, then: Sequence[str] | None = None) -> str:
    """Write into a fresh revision after a stage of it, then go on: what got through (``!``), or what stopped it."""
    way: Way = replace(pickle.loads((house.root / _STATE).read_bytes()), house=house)
    write(way)
    return _on(way, STAGES[STAGES.index(stage) + 1 :] if then is None else then)


def waiting(house: House, write: Callable[[Way], Any], stages: tuple[str, ...] = ("release", "deliver", "seal")) -> str:
    """The same of the revision that waits for its second answer, after something was written or said."""
    way = Way(house, WAITING, {"report": WAITING.report, "period": WAITING.period, "revision": 1})
    way.before = len(house.mails())
    way.shown = house.register.revision(WAITING).statement_sha256 or ""
    way._keep(way.shown)
    signed, way.signed = way.signed, None
    if "second answer" in stages:
        way.signed = signed
    refusal = ""
    try:
        write(way)
    except Exception as error:
        refusal = _words("at once", error)
    return _on(way, stages, refusal)


def _on(way: Way, stages: Sequence[str], refusal: str = "") -> str:
    """Every stage, also after one that was refused: who means harm does not stop there."""
    for stage in stages:
        try:
            with _no_longer_than(60):
                way.step(stage)
        except HangError:
            return f"!{stage}: it waits for ever"
        except Exception as error:
            refusal = refusal or _words(stage, error)
    return _left(way) or refusal


@contextmanager
def _no_longer_than(seconds: int) -> Iterator[None]:
    """Real seconds: nobody is to wait for a pipe that somebody has laid there."""

    def hang(_signal: int, _frame: object) -> None:
        raise HangError

    before = signal.signal(signal.SIGALRM, hang)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _words(stage: str, error: Exception) -> str:
    return f"{stage}: {type(error).__name__}: {error}".splitlines()[0]


def _left(way: Way) -> str:
    """What left that was not signed; empty if nothing did."""
    for path in way.house.mails()[way.before :]:
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        wrong = _wrong_mail(way, mail)
        if wrong:
            return f"!{wrong}"
    folder = way.house.version(way.ref)
    for path in folder.rglob("*") if (folder / "manifest.json").exists() else ():
        name = str(path.relative_to(folder))
        if path.is_file() and name not in _LATER and not name.startswith("released/mails/"):
            known = (way.signed or {"carried": {"files": {}}})["carried"]["files"].get(name, {}).get("sha256")
            if hashlib.sha256(path.read_bytes()).hexdigest() != known:
                return f"!archived, and not signed: {name}"
    return ""


def _wrong_mail(way: Way, mail: EmailMessage) -> str:
    to = str(mail["X-Envelope-To"])
    if str(mail["Message-ID"]).startswith("<asked.") and to in _APPROVERS:
        return ""
    if ".report." not in str(mail["Message-ID"]):
        return "" if to in _STAFF else f"a mail to {to}: {mail['Subject']}"
    if way.signed is None:
        return f"mailed to {to}, and not signed"
    if to not in way.bodies:
        return f"mailed to {to}, who is nobody that was signed for"
    files = {one["sha256"] for one in way.signed["carried"]["files"].values()}
    for part in mail.iter_attachments():
        if hashlib.sha256(part.get_payload(decode=True)).hexdigest() not in files:  # type: ignore[arg-type]
            return f"mailed to {to} with {part.get_filename()}, which is not what was signed"
    body = mail.get_body(("html",))
    html = body.get_content() if body else ""
    head, _, tail = (_plain(one) for one in way.bodies[to].partition(str(SLOT)))
    if not (_plain(html).startswith(head) and _plain(html).endswith(tail)):
        return f"mailed to {to} in other words than those that were signed"
    return ""


def _plain(html: str) -> str:
    """Without what a mail's transfer may do to blanks."""
    return "".join(html.split())


def forget(path: Path) -> None:
    """A file or folder is gone."""
    with suppress(FileNotFoundError):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
