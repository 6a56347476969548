"""Report lists of any length in files, made of the shipped one, for the benchmarks of long lists."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

INCLUDE = Path(__file__).resolve().parents[1] / "include"


def written(folder: Path, count: int) -> Path:
    """A list of ``count`` entries below ``folder``, a file each: the monthly reports of the shipped list in turns."""
    (folder / "reports").mkdir(parents=True)
    shutil.copytree(INCLUDE / "agreements", folder / "agreements")
    document = yaml.load((INCLUDE / "report_list.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    models = [entry for entry in document.pop("reports") if entry["period"]["kind"] == "month"][:2]
    _dump(folder / "people.yaml", document)
    for number in range(count):
        _dump(entry_file(folder, number), {**models[number % 2], "key": key(number)})
    return folder


def key(number: int) -> str:
    """The key of an entry."""
    return f"report_{number:05d}"


def entry_file(folder: Path, number: int) -> Path:
    """The file of an entry."""
    return folder / "reports" / f"{key(number)}.yaml"


def _dump(path: Path, data: object) -> None:
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
