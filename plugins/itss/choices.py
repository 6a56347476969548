"""What a person chooses from in a form, known to the form and to the step that reads the answer.

Stands alone, because forms are made at every parse of a DAG file, and the steps bring the register with them.
"""

COLLECT, KEEP = "重新收集 collect the data again", "保留数据 keep the data"
"""The two choices of the rework form."""
