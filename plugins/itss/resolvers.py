"""What gives the text of a secret that is no file, by the scheme of its name; adapters add themselves.

A module of its own: a DAG file that makes its adapter known must not load the register for it.
"""

from __future__ import annotations

from collections.abc import Callable

RESOLVERS: dict[str, Callable[[str], str]] = {}
"""``airflow-variable`` is added by `itss.flow.signing_key`."""
