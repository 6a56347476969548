"""What was dropped into the inbox is handed in (接收提交的数据), as an Airflow DAG."""

from pathlib import Path

from itss.flow.take_up_dag import take_up_dag

dag = take_up_dag(Path(__file__))
