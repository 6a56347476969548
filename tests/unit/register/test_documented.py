from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from itss.cli import main as product
from itss.register import Register
from itss.register.__main__ import main
from itss.register.schema import Base

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "record.md").read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(line, comments=True) for line in re.findall(r"^python -m itss(?:\.register| audit).*$", PAGE, re.M)
]
ALWAYS = ("restored", "confirm")
"""What is put on record of any register, and what may be said once that was."""
READ = ("list", "baselines", "hand-ins", "findings", "improvements", "proposals", "rebuild", "key")


def test_every_documented_command_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'register.sqlite'}"
    Register(url).upgrade()
    monkeypatch.setenv("ITSS_REGISTER_URL", url)
    monkeypatch.setenv("ITSS_ARCHIVE_URL", f"file://{tmp_path}/archive")
    assert len(COMMANDS) >= 8
    for _python, _m, module, *words in COMMANDS:
        # 2 would be wrong usage; 1 is the refusal, for the register is empty
        if module == "itss":
            assert product(words) == int(not {"--witness", "FILE"}.isdisjoint(words)), (
                "the files named as examples are not there"
            )
        elif "--new" in words:  # later commands would not trust the register any more
            Register(other := f"sqlite:///{tmp_path / 'other.sqlite'}").upgrade()
            assert main(["--url", other, "key", "--new", str(tmp_path / "new.pem")]) == 0
        else:
            assert main(["--url", url, *words]) == (0 if words[0] in (*READ, *ALWAYS) else 1)


def test_every_table_is_documented() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.M)) == set(Base.metadata.tables)
