"""A new key while a report waits for its second signature; what a lost and what a leaked one can still do."""

import sqlite3

import pytest
import sqlalchemy as sa
from itss import steps
from itss.cli import main
from itss.errors import LedgerError
from itss.register import Register, signing
from itss.register.__main__ import main as decide
from itss.register.schema import HEAD
from itss.settings import settings
from walk import CHIEF, CLERK, KEY, answer, draft, register


@pytest.fixture
def waiting(mail, house):
    job, _ = draft()
    answer(job, "initial_review", CLERK)
    steps.ask(job, "approval")
    return job


@pytest.fixture
def new_key(tmp_path, capsys):
    """Brings in a new key, as the how-to says; returns its file."""

    def rotated():
        assert decide(["key", "--new", str(tmp_path / "2027.pem")]) == 0
        assert "2027.pem for every process" in capsys.readouterr().out
        return str(tmp_path / "2027.pem")

    return rotated


def test_a_report_that_waits_goes_on_under_the_new_key_and_old_lines_hold(waiting, new_key, monkeypatch):
    before = register().head().seq
    file = new_key()
    with pytest.raises(LedgerError, match="which is trusted"):
        answer(waiting, "approval", CHIEF)  # a process that has the old one still
    assert register().head().seq == before + 1, "nothing but the line of the key"
    monkeypatch.setenv("ITSS_SIGNING_KEY", file)
    answer(waiting, "approval", CHIEF)
    assert steps.release(waiting) == "deliver"
    steps.deliver(waiting)
    steps.seal(waiting)
    assert register().verify() == []
    assert main(["audit", "--all"]) == 0


def test_without_its_key_a_register_takes_nothing_and_is_judged_all_the_same(waiting, tmp_path, monkeypatch, capsys):
    answer(waiting, "approval", CHIEF)
    steps.release(waiting)
    steps.deliver(waiting)
    steps.seal(waiting)
    (tmp_path / "public").write_text(register().key().public)
    monkeypatch.setenv("ITSS_SIGNING_KEY", str(tmp_path / "another.pem"))
    signing.make(tmp_path / "another.pem")
    assert decide(["key", "--new", str(tmp_path / "third.pem")]) == 1
    assert "The present key is not the one of this register" in capsys.readouterr().err
    with pytest.raises(LedgerError, match="is not the one of this register"):
        register().rename(KEY, "other_key")
    archive = str(settings().var / "archive")
    assert main(["audit", "--archive-only", archive, "--public-key", str(tmp_path / "public")]) == 0


def test_a_leaked_key_changes_nothing_that_was_before_the_new_one(waiting, new_key, monkeypatch, capsys):
    """Whoever has it and the database writes lines of before again, with hashes and signatures up to the new key."""
    old = register().key()
    monkeypatch.setenv("ITSS_SIGNING_KEY", new_key())
    sign_again(settings().var / "register.sqlite", old)
    problems = [str(one) for one in register().verify()]
    assert any("it does not follow the line before it" in one for one in problems), problems
    assert main(["audit"]) == 1


def sign_again(file, key):
    from itss.register import ledger

    url = f"sqlite:///{file}"
    lines = list(Register(url).lines())
    newest_key = max(line.seq for line in lines if line.kind == "key")
    previous = lines[1].previous_sha256
    with sqlite3.connect(file) as by_hand:
        for name in ("ledger_no_update", "payload_only_emptied"):
            by_hand.execute(f"DROP TRIGGER {name}")
        for line in lines[1 : newest_key - 1]:
            row = vars(line) | {"who": "nobody", "previous_sha256": previous}
            previous = ledger.line_sha256(row)
            by_hand.execute(
                "UPDATE ledger SET who = 'nobody', previous_sha256 = ?, sha256 = ?, signature = ? WHERE seq = ?",
                (row["previous_sha256"], previous, key.sign(previous), line.seq),
            )


def test_two_users_of_the_database_take_turns(postgresql):
    """As the how-to says: the tables are those of a role that nobody signs in as, and its users take turns."""
    postgresql.database("turns", [])
    engine = sa.create_engine(postgresql.admin.set(database="turns"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in (
            "CREATE ROLE itss_owner",
            "GRANT ALL ON SCHEMA public TO itss_owner",
            "CREATE ROLE itss_a LOGIN PASSWORD 'first' IN ROLE itss_owner",
            "ALTER ROLE itss_a SET role TO itss_owner",
            "CREATE ROLE itss_b LOGIN PASSWORD 'second' IN ROLE itss_owner",
            "ALTER ROLE itss_b SET role TO itss_owner",
            "GRANT CONNECT ON DATABASE turns TO itss_a, itss_b",  # the server of the tests lets nobody in by itself
        ):
            connection.exec_driver_sql(statement)
        place = postgresql.admin.set(database="turns")

        def of(user, password):
            return Register(place.set(username=user, password=password).render_as_string(hide_password=False))

        of("itss_a", "first").upgrade()
        of("itss_b", "second").rename("a_key", "b_key")
        connection.exec_driver_sql("ALTER ROLE itss_a PASSWORD NULL")
        assert of("itss_b", "second").version() == HEAD
        assert of("itss_b", "second").problems() == []
    engine.dispose()
