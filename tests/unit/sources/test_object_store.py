"""Files in an object store: a real store of Airflow's interface, in memory."""

import fsspec
import pytest
from itss.errors import ConfigurationError, SourceError, SourceUnreachableError
from itss.sources.object_store import fetched


@pytest.fixture
def store():
    """A store ``memory://`` with a bucket of files."""
    from airflow.sdk.io import attach

    files = fsspec.filesystem("memory")
    attach("memory", fs=files)
    for name, content in (
        ("in/b.csv", b"id\n2\n"),
        ("in/a.csv", b"id\n1\n"),
        ("in/old/c.csv", b"id\n3\n"),
        ("x.csv", b"id\n4\n"),
    ):
        files.pipe(f"/bucket/{name}", content)
    yield files
    files.rm("/bucket", recursive=True)


@pytest.mark.parametrize(
    ("url", "ids"),
    [
        ("memory://bucket/in", ["1", "2"]),
        ("memory://bucket/in/", ["1", "2"]),
        ("memory://bucket/in/*.csv", ["1", "2"]),
        ("memory://bucket/in/[b]*.csv", ["2"]),
        ("memory://bucket/x.csv", ["4"]),
    ],
)
def test_one_file_a_folder_and_a_glob(store, ask, url, ids):
    assert [row["id"] for row in ask(url, "SELECT id FROM source ORDER BY _row")] == ids


@pytest.mark.parametrize("url", ["memory://bucket/missing.csv", "memory://bucket/in/*.xlsx", "memory://nowhere/a.csv"])
def test_what_is_not_there_is_named(store, ask, url):
    with pytest.raises(SourceError, match=url.replace("*", r"\*")) as raised:
        ask(url)
    assert not isinstance(raised.value, SourceUnreachableError)


def test_an_unknown_store_says_what_to_install():
    with (
        pytest.raises(ConfigurationError, match=r"can open a store with scheme 'nostore'.*install"),
        fetched("nostore://bucket/a.csv"),
    ):
        pass


def test_a_store_that_does_not_answer_is_worth_a_retry(store, ask, monkeypatch):
    def refuse(*_, **__):
        raise TimeoutError("no answer")

    monkeypatch.setattr(type(store), "_open", refuse)
    with pytest.raises(SourceUnreachableError, match=r"memory://bucket/x\.csv: TimeoutError: no answer"):
        ask("memory://bucket/x.csv")
