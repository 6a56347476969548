"""The house of these tests, and one with two sealed versions."""

import shutil

import pytest
from backup_kept import backed_up, backup, elsewhere, kept, new_url  # noqa: F401 - fixtures
from itss.standalone.sink import MailSink
from walk import GOOD, KEY, PERIOD, connect, seal
from walk_house import house, lay_out, mail  # noqa: F401 - fixtures


@pytest.fixture(scope="session")
def twice_sealed(tmp_path_factory):
    """A house with two sealed revisions of one period, to be copied: making them takes many seconds."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        house = lay_out(tmp_path_factory.mktemp("sealed"), monkeypatch)
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
