"""What the tests of SQL files have in common: statements of a file, figures of a month, the preview of an example."""

import csv
import os
import subprocess
import sys
from pathlib import Path

from itss.measures.compute import measure_all
from itss.periods import parse_period
from itss.processes import PROCESSES

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
SEPTEMBER = parse_period("2026-09", "month", "Asia/Shanghai")


def statements(*paths: Path) -> list[str]:
    """The statements of SQL files, which end with a semicolon at the end of a line."""
    return [s for path in paths for s in path.read_text(encoding="utf-8").split(";\n") if s.strip()]


def figures_of(frames, agreement=None, period=SEPTEMBER):
    """``{(process, measure): value}`` of the period, without dimensions; only what is available."""
    processes = {key: PROCESSES[key] for key in frames}
    found = measure_all(frames, processes, period, agreement, (), 1).figures
    whole = found[(found["period"] == period.label) & (found["dimension"] == "") & found["value"].notna()]
    return {(row.process, row.measure): row.value for row in whole.itertuples()}


def previewed(system, url, out, *, folder=None, label=SEPTEMBER.label):
    """What ``preview`` of ``docs/examples/<system>`` says for a month, and its figures; it must succeed.

    ``folder`` may be another one with the list; ``url`` is None where it reads files.
    """
    variable = {}
    if url is not None:
        plain = url.set(drivername=url.get_backend_name()).render_as_string(False)
        variable = {f"AIRFLOW_CONN_{system.upper()}": plain}
    done = subprocess.run(
        [sys.executable, "-m", "itss", "preview", "--list", (folder or EXAMPLES / system) / "report_list.yaml",
         "--report", f"{system}_monthly", "--period", label, "--out", out],
        capture_output=True, text=True, check=False, env={**os.environ, **variable}, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert url is None or url.password not in done.stdout + done.stderr
    with (out / "figures.csv").open(newline="", encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["period"] == label and not r["dimension"]]
    return done.stdout, {(r["process"], r["measure"]): float(r["value"]) for r in rows if r["value"]}
