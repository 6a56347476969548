"""deploy/helm/values.yaml: options that somebody reads, the image of this release, and the schema of the chart.

The chart is no part of this project. Unpack it, name its folder in ITSS_HELM_CHART, and the last tests run:
``ITSS_HELM_CHART=/path/to/airflow make test``.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import itss
import pytest
import yaml
from compose_file import ROOT, services
from jsonschema.validators import validator_for
from options import is_known, is_option

VALUES = ROOT / "deploy/helm/values.yaml"
SAID: dict[str, Any] = yaml.safe_load(VALUES.read_text())


@pytest.fixture
def chart() -> Path:
    named = os.environ.get("ITSS_HELM_CHART")
    if not named:
        pytest.skip("ITSS_HELM_CHART names no unpacked chart of Apache Airflow")
    return Path(named)


def merged(below: Any, above: Any) -> Any:
    """As Helm lays values over those of the chart."""
    if isinstance(below, dict) and isinstance(above, dict):
        return below | {key: merged(below.get(key), value) for key, value in above.items()}
    return above


def test_it_is_this_release_on_the_airflow_that_is_pinned():
    assert SAID["airflowVersion"] == importlib.metadata.version("apache-airflow")
    assert SAID["images"]["airflow"]["tag"] == itss.__version__


def test_each_option_is_one_that_somebody_reads():
    names = [one["name"] for one in SAID["env"] + SAID["scheduler"]["env"]]
    assert [name for name in names if not is_known(name)] == []
    options = [(section, key) for section, keys in SAID["config"].items() for key in keys]
    assert [one for one in options if not is_option(*one)] == []


def test_no_secret_is_in_the_values():
    said = VALUES.read_text()
    assert not re.search(r"://[^/@\s]+:[^/@\s…]+@", said)
    for one in SAID["env"]:
        assert not re.search("PASSWORD|REGISTER_URL|KEY", one["name"]) or one["value"].startswith("/opt/itss/")


def test_the_key_that_signs_is_where_something_is_signed_and_nowhere_else():
    parts = {
        "api-server": SAID["apiServer"],
        "dag-processor": SAID["dagProcessor"],
        "worker": SAID["workers"]["celery"],
        "setup": SAID["migrateDatabaseJob"],
    }
    assert set(parts) == {name for name, one in services().items() if "signing_key.pem" in one.secrets}
    for part in parts.values():
        (volume,) = part["extraVolumes"]
        assert volume["secret"] == {
            "secretName": "itss-signing-key",
            "defaultMode": 0o440,
        }  # the product wants it closed
    assert VALUES.read_text().count("*keyMount") == len(parts) - 1


def test_it_has_the_stores_and_the_celery_of_compose():
    compose = services()["worker"].environment
    ours = {one["name"]: one["value"] for one in SAID["env"]}
    for name in ("ITSS_WORKSPACE_URL", "ITSS_ARCHIVE_URL", "ITSS_INBOX", "ITSS_AIRFLOW_USER"):
        assert ours[name] == compose[name]
    for section in ("celery", "celery_broker_transport_options", "secrets", "logging"):
        for key, value in SAID["config"][section].items():
            there = compose[f"AIRFLOW__{section}__{key}".upper()].replace("/run/secrets", "/opt/itss/secrets")
            assert there == str(value)


def test_the_chart_takes_it(chart: Path):
    schema = json.loads((chart / "values.schema.json").read_text())
    values = merged(yaml.safe_load((chart / "values.yaml").read_text()), SAID)
    found = validator_for(schema)(schema).iter_errors(values)
    assert [f"{error.json_path}: {error.message}" for error in found] == []


def test_the_chart_has_each_key(chart: Path):
    """A key of an open object passes the schema and does nothing."""
    known = yaml.safe_load((chart / "values.yaml").read_text())
    assert set(SAID) <= set(known)
    for part in ("apiServer", "dagProcessor", "scheduler", "triggerer", "data", "migrateDatabaseJob", "createUserJob"):
        assert set(SAID[part]) <= set(known[part]), part
    assert set(SAID["workers"]["celery"]) <= set(known["workers"]["celery"])


def test_helm_makes_it(chart: Path):
    helm = shutil.which("helm")
    if not helm:
        pytest.skip("helm is not installed")
    done = subprocess.run(
        [helm, "template", "itss", str(chart), "-f", str(VALUES)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    made = [one for one in yaml.safe_load_all(done.stdout) if one]
    with_key = {one["metadata"]["name"] for one in made if "itss-signing-key" in json.dumps(one)}
    assert with_key == {"itss-api-server", "itss-dag-processor", "itss-worker", "itss-run-airflow-migrations"}
