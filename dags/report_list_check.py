"""Red in the Airflow UI as long as the report list has a problem; it names file, line and remedy of each.

It holds no DAG: a bad entry must neither disappear silently nor hide the good ones.
"""

from pathlib import Path

from itss.flow.listing import refuse_problems

refuse_problems(Path(__file__))
