"""KPIs of one's own: ``measures.yaml`` beside the report list, as measures like any other.

Owns the file, what an expression may say, and how DuckDB computes it. Refuses whatever is not a value of one row: no
text that a person wrote ever reaches DuckDB, it is written anew from a tree of known parts (`expression`). Reading the
file (`own_file`) needs neither pandas nor sqlglot, since DAG files do it at every parse.
"""

from itss.own_measures.of_list import measures_of, name_of, process_ids, process_of, processes_of
from itss.own_measures.own_file import NOTHING_OWN, Own, own_beside, own_in, own_of

__all__ = [
    "NOTHING_OWN",
    "Own",
    "measures_of",
    "name_of",
    "own_beside",
    "own_in",
    "own_of",
    "process_ids",
    "process_of",
    "processes_of",
]
