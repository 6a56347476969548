"""Canaries for every secret that the product is given; what fails, fails, and all that was produced is searched."""

import json
import logging
import socket
import sqlite3
import traceback

import pytest
import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from itss import steps
from itss.archive.store import open_store
from itss.cli import main
from itss.errors import ItssError
from itss.flow.document import describe
from itss.register import Register
from itss.register.__main__ import main as register_main
from itss.report_list.loader import load
from itss.settings import settings
from itss.standalone.sink import MailSink
from walk import KEY, NOW, PERIOD, connect, draft, fail, sign

CANARY = "K4N4RYs3cr3t"


class Spoken:
    """Everything that was said: logs of every level, both outputs, errors with their causes, results of steps."""

    def __init__(self, house, capsys, caplog):
        self.house, self.capsys, self.caplog, self.said = house, capsys, caplog, []
        caplog.set_level(logging.DEBUG)

    def of(self, call):
        """Keep what ``call`` returns (what would be an XCom) or raises, as Airflow's log would print it."""
        try:
            self.said.append(json.dumps(call(), default=str))
        except Exception as error:
            self.said.append("".join(traceback.format_exception(error)))
            return error
        return None

    def assert_silent(self):
        """No canary: neither said, nor in any file, nor in any row."""
        said = "\n".join([*self.said, *self.capsys.readouterr(), self.caplog.text])
        assert self.said
        assert CANARY not in said
        for path in self.house.rglob("*"):
            if path.is_file():
                assert CANARY.encode() not in path.read_bytes(), path
        file = settings().var / "register.sqlite"
        if file.exists():
            with sqlite3.connect(file) as record:
                assert CANARY not in "\n".join(record.iterdump())


@pytest.fixture
def spoken(house, capsys, caplog):
    return Spoken(house, capsys, caplog)


def from_database(house):
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    entry = document["reports"][0]
    entry["collection_method"] = "sql"
    entry["data_source"]["incident"] = {"system": "own", "connection": "canary", "timezone": "UTC", "fresh_days": 31}
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))
    return listed


SOURCES = {
    "postgresql": f"postgresql://reader:{CANARY}@127.0.0.1:1/itsm",
    "mysql": f"mysql://reader:{CANARY}@127.0.0.1:1/itsm",
    "json": json.dumps({"conn_type": "postgres", "host": "127.0.0.1", "port": 1, "password": CANARY}),
    "torn json": f'{{"conn_type": "postgres", "password": "{CANARY}"',
    "no uri": f"postgresql://reader:{CANARY}@[127.0.0.1/itsm",
    "bad port": f"postgresql://reader:{CANARY}@127.0.0.1:port/itsm",
    "bad port in json": json.dumps({"conn_type": "postgres", "host": "x", "port": "port", "password": CANARY}),
    "no database": f"ftp://reader:{CANARY}@127.0.0.1/itsm",
    "bad option": f"postgresql://reader:{CANARY}@127.0.0.1:1/itsm?sslmode=evil&connect_timeout=x",
}


@pytest.mark.parametrize("connection", SOURCES.values(), ids=SOURCES)
def test_the_password_of_a_source(house, mail, spoken, monkeypatch, connection):
    listed = from_database(house)
    monkeypatch.setenv("AIRFLOW_CONN_CANARY", connection)
    job = steps.open_report(KEY, PERIOD, "run-1", NOW)
    error = spoken.of(lambda: steps.collect(job, "incident"))
    assert isinstance(error, ItssError)
    spoken.of(lambda: fail(job, "collect_incident", error))
    assert len(mail.mails()) == 1
    for command in (["check"], ["preview", "--report", KEY, "--period", PERIOD, "--out", str(house / "out")]):
        assert spoken.of(lambda given=command: main([*given, "--list", str(listed)])) is None
    spoken.assert_silent()


@pytest.fixture(params=["refused", "down", "torn json", "bad port", "no host"])
def broken_mail(request, monkeypatch):
    """A mail connection with a password that fails, each in its way."""
    extra = {"disable_ssl": True, "disable_tls": True, "from_email": "reports@example.com", "timeout": 5}
    connection = {"conn_type": "smtp", "host": "127.0.0.1", "port": 1, "login": "reports", "password": CANARY}
    controller = None
    if request.param == "refused":
        with socket.create_server(("127.0.0.1", 0)) as probe:
            connection["port"] = probe.getsockname()[1]
        controller = Controller(
            object(),
            hostname="127.0.0.1",
            port=connection["port"],
            authenticator=lambda *_: AuthResult(success=False, handled=False, message="535 5.7.8 no such user"),
            auth_require_tls=False,
        )
        controller.start()
    if request.param == "bad port":
        connection["port"] = "port"
    if request.param == "no host":
        connection["host"] = "no.such.host.invalid"
    written = json.dumps(connection | {"extra": extra})
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", written[:-2] if request.param == "torn json" else written)
    yield request.param
    if controller:
        controller.stop()


def test_the_password_of_the_mail_server(house, spoken, broken_mail):
    job, _ = draft()
    sign(job)
    steps.release(job)
    error = spoken.of(lambda: steps.deliver(job))
    assert isinstance(error, ItssError)
    assert {one.status for one in Register(settings().register_url).deliveries((KEY, PERIOD, 1))} == {"deferred"}
    spoken.of(lambda: fail(job, "deliver", error))
    spoken.of(lambda: main(["resend", KEY, PERIOD]))
    spoken.of(lambda: register_main(["list", KEY, PERIOD]))
    spoken.assert_silent()


REGISTERS = {
    "down": f"postgresql+psycopg://itss:{CANARY}@127.0.0.1:1/register?connect_timeout=2",
    "no driver": f"postgresql+evil://itss:{CANARY}@127.0.0.1/register",
    "no url": f"itss:{CANARY}@127.0.0.1/register",
    "bad port": f"postgresql+psycopg://itss:{CANARY}@127.0.0.1:port/register",
}


@pytest.mark.parametrize("url", REGISTERS.values(), ids=REGISTERS)
def test_the_password_of_the_register(house, mail, spoken, monkeypatch, url):
    monkeypatch.setenv("ITSS_REGISTER_URL", url)
    assert isinstance(spoken.of(lambda: steps.open_report(KEY, PERIOD, "run-1", NOW)), ItssError)
    job = {"report": KEY, "period": PERIOD, "revision": 1}
    spoken.of(lambda: fail(job, "open"))
    assert len(mail.mails()) == 1
    assert spoken.of(lambda: register_main(["list", KEY, PERIOD])) is None
    assert spoken.of(lambda: main(["resend", KEY, PERIOD])) is None
    assert spoken.of(lambda: main(["audit"])) is None
    with pytest.raises(SystemExit):
        register_main(["--help"])
    spoken.assert_silent()


def test_the_register_that_a_preview_cannot_read(house, spoken, monkeypatch):
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    document["reports"][0] |= {"collection_method": "register", "data_source": {"reporting": {"system": "register"}}}
    document["reports"][0]["dimensions"] = []
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))
    monkeypatch.setenv("ITSS_REGISTER_URL", REGISTERS["down"])
    given = ["preview", "--report", KEY, "--period", PERIOD, "--out", str(house / "out"), "--list", str(listed)]
    assert spoken.of(lambda: main(given)) is None
    spoken.assert_silent()


STORES = {
    "password": f"s3://key:{CANARY}@bucket/x",
    "query": f"s3://bucket/x?secret={CANARY}",
    "fragment": f"s3://bucket/x#{CANARY}",
    "file": f"file://user:{CANARY}@host/x",
    "no url": f"s3://key:{CANARY}@[bucket/x",
}


@pytest.mark.parametrize("url", STORES.values(), ids=STORES)
def test_the_key_of_an_object_store(house, spoken, monkeypatch, url):
    assert spoken.of(lambda: open_store(url)) is not None
    monkeypatch.setenv("ITSS_WORKSPACE_URL", url)
    assert spoken.of(lambda: steps.open_report(KEY, PERIOD, "run-1", NOW)) is not None
    monkeypatch.delenv("ITSS_WORKSPACE_URL")
    with MailSink(house / "mail") as sink:
        connect(monkeypatch, sink.port)
        job, _ = draft()
        sign(job)
        steps.release(job)
        steps.deliver(job)
        monkeypatch.setenv("ITSS_ARCHIVE_URL", url)
        assert spoken.of(lambda: steps.open_report(KEY, PERIOD, "run-2", NOW)) is not None
        error = spoken.of(lambda: steps.seal(job))
        assert error is not None
        spoken.of(lambda: fail(job, "seal", error))
    spoken.of(lambda: main(["audit"]))
    spoken.assert_silent()


@pytest.mark.parametrize("url", STORES.values(), ids=STORES)
def test_the_key_of_a_shared_folder_is_not_even_repeated_by_check(house, capsys, url):
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    document["reports"][0]["distribution"]["folder"] = url
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))
    assert main(["check", "--list", str(listed)]) == 1
    said = "".join(capsys.readouterr())
    assert "distribution.folder" in said
    assert CANARY not in said


def test_a_report_that_went_well_holds_none_either(house, spoken, monkeypatch):
    """Source, mail server and register have passwords, and work."""
    from_database(house)
    with sqlite3.connect(house / "itsm") as itsm:
        itsm.execute("CREATE TABLE source (number, opened, resolved)")
        itsm.execute("INSERT INTO source VALUES ('INC1', '2026-09-01 08:00', '2026-09-01 12:00')")
    extra = {"password": CANARY, "api_key": CANARY}
    connection = {"conn_type": "sqlite", "host": str(house / "itsm"), "password": CANARY, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_CANARY", json.dumps(connection))
    with MailSink(house / "mail") as sink:
        mail = {"disable_ssl": True, "disable_tls": True, "from_email": "reports@example.com", "access_token": CANARY}
        given = {"conn_type": "smtp", "host": "127.0.0.1", "port": sink.port, "password": CANARY, "extra": mail}
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(given))
        job = steps.open_report(KEY, PERIOD, "run-1", NOW)
        for step in (
            lambda: steps.collect(job, "incident"),
            lambda: steps.check(job),
            lambda: steps.measure(job),
            lambda: steps.render(job),
            lambda: sign(job),
            lambda: steps.brief(job, "approval", "run"),
            lambda: steps.release(job),
            lambda: steps.deliver(job),
            lambda: steps.seal(job),
            lambda: describe(load(settings().report_list).list.reports[0], load(settings().report_list).list),
        ):
            assert spoken.of(step) is None
    spoken.assert_silent()
