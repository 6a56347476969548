"""The customer's report stays within its six pages, however much was missed; skipped where no PDF can be made."""

from __future__ import annotations

from types import ModuleType
from typing import Literal

import pytest
from itss.reports import content
from itss.reports.drawing import page, pdf
from itss.reports.inputs import ReportInputs

pytestmark = pytest.mark.skipif(bool(pdf.missing()), reason="WeasyPrint cannot work here")

Case = Literal["a month like others", "forty misses of twelve services", "forty misses of which much is known"]


def given(material: ModuleType, case: Case, language: str) -> ReportInputs:
    make = {
        "a month like others": material.make,
        "forty misses of twelve services": material.crowded,
        "forty misses of which much is known": material.crowded_and_told,
    }[case]
    inputs: ReportInputs = make(language)
    return inputs


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize(
    "case", ["a month like others", "forty misses of twelve services", "forty misses of which much is known"]
)
def test_six_pages_at_most(material: ModuleType, case: Case, language: str) -> None:
    report = content.build(given(material, case, language))
    assert report.look.max_pages == 6
    made = pdf.render(page.render(report), report)
    assert 2 <= made.pages <= 6
