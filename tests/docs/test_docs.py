"""Documentation is tested: links lead somewhere, commands exist, both READMEs say the same."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from itss.cli import _MAIN
from itss.watch.airflow_here import OWN

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text())
    missing = [t for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert not missing


def commands(page):
    return set(re.findall(r"^(?:\.venv/bin/)?(make [a-z0-9-]+|python -m itss [a-z-]+)", "\n".join(blocks(page)), re.M))


def blocks(page):
    return re.findall(r"```console\n(.*?)```", page.read_text(), re.S)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_make_verbs_exist(page):
    verbs = set(re.findall(r"`make ([a-z0-9-]+)", page.read_text())) | {
        c.split()[1] for c in commands(page) if c.startswith("make")
    }
    known = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert verbs <= known


def test_both_readmes_show_the_same_commands():
    def shown(name):
        return [line.split("#")[0].split() for block in blocks(ROOT / name) for line in block.splitlines()]

    assert shown("README.md") == shown("README.zh-CN.md")
    assert len(shown("README.md")) >= 6


def test_every_subcommand_and_option_in_the_docs_exists():
    text = "\n".join(page.read_text() for page in PAGES)
    used = re.findall(r"python -m itss ([a-z][a-z-]*)((?: --[a-z-]+(?: [^\s`]+)?)*)", text)
    assert used
    for command, options in set(used):
        shown = subprocess.run(
            [sys.executable, "-m", "itss", command, "--help"], capture_output=True, text=True, check=False
        )
        assert shown.returncode == 0, f"{command}: {shown.stderr}"
        for option in re.findall(r"--[a-z-]+", options):
            assert option in shown.stdout, f"{command} {option}"


def test_every_command_is_in_the_docs():
    text = "\n".join(page.read_text() for page in PAGES)
    made = {"run", "demo", "sample"}  # which `make` calls, or one of these
    assert [one for one in _MAIN if one not in made and f"python -m itss {one}" not in text] == []


def test_every_setting_is_documented():
    source = (ROOT / "plugins/itss/settings.py").read_text()
    documented = (ROOT / "docs/operations.md").read_text()
    assert [name for name in set(re.findall(r'"(ITSS_[A-Z_]+)"', source)) if f"`{name}`" not in documented] == []


def test_dags_that_housekeeping_names_are_the_products_own():
    named = re.findall(r"--dag-ids ([a-z_,]+)", (ROOT / "docs/operations.md").read_text())
    assert named
    assert {key for keys in named for key in keys.split(",")} <= OWN
