"""Where the modules of these tests are, and the house that all of them look at."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

for folder in ("steps", "portal"):
    sys.path.append(str(Path(__file__).parents[1] / folder))

# before Airflow is imported for the first time: it would make its folder in the home directory otherwise
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="itss-airflow-"))

from canary_house import walked  # noqa: E402, F401 - a fixture
