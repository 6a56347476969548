"""`make upgrade-test`: an older Airflow with a pending approval is upgraded to the pinned one; minutes.

Makes a virtual environment of the older release under ``var/`` (kept for the next time), from today's pins but for
Airflow's own packages.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OLDER = {"apache-airflow": "3.3.1", "apache-airflow-core": "3.3.1", "apache-airflow-task-sdk": "1.3.1"}


def older_python() -> Path:
    """The Python of an environment with the older Airflow."""
    place = ROOT / "var" / f"airflow-{OLDER['apache-airflow']}"
    python = place / "bin" / "python"
    if (place / "complete").exists():
        return python
    pins = (ROOT / "requirements.txt").read_text() + "\naiosmtpd\n"  # the mail server of tests
    for name, version in OLDER.items():
        pins = re.sub(rf"^{name}==\S+", f"{name}=={version}", pins, flags=re.M)
    place.parent.mkdir(exist_ok=True)
    shutil.rmtree(place, ignore_errors=True)
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, place], check=True)
    (place / "pins.txt").write_text(pins)
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, "-r", place / "pins.txt"],
        check=True,
    )
    (place / "complete").touch()
    return python


def main() -> int:
    """Both halves in one folder; 0 if the report went through."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "plugins")}
    environment.pop("ITSS_SIGNING_KEY", None)
    with tempfile.TemporaryDirectory(prefix="itss-upgrade-") as folder:
        for python, half in ((older_python(), "before"), (Path(sys.executable), "after")):
            script = ROOT / "tests" / "upgrade" / "pending_approval.py"
            done = subprocess.run([python, script, half, folder], env=environment, check=False)
            if done.returncode:
                return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
