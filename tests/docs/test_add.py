"""The recipes of docs/how-to/add.md are carried out as they are written, one after the other, on the shipped list."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "how-to" / "add.md").read_text(encoding="utf-8")
RECIPES = re.findall(r"^## \d (.+?)$\n(.*?)(?=^## \d |\Z)", PAGE, re.M | re.S)
BLOCK = re.compile(r"```(yaml|sql|jinja|console)\n(.*?)```", re.S)
PLACE = re.compile(r"(?:#|--|\{#) (?P<file>\S+?)(?:, (?P<how>under|in place of) (?P<key>\w+))?(?: #\})?$")


@dataclass
class Workbench:
    """A copy of what the recipes change, and the environment that their commands leave."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def write(self, block: str) -> None:
        """Carry out a block by its first line."""
        first, _, lines = block.partition("\n")
        place = PLACE.match(first)
        assert place, f"The first line names no file: {first}"
        file = self.root / place["file"]
        file.parent.mkdir(parents=True, exist_ok=True)
        text = file.read_text(encoding="utf-8") if place["how"] else ""
        edit = {None: lambda *_: lines, "under": _under, "in place of": _in_place_of}[place["how"]]
        file.write_text(edit(text, place["key"], lines), encoding="utf-8")

    def run(self, commands: str) -> None:
        """Run a console block in a shell, as a person does; what it exports stays."""
        kept = self.root / "exported"
        script = f"set -e\n{commands}\nexport -p > {kept}"
        before = f". {kept}\n" if kept.exists() else ""
        done = subprocess.run(
            ["bash", "-c", before + script], cwd=self.root, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"


def _under(text: str, key: str, lines: str) -> str:
    found = re.search(rf"^{key}:[^\n]*\n", text, re.M)
    assert found, f"There is no line {key}:"
    return text[: found.end()] + lines + text[found.end() :]


def _in_place_of(text: str, key: str, lines: str) -> str:
    """A key at the left margin with all that is indented below it; one that is not there is put at the end."""
    found = re.search(rf"^{key}:[^\n]*\n(?:[ #][^\n]*\n)*", text, re.M)
    return text[: found.start()] + lines + text[found.end() :] if found else f"{text}{lines}"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    root = tmp_path_factory.mktemp("add")
    shutil.copytree(ROOT / "include", root / "include")
    shutil.copytree(ROOT / "docs" / "examples" / "customers", root / "docs" / "examples" / "customers")
    own = {"ITSS_HOME": str(root), "ITSS_VAR": str(root / "var"), "PYTHONPATH": str(ROOT / "plugins")}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    inherited = {name: value for name, value in os.environ.items() if name not in ("ITSS_REPORT_LIST", "ITSS_HOME")}
    return Workbench(root, inherited | own | {"PATH": path})


@pytest.mark.parametrize(("title", "text"), RECIPES, ids=[title for title, _ in RECIPES])
def test_recipe(bench: Workbench, title: str, text: str) -> None:
    """They build on each other, so one that fails alone may be run with those before it."""
    blocks = BLOCK.findall(text)
    assert blocks
    for kind, block in blocks:
        bench.run(block) if kind == "console" else bench.write(block)


def test_every_recipe_ends_in_a_proof() -> None:
    assert len(RECIPES) == 8
    assert [
        title for title, text in RECIPES if "python -m itss" not in "".join(b for _, b in BLOCK.findall(text))
    ] == []
