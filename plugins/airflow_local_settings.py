"""Airflow imports this file at the start of each of its processes; those that start tasks import here what tasks need.

A deployment that has a file of this name already, in ``config/`` or on the path, writes these two lines into its own.
"""

import sys

from itss.preload import preload

__all__: list[str] = []  # nothing here is a setting of Airflow's

preload(sys.argv)
