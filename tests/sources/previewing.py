"""An example of the documentation, run as a person runs it, and its figures."""

import csv
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"


def figures_of(
    example: str | Path, report: str, period: str, out: Path, connections: Mapping[str, sa.URL] | None = None
) -> dict[tuple[str, str], float | None]:
    """``(process, measure): value`` of the whole population in ``period``; None where it is not available.

    ``example`` is a folder of ``docs/examples``, or a copy of one.
    """
    environment = dict(os.environ)
    for name, url in (connections or {}).items():
        plain = url.set(drivername=url.get_backend_name()).render_as_string(hide_password=False)
        environment[f"AIRFLOW_CONN_{name.upper()}"] = plain
    done = subprocess.run(
        [sys.executable, "-m", "itss", "preview", "--list", EXAMPLES / example / "report_list.yaml",
         "--report", report, "--period", period, "--out", out],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    with (out / "figures.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["period"] == period and not row["member"]]
    return {(row["process"], row["measure"]): float(row["value"]) if row["value"] else None for row in rows}
