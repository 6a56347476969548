"""The product on one machine with nothing installed beside it: `make run` and `make demo`.

Owns the embedded Airflow as child processes, a mail sink on loopback and the REST calls to them; it never imports
Airflow. Refuses to leave anything running: see ``guard`` for how.
"""
