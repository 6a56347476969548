"""Pages inside the Airflow UI: the board of all reports, what is signed and the buttons to sign it with, who owes what.

Every page asks who is signed in (`airflow_api`), Airflow's permission for the DAG, and our own rule (`viewer`).
"""
