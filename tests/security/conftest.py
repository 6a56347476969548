"""The house of tests/steps: what must hold there must hold against somebody who means harm, too."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "steps"))

from walk_house import house, mail  # noqa: F401 - fixtures
