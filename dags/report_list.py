"""Step 1 (编制服务报告列表) as an Airflow DAG: the register, and who hands in what by when."""

from pathlib import Path

from itss.flow.list_dag import list_dag

dag = list_dag(Path(__file__))
