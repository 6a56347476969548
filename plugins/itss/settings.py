"""Where things are; everything has an embedded default.

Beside `itss.preload` and the sign-in of `itss.airflow_rest` the only reader of ``ITSS_*`` variables.

The default keeps all state under ``var/`` of the project: register and sample ITSM database in SQLite, workspace and
archive as ``file://`` folders. Production sets the variables instead (see docs/operations.md), and where
``ITSS_EMBEDDED`` is 0, as in the image, has to: what a container keeps on its own disk is gone with it. What is secret
may come from a file, which ``<variable>_FILE`` names.

What no process could use (a number, a day, an address) is a `ConfigurationError` that names its variable, whoever asks:
an API server that does not start is seen, and a report that begins years too early is sent.

Its one surprise: where a process has parsed a DAG file of the product, the report list is that of the DAG bundle of
this file (`read_beside`), so that a run reads the list of its own bundle version. Everybody else reads ``ITSS_HOME``.
"""

from __future__ import annotations

import datetime as dt
import math
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from itss.errors import ConfigurationError

_PACKAGE = Path(__file__).resolve().parent
_UNSET = "unset:"
_LONGEST_S = 1e9
"""Thirty years; what is longer is no time that a clock can be moved by."""
_IN_WHEEL = _PACKAGE / "shipped"
"""``include/`` and ``dags/`` of the product beside its code: in an installed wheel alone, a checkout has them above."""


@dataclass
class _Process:
    """What this process has parsed a DAG file of, and which version of the bundle its task runs from."""

    bundle: Path | None = None
    bundle_version: str = ""


_process = _Process()


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
    """How often the triggerer asks the register whether data that reports wait for has been handed in."""

    airflow_url: str
    """Where Airflow's API server is asked about its DAGs."""

    parsed_within_s: float
    """How long the DAG processor may take to read a change of the list, and every file again."""

    parse_limit_s: float
    """How long a DAG file may take, by the shorter of Airflow's two limits: after `[core] dagbag_import_timeout` it is
    an import error, after `[dag_processor] dag_file_processor_timeout` it is killed without a word."""

    task_limit_s: float
    """How long a step of the product's own DAGs may take; those of a report have `task_limit` of their entry."""

    signing_key: str
    """The key that signs the record: a PEM file outside register and archive, or a name in a secrets backend."""

    @property
    def default_signing_key(self) -> Path:
        """The one key file that is made when it is not there."""
        return self.var / "signing_key.pem"

    @property
    def shipped(self) -> Path:
        """SQL, templates and words of the product, with the demo list: of the code that runs, whatever `home` is."""
        return _product() / "include"

    @property
    def dags(self) -> Path:
        """The DAG files: those of `home`, else those that the product has with it."""
        own = self.home / "dags"
        return own if own.is_dir() else _product() / "dags"

    @property
    def inbox(self) -> Path:
        """The folder behind `inbox_url`: a `Path`, or an ``ObjectStoragePath`` with the same methods."""
        from itss.archive.store import open_store  # only who hands in needs it

        return open_store(self.inbox_url) if "://" in self.inbox_url else Path(named(self.inbox_url))

    @property
    def since(self) -> dt.datetime | None:
        """`schedule_from` as an instant (UTC where it has no zone): nothing that was due before it is owed."""
        if not self.schedule_from:
            return None
        try:
            given = dt.datetime.fromisoformat(self.schedule_from)
        except ValueError as error:
            raise ConfigurationError(
                f"ITSS_SCHEDULE_FROM is '{self.schedule_from}', which is no day: {error}.", "Write it like 2026-09-01."
            ) from None
        return given if given.tzinfo else given.replace(tzinfo=dt.UTC)

    def verify(self) -> None:
        """`ConfigurationError` for the URL of a store that nobody can open; `settings` has read all the rest.

        Not there, for an object store costs seconds of imports; nothing is asked of it.
        """
        from itss.archive.store import open_store

        for url in (self.workspace_url, self.archive_url):
            open_store(url)
        _ = self.inbox

    @property
    def sample_database(self) -> Path:
        """SQLite file of the sample ITSM system (connection ``itsm_sample``)."""
        return self.var / "sample_itsm.sqlite"


def head_of_list(path: Path) -> Path:
    """The head of the report list in ``path``, which may be the folder that it is in."""
    return path / "report_list.yaml" if path.is_dir() else path


def read_beside(stub: Path) -> None:
    """From here on this process reads list, agreements, SQL and templates of the bundle that the DAG file is of.

    A bundle is a folder with ``dags/``, which has the DAG files, and ``include/``. Airflow parses the DAG file of a
    run's own bundle version in the process of each task, and of each callback.
    """
    # a link to a folder is followed, for a sync may change it meanwhile; a link to a file may lead out of the bundle
    _process.bundle = stub.parent.resolve().parent


def run_from(bundle_version: str) -> None:
    """What this process puts on record is done by this version of its bundle; empty where it has none."""
    _process.bundle_version = bundle_version


def bundle_version() -> str:
    """See `run_from`."""
    return _process.bundle_version


def _product() -> Path:
    return _IN_WHEEL if _IN_WHEEL.is_dir() else _PACKAGE.parents[1]


def _home() -> Path:
    """``ITSS_HOME``, else the checkout; an installed wheel has none, and its home is where it is called."""
    given = os.environ.get("ITSS_HOME")
    return Path(given) if given else Path.cwd() if _IN_WHEEL.is_dir() else _product()


def _report_list(home: Path) -> Path:
    """An absolute ``ITSS_REPORT_LIST``; else that of the bundle, where a DAG file was parsed, or of ``home``."""
    given = os.environ.get("ITSS_REPORT_LIST") or "include/report_list.yaml"
    bundle, dags = _process.bundle or home, (home / "dags").resolve()
    found = head_of_list((bundle / given).absolute())
    if not found.exists() and dags in (bundle, *bundle.parents):  # a DAG file in a folder of its own below `dags`
        return head_of_list((home / given).absolute())
    return found


def _place(name: str, embedded: str) -> str:
    """What ``name`` says, else ``embedded``; where nothing may be, what `named` refuses: not all need every place."""
    return os.environ.get(name) or (f"{_UNSET}{name}" if os.environ.get("ITSS_EMBEDDED") == "0" else embedded)


def named(place: str) -> str:
    """``place`` of `Settings`, by whoever is about to open it; `ConfigurationError` where it had to be set."""
    if not place.startswith(_UNSET):
        return place
    raise ConfigurationError(
        f"{place.removeprefix(_UNSET)} is not set, and ITSS_EMBEDDED=0 allows nothing in its place.",
        "Set it for this process; what is kept in a container ends with it.",
    )


def settings() -> Settings:
    """Read the environment afresh; cheap, so nobody keeps a global.

    `ConfigurationError` names the variable that has no number, no day or no address.
    """
    home = _home()
    var = Path(os.environ.get("ITSS_VAR", home / "var"))
    airflows = os.environ.get("AIRFLOW__API__BASE_URL")
    ui_url = _address("ITSS_UI_URL") or (airflows or "http://localhost:8080").rstrip("/")
    found = Settings(
        home=home,
        var=var,
        report_list=_report_list(home),
        register_url=secret("ITSS_REGISTER_URL") or _place("ITSS_REGISTER_URL", f"sqlite:///{var / 'register.sqlite'}"),
        workspace_url=_place("ITSS_WORKSPACE_URL", f"file://{var / 'workspace'}"),
        archive_url=_place("ITSS_ARCHIVE_URL", f"file://{var / 'archive'}"),
        smtp_connection=os.environ.get("ITSS_SMTP_CONNECTION", "smtp_default"),
        ui_url=ui_url,
        schedule_from=os.environ.get("ITSS_SCHEDULE_FROM", ""),
        inbox_url=_place("ITSS_INBOX", str(var / "inbox")),
        # a second at least: with less the triggerer would do nothing else
        poke_s=max(1.0, _seconds("ITSS_POKE_S", 60)),
        retry_delay_s=_seconds("ITSS_RETRY_DELAY_S", 300),
        airflow_url=_address("ITSS_AIRFLOW_URL") or ui_url,
        parsed_within_s=_seconds("ITSS_PARSED_WITHIN_S", 900),
        parse_limit_s=min(
            _import_limit_s(),
            _seconds("AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT", 50),
        ),
        task_limit_s=_seconds("ITSS_TASK_LIMIT_S", 7200),
        signing_key=_place("ITSS_SIGNING_KEY", str(var / "signing_key.pem")),
    )
    _ = found.since
    return found


def _import_limit_s() -> float:
    """Airflow takes zero, and what is less, for no limit."""
    found = _seconds("AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT", 30, least=-_LONGEST_S)
    return found if found > 0 else _LONGEST_S


def _seconds(name: str, default: float, least: float = 0) -> float:
    given = os.environ.get(name) or str(default)
    try:
        found = float(given)
    except ValueError:
        found = math.nan
    if not least <= found <= _LONGEST_S:  # what is no number is not between them either
        raise ConfigurationError(f"{name} is '{given}', which is no number of seconds.", f"Write it like {default:g}.")
    return found


def _address(name: str) -> str:
    """The address in a variable; nothing where it is not set. It may have a password in it, and is not shown."""
    given = os.environ.get(name, "")
    if given and not is_address(given):
        raise ConfigurationError(f"{name} is no address.", "Write it like https://reports.example.com.")
    return given.rstrip("/")


def is_address(url: str) -> bool:
    """Whether it is one of a web server."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, or a bracket too many
        return False


def has_secret(name: str) -> bool:
    """Whether the environment names it, readable or not."""
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


def secret(name: str) -> str:
    """The environment variable ``name``, or what the file that ``<name>_FILE`` names contains; empty without both.

    A file is what containers are given secrets by; the environment of a process is seen by more people. Both at once is
    an error, for one of the two would not be used.
    """
    value, file = os.environ.get(name, ""), os.environ.get(f"{name}_FILE", "")
    if value and file:
        raise ConfigurationError(f"{name} and {name}_FILE are both set.", "Unset one of them.")
    if not file:
        return value
    try:
        found = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        # who writes the secret itself into the variable must not find it in a log
        shown = file if Path(file).is_absolute() else "no absolute path"
        raise ConfigurationError(
            f"{name}_FILE names {shown}, which cannot be read: {reason}.",
            "Put the secret into a file, readable by this user, and name it by its whole path.",
        ) from None
    if not found:
        raise ConfigurationError(f"{name}_FILE names {file}, which is empty.", "Put the secret there.")
    return found
