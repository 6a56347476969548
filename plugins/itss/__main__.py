"""``python -m itss``."""

from itss.cli import main

raise SystemExit(main())
