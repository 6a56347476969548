"""A secret from a file: the same as from the environment, and an error that says what to do where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from itss.airflow_rest import has_service_user
from itss.errors import ConfigurationError
from itss.settings import settings

NAME = "ITSS_REGISTER_URL"
URL = "postgresql+psycopg://register:hidden@localhost/register"


@pytest.fixture(autouse=True)
def no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (NAME, "ITSS_AIRFLOW_PASSWORD", "ITSS_AIRFLOW_TOKEN"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)


def test_the_register_is_that_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "register_url"
    file.write_text(f"{URL}\n")
    monkeypatch.setenv(f"{NAME}_FILE", str(file))
    assert settings().register_url == URL
    file.write_text(URL.replace("hidden", "rotated"))  # read afresh
    assert "rotated" in settings().register_url


def test_the_service_user_may_have_its_password_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ITSS_AIRFLOW_USER", "itss-watch")
    assert not has_service_user()
    (tmp_path / "password").write_text("hidden\n")
    monkeypatch.setenv("ITSS_AIRFLOW_PASSWORD_FILE", str(tmp_path / "password"))
    assert has_service_user()
    (tmp_path / "password").unlink()
    assert has_service_user(), "that nobody can sign in so is said where Airflow is asked, with all else that is found"


@pytest.mark.parametrize(
    ("content", "words"), [(None, "No such file"), (b"", "is empty"), (b"\xff\xfe\x00", "no text")]
)
def test_a_file_that_gives_nothing_is_an_error_that_names_it(
    content: bytes | None, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = tmp_path / "register_url"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv(f"{NAME}_FILE", str(file))
    with pytest.raises(ConfigurationError, match=f"{NAME}_FILE names {file}.*{words}"):
        settings()


@pytest.mark.parametrize("given", [URL, "hidden", "hidden" * 99, "hid\nden"])
def test_who_writes_the_secret_itself_into_the_variable_does_not_find_it_in_a_log(
    given: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(f"{NAME}_FILE", given)
    with pytest.raises(ConfigurationError, match="names no absolute path, which cannot be read") as caught:
        settings()
    assert "hid" not in str(caught.value)


def test_both_at_once_is_an_error_without_the_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(NAME, URL)
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "register_url"))
    with pytest.raises(ConfigurationError, match="both set") as caught:
        settings()
    assert "hidden" not in str(caught.value)
