"""The plugin of a checkout whose folder of plugins Airflow reads; an installed product has an entry point instead.

Where both are there this file has none: Airflow would take the second one of a name for an import error.
"""

from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution


def _is_installed() -> bool:
    with suppress(PackageNotFoundError):
        return any(one.group == "airflow.plugins" for one in distribution("itss").entry_points)
    return False


if not _is_installed():
    from itss.airflow_plugin import ItssPlugin as ItssPlugin
