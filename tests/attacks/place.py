"""Where a house lies: its folders, its register, its mails; and a copy of it for one attack alone."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import time_machine
import yaml
from itss.ref import Ref
from itss.register import Register
from itss.settings import settings
from itss.standalone.sink import MailSink


@dataclass(frozen=True)
class House:
    """A report list and everything that the product keeps, below ``root``; the key lies apart from the rest."""

    root: Path

    @property
    def var(self) -> Path:
        return self.root / "var"

    @property
    def archive(self) -> Path:
        return self.var / "archive"

    @property
    def database(self) -> Path:
        return self.var / "register.sqlite"

    @property
    def key(self) -> Path:
        return self.root / "keys" / "signing_key.pem"

    @property
    def listed(self) -> Path:
        return self.root / "list" / "report_list.yaml"

    @property
    def register(self) -> Register:
        return Register(settings().register_url)

    def version(self, ref: Ref) -> Path:
        """The folder of a sealed version."""
        return self.archive / ref.path

    def draft(self, ref: Ref) -> Path:
        """The folder of a revision in the workspace."""
        return self.var / "workspace" / ref.path

    def mails(self) -> list[Path]:
        """Every mail that ever left, oldest first."""
        return sorted((self.root / "mail").glob("*.eml"))

    def relist(self, change: Any) -> None:
        """Edit the report list; ``change`` takes the whole document."""
        document = yaml.safe_load(self.listed.read_text())
        change(document)
        self.listed.write_text(yaml.safe_dump(document, allow_unicode=True))

    @contextmanager
    def sql(self) -> Iterator[sqlite3.Connection]:
        """The register as its owner has it: no trigger, no foreign key stands in the way."""
        with closing(sqlite3.connect(self.database)) as connection:
            connection.row_factory = sqlite3.Row
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            yield connection
            connection.commit()

    def copy_to(self, root: Path) -> House:
        """The same house somewhere else."""
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(self.root, root, symlinks=True)
        return House(root)

    @contextmanager
    def entered(self, refused: list[str] | None = None) -> Iterator[MailSink]:
        """This process works in the house, with a mail server of its own."""
        before = dict(os.environ)
        with MailSink(self.root / "mail", refused=refused or []) as sink:
            extra = {"disable_ssl": True, "disable_tls": True, "from_email": "reports@example.com", "timeout": 5}
            mail = {"conn_type": "smtp", "host": "127.0.0.1", "port": sink.port, "extra": extra}
            os.environ |= {
                "ITSS_VAR": str(self.var),
                "ITSS_REPORT_LIST": str(self.listed),
                "ITSS_SIGNING_KEY": str(self.key),
                "AIRFLOW_CONN_SMTP_DEFAULT": json.dumps(mail),
            }
            try:
                yield sink
            finally:
                os.environ.clear()
                os.environ.update(before)


@contextmanager
def clock(at: str) -> Iterator[dt.datetime]:
    """The time is ``at`` (UTC), and goes on from there."""
    now = dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC)
    with time_machine.travel(now, tick=True):
        yield now
