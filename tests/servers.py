"""Database servers that a test session starts for itself: own data directory, loopback, a free port.

A server runs in a process group of its own, which is ended with it, and also when the test's process is killed. Where
the server is not installed, its tests are skipped and say how to install it.
"""

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

READER = "reader"
PASSWORD = "itss-test"
_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Server:
    """``admin`` may do everything; it is the address of the server's own database."""

    admin: sa.URL

    def database(self, name: str, ddl: Iterable[str]) -> sa.URL:
        """A fresh database ``name`` with the statements of ``ddl`` run in it; the address of an account that has
        SELECT there and nothing else."""
        with _connection(self.admin) as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        own = self.admin.set(database=name)
        with _connection(own) as connection:
            for statement in ddl:
                connection.exec_driver_sql(statement.replace("%", "%%"))
            for statement in _grants(own):
                connection.exec_driver_sql(statement)
        return own.set(username=READER)


def _grants(url: sa.URL) -> list[str]:
    if url.get_backend_name() == "mysql":
        return [f"GRANT SELECT ON {url.database}.* TO {READER}@'%%' IDENTIFIED BY '{PASSWORD}'"]
    schemas = "DO $$ DECLARE s text; BEGIN FOR s IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|inform)'"
    return [
        f"REVOKE ALL ON DATABASE {url.database} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {url.database} TO {READER}",
        f"{schemas} LOOP EXECUTE format('GRANT USAGE ON SCHEMA %%I TO {READER}', s);"
        f" EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %%I TO {READER}', s); END LOOP; END $$",
    ]


@contextlib.contextmanager
def _connection(url: sa.URL) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextlib.contextmanager
def run_mariadb() -> Iterator[Server]:
    """MariaDB, as whoever runs the test."""
    server = shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin")
    install = shutil.which("mariadb-install-db")
    if not server or not install:
        pytest.skip("MariaDB is not installed: apt-get install mariadb-server-core mariadb-client-core")
    with _folder("itss-maria-") as folder:
        user = pwd.getpwuid(os.geteuid()).pw_name
        # a server of its own temporary folder: one that starts would delete the temporary tables of another
        options = ["--no-defaults", f"--datadir={folder}/data", f"--user={user}", f"--tmpdir={folder}"]
        root = ["--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run([install, *options, *root], check=True, stdout=subprocess.DEVNULL)
        port = _free_port()
        place = [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/s", f"--pid-file={folder}/pid"]
        speed = ["--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve"]
        # a collation other than that of connections, as GLPI and iTop have it, so that mixing them shows
        text = ["--character-set-server=utf8mb4", "--collation-server=utf8mb4_unicode_ci"]
        local = sa.URL.create("mysql+pymysql", "root", query={"unix_socket": f"{folder}/s"})
        with _running([server, *options, *place, *speed, *text], folder, local, signal.SIGTERM):
            with _connection(local) as connection:
                connection.exec_driver_sql(
                    f"GRANT ALL ON *.* TO itss@'%%' IDENTIFIED BY '{PASSWORD}' WITH GRANT OPTION"
                )
            yield Server(sa.URL.create("mysql+pymysql", "itss", PASSWORD, "127.0.0.1", port, "mysql"))


@contextlib.contextmanager
def run_postgresql() -> Iterator[Server]:
    """PostgreSQL, which refuses to run as root and takes the user postgres then."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = found[-1] if found else shutil.which("initdb")
    if not initdb:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    user = None
    if os.geteuid() == 0:
        try:
            user = pwd.getpwnam("postgres").pw_name
        except KeyError:
            pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    with _folder("itss-pg-", user) as folder:
        secret = folder / "password"
        secret.write_text(PASSWORD)
        if user:
            shutil.chown(secret, user)
        auth = ["-U", "itss", "-A", "scram-sha-256", f"--pwfile={secret}"]
        subprocess.run(
            [initdb, "-D", folder / "data", *auth, "--no-sync", "-E", "UTF8", "--no-locale"],
            check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        port = _free_port()
        place = ["-D", folder / "data", "-k", folder, "-p", str(port), "-c", "listen_addresses=127.0.0.1"]
        admin = sa.URL.create("postgresql+psycopg", "itss", PASSWORD, "127.0.0.1", port, "postgres")
        command = [Path(initdb).with_name("postgres"), *place, "-c", "fsync=off"]
        with _running(command, folder, admin, signal.SIGQUIT, user):
            with _connection(admin) as connection:
                connection.exec_driver_sql(f"CREATE ROLE {READER} LOGIN PASSWORD '{PASSWORD}'")
            yield Server(admin)


@contextlib.contextmanager
def _folder(prefix: str, user: str | None = None) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))  # short: a socket's path has a limit
    if user:
        shutil.chown(folder, user)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _running(
    command: list[object], folder: Path, url: sa.URL, end: signal.Signals, user: str | None = None
) -> Iterator[None]:
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [str(word) for word in command], user=user, cwd=folder, stdout=log, stderr=log, start_new_session=True,
            preexec_fn=lambda: _LIBC.prctl(_PR_SET_PDEATHSIG, end),
        )  # fmt: skip
    try:
        _wait_for(server, url, folder / "log")
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, end)
        server.wait(60)


def _wait_for(server: subprocess.Popen[bytes], url: sa.URL, log: Path) -> None:
    place = Path(str(url.query.get("unix_socket", "/")))
    while True:
        with contextlib.suppress(sa.exc.OperationalError):
            if place.exists():  # PyMySQL leaves a socket open that finds nobody
                with _connection(url):
                    return
        # not listening yet: wait a moment for the server's end, which must not come
        with contextlib.suppress(subprocess.TimeoutExpired):
            pytest.fail(f"the server ended with {server.wait(0.1)}: {log.read_text()[-2000:]}")
