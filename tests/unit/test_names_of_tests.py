"""Tests import what they share by its plain name: two modules of one name would be taken for each other."""

from collections import Counter
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
OWN = {"__init__.py", "__main__.py", "conftest.py"}


def test_each_module_of_the_tests_has_a_name_of_its_own():
    # the writers of the source systems are loaded by their path
    found = Counter(path.name for path in TESTS.rglob("*.py") if path.parent.parent.name != "sources")
    assert [name for name, count in found.items() if count > 1 and name not in OWN] == []
