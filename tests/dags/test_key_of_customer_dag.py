"""The DAG of an entry that was made for a customer: Airflow takes its id, as long as one may be."""

from __future__ import annotations

from pathlib import Path

import pytest
from itss.flow.build import report_dag
from itss.ref import LONGEST_KEY
from itss.report_list.loader import load

LIST = Path(__file__).resolve().parents[2] / "include" / "report_list.yaml"
LONGEST = f"{'r' * 50}.{'c' * 50}"


@pytest.mark.parametrize("key", ["customer_monthly.acme", LONGEST])
def test_dag_is_called_as_the_report_and_starts_its_own_next_revision(key: str) -> None:
    assert len(LONGEST) == LONGEST_KEY
    people = load(LIST).list
    entry = people.entry("customer_monthly").model_copy(update={"key": key})
    dag = report_dag(entry, people)
    assert dag.dag_id == key
    assert dag.get_task("next_revision").trigger_dag_id == key  # type: ignore[attr-defined]
    assert dag.get_task("open").op_kwargs["entry"] == key  # type: ignore[attr-defined]
