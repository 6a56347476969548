"""deploy/setup.sh at somebody's terminal: the service user's password is that of the file, and nobody is asked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from compose_file import ROOT

AIRFLOW = f"""#!{sys.executable}
import getpass, pathlib, sys
words = sys.argv[1:]
asked = [getpass.getpass() for _ in range(2)] if words[:1] == ["users"] else []
with pathlib.Path(__file__).with_name("called").open("a") as called:
    print(*words[:2], *asked, file=called)
"""
"""Asks as FAB's commands do, by `getpass`: of the terminal where there is one, else of its input."""


def test_at_a_terminal_the_password_is_that_of_the_file(tmp_path: Path) -> None:
    for name, said in {"airflow": AIRFLOW, "python": "#!/bin/sh\n"}.items():
        (tmp_path / name).write_text(said)
        (tmp_path / name).chmod(0o755)
    (tmp_path / "password").write_text("hidden\n")
    own = {"ITSS_AIRFLOW_USER": "itss-watch", "ITSS_AIRFLOW_PASSWORD_FILE": str(tmp_path / "password")}
    at_terminal = [sys.executable, "-c", "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))"]
    done = subprocess.run(
        [*at_terminal, "bash", str(ROOT / "deploy/setup.sh")],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", **own},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    called = (tmp_path / "called").read_text().splitlines()
    assert called[-2:] == ["users create hidden hidden", "users reset-password hidden hidden"]
