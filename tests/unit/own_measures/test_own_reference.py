"""The page of the keys of ``measures.yaml`` is the one that the models make."""

import re
from pathlib import Path

from itss.own_measures import own_beside
from itss.own_measures.functions import FUNCTIONS
from itss.own_measures.reference import document
from own_material import problems

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "measures-file.md"


def test_the_page_is_the_generated_one():
    assert PAGE.read_text(encoding="utf-8") == document(), (
        "Run: python -m itss.own_measures.reference > docs/reference/measures-file.md"
    )


def test_every_function_is_described():
    assert all(f"`{one.shape}`" in document() for one in FUNCTIONS)


def test_what_the_how_to_shows_has_no_problem():
    page = (PAGE.parents[1] / "how-to" / "own-kpis.md").read_text(encoding="utf-8")
    blocks = [one for one in re.findall(r"```yaml\n(.*?)```", page, re.S) if "\nmeasures:\n" in f"\n{one}"]
    assert len(blocks) == 3
    for block in blocks:
        assert problems(block) == []
    for said in ("There is no column 'oepned_at'. Did you mean 'opened_at'?", "Write `version: 2`, or restore"):
        assert said in page


def test_the_example_is_written_as_the_page_says():
    own = own_beside(PAGE.parents[1] / "examples" / "kpi" / "report_list.yaml")
    readme = (PAGE.parents[1] / "examples" / "kpi" / "README.md").read_text(encoding="utf-8")
    assert [key for key in own.content.measures if f"`{key}`" not in readme] == []
