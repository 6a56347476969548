"""Secrets by their name, out of the environment or Airflow: databases, the register's too, and the signing key.

The environment is asked first, then Airflow, which asks its secrets backend. The only place here that asks Airflow.

Refuses kinds of database it has no driver for. Its one surprise: a plain ``AIRFLOW_CONN_*`` variable is read without
importing Airflow, so that ``preview`` starts in a second. Messages never contain a URL, since that has the password.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from sqlalchemy import URL, make_url

from itss.errors import (
    ConfigurationError,
    ConnectionUnknownError,
    RegisterUnreachableError,
    SourceError,
    SourceUnreachableError,
)
from itss.settings import named

DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
}
"""SQLAlchemy driver by connection type."""


_CONNECTION = "airflow-connection:"


def register_url(written: str) -> URL:
    """What ``ITSS_REGISTER_URL`` names: a SQLAlchemy URL, or ``airflow-connection:<id>``, which has the password."""
    if written.startswith(_CONNECTION):
        return _named_register(written.removeprefix(_CONNECTION))
    return make_url(named(written))


def is_absent(url: URL) -> bool:
    """Whether it is a SQLite file that is not there: to connect to it would make it."""
    return url.get_backend_name() == "sqlite" and not Path(str(url.database).removeprefix("file:")).exists()


@lru_cache
def _named_register(conn_id: str) -> URL:
    """Asked once in a process: a register is opened many times a second where people look at it."""
    try:
        url = connection_url(conn_id)
    except (ConnectionUnknownError, SourceUnreachableError) as error:
        raise RegisterUnreachableError(f"The register is not found: {error.what}", error.remedy) from None
    except SourceError as error:
        raise ConfigurationError(f"The register is not found: {error.what}", error.remedy) from None
    if url.get_backend_name() not in ("postgresql", "sqlite"):
        raise ConfigurationError(
            f"Connection {conn_id} is a database of another kind than the register's.", "Name one of PostgreSQL."
        )
    return url


def variable(name: str) -> str:
    """The text of an Airflow variable; `ConfigurationError` where there is none."""
    from airflow.sdk import Variable

    found = Variable.get(name, default=None)
    if not found:
        raise ConfigurationError(f"Airflow has no variable {name}.", "Put it there, or into the secrets backend.")
    return str(found)


def connection_url(conn_id: str) -> URL:
    """The URL of connection ``conn_id``; `SourceError` with the remedy where it is unknown or not a database."""
    written = os.environ.get(_variable(conn_id), "").strip()
    if not written:
        return _from_airflow(conn_id)
    if written.startswith("{"):
        return _from_fields(conn_id, _json(conn_id, written))
    return _from_uri(conn_id, written)


def known_backend(conn_id: str) -> str:
    """``postgresql``, ``mysql`` or ``sqlite``, as the environment says of ``conn_id``; empty where it says nothing."""
    written = os.environ.get(_variable(conn_id), "").strip()
    if not written:
        return ""
    try:
        return connection_url(conn_id).get_backend_name()
    except SourceError:
        return ""


def _variable(conn_id: str) -> str:
    return f"AIRFLOW_CONN_{conn_id.upper()}"


def _json(conn_id: str, written: str) -> Mapping[str, Any]:
    try:
        fields: Mapping[str, Any] = json.loads(written)
    except ValueError:
        # without the cause: its text could quote the password
        raise SourceError(f"{_variable(conn_id)} is not valid JSON.", "Write it as a URI or as JSON.") from None
    return fields


def _from_uri(conn_id: str, written: str) -> URL:
    try:
        parts = urlsplit(written)
        port = parts.port
    except ValueError:
        raise SourceError(
            f"{_variable(conn_id)} is not a valid URI.",
            "Write scheme://user:password@host:port/database, with % escapes.",
        ) from None
    kind = parts.scheme.split("+")[0]
    if _driver(conn_id, kind) == "sqlite":
        path = unquote(parts.netloc + parts.path)
        # four slashes, or an escaped path as host: absolute; sqlite:///x is relative to the working folder
        return URL.create("sqlite", database=path.removeprefix("/") if not parts.netloc else path)
    query = {key: value for key, value in parse_qsl(parts.query) if not key.startswith("__")}
    return URL.create(
        _driver(conn_id, kind),
        username=_plain(parts.username),
        password=_plain(parts.password),
        host=_plain(parts.hostname),
        port=port,
        database=_plain(parts.path.removeprefix("/")),
        query=query,
    )


def _from_fields(conn_id: str, fields: Mapping[str, Any]) -> URL:
    driver = _driver(conn_id, str(fields.get("conn_type") or ""))
    if driver == "sqlite":
        return URL.create("sqlite", database=fields.get("host") or fields.get("schema"))
    extra = fields.get("extra") or {}
    if isinstance(extra, str):
        extra = _json(conn_id, extra)
    port = str(fields.get("port") or "")
    if port and not port.isdecimal():
        raise SourceError(f"Connection {conn_id}: its port is no number.", "Write it like 5432.")
    return URL.create(
        driver,
        username=fields.get("login") or None,
        password=fields.get("password") or None,
        host=fields.get("host") or None,
        port=int(port) if port else None,
        database=fields.get("schema") or None,
        query={
            key: str(value) for key, value in extra.items() if key in ("sslmode", "sslrootcert", "charset", "options")
        },
    )


def _from_airflow(conn_id: str) -> URL:
    try:
        from airflow.sdk import Connection
        from airflow.sdk.exceptions import AirflowException
    except ImportError:
        raise _unknown(conn_id) from None
    try:
        found = Connection.get(conn_id)
    except AirflowException:
        raise _unknown(conn_id) from None
    except OSError as error:
        raise SourceUnreachableError(f"Airflow did not answer about connection {conn_id} ({error}).") from error
    names = ("conn_type", "login", "password", "host", "port", "schema", "extra")
    return _from_fields(conn_id, {name: getattr(found, name) for name in names})


def _driver(conn_id: str, kind: str) -> str:
    if kind not in DRIVERS:
        raise SourceError(
            f"Connection {conn_id}: type '{kind}' is not a database that is read here.",
            f"Use one of {', '.join(DRIVERS)}.",
        )
    return DRIVERS[kind]


def _unknown(conn_id: str) -> SourceError:
    return ConnectionUnknownError(
        f"Connection {conn_id} is not defined.",
        f"Add it in Airflow (Admin, Connections) or set {_variable(conn_id)}=postgresql://user:password@host/database.",
    )


def _plain(part: str | None) -> str | None:
    return unquote(part) if part else None
