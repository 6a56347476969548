"""A shard of the report list (服务报告列表): one Airflow DAG per entry that belongs to this file.

All of these files have the same lines; which entries are whose follows from the number: `itss.report_list.shards`.
`report_list_check` shows what is wrong with an entry.
"""

from pathlib import Path

from airflow.sdk import get_parsing_context
from itss.flow.listing import shard_dags

for dag in shard_dags(Path(__file__), get_parsing_context().dag_id):
    globals()[dag.dag_id] = dag
