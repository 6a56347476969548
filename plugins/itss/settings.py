"""Where things lie. The only reader of ``ITSS_*`` environment variables; everything has an embedded default.

The default keeps all state under ``var/`` of the project: register and sample ITSM database in SQLite, workspace
and archive as ``file://`` folders. Production sets the variables instead (see docs/operations.md).
"""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Resolved locations; URLs are strings so that object stores and databases fit in."""

    home: Path
    var: Path
    report_list: Path
    register_url: str
    workspace_url: str
    archive_url: str
    smtp_connection: str
    ui_url: str
    """Address of the UI, for links. ``ITSS_UI_URL`` where airflow.cfg has ``[api] base_url``: it is not read here."""
    inbox_url: str
    """Where data is handed in, ``<report>/<period>/<process>/``: a folder, or an object store."""
    schedule_from: str
    """ISO date or instant from which the reports run by schedule; empty: from the first period an entry owes."""
    retry_delay_s: float
    """How long a task waits before it tries an unreachable source or mail server again."""

    poke_s: float
    """How often a waiting report looks whether its data has been handed in."""

    signing_key: str
    """The key that signs the record: a PEM file outside register and archive, or a name in a secrets backend."""

    @property
    def default_signing_key(self) -> Path:
        """The one key file that is made when it is not there."""
        return self.var / "signing_key.pem"

    @property
    def include(self) -> Path:
        """Report list, agreements, SQL, templates and texts."""
        return self.home / "include"

    @property
    def inbox(self) -> Path:
        """The folder behind `inbox_url`: a `Path`, or an ``ObjectStoragePath`` with the same methods."""
        from itss.archive.store import open_store  # only who hands in needs it

        return open_store(self.inbox_url) if "://" in self.inbox_url else Path(self.inbox_url)

    @property
    def since(self) -> dt.datetime | None:
        """`schedule_from` as an instant (UTC where it has no zone): nothing that was due before it is owed."""
        if not self.schedule_from:
            return None
        given = dt.datetime.fromisoformat(self.schedule_from)
        return given if given.tzinfo else given.replace(tzinfo=dt.UTC)

    @property
    def sample_database(self) -> Path:
        """SQLite file of the sample ITSM system (connection ``itsm_sample``)."""
        return self.var / "sample_itsm.sqlite"


def settings() -> Settings:
    """Read the environment afresh; cheap, so nobody keeps a global."""
    home = Path(os.environ.get("ITSS_HOME", Path(__file__).resolve().parents[2]))
    var = Path(os.environ.get("ITSS_VAR", home / "var"))
    airflows = os.environ.get("AIRFLOW__API__BASE_URL")
    return Settings(
        home=home,
        var=var,
        report_list=Path(os.environ.get("ITSS_REPORT_LIST", home / "include" / "report_list.yaml")),
        register_url=os.environ.get("ITSS_REGISTER_URL", f"sqlite:///{var / 'register.sqlite'}"),
        workspace_url=os.environ.get("ITSS_WORKSPACE_URL", f"file://{var / 'workspace'}"),
        archive_url=os.environ.get("ITSS_ARCHIVE_URL", f"file://{var / 'archive'}"),
        smtp_connection=os.environ.get("ITSS_SMTP_CONNECTION", "smtp_default"),
        ui_url=(os.environ.get("ITSS_UI_URL") or airflows or "http://localhost:8080").rstrip("/"),
        schedule_from=os.environ.get("ITSS_SCHEDULE_FROM", ""),
        inbox_url=os.environ.get("ITSS_INBOX", str(var / "inbox")),
        poke_s=float(os.environ.get("ITSS_POKE_S", "300")),
        retry_delay_s=float(os.environ.get("ITSS_RETRY_DELAY_S", "300")),
        signing_key=os.environ.get("ITSS_SIGNING_KEY", str(var / "signing_key.pem")),
    )
