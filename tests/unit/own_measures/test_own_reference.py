"""The page of the keys of ``measures.yaml`` is the one that the models make."""

from pathlib import Path

from itss.own_measures.functions import FUNCTIONS
from itss.own_measures.reference import document

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "measures-file.md"


def test_the_page_is_the_generated_one():
    assert PAGE.read_text(encoding="utf-8") == document(), (
        "Run: python -m itss.own_measures.reference > docs/reference/measures-file.md"
    )


def test_every_function_is_described():
    assert all(f"`{one.shape}`" in document() for one in FUNCTIONS)
