"""A list of one report over a CSV file, and a mail server of its own."""

import shutil

import pytest
import yaml
from itss.standalone.sink import MailSink
from walk import GOOD, KEY, PERIOD, ROOT, connect, seal


@pytest.fixture
def house(tmp_path, monkeypatch):
    return build(tmp_path, monkeypatch)


def build(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "docs" / "examples" / "servicenow", tmp_path / "list")
    listed = tmp_path / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    document["reports"][0]["data_source"]["incident"] |= {"system": "own", "file": "log.csv", "fresh_days": 31}
    document["reports"][0]["period"]["first"] = "2026-01-01"
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))
    query = tmp_path / "list" / "sql" / "own" / "incident.sql"
    query.parent.mkdir(parents=True)
    query.write_text("SELECT number AS id, opened AS opened_at, NULLIF(resolved, '') AS resolved_at FROM source")
    (tmp_path / "list" / "log.csv").write_text(GOOD)
    monkeypatch.setenv("ITSS_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("ITSS_REPORT_LIST", str(listed))
    return tmp_path


@pytest.fixture(scope="session")
def twice_sealed(tmp_path_factory):
    """A house with two sealed revisions of one period, to be copied: making them takes many seconds."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        house = build(tmp_path_factory.mktemp("sealed"), monkeypatch)
        with MailSink(house / "mail") as sink:
            connect(monkeypatch, sink.port)
            for run, rows in (("run-1", GOOD), ("run-2", GOOD + "INC3,2026-09-03 08:00,2026-09-03 10:00\n")):
                (house / "list" / "log.csv").write_text(rows)
                seal(run)
    return house


@pytest.fixture
def sealed(twice_sealed, tmp_path, monkeypatch):
    """Its two versions, in a copy of the house for this test alone."""
    shutil.copytree(twice_sealed, tmp_path / "house")
    monkeypatch.setenv("ITSS_VAR", str(tmp_path / "house" / "var"))
    monkeypatch.setenv("ITSS_REPORT_LIST", str(tmp_path / "house" / "list" / "report_list.yaml"))
    return [tmp_path / "house" / "var" / "archive" / KEY / PERIOD / number for number in ("r01", "r02")]


@pytest.fixture
def mail(house, monkeypatch):
    with MailSink(house / "mail") as sink:
        connect(monkeypatch, sink.port)
        yield sink
