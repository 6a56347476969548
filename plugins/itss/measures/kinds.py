"""The closed sets of words in a measure's definition, apart from numpy: DAG files read them in ``measures.yaml``."""

from __future__ import annotations

from typing import Literal

Unit = Literal["count", "share", "h", "min", "score", "days"]
Better = Literal["higher", "lower", "neither"]
Section = Literal["a", "b", "c", "d", "e", "f"]
"""The procedure's six mandatory contents: targets, nonconformities, workload, major events, trends, satisfaction."""
