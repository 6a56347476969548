"""Which environment variables mean something: to Airflow with the providers of production, to us, to the image."""

from __future__ import annotations

import functools
import re
from pathlib import Path

from airflow.configuration import conf
from compose_file import ROOT

OF_THE_IMAGES = {"CONNECTION_CHECK_MAX_COUNT", "DUMB_INIT_SETSID", "PYTHONWARNINGS", "POSTGRES_PASSWORD_FILE"}
"""Read by entry points, Python and the image of PostgreSQL, in their own documentation."""


@functools.cache
def _own() -> frozenset[str]:
    sources = (ROOT / "plugins/itss").rglob("*.py")
    return frozenset(name for path in sources for name in re.findall(r'"(ITSS_[A-Z_]+)"', Path(path).read_text()))


@functools.cache
def _airflows() -> frozenset[tuple[str, str]]:
    described = conf.configuration_description.items()
    return frozenset((section.lower(), key.lower()) for section, said in described for key in said["options"])


def is_known(name: str) -> bool:
    """Whether somebody reads ``name``; a ``_CMD`` of Airflow only where the option is a sensitive one."""
    if name in OF_THE_IMAGES:
        return True
    if name.startswith("ITSS_"):
        return name.removesuffix("_FILE") in _own()
    if not name.startswith("AIRFLOW__"):
        return False
    section, _, key = name.removeprefix("AIRFLOW__").lower().partition("__")
    if key.endswith("_cmd"):
        return (section, key.removesuffix("_cmd")) in conf.sensitive_config_values
    return is_option(section, key)


def is_option(section: str, key: str) -> bool:
    """Whether Airflow, with the providers that are installed, knows the option."""
    return (section, key) in _airflows()
