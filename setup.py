"""What `pyproject.toml` cannot say: the wheel has `include/` and `dags/` beside the code, as ``itss/shipped``.

A checkout and an editable install read both where they are (`itss.settings`).
"""

from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent


class BuildWithShipped(build_py):
    """Builds from nothing, so that what was deleted since the last build is in no wheel."""

    def run(self) -> None:
        """Copy the package and, unless it is an editable install, what is shipped with it."""
        if self.editable_mode:
            super().run()
            return
        rmtree(self.build_lib, ignore_errors=True)
        super().run()
        for name in ("include", "dags"):
            target = Path(self.build_lib) / "itss" / "shipped" / name
            copytree(HERE / name, target, ignore=ignore_patterns("__pycache__"))


setup(cmdclass={"build_py": BuildWithShipped})
