"""One Airflow DAG per entry of the report list (服务报告列表); `report_list_check` shows what is wrong with it."""

from airflow.sdk import get_parsing_context
from itss.flow.listing import report_dags

for dag in report_dags(get_parsing_context().dag_id):
    globals()[dag.dag_id] = dag
