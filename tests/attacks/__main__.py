"""`make attacks`: every attack planted one at a time into a copy of one house, and how each was found.

Usage: python tests/attacks [WORD …]: only those whose name or kind holds one of the words.
Exit code 1 if one was not found that is not declared, or if there was a false alarm.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from running import main

sys.exit(main(sys.argv[1:]))
