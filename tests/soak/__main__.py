"""``python tests/soak``: see `soak_run`."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), *(str(HERE.parent / name) for name in ("production", "faults", "."))]
sys.path.insert(0, str(HERE.parents[1]))

from soak_run import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
