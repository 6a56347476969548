"""Chains of tasks that do nothing, as Airflow DAGs: the floor of any flow of that length."""

import datetime as dt

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, chain

LENGTHS = range(6, 16)


def nothing() -> None:
    """Do nothing."""


for length in LENGTHS:
    with DAG(f"empty_chain_{length:02d}", schedule=None, start_date=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)) as dag:
        chain(*[PythonOperator(task_id=f"nothing_{number:02d}", python_callable=nothing) for number in range(length)])
    globals()[dag.dag_id] = dag
