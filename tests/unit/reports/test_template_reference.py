"""docs/reference/template-calls.md is made of the calls, and names each of them."""

from pathlib import Path

from itss.reports.template.calls import CALLS
from itss.reports.template.reference import reference

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "template-calls.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == reference(), (
        "Run: python -m itss.reports.template.reference > docs/reference/template-calls.md"
    )


def test_every_call_is_in_it_with_what_it_does() -> None:
    for call in CALLS.values():
        assert f"### `{call.name}(" in reference()
        assert (call.function.__doc__ or "").strip(), call.name
