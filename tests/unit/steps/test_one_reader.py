"""Nothing reads a file of a revision's folder but `itss.archive.folder`: shown by the syntax trees of the package."""

from __future__ import annotations

import ast
from pathlib import Path

import itss
import pytest

ROOT = Path(str(itss.__file__)).parent
OWNER = ROOT / "archive" / "folder.py"
READS = {"open", "read_bytes", "read_text", "glob", "rglob", "iterdir", "exists", "is_file", "stat", "read_frame"}


def offences(source: str) -> list[str]:
    """Reads of a path that comes from a job's folder, and paths made from one, with their line."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and _is_of_job(node.left):
            found.append(f"{node.lineno}: a path is made from a revision's folder")
        if isinstance(node, ast.Call):
            named = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if named in READS and any(map(_comes_from_job, [node.func, *node.args])):
                found.append(f"{node.lineno}: {named} on a revision's folder")
        if isinstance(node, ast.Attribute) and node.attr == "root" and _is_of_job(node.value):
            found.append(f"{node.lineno}: the root of a revision's folder")
    return found


def _is_of_job(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "folder" and _named(node.value) in JOBS


JOBS = {"job", "opened", "draft", "known", "given", "bound", "self.job"}


def _named(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _comes_from_job(node: ast.expr) -> bool:
    return any(_is_of_job(part) for part in ast.walk(node) if isinstance(part, ast.expr)) and any(
        isinstance(part, ast.Attribute) and part.attr == "target" for part in ast.walk(node)
    )


def test_there_is_one_reader() -> None:
    others = (path for path in sorted(ROOT.rglob("*.py")) if path != OWNER)
    found = {str(path.relative_to(ROOT)): offences(path.read_text("utf-8")) for path in others}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "line",
    [
        "(job.folder / 'brief.md').read_bytes()",
        "open(job.folder.target('x'))",
        "opened.folder.target('x').read_text()",
        "job.folder.root.glob('*')",
        "read_frame(job.folder.target('x'))",
    ],
)
def test_it_would_be_seen(line: str) -> None:
    assert offences(line)
