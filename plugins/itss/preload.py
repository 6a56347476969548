"""Imports, once in the process that tasks are forked from, what every task would import for itself.

By name only, so that whoever imports this module imports nothing else. No thread may run when Airflow forks: two
libraries that start one while they are imported are kept from it. A module that is missing or broken is named in the
log and left to the tasks that need it.
"""

from __future__ import annotations

import importlib
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger(__name__)

SWITCH = "ITSS_PRELOAD"
PARSING = ("itss.flow.listing", "itss.flow.build", "itss.flow.standing_entries")
"""What DAG files import: all that the DAG processor needs, which parses each in a process of its own."""
ROOMS = (
    "agreements",
    "archive",
    "checks",
    "delivery",
    "exclusions",
    "hand_in",
    "measures",
    "monitoring",
    "notices",
    "own_measures",
    "processes",
    "register",
    "reports",
    "sources",
    "steps",
    "watch",
)
"""The rooms of which tasks import whatever is in them."""
LIBRARIES = (
    "airflow.dag_processing.bundles.local",
    "airflow.providers.smtp.hooks.smtp",
    "alembic.runtime.migration",
    "aiosmtplib",
    "duckdb",
    "great_expectations.expectations",
    "holidays.countries",
    "jinja2.ext",
    "openpyxl",
    "pandas.core.methods.to_dict",
    "pandas.io.formats.csvs",
    "pyarrow.parquet",
    "weasyprint",
    "xlsxwriter",
)
"""What they import only when it is needed, and what those libraries themselves do."""
WITHOUT_THREADS = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""Read by OpenBLAS (numpy, scipy) and by pyarrow's jemalloc while they are loaded, and at no other time."""


def preload(command: Sequence[str]) -> None:
    """Import what the children of an Airflow process need; ``command`` is its ``sys.argv``.

    Scheduler (its LocalExecutor forks the workers) and Celery worker get all; the DAG processor what DAG files import;
    API server, triggerer and every other command nothing, nor anybody where ``ITSS_PRELOAD`` is 0.
    """
    if os.environ.get(SWITCH) == "0":
        return
    match command[1:3]:
        case ["scheduler", *_] | ["celery", "worker"]:
            load_all([*PARSING, *_modules(), *LIBRARIES])
        case ["dag-processor", *_]:
            load_all(PARSING)


def load_all(names: Sequence[str]) -> None:
    """Import modules by their names; whatever keeps one from it is logged."""
    with _without_threads():
        for name in names:
            try:
                importlib.import_module(name)
            except Exception as error:  # an optional library, or one that this machine lacks a part of
                log.warning("%s is not preloaded: %s", name, error)


def _modules() -> Iterator[str]:
    here = Path(__file__).parent
    for room in ROOMS:
        for path in sorted((here / room).rglob("*.py")):
            words = path.relative_to(here.parent).with_suffix("").parts
            # neither scripts nor what comes along with the rest
            if "migrations" not in words and words[-1] not in ("__init__", "__main__"):
                yield ".".join(words)


@contextmanager
def _without_threads() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in WITHOUT_THREADS}
    os.environ.update(WITHOUT_THREADS)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)
