"""Connection ids to URLs, by the environment and by Airflow."""

import json
import os
import subprocess
import sys

import pytest
from itss.errors import SourceError
from itss.sources.connections import connection_url


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("postgres://reader:p%40ss%2Fword@db.example.com:5433/itsm?sslmode=require",
         ("postgresql+psycopg", "reader", "p@ss/word", "db.example.com", 5433, "itsm", {"sslmode": "require"})),
        ("mysql://reader@db/itsm?charset=utf8mb4",
         ("mysql+pymysql", "reader", None, "db", None, "itsm", {"charset": "utf8mb4"})),
        ("sqlite:////data/itsm.sqlite", ("sqlite", None, None, None, None, "/data/itsm.sqlite", {})),
        ("sqlite://%2Fdata%2Fitsm.sqlite", ("sqlite", None, None, None, None, "/data/itsm.sqlite", {})),
        ("sqlite:///var/itsm.sqlite", ("sqlite", None, None, None, None, "var/itsm.sqlite", {})),
        (json.dumps({"conn_type": "postgres", "login": "reader", "password": "p@:", "host": "db", "port": "5432",
                     "schema": "itsm", "extra": json.dumps({"sslmode": "require", "__x": 1})}),
         ("postgresql+psycopg", "reader", "p@:", "db", 5432, "itsm", {"sslmode": "require"})),
        (json.dumps({"conn_type": "sqlite", "host": "/data/itsm.sqlite"}),
         ("sqlite", None, None, None, None, "/data/itsm.sqlite", {})),
    ],
)  # fmt: skip
def test_the_environment(monkeypatch, written, url):
    monkeypatch.setenv("AIRFLOW_CONN_ITSM_SAMPLE", written)
    found = connection_url("itsm_sample")
    assert (
        found.drivername,
        found.username,
        found.password,
        found.host,
        found.port,
        found.database,
        dict(found.query),
    ) == url


@pytest.mark.parametrize(
    "written", ["http://user:s3cret@host/x", "postgres://u:s3cret@host:port/db", '{"password": "s3cret"', "s3cret"]
)
def test_what_is_no_database_is_refused_without_telling_the_password(monkeypatch, written):
    monkeypatch.setenv("AIRFLOW_CONN_ITSM", written)
    with pytest.raises(SourceError) as raised:
        connection_url("itsm")
    assert "s3cret" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.remedy


def test_a_plain_variable_needs_no_airflow():
    code = (
        "import sys; from itss.sources.connections import connection_url;"
        "print(connection_url('itsm').database, 'airflow' in sys.modules)"
    )
    environment = os.environ | {"AIRFLOW_CONN_ITSM": "postgres://u:p@db/itsm"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["itsm", "False"]


def test_an_unknown_connection_names_the_remedy(monkeypatch, tmp_path):
    monkeypatch.delenv("AIRFLOW_CONN_NOSUCH", raising=False)
    code = (
        "from itss.sources.connections import connection_url\nfrom itss.errors import SourceError\n"
        "try: connection_url('nosuch')\nexcept SourceError as error: print(error)"
    )
    environment = os.environ | {"AIRFLOW_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert "Connection nosuch is not defined." in done.stdout
    assert "AIRFLOW_CONN_NOSUCH" in done.stdout
