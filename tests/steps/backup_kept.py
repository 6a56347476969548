"""A backup of the sealed house, and an empty place to restore it into."""

import hashlib
import json
import shutil

import pytest
import sqlalchemy as sa
from itss.cli import main
from itss.register.__main__ import main as decide
from itss.register.hand_ins import Handed
from itss.settings import settings
from sqlalchemy.pool import NullPool
from walk import KEY, NOW, PERIOD, register


def states(folder):
    return sorted(path.parent.name for path in (folder / "states").glob("*/backup.json"))


def state(folder, at=-1):
    return json.loads((folder / "states" / states(folder)[at] / "backup.json").read_text())


@pytest.fixture
def kept(tmp_path):
    return tmp_path / "backups"


@pytest.fixture
def backup(kept):
    return lambda *options: main(["backup", str(kept), *options])


@pytest.fixture
def new_url(request, tmp_path):
    """Where an empty register is to be: in a file, unless a test says otherwise."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'register.sqlite'}"
    server = request.getfixturevalue("postgresql")
    server.database("restored", [])
    return str(server.admin.set(database="restored").render_as_string(hide_password=False))


@pytest.fixture
def elsewhere(tmp_path, monkeypatch, new_url):
    """Point everything at an empty place; what was there before is gone."""

    def move():
        shutil.rmtree(settings().var)
        monkeypatch.setenv("ITSS_VAR", str(tmp_path / "new"))
        monkeypatch.setenv("ITSS_REGISTER_URL", new_url)

    return move


def rows(url):
    engine = sa.create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        names = sorted(sa.inspect(engine).get_table_names())
        return {name: connection.execute(sa.text(f"SELECT count(*) FROM {name}")).scalar() for name in names}


def confirm(*words):
    assert decide(["confirm", *words, "--reason", "nothing was mailed after the backup"]) == 0


def lose(backup_of, monkeypatch, tmp_path):
    """The register alone is lost, and brought back into a new file."""
    monkeypatch.setenv("ITSS_REGISTER_URL", f"sqlite:///{tmp_path / 'again' / 'register.sqlite'}")
    return main(["restore", str(backup_of), "--register-only"])


def hand_in(name=b"rows"):
    file = settings().var / "inbox" / KEY / "handed.csv"
    file.parent.mkdir(parents=True)
    file.write_bytes(name)
    handed = Handed("handed.csv", hashlib.sha256(name).hexdigest(), 1, "collector", NOW, f"{KEY}/handed.csv")
    register().accept_hand_in((KEY, PERIOD, "incident"), handed)
    return file


@pytest.fixture
def backed_up(sealed, backup, kept, capsys):
    assert backup() == 0
    return kept / "states" / states(kept)[0]
