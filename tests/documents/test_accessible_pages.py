"""Every page as people meet it, wide and on a phone: axe-core finds nothing, nothing sticks out, the status is seen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from drawn_pages import LANGUAGES, NAMES
from playwright.sync_api import Browser, Page
from visitors import PHONE, WIDE

STICKS_OUT = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
HIDDEN_SCROLL = """() => [...document.querySelectorAll('body *')].filter(one =>
    one.scrollWidth > one.clientWidth + 1 && ['auto', 'scroll'].includes(getComputedStyle(one).overflowX)
    && one.tabIndex < 0).map(one => one.outerHTML.slice(0, 120))"""
STATUSES = """() => [...document.querySelectorAll('.score tbody tr')].map(row => {
    const said = row.querySelector('.status'), box = said.getBoundingClientRect(), name = row.querySelector('th');
    return [name.textContent, said.textContent, box.left, box.right, name.getBoundingClientRect().left,
            name.getBoundingClientRect().right]; })"""


@contextmanager
def opened(browser: Browser, html: str, folder: Path, width: int, **wishes: object) -> Iterator[Page]:
    """The page from a file, as it is attached to a mail; its own policy counts."""
    file = folder / "page.html"
    file.write_text(html, encoding="utf-8")
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(file.as_uri())
        page.emulate_media(**wishes)  # type: ignore[arg-type]
        assert said == [], "the policy of the page refuses nothing of it"
        yield page


def violations(page: Page) -> list[tuple[str, str, list[str]]]:
    """Whatever axe-core finds, however serious, with some of the elements."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [(one["id"], one["impact"], [node["html"] for node in one["nodes"][:3]]) for one in found]


@pytest.mark.parametrize("width", [WIDE, PHONE])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_everybody_can_read_it(
    browser: Browser, pages: dict[str, str], tmp_path: Path, name: str, language: str, width: int
) -> None:
    with opened(browser, pages[f"{name}.{language}"], tmp_path, width) as page:
        assert violations(page) == []
        assert page.evaluate(STICKS_OUT) <= 0
        assert page.evaluate(HIDDEN_SCROLL) == []


def test_what_cannot_be_read_is_found(browser: Browser, pages: dict[str, str], tmp_path: Path) -> None:
    """The control of the test above: grey on white, and a region that no key reaches."""
    with opened(browser, pages["report.en"], tmp_path, PHONE) as page:
        page.evaluate("() => { document.querySelector('.note').style.color = '#9aa4ae'; }")
        page.evaluate("() => document.querySelectorAll('.scroll').forEach(one => one.removeAttribute('tabindex'))")
        assert {"color-contrast", "scrollable-region-focusable"} <= {name for name, _, _ in violations(page)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["report", "own"])
def test_on_a_phone_each_target_shows_its_status_without_scrolling(
    browser: Browser, pages: dict[str, str], tmp_path: Path, name: str, language: str
) -> None:
    with opened(browser, pages[f"{name}.{language}"], tmp_path, PHONE) as page:
        rows = page.evaluate(STATUSES)
        assert len(rows) >= 5
        for title, status, left, right, name_left, name_right in rows:
            assert status.strip(), title
            assert 0 <= name_left < name_right <= PHONE
            assert 0 <= left < right <= PHONE, (title, status)


def test_the_look_is_what_is_seen(browser: Browser, pages: dict[str, str], tmp_path: Path) -> None:
    """The style sheet is the one that the policy allows, and the logo a picture that is shown."""
    with opened(browser, pages["own.en"], tmp_path, WIDE) as page:
        assert page.evaluate("() => getComputedStyle(document.querySelector('.kind')).color") == "rgb(122, 31, 61)"
        assert page.evaluate("() => document.querySelector('.logo img').naturalWidth") > 0
        assert "Source Han Sans SC" in page.evaluate("() => getComputedStyle(document.body).fontFamily")
