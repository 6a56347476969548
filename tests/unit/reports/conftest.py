"""The hand-made material, for every test of the room."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest
from itss.reports import content
from itss.reports.content import Report


@pytest.fixture(scope="session")
def material() -> ModuleType:
    import report_material

    return report_material


@pytest.fixture(scope="session")
def make_report(material: ModuleType) -> Callable[..., Report]:
    def build(*args: object, **changes: object) -> Report:
        return content.build(material.make(*args, **changes))

    return build
