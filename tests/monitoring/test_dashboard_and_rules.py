"""Dashboard, rules, mapping and page name nothing but what comes: the list is that of a run (`test_on_the_wire`)."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from itss.monitoring.series import ALL, PREFIX
from series_of_prometheus import MONITORING, mapping, names_of, recorded

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "monitoring.md"
_NAME = re.compile(r"\b(?:itss|airflow)_[a-z0-9_]+")
_QUOTED = re.compile(r'"[^"]*"')
_GROUPED = re.compile(r"\bby \(([^)]+)\)")
_MATCHED = re.compile(r"([a-z_]+)\s*(?:=~|!~|!=|=)\s*\"")
TRIED = sorted(Path(__file__).parent.glob("alerts_*test.yaml"))
PROMTOOL = shutil.which("promtool")


def rules() -> list[dict[str, Any]]:
    document = yaml.safe_load((MONITORING / "alerts.yaml").read_text(encoding="utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((MONITORING / "grafana-dashboard.json").read_text(encoding="utf-8"))
    return document


def queries() -> list[str]:
    shown = [target["expr"] for panel in dashboard()["panels"] for target in panel.get("targets", ())]
    return [*shown, *(rule["expr"] for rule in rules())]


@pytest.fixture(scope="module")
def came() -> dict[str, set[str]]:
    """The labels of every series that a run brought, by name."""
    return {one: set(tags) for name, (kind, tags) in recorded().items() for one in names_of(name, kind)}


@pytest.mark.parametrize("query", queries())
def test_every_series_of_dashboard_and_rules_came_with_the_labels_that_are_asked_for(
    query: str, came: dict[str, set[str]]
) -> None:
    names = set(_NAME.findall(_QUOTED.sub('""', query)))
    assert names
    assert names <= came.keys()
    labels = {label.strip() for found in _GROUPED.findall(query) for label in found.split(",")}
    labels |= set(_MATCHED.findall(query))
    assert labels - {"le"} <= set().union(*(came[name] for name in names))


def test_each_series_of_the_product_came_is_mapped_and_is_on_the_page() -> None:
    mapped = {one["match"]: one for one in mapping()["mappings"]}
    page = PAGE.read_text(encoding="utf-8")
    known = recorded()
    for series in ALL.values():
        name = "airflow." + PREFIX + series.name
        assert known[name][1] == tuple(sorted(series.tags))
        assert (mapped.pop(name)["name"], name) == (series.prometheus, name)
        tags = ", ".join(f"`{tag}`" for tag in series.tags) or "–"
        assert f"| `{series.prometheus}` | {tags} | {series.about} |" in page
    assert not mapped


def test_the_names_of_airflow_on_the_page_are_those_that_came() -> None:
    named = set(re.findall(r"`(airflow\.[a-z_.]+[a-z])`", PAGE.read_text(encoding="utf-8")))
    assert {name for name in named if not name.startswith("airflow.itss")} <= recorded().keys()


def test_every_panel_has_an_id_of_its_own_and_takes_the_datasource_that_is_chosen() -> None:
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(places)) == len(places)
    (variable,) = dashboard()["templating"]["list"]
    assert (variable["type"], variable["query"]) == ("datasource", "prometheus")
    for panel in panels:
        for target in panel.get("targets", ()):
            assert target["datasource"]["uid"] == "${datasource}"


def test_every_alert_is_on_the_page_with_its_severity_and_tried() -> None:
    page = PAGE.read_text(encoding="utf-8")
    tried = "".join(one.read_text(encoding="utf-8") for one in TRIED)
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names)
    assert re.findall(r"^\| `((?:Itss|Airflow)\w+)`", page, re.M) == names
    for rule in rules():
        assert f"| `{rule['alert']}` | {rule['labels']['severity']} |" in page
        fires = re.search(rf"alertname: {rule['alert']}\b,?\s+exp_alerts", tried)
        assert fires, f"nothing tries that {rule['alert']} fires"


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed: apt-get install prometheus")
@pytest.mark.parametrize(
    "words",
    [["check", "rules", "deploy/monitoring/alerts.yaml"], ["test", "rules", *map(str, TRIED)]],
)
def test_promtool_takes_the_rules_and_each_alert_fires_when_it_should(words: list[str]) -> None:
    done = subprocess.run(
        [str(PROMTOOL), *words], cwd=MONITORING.parents[1], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed: apt-get install prometheus")
def test_prometheus_can_read_every_query_of_the_dashboard(tmp_path: Path) -> None:
    shown = [{"record": f"shown:{number}", "expr": query} for number, query in enumerate(queries())]
    file = tmp_path / "shown.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": shown}]}), encoding="utf-8")
    done = subprocess.run([str(PROMTOOL), "check", "rules", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
