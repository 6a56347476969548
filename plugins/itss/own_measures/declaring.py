"""Columns and processes of ``measures.yaml`` as those of the product: what queries, forms and checks ask of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from itss.own_measures.models import OwnColumn, OwnProcess
from itss.problems import Fault, Loc, closest
from itss.processes import columns as shared
from itss.processes.base import Column, Expectation, Process
from itss.processes.rows import TIMES, between, one_of, ordered
from itss.text import Text, text

_NAMED = {
    one.name: one
    for one in (
        *(shared.TITLE, shared.SERVICE, shared.CUSTOMER, shared.CATEGORY, shared.PRIORITY),
        *(shared.GROUP, shared.CAUSE, shared.ACTION),
    )
}
"""What these names mean in every process, if they are texts."""


def extended(process: Process, columns: Mapping[str, OwnColumn], found: list[Fault]) -> Process:
    """A process of the product with further columns; what is wrong with them is added to ``found``."""
    loc: Loc = ("columns", process.id)
    taken = {one.name for one in (*process.columns, *process.derived)}
    sound: dict[str, OwnColumn] = {}
    for name, one in columns.items():
        if name in taken:
            message = f"The process {process.id} has a column '{name}' already."
            found.append(Fault((*loc, name), message, "Remove it, or choose another name."))
        elif fault := _column_fault((*loc, name), name, one):
            found.append(fault)
        else:
            sound[name] = one
    made = tuple(_column(name, one) for name, one in sound.items())
    return replace(
        process,
        columns=(*process.columns, *made),
        expectations=(*process.expectations, *_expectations(sound, made)),
    )


def declared(key: str, own: OwnProcess, found: list[Fault]) -> Process | None:
    """A process of its own; ``None`` where what it says of its columns makes none."""
    loc: Loc = ("processes", key)
    faults = [
        fault for name, one in own.columns.items() if (fault := _column_fault((*loc, "columns", name), name, one))
    ]
    if "id" in own.columns:
        faults.append(Fault((*loc, "columns", "id"), "The column 'id' is always there, a text.", "Remove it."))
    instants = [name for name, one in own.columns.items() if one.type == "instant" and not one.is_plan]
    texts = [name for name, one in own.columns.items() if one.type == "string"]
    asked = (("leading", own.leading, instants, "an instant"), ("ends", own.ends, instants, "an instant"))
    for name, column, possible, what in asked:
        if column is not None and column not in possible:
            message = f"'{column}' is not {what} among the columns."
            faults.append(Fault((*loc, name), message, closest(column, possible, "There are")))
    for number, column in enumerate(own.dimensions):
        if column not in texts:
            message = f"'{column}' is not a text among the columns."
            faults.append(Fault((*loc, "dimensions", number), message, closest(column, texts, "There are")))
    if faults:
        found += faults
        return None
    made = tuple(_column(name, one, required=name == own.leading) for name, one in own.columns.items())
    ends = () if own.ends is None else (ordered(own.leading, own.ends, "critical"),)
    return Process(
        id=key,
        name=own.title,
        columns=(shared.ID, *made),
        expectations=(*_expectations(own.columns, made), *ends),
        measures=(),
        dimensions=own.dimensions,
        ended_by=() if own.ends is None else (own.ends,),
        event=own.event or text("记录", "records"),
    )


def _column_fault(loc: Loc, name: str, own: OwnColumn) -> Fault | None:
    if (own.type == "instant") != name.endswith("_at"):
        remedy = f"Write {name}_at." if own.type == "instant" else "Rename it, or write `instant`."
        return Fault(loc, "The name of an instant ends with _at, and no other name does.", remedy)
    if own.values and own.type != "string":
        return Fault((*loc, "values"), "Only a column of type string has a closed set of values.", "Remove `values`.")
    if own.is_plan and own.type != "instant":
        return Fault((*loc, "plan"), "Only an instant can be a plan.", "Remove `plan`.")
    return None


def _column(name: str, own: OwnColumn, *, required: bool = False) -> Column:
    known = _NAMED.get(name)
    if known is not None and own.type == "string":
        return replace(known, values=own.values, text=own.text or known.text, required=required)
    words: Text = own.text or text(name, name)
    kind = "integer" if own.type == "count" else own.type
    return Column(name, kind, words, required, own.values, is_plan=own.is_plan)


def _expectations(own: Mapping[str, OwnColumn], made: tuple[Column, ...]) -> tuple[Expectation, ...]:
    counts = [between(name, 0, None, "critical", TIMES) for name, one in own.items() if one.type == "count"]
    return (*counts, *(one_of(column, "critical") for column in made if column.values))
