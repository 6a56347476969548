"""The name by which Airflow knows a machine of these tests: `[core] hostname_callable`, for all run on one host."""

import os


def machine() -> str:
    return os.environ.get("PRODUCTION_MACHINE", "")
