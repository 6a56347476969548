"""``ITSS_EMBEDDED=0``: a place that was not set is refused by whoever opens it, and nothing is made in its stead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from itss.archive.store import open_store
from itss.errors import ConfigurationError
from itss.register import Register, signing
from itss.settings import settings
from itss.watch.list_and_record import existing_register

OPENED: dict[str, Callable[[], object]] = {
    "ITSS_REGISTER_URL": lambda: Register(settings().register_url),
    "ITSS_SIGNING_KEY": signing.load,
    "ITSS_WORKSPACE_URL": lambda: open_store(settings().workspace_url),
    "ITSS_ARCHIVE_URL": lambda: open_store(settings().archive_url),
    "ITSS_INBOX": lambda: settings().inbox,
}


@pytest.fixture(autouse=True)
def nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ITSS_REGISTER_URL_FILE", *OPENED):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ITSS_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("ITSS_EMBEDDED", "0")


@pytest.mark.parametrize("name", OPENED)
def test_each_place_that_was_not_set_is_refused_by_its_name(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name} is not set.*Set it"):
        OPENED[name]()
    assert not (tmp_path / "var").exists()


def test_who_only_looks_whether_there_is_a_register_is_refused_too() -> None:
    with pytest.raises(ConfigurationError, match="ITSS_REGISTER_URL is not set"):
        existing_register(settings().register_url)


@pytest.mark.parametrize("name", OPENED)
def test_one_that_is_set_is_opened_whatever_the_others_are(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "place"
    signing.make(place)
    monkeypatch.setenv(name, f"sqlite:///{place}.sqlite" if name == "ITSS_REGISTER_URL" else str(place))
    assert OPENED[name]()


@pytest.mark.parametrize("name", OPENED)
def test_elsewhere_all_of_it_is_embedded(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ITSS_EMBEDDED")
    assert OPENED[name]()
