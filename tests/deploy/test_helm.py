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
from functools import reduce
from operator import getitem
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
PAGE = (ROOT / "docs/how-to/install.md").read_text()
_OF_VALUES = re.compile(r"\{\{ \.Values\.([\w.]+) \}\}")


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


def own() -> dict[str, Any]:
    """The own.yaml of the page."""
    (block,) = re.findall(r"```yaml\n(# own\.yaml.*?)```", PAGE, re.DOTALL)
    said: dict[str, Any] = yaml.safe_load(block)
    return said


def environment(values: dict[str, Any]) -> dict[str, str]:
    """What each container of Airflow is given: the list, then the string, which the chart reads as a template."""
    rendered = _OF_VALUES.sub(lambda found: reduce(getitem, found[1].split("."), values), values["extraEnv"])
    return {one["name"]: one["value"] for one in [*values.get("env", []), *yaml.safe_load(rendered)]}


def lists(values: Any, path: str = "") -> set[str]:
    """Where lists are."""
    if not isinstance(values, dict):
        return {path} if isinstance(values, list) else set()
    return {found for key, value in values.items() for found in lists(value, f"{path}.{key}")}


def test_what_the_page_has_people_write_takes_nothing_away():
    values = merged(SAID, own())
    ours, theirs = environment(SAID), environment(values)
    assert theirs == ours | {one["name"]: one["value"] for one in own()["env"]} | {
        "ITSS_UI_URL": own()["config"]["api"]["base_url"]
    }
    assert not ours.keys() & {one["name"] for one in own()["env"]}, (
        "the same name twice is refused, or the last one wins"
    )
    assert {"ITSS_REGISTER_URL_FILE", "ITSS_SIGNING_KEY", "ITSS_WORKSPACE_URL", "ITSS_ARCHIVE_URL", "ITSS_INBOX"} < (
        theirs.keys()
    ), "what the image has nothing embedded for"
    assert not lists(own()) & lists(SAID), "Helm replaces a list as a whole"
    assert "env" not in SAID, "which everybody writes who sets a variable"


def test_it_is_this_release_on_the_airflow_that_is_pinned():
    assert SAID["airflowVersion"] == importlib.metadata.version("apache-airflow")
    assert SAID["images"]["airflow"]["tag"] == itss.__version__


def test_each_option_is_one_that_somebody_reads():
    names = [*environment(merged(SAID, own())), *(one["name"] for one in SAID["scheduler"]["env"])]
    assert [name for name in names if not is_known(name)] == []
    options = [(section, key) for section, keys in SAID["config"].items() for key in keys]
    assert [one for one in options if not is_option(*one)] == []


def test_no_secret_is_in_the_values():
    said = VALUES.read_text()
    assert not re.search(r"://[^/@\s]+:[^/@\s…]+@", said)
    for name, value in environment(SAID).items():
        assert not re.search("PASSWORD|REGISTER_URL|KEY", name) or value.startswith("/opt/itss/")


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
    ours = environment(SAID)
    for name in ("ITSS_WORKSPACE_URL", "ITSS_ARCHIVE_URL", "ITSS_INBOX", "ITSS_AIRFLOW_USER"):
        assert ours[name] == compose[name]
    for section in ("celery", "celery_broker_transport_options", "secrets", "logging"):
        for key, value in SAID["config"][section].items():
            there = compose[f"AIRFLOW__{section}__{key}".upper()].replace("/run/secrets", "/opt/itss/secrets")
            assert there == str(value)


def test_its_exporter_makes_the_series_that_rules_and_dashboard_ask_for():
    mapping = yaml.safe_load((ROOT / "deploy/monitoring/statsd-mapping.yaml").read_text())
    wanted = [{key: value for key, value in one.items() if key != "help"} for one in mapping["mappings"]]
    assert SAID["statsd"]["enabled"] is True
    assert SAID["statsd"]["overrideMappings"] == wanted
    # the chart can give the exporter no defaults; these are its own
    assert mapping["defaults"] == {"observer_type": "summary", "ttl": 0}


def test_airflow_sends_what_the_page_on_monitoring_has_it_send():
    page = (ROOT / "docs/how-to/monitoring.md").read_text()
    said = dict(re.findall(r"^AIRFLOW__METRICS__(\w+)=(\S+)$", page, re.MULTILINE))
    of_the_chart = {"STATSD_ON", "STATSD_HOST", "STATSD_PORT"}
    assert {key.upper(): value for key, value in SAID["config"]["metrics"].items()} == {
        key: value for key, value in said.items() if key not in of_the_chart
    }


def test_the_chart_takes_it(chart: Path):
    schema = json.loads((chart / "values.schema.json").read_text())
    values = merged(yaml.safe_load((chart / "values.yaml").read_text()), merged(SAID, own()))
    found = validator_for(schema)(schema).iter_errors(values)
    assert [f"{error.json_path}: {error.message}" for error in found] == []


def test_the_chart_has_each_key(chart: Path):
    """A key of an open object passes the schema and does nothing."""
    known = yaml.safe_load((chart / "values.yaml").read_text())
    assert set(SAID) <= set(known)
    for part in (
        "apiServer",
        "dagProcessor",
        "scheduler",
        "triggerer",
        "data",
        "migrateDatabaseJob",
        "statsd",
        "createUserJob",
    ):
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
