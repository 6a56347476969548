"""Which roles of FAB may read a customer's DAGs: those of the customers file, in FAB's own tables."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EAST, HEADQUARTERS = "service_monthly.east", "service_monthly.headquarters"
READERS, AUDITORS = "Headquarters readers", "East readers"


@pytest.fixture
def share(tmp_path):
    shutil.copytree(ROOT / "docs" / "examples" / "customers", tmp_path / "list")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ITSS_", "AIRFLOW_"))} | {
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
        "ITSS_VAR": str(tmp_path / "var"),
        "ITSS_REPORT_LIST": str(tmp_path / "list" / "report_list.yaml"),
    }

    def run(**said):
        for command, given in (
            (["-m", "airflow", "db", "migrate"], ""),
            ([str(Path(__file__).with_name("fab_sharing.py"))], json.dumps(said)),
        ):
            done = subprocess.run(
                [sys.executable, *command], env=environment, input=given, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        line = next(line for line in done.stdout.splitlines() if line.startswith("made "))
        return json.loads(line.removeprefix("made "))

    return run


def test_roles_are_given_and_taken_as_the_customers_file_says(share):
    (rounds, missing) = share(
        roles=[READERS, AUDITORS],
        by_hand=[(AUDITORS, HEADQUARTERS), (AUDITORS, "another_report")],
        rounds=[
            [],
            [],  # nothing is left to do
            [
                (
                    "binds: {customer: 华东分公司}",
                    f"binds: {{customer: 华东分公司}}\n    roles: [{AUDITORS}, Missspelled]",
                )
            ],
            [(f"    roles: [{READERS}]\n", "")],
        ],
    )
    elsewhere = [[AUDITORS, "can_edit", "DAG:another_report"], [AUDITORS, "can_edit", f"DAG:{HEADQUARTERS}"]]
    elsewhere.append([AUDITORS, "can_read", "DAG:another_report"])
    headquarters, east = [READERS, "can_read", f"DAG:{HEADQUARTERS}"], [AUDITORS, "can_read", f"DAG:{EAST}"]
    assert rounds == [
        [1, sorted([*elsewhere, headquarters])],
        [0, sorted([*elsewhere, headquarters])],
        [1, sorted([*elsewhere, headquarters, east])],  # a role that there is not takes nothing from the others
        [1, sorted([*elsewhere, east])],
    ]
    assert missing == ["Nobody"]
