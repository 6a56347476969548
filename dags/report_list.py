"""Step 1 (编制服务报告列表): the register, and who hands in what by when. `service_reports` makes the reports."""

from itss.flow.list_dag import list_dag

dag = list_dag()
