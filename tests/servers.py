"""Servers that a test session starts for itself: own data directory, loopback, a free port.

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
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

READER = "reader"
PASSWORD = "itss-test"
_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


class Daemon:
    """One server process, which may be stopped and started again on the same port and data."""

    def __init__(
        self,
        command: list[object],
        folder: Path,
        is_up: Callable[[], bool],
        end: signal.Signals,
        user: str | None = None,
    ) -> None:
        self.log = folder / "log"
        self._command = [str(word) for word in command]
        self._folder, self._is_up, self._end, self._user = folder, is_up, end, user
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once it answers."""
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                self._command, user=self._user, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=lambda: _LIBC.prctl(_PR_SET_PDEATHSIG, self._end),
            )  # fmt: skip
        while not self._is_up():
            # not listening yet: wait a moment for the server's end, which must not come
            with contextlib.suppress(subprocess.TimeoutExpired):
                pytest.fail(f"the server ended with {self._process.wait(0.1)}: {self.log.read_text()[-2000:]}")

    def stop(self, end: signal.Signals | None = None) -> None:
        """End it and its group; nothing where it does not run."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, end or self._end)
            self._process.wait(60)
            self._process = None

    def __enter__(self) -> "Daemon":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@dataclass(frozen=True)
class Server:
    """``admin`` may do everything; it is the address of the server's own database."""

    admin: sa.URL
    daemon: Daemon

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
        port = free_port()
        place = [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/s", f"--pid-file={folder}/pid"]
        speed = ["--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve"]
        # a collation other than that of connections, as GLPI and iTop have it, so that mixing them shows
        text = ["--character-set-server=utf8mb4", "--collation-server=utf8mb4_unicode_ci"]
        local = sa.URL.create("mysql+pymysql", "root", query={"unix_socket": f"{folder}/s"})
        command = [server, *options, *place, *speed, *text]
        with Daemon(command, folder, lambda: _lets_in(local), signal.SIGTERM) as daemon:
            with _connection(local) as connection:
                connection.exec_driver_sql(
                    f"GRANT ALL ON *.* TO itss@'%%' IDENTIFIED BY '{PASSWORD}' WITH GRANT OPTION"
                )
            yield Server(sa.URL.create("mysql+pymysql", "itss", PASSWORD, "127.0.0.1", port, "mysql"), daemon)


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
        port = free_port()
        place = ["-D", folder / "data", "-k", folder, "-p", str(port), "-c", "listen_addresses=127.0.0.1"]
        admin = sa.URL.create("postgresql+psycopg", "itss", PASSWORD, "127.0.0.1", port, "postgres")
        command = [Path(initdb).with_name("postgres"), *place, "-c", "fsync=off"]
        with Daemon(command, folder, lambda: _lets_in(admin), signal.SIGQUIT, user) as daemon:
            with _connection(admin) as connection:
                connection.exec_driver_sql(f"CREATE ROLE {READER} LOGIN PASSWORD '{PASSWORD}'")
            yield Server(admin, daemon)


@dataclass(frozen=True)
class Endpoint:
    """A server that is no database, by its URL."""

    url: str
    daemon: Daemon


@contextlib.contextmanager
def run_redis() -> Iterator[Endpoint]:
    """Redis, which keeps nothing on disk: started again, it is empty."""
    server = shutil.which("redis-server")
    if not server:
        pytest.skip("Redis is not installed: apt-get install redis-server")
    with _folder("itss-redis-") as folder:
        port = free_port()
        command = [server, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder]
        with Daemon(command, folder, lambda: _says_pong(port), signal.SIGKILL) as daemon:
            yield Endpoint(f"redis://127.0.0.1:{port}", daemon)


@contextlib.contextmanager
def run_s3() -> Iterator[Endpoint]:
    """An object store that speaks S3 and keeps all in memory: stopped, it forgets; any key signs in."""
    with _folder("itss-s3-") as folder:
        port = free_port()
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", port]
        with Daemon(command, folder, lambda: _answers(port), signal.SIGKILL) as daemon:
            yield Endpoint(f"http://127.0.0.1:{port}", daemon)


@contextlib.contextmanager
def _folder(prefix: str, user: str | None = None) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))  # short: a socket's path has a limit
    if user:
        shutil.chown(folder, user)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _lets_in(url: sa.URL) -> bool:
    with contextlib.suppress(sa.exc.OperationalError):
        if Path(str(url.query.get("unix_socket", "/"))).exists():  # PyMySQL leaves a socket open that finds nobody
            with _connection(url):
                return True
    return False


def _says_pong(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(5) == b"+PONG"
    return False


def _answers(port: int) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with contextlib.suppress(OSError), opener.open(f"http://127.0.0.1:{port}/moto-api/", timeout=5) as answer:
        return bool(answer.status == 200)
    return False
