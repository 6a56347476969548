"""The reference page tells what the code computes."""

from pathlib import Path

from itss.processes import PROCESSES
from itss.processes.reference import reference

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "measures.md"


def test_the_page_is_the_generated_one():
    assert PAGE.read_text(encoding="utf-8") == reference(), (
        "Run: python -m itss.processes.reference > docs/reference/measures.md"
    )


def test_every_measure_and_column_stands_in_it_with_both_languages():
    page = reference()
    for process in PROCESSES.values():
        for measure in process.measures:
            assert f"#### `{measure.id}` · {measure.name.zh} · {measure.name.en}" in page
            assert measure.definition.zh in page
            assert measure.definition.en in page
        for column in (*process.columns, *process.derived):
            assert f"| `{column.name}`" in page
