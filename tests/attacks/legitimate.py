"""Changes that are nobody's attack. The audit must find nothing in any of them."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import itss as product
from building import CHIEF, CORRECTED, KEY, NEW_KEY, NOW, PROVIDER, WAITING, answer, draft, finish, said, sign
from gate import Way
from itss import steps
from itss.cli import main as itss
from itss.errors import DeliveryError
from itss.ref import Ref
from itss.register.__main__ import main as register_command
from on_register import id_of
from place import House
from with_key import mail_protocol


@dataclass(frozen=True)
class Change:
    """``make`` at ``at``, audited at ``audited``."""

    name: str
    make: Callable[[House], object]
    at: str = NOW
    audited: str = "2026-11-05T08:00:00"


def _finished(house: House) -> None:
    """The revision that waits is approved, mailed and sealed."""
    job = {"report": WAITING.report, "period": WAITING.period, "revision": 1}
    answer(job, "approval", CHIEF)
    finish(job)


def _fresh(house: House) -> None:
    way = Way(house)
    for stage in ("open", "collect", "check", "measure", "render"):
        way.step(stage)
    sign(way.job)
    finish(way.job)


def _released(house: House) -> dict[str, object]:
    job = {"report": WAITING.report, "period": WAITING.period, "revision": 1}
    answer(job, "approval", CHIEF)
    steps.release(job)
    return job


def _corrected_address(house: House) -> None:
    """A recipient's address was wrong; the command sends it to the right one."""
    job = _released(house)
    with house.entered(refused=[PROVIDER]), suppress(DeliveryError):
        steps.deliver(job)
    house.relist(lambda document: document["people"]["data_provider"].update(email="right@example.com"))
    with house.entered():
        assert itss(["resend", WAITING.report, WAITING.period]) == 0
        steps.deliver(job)
        steps.seal(job)


def _other_release(house: House) -> None:
    """Another release of the code is deployed while an approval waits."""
    before = product.__version__
    product.__version__ = "99.0.0"
    try:
        _finished(house)
    finally:
        product.__version__ = before


def _rotated(house: House) -> None:
    """A new key, brought in by the old one; then work goes on with it."""
    new = house.root / "keys" / "next.pem"
    assert register_command(["key", "--new", str(new)]) == 0
    new.replace(house.key)
    _finished(house)


def _restored(house: House) -> None:
    """Register and archive from one backup, after both were lost; no mail has left since it was made."""
    kept = house.root / "backup"
    kept.mkdir()
    with house.sql() as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(house.database, kept)
    shutil.copytree(house.archive, kept / "archive")
    _closed(house)
    shutil.rmtree(house.archive)
    for path in house.var.glob("register.sqlite*"):
        path.unlink()
    shutil.copytree(kept / "archive", house.archive)
    shutil.copy(kept / "register.sqlite", house.database)


def _closed(house: House) -> None:
    """An item to improve is closed."""
    closed = ["improvement", f"{KEY}-2026-08-2", "cancelled", "--result", "no money"]
    assert register_command(closed) == 0


def _renamed(house: House) -> None:
    """A report gets another key, and is issued under it."""
    house.relist(lambda document: document["reports"][1].update(key="desk_monthly", was=NEW_KEY))
    house.register.rename(NEW_KEY, "desk_monthly")
    way = Way(house, Ref("desk_monthly", "2026-10", 1))
    for stage in ("open", "collect", "check", "measure", "render"):
        way.step(stage)
    sign(way.job)
    finish(way.job)


def _retention(house: House) -> None:
    """Six years later the versions of 2026 are removed."""
    assert itss(["retention", "--delete", "--reason", "over"]) == 0


def _rebuilt(house: House) -> None:
    """Somebody has changed a row, and the register is made again from the ledger."""
    with house.sql() as database:
        database.execute("UPDATE decision SET comment = 'x' WHERE revision_id = ?", (id_of(database, CORRECTED),))
    assert register_command(["rebuild"]) == 0


def _unchanged(house: House) -> None:
    """A report is run once more, and says the same."""
    job = steps.open_report(KEY, "2026-09", "run-4", dt.datetime.now(dt.UTC))
    steps.collect(job, "incident")


def _returned(house: House) -> None:
    job = {"report": WAITING.report, "period": WAITING.period, "revision": 1}
    shown = steps.ask(job, "approval")
    steps.decide(job, "approval", said(CHIEF, "Reject", comment="no", content=shown))
    steps.return_to_author(job)
    assert register_command(["rework", WAITING.report, WAITING.period, "1", "--reason", "done"]) == 0
    again = draft(WAITING._replace(number=2), "run-again")
    sign(again)
    finish(again)


CHANGES = [
    Change("nothing at all", lambda _house: None),
    Change("a report goes its way", _fresh),
    Change("the one that waits is approved, mailed and sealed", _finished),
    Change("it is returned, reworked and sealed as the next", _returned),
    Change("a corrected address", _corrected_address),
    Change("another release of the code is deployed", _other_release),
    Change("the key is rotated", _rotated),
    Change("register and archive restored from one backup", _restored),
    Change("a report is renamed", _renamed),
    Change("retention", _retention, "2032-11-10T08:00:00", "2032-11-11T08:00:00"),
    Change("the register made again from its ledger", _rebuilt),
    Change("the next protocol is mailed", mail_protocol, "2026-12-02T06:00:00", "2026-12-03T08:00:00"),
    Change("an item to improve is closed", _closed),
    Change("a run that has only begun", _unchanged),
]
