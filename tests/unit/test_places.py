"""Where the report list is read from: an absolute one, that of the bundle, or that of ITSS_HOME."""

from __future__ import annotations

from pathlib import Path

import pytest
from itss.report_list.loader import load
from itss.settings import _process, read_beside, settings
from itss.standalone.prepare import or_demo

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def no_stub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ITSS_REPORT_LIST", raising=False)
    monkeypatch.setattr(_process, "bundle", None)


def house(folder: Path, *, listed: bool = True) -> Path:
    """A bundle; returns a stub in it."""
    for name in ("dags", "include"):
        (folder / name).mkdir(parents=True)
    if listed:
        (folder / "include" / "report_list.yaml").write_text("people: {}\n")
    return folder / "dags" / "service_reports_00.py"


def test_who_parses_no_stub_reads_itss_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings().report_list == ROOT / "include" / "report_list.yaml"
    monkeypatch.setenv("ITSS_HOME", str(tmp_path))
    monkeypatch.setenv("ITSS_REPORT_LIST", "north/list.yaml")
    assert settings().report_list == tmp_path / "north" / "list.yaml"


def test_each_stub_reads_beside_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ITSS_HOME", str(tmp_path / "home"))
    house(tmp_path / "home")
    for name in ("a", "b", "a"):  # one process may parse the files of several bundles, one after the other
        stub = tmp_path / name / "dags" / "service_reports_00.py"
        if not stub.parent.exists():
            house(tmp_path / name)
        read_beside(stub)
        assert settings().report_list == tmp_path / name / "include" / "report_list.yaml"
        assert settings().shipped == ROOT / "include", "what the product ships is that of the code"
    monkeypatch.setenv("ITSS_REPORT_LIST", "include")
    assert settings().report_list == tmp_path / "a" / "include" / "report_list.yaml", "a relative one, too"


def test_an_absolute_list_wins_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read_beside(house(tmp_path / "bundle"))
    monkeypatch.setenv("ITSS_REPORT_LIST", str(tmp_path / "fixed.yaml"))
    assert settings().report_list == tmp_path / "fixed.yaml"


def test_a_bundle_without_a_list_is_an_error_that_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ITSS_HOME", str(tmp_path / "home"))
    house(tmp_path / "home")
    # the storage of bundles may lie in ITSS_HOME all the same
    read_beside(house(tmp_path / "home" / "bundles" / "git", listed=False))
    wanted = tmp_path / "home" / "bundles" / "git" / "include" / "report_list.yaml"
    assert settings().report_list == wanted
    (problem,) = load(settings().report_list).problems
    assert problem.file == wanted
    assert "include/" in problem.remedy


def test_a_stub_in_a_folder_below_the_dags_of_itss_home_reads_its_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ITSS_HOME", str(tmp_path))
    house(tmp_path)
    read_beside(tmp_path / "dags" / "service_reports_00.py")
    assert settings().report_list == tmp_path / "include" / "report_list.yaml"
    read_beside(tmp_path / "dags" / "reports" / "service_reports_00.py")
    assert settings().report_list == tmp_path / "include" / "report_list.yaml"


def test_a_link_that_a_sync_moves_is_followed_once(tmp_path: Path) -> None:
    house(tmp_path / "first")
    (tmp_path / "current").symlink_to(tmp_path / "first")
    read_beside(tmp_path / "current" / "dags" / "service_reports_00.py")
    (tmp_path / "current").unlink()
    assert settings().report_list == tmp_path / "first" / "include" / "report_list.yaml"


def test_a_run_where_there_is_no_list_takes_the_demos(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ITSS_HOME", str(tmp_path))
    assert or_demo(settings()).report_list == ROOT / "include" / "report_list.yaml"
    assert "the demo list is used" in capsys.readouterr().out
    assert settings().dags == ROOT / "dags", "nor are there DAG files"
    monkeypatch.setenv("ITSS_REPORT_LIST", str(tmp_path / "named.yaml"))
    assert or_demo(settings()).report_list == tmp_path / "named.yaml", "one that was named is missing, and no other"
    monkeypatch.delenv("ITSS_REPORT_LIST")
    house(tmp_path)
    assert or_demo(settings()).report_list == tmp_path / "include" / "report_list.yaml"
    assert settings().dags == tmp_path / "dags"
