"""The small list of `list_material` on disk, and a way to break it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from itss.report_list.loader import Loaded, load
from list_material import AGREEMENT, LIST


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """The sound list on disk, its agreement beside it."""
    (tmp_path / "agreements").mkdir()
    (tmp_path / "agreements" / "sla.yaml").write_text(AGREEMENT, encoding="utf-8")
    path = tmp_path / "report_list.yaml"
    path.write_text(LIST, encoding="utf-8")
    return path


@pytest.fixture
def with_change(written: Path) -> Callable[..., Loaded]:
    """Load the list after the first ``old`` became ``new``."""

    def change(old: str, new: str) -> Loaded:
        text = written.read_text(encoding="utf-8")
        assert old in text
        written.write_text(text.replace(old, new, 1), encoding="utf-8")
        return load(written)

    return change
