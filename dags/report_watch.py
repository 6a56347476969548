"""What should have happened and did not (督办), as an Airflow DAG: reminders, warnings and alarms."""

from pathlib import Path

from itss.flow.watch_dag import watch_dag

dag = watch_dag(Path(__file__))
