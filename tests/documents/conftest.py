"""Every page that leaves the house, in both languages, made of the hand-made material of the reports' own tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from playwright.sync_api import Browser, sync_playwright

sys.path += [str(Path(__file__).parents[1] / name) for name in ("unit/reports", "browser")]


@pytest.fixture(scope="session")
def material() -> ModuleType:
    import report_material

    return report_material


@pytest.fixture(scope="session")
def pages(material: ModuleType) -> dict[str, str]:
    import drawn_pages

    return drawn_pages.all_pages(material)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from visitors import CHROMIUM, launch

    if CHROMIUM is None:
        pytest.skip("no Chromium here; as root `make servers` installs it (Debian package chromium)")
    with sync_playwright() as playwright:
        yield launch(playwright)
