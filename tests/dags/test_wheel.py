"""The wheel, as somebody installs it: built from a copy of the checkout, run where there is no source tree.

Its libraries are those of this environment, behind everything of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from pathlib import Path

import itss
import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILT_OF = ("plugins", "include", "dags", "pyproject.toml", "setup.py", "requirements.in", "README.md")
PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
Run = Callable[..., "subprocess.CompletedProcess[str]"]
PLUGINS = """
import json
from airflow import plugins_manager
found, errors = plugins_manager._get_plugins()
print(json.dumps([[[one.name, type(one).__module__] for one in found if one.name == "itss"], errors]))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built in a copy, in which an earlier build has left a template that is gone since."""
    copy = tmp_path_factory.mktemp("checkout")
    skipped = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in BUILT_OF:
        one = ROOT / name
        shutil.copytree(one, copy / name, ignore=skipped) if one.is_dir() else shutil.copy(one, copy / name)
    left = copy / "build" / "lib" / "itss" / "shipped" / "include" / "templates" / "gone.md.j2"
    left.parent.mkdir(parents=True)
    left.write_text("of an old build")
    subprocess.run([*PIP, "wheel", "--no-deps", "--no-build-isolation", "-w", copy / "out", copy], check=True)
    (found,) = (copy / "out").glob("itss-*.whl")
    return found


@pytest.fixture(scope="module")
def run(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs a command of the new environment in an empty folder."""
    place = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place / "venv"], check=True)
    programs = place / "venv" / "bin"
    subprocess.run([*PIP, "--python", programs / "python", "install", "--no-deps", "--no-index", wheel], check=True)
    packages = place / "venv" / Path(sysconfig.get_path("purelib")).relative_to(sys.prefix)
    # all but the product itself, which is installed there from the source tree
    libraries = place / "libraries"
    libraries.mkdir()
    for one in Path(sysconfig.get_path("purelib")).iterdir():
        if one.suffix != ".pth" and not one.name.startswith("itss-"):
            (libraries / one.name).symlink_to(one)
    (packages / "libraries.pth").write_text(f"{libraries}\n")
    (place / "empty").mkdir()

    def called(program: str, *words: object, **variables: str) -> subprocess.CompletedProcess[str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("ITSS_", "PYTHONPATH"))}
        own |= {"AIRFLOW_HOME": str(place / "airflow"), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"} | variables
        command = [programs / program, *map(str, words)]
        return subprocess.run(command, cwd=place / "empty", env=own, capture_output=True, text=True)

    return called


def test_the_wheel_has_every_file_of_the_product_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "plugins/itss", "include", "dags"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    files = {name for name in tracked.stdout.splitlines() if (ROOT / name).is_file()}
    shipped = {f"itss/shipped/{name}" for name in files if not name.startswith("plugins/")}
    code = {name.removeprefix("plugins/") for name in files if name.startswith("plugins/")}
    assert names == shipped | code
    assert {"templates", "sql", "locale"} <= {name.split("/")[3] for name in shipped if name.count("/") > 3}


def test_the_wheel_asks_for_what_the_product_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        lines = archive.read(metadata).decode().splitlines()
    wanted = [line.partition("#")[0].strip() for line in (ROOT / "requirements.in").read_text().splitlines()]
    asked = {line.removeprefix("Requires-Dist: ") for line in lines if line.startswith("Requires-Dist: ")}
    assert asked == {line for line in wanted if line and not line.startswith("-")}
    assert f"Version: {itss.__version__}" in lines


def test_the_commands_work_in_an_empty_folder(run: Run, tmp_path: Path) -> None:
    assert run("itss", "--version").stdout == f"itss {itss.__version__}\n"
    where = run("python", "-c", "import itss; print(itss.__file__)").stdout
    assert not Path(where.strip()).is_relative_to(ROOT)
    for example in ("customers", "supplier"):
        checked = run("itss", "check", "--list", ROOT / "docs" / "examples" / example)
        assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout
    listed = Path(where.strip()).parent / "shipped" / "include" / "report_list.yaml"
    words = ["itss", "preview", "--list", listed, "--report", "internal_monthly", "--out", tmp_path / "out"]
    previewed = run(*words, ITSS_VAR=str(tmp_path / "var"))
    assert previewed.returncode == 0, previewed.stderr
    assert "connection itsm_sample, include/sql/itss/incident.sql" in previewed.stdout, "the product's own SQL"
    assert (tmp_path / "out" / "report.html").stat().st_size > 50_000


@pytest.mark.parametrize("has_folder", [False, True])
def test_the_plugin_is_loaded_once(run: Run, tmp_path: Path, has_folder: bool) -> None:
    folder = ROOT / "plugins" if has_folder else tmp_path
    found = run("python", "-c", PLUGINS, AIRFLOW__CORE__PLUGINS_FOLDER=str(folder))
    plugins, errors = json.loads(found.stdout.splitlines()[-1])
    assert plugins == [["itss", "itss.airflow_plugin"]], found.stderr
    assert errors == {}
