"""``itss setup``: the register is made or migrated, pools too, each with a line; again, and nothing changes."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from itss.cli import main
from itss.commands import setup
from itss.errors import ConfigurationError
from itss.register.schema import HEAD
from list_material import AGREEMENT, LIST


class Pools:
    """Those of an Airflow of the test."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}
        self.is_there = True

    def sizes(self) -> dict[str, int]:
        if not self.is_there:
            raise ConfigurationError("The command airflow gave no answer.", "Name the API server.")
        return dict(self.known)

    def put(self, pools: Mapping[str, int], known: Mapping[str, int]) -> None:
        assert known == self.known
        self.known |= pools


@pytest.fixture
def pools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pools:
    """A list with a pool, and the Airflow that has it or not."""
    (tmp_path / "agreements").mkdir()
    (tmp_path / "agreements" / "sla.yaml").write_text(AGREEMENT, encoding="utf-8")
    write(tmp_path, 4)
    monkeypatch.setenv("ITSS_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("ITSS_REPORT_LIST", str(tmp_path / "report_list.yaml"))
    made = Pools()
    monkeypatch.setattr(setup, "PoolsByCommand", lambda: made)
    return made


def write(folder: Path, size: int, text: str = LIST) -> None:
    (folder / "report_list.yaml").write_text(f"pools: {{itsm_sample: {size}}}\n{text}", encoding="utf-8")


def test_all_is_made_and_then_left_as_it_is(pools: Pools, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["setup", "--dry-run"]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        f"register: would be made, version {HEAD}",
        "pool itss_itsm_sample: would be made, 4",
    ]
    assert not (tmp_path / "var").exists()
    assert pools.known == {}

    assert main(["setup"]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        f"register: made, version {HEAD}",
        "pool itss_itsm_sample: made, 4",
    ]
    write(tmp_path, 2)
    assert main(["setup"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[:2] == [
        f"register: at version {HEAD}, as it was",
        "pool itss_itsm_sample: changed, 4 to 2",
    ]
    assert "name a running Airflow by --airflow URL" in out
    assert pools.known == {"itss_itsm_sample": 2}


def test_what_could_not_be_made_is_named_and_the_rest_made(pools: Pools, capsys: pytest.CaptureFixture[str]) -> None:
    pools.is_there = False
    assert main(["setup"]) == 1
    said = capsys.readouterr()
    assert f"register: made, version {HEAD}" in said.out
    assert said.err == "pools: The command airflow gave no answer. Name the API server.\n"


def test_a_broken_entry_stops_nothing(pools: Pools, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, 4, LIST.replace("template: internal", "template: 7"))
    assert main(["setup"]) == 0
    assert "list: 2 problem(s), see python -m itss check" in capsys.readouterr().out
    assert pools.known == {"itss_itsm_sample": 4}


def test_a_list_that_cannot_be_read_makes_nothing(
    pools: Pools, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "report_list.yaml").write_text("reports: []", encoding="utf-8")
    assert main(["setup"]) == 1
    assert "python -m itss check" in capsys.readouterr().err
    assert pools.known == {}
