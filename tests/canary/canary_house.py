"""The house of all customers, walked through once for all tests of this folder; ``ITSS_CANARY`` says how many."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from canary_crowd import walk_all
from canary_list import ROOT, lay_out
from canary_words import Aviary

FEW = 5


@dataclass(frozen=True)
class Walked:
    """A house in which everybody has been all the way, in so many ``rounds``."""

    folder: Path
    aviary: Aviary
    environment: dict[str, str]
    doomed: int
    rounds: int


@pytest.fixture(scope="session")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walked:
    """Killed at number 57 of 100, at number 3 of a few. The folder of many is kept, to be looked at."""
    count = int(os.environ.get("ITSS_CANARY", FEW))
    folder, doomed = tmp_path_factory.mktemp("canary"), min(57, (count + 1) // 2)
    if count > FEW:
        folder, doomed = ROOT / "var" / f"canary-{count}", min(57, count)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    aviary = Aviary(count)
    environment = lay_out(folder, aviary.birds)
    return Walked(folder, aviary, environment, doomed, walk_all(folder, aviary.birds, environment, doomed, _say))


def _say(line: str) -> None:
    print(line, file=sys.__stderr__, flush=True)
