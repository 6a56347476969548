"""A list of one report over a CSV file, and a mail server of its own."""

import shutil

import pytest
import yaml
from itss.standalone.sink import MailSink
from walk import GOOD, ROOT, connect


@pytest.fixture
def house(tmp_path, monkeypatch):
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


@pytest.fixture
def mail(house, monkeypatch):
    with MailSink(house / "mail") as sink:
        connect(monkeypatch, sink.port)
        yield sink
