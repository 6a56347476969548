"""Where there is no page, a person gets words in their language and the way back, a program the bare sentence."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from visitor import Visitor

Visit = Callable[..., Visitor]


@pytest.mark.parametrize(
    ("path", "status", "chinese", "english"),
    [
        ("/audit", 403, "您无权查看或办理此项。", "You may not see or do this."),
        ("/no-such-page", 404, "没有此页。", "There is no such page."),
        ("/reports/no_report/2026-09/r01", 404, "没有此页。", "There is no such page."),
    ],
)
def test_a_person_reads_why_and_finds_back(visit: Visit, path: str, status: int, chinese: str, english: str) -> None:
    for language, words in (("zh-CN", chinese), ("en", english)):
        answer = visit("bystander", language=language).get(path)
        assert (answer.status_code, answer.headers["content-language"]) == (status, language)
        assert f"<h1>{words}</h1>" in answer.text
        assert 'href="/itss/turn"' in answer.text


def test_a_program_reads_one_sentence(visit: Visit) -> None:
    answer = visit("bystander").get("/audit", Accept="*/*")
    assert (answer.status_code, answer.text) == (403, "bystander may not see the audit.")


def test_what_an_address_says_is_escaped(visit: Visit) -> None:
    answer = visit("report_manager").get("/hand-in/%3Cb%3Ex/2026-09")
    assert answer.status_code == 404
    assert "<b>x" not in answer.text
