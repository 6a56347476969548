"""Nothing of one customer in anything of another: their words are looked for in every byte (`make canary-100`)."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from api_server import api_server
from canary_house import FEW, Walked
from canary_itsm import NOW
from canary_list import ROOT, lay_out
from canary_places import ARCHIVE, LOG, MAIL, NOTICE, PORTAL, REGISTER, WORKSPACE, search_house
from canary_portal import search_pages
from canary_search import Tally
from canary_table import table
from canary_words import PERIOD, Aviary
from itss import steps
from itss.errors import OtherCustomerError
from itss.notices.causes import Failure
from itss.settings import settings
from itss.standalone.sink import MailSink
from visitor import Visitor
from walk import connect


@pytest.fixture(scope="session")
def sign_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Visitor]]:
    with api_server(tmp_path_factory.mktemp("airflow")) as app:
        yield lambda user: Visitor(app, user, "user", "en")


@pytest.fixture(scope="session")
def searched(walked: Walked, sign_in: Callable[[str], Visitor]) -> tuple[Tally, list[str]]:
    """All places of all customers, and what somebody got of another customer by its address."""
    tally = Tally(walked.aviary)
    search_house(tally, walked.folder, walked.aviary.birds)
    with pytest.MonkeyPatch.context() as environment:
        for name, value in walked.environment.items():
            environment.setenv(name, value)
        opened = search_pages(tally, walked.aviary.birds, sign_in)
    return tally, opened


def test_everybody_is_all_the_way_after_the_kill(walked: Walked) -> None:
    assert (walked.folder / "killed").exists()
    assert walked.rounds == 2
    archive = walked.folder / "var" / "archive"
    for bird in walked.aviary.birds:
        number = 2 if bird.is_rejected_once else 1
        assert (archive / bird.report / PERIOD / f"r{number:02d}" / "manifest.json").exists(), bird


def test_no_word_of_a_customer_is_in_anything_of_another(searched: tuple[Tally, list[str]], walked: Walked) -> None:
    tally, opened = searched
    written = table(tally, walked.rounds, walked.doomed)
    print(written)
    assert tally.others == opened == []
    if len(walked.aviary.birds) > FEW:
        (ROOT / "docs" / "canary.md").write_text(written, encoding="utf-8")


def test_the_own_words_of_each_are_everywhere(searched: tuple[Tally, list[str]], walked: Walked) -> None:
    """Else there would be nothing to be found."""
    tally, _ = searched
    for bird in walked.aviary.birds:
        for place in (WORKSPACE, ARCHIVE, MAIL, LOG, REGISTER, PORTAL):
            count = tally.counts[bird.number, place]
            assert count.with_song, (bird, place)
            assert count.with_name, (bird, place)
        assert tally.counts[bird.number, NOTICE].with_name
        assert tally.counts[bird.number, MAIL].files >= 9, "two who are asked, four of the review, the report to two …"


def test_a_word_is_found_wherever_it_is_hidden(tmp_path: Path) -> None:
    aviary = Aviary(2)
    mine, theirs = aviary.birds
    song = theirs.song
    pd.DataFrame({"a": [1, 2], "b": ["x", song]}).to_parquet(tmp_path / "a.parquet", compression="zstd")
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/sharedStrings.xml", f"<t>{song}</t>")
    (tmp_path / "c.txt.gz").write_bytes(gzip.compress(song.encode()))
    (tmp_path / "d.html").write_text(f"<p>{song[:9]}\u00ad{song[9:]}</p>", encoding="utf-8")
    (tmp_path / "e.txt").write_text(f"{song[:12]}\n   {song[12:]}".upper(), encoding="utf-8")
    (tmp_path / f"{song}.txt").touch()
    (tmp_path / "g.json").write_text(f'"{theirs.name}@example.com"', encoding="utf-8")
    tally = Tally(aviary)
    tally.take_folder(mine, WORKSPACE, tmp_path)
    assert len(tally.others) == len(list(tmp_path.iterdir())) == 7


@pytest.fixture
def leaking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aviary]:
    """A house in which a query says ``:customer IS NOT NULL``, and so selects the rows of everybody."""
    aviary = Aviary(3)
    for name, value in lay_out(tmp_path, aviary.birds).items():
        monkeypatch.setenv(name, value)
    query = tmp_path / "list" / "sql" / "canary" / "incident.sql"
    query.write_text(query.read_text(encoding="utf-8").replace("customer = :customer", ":customer IS NOT NULL"))
    with MailSink(tmp_path / "mail") as sink:
        connect(monkeypatch, sink.port)
        yield aviary


def test_a_query_that_selects_everybodys_rows_stops_the_run_and_leaves_nothing(
    leaking: Aviary, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bird, run = leaking.birds[0], "run-1"
    job = steps.open_report(bird.report, PERIOD, run, NOW)
    with pytest.raises(OtherCustomerError) as caught:
        steps.collect(job, "incident")
    steps.fail(job, Failure(bird.report, "collect_incident", caught.value, run), NOW)
    tally = Tally(leaking)
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / f"{bird.name}.log").write_text(f"{caught.getrepr(style='long', chain=True)}\n{caplog.text}")
    search_house(tally, tmp_path, [bird])
    assert tally.others == []
    assert tally.counts[bird.number, MAIL].files == 1, "the report manager is notified"
    folder = settings().var / "workspace" / bird.report / PERIOD / "r01"
    assert list((folder / "data").glob("*")) == []
