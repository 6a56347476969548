"""The report manager's periodic audit of the archive (定期审核) as an Airflow DAG."""

from pathlib import Path

from itss.flow.audit_dag import audit_dag

dag = audit_dag(Path(__file__))
