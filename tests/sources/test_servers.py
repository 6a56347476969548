"""The account that `servers.Server.database` gives: it reads, and nothing else."""

import pytest
import sqlalchemy as sa

DDL = ["CREATE TABLE ticket (id INT)", "INSERT INTO ticket VALUES (1)"]


@pytest.fixture(params=["mariadb", "postgresql"])
def connection(request):
    engine = sa.create_engine(request.getfixturevalue(request.param).database("readonly", DDL))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_reads(connection):
    assert connection.execute(sa.text("SELECT id FROM ticket")).scalars().all() == [1]


@pytest.mark.parametrize(
    "statement",
    ["INSERT INTO ticket VALUES (2)", "UPDATE ticket SET id = 2", "DELETE FROM ticket", "DROP TABLE ticket",
     "CREATE TABLE other (id INT)", "CREATE DATABASE other"],
)  # fmt: skip
def test_does_not_write(connection, statement):
    with pytest.raises(sa.exc.DBAPIError, match=r"denied|must be owner"):
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text(statement))


def test_a_second_call_makes_it_anew(mariadb, postgresql):
    for server in (mariadb, postgresql):
        for rows in (1, 0):
            engine = sa.create_engine(server.database("again", DDL[: 1 + rows]))
            with engine.connect() as connection:
                assert connection.execute(sa.text("SELECT count(*) FROM ticket")).scalar() == rows
            engine.dispose()
