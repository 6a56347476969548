"""What may be written between the brackets of a call: each kind says what it is and judges a value.

A wrong value is refused with the nearest that is right, whether the call is run or only read (`judge`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from jinja2 import Undefined

from itss.measures.base import Section
from itss.problems import closest
from itss.reports.template.budget import RefusedError
from itss.reports.template.materials import APPENDICES, CONTENTS, Materials
from itss.reports.template.placeholders import Placeholder

MOST = 1_000


@dataclass(frozen=True)
class Kind:
    """A kind of value; ``said`` describes it in the reference, ``judge`` refuses or returns it as the call gets it."""

    said: str
    judge: Callable[[Any, Materials], object]


def _word(value: object, known: Collection[str], what: str) -> str:
    if not isinstance(value, str) or value not in known:
        raise RefusedError(f"There is no {what} '{value}' in this report.", closest(str(value), known))
    return value


def _choice(value: object, words: Collection[str]) -> str:
    if not isinstance(value, str) or value not in words:
        raise RefusedError(f"'{value}' is not possible here.", closest(str(value), words, "Possible are"))
    return value


def _measure(value: object, materials: Materials) -> str:
    if isinstance(value, str) and "." not in value:
        near = [one for one in materials.measures if one.split(".")[1] == value]
        if near:
            raise RefusedError(f"'{value}' is not complete.", f"Write process and measure: '{near[0]}'.")
    if isinstance(value, str) and (process := value.split(".")[0]) not in materials.writer.given.processes:
        known = materials.writer.given.processes
        raise RefusedError(f"This report collects no data of '{process}' ('{value}').", closest(process, known))
    return _word(value, materials.measures, "measure")


def _measures(value: object, materials: Materials) -> list[str]:
    return [_measure(one, materials) for one in (value if isinstance(value, list | tuple) else [value])]


def _dimension(value: object, materials: Materials) -> str:
    given = materials.writer.given
    known = {*given.entry.dimensions, *(d for process in given.processes.values() for d in process.always_by)}
    if isinstance(value, str) and value not in known and any(value in p.dimensions for p in given.processes.values()):
        raise RefusedError(f"This report is not split by '{value}'.", f"Add {value} to `dimensions` of the entry.")
    return _word(value, known, "dimension")


def _count(value: object, _: Materials) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST:
        raise RefusedError(f"'{value}' is no number from 1 to {MOST:,}.")
    return value


def _flag(value: object, _: Materials) -> bool:
    if not isinstance(value, bool):
        raise RefusedError(f"'{value}' is neither true nor false.", "Write true or false, without quotes.")
    return value


def _text(value: object, _: Materials) -> str:
    if not isinstance(value, str) or not value.strip():
        raise RefusedError("A text is expected here.", "Write it in quotes.")
    return value.strip()


def _blocks(value: object, _: Materials) -> Placeholder:
    if not isinstance(value, Placeholder) or not isinstance(value.held.content, list | tuple):
        raise RefusedError("A table, chart or list of points is expected here.", "Write e.g. missed().")
    return value


def _rows(value: object, materials: Materials) -> str:
    return value if value == "b" else _measure(value, materials)


def choice(*words: str) -> Kind:
    """One of a few words."""
    return Kind("one of " + ", ".join(f"`{word}`" for word in words), lambda value, _: _choice(value, words))


def choices(*words: str) -> Kind:
    """Several of a few words."""

    def judge(value: object, _: Materials) -> list[str]:
        return [_choice(one, words) for one in (value if isinstance(value, list | tuple) else [value])]

    return Kind("a list of " + ", ".join(f"`{word}`" for word in words), judge)


MEASURE = Kind("id of a measure, `process.measure`", _measure)
MEASURES = Kind("id of a measure, or a list of them", _measures)
CONTENT = Kind("one of the six contents, `a` to `f`", lambda value, _: _word(value, CONTENTS, "content"))
PROCESS = Kind("id of a process", lambda value, m: _word(value, m.writer.given.processes, "process"))
DIMENSION = Kind("a dimension that the entry is split by", _dimension)
HELD = choice(*CONTENTS, "improvements")
APPENDIX = Kind("one of " + ", ".join(f"`{one}`" for one in APPENDICES),
                lambda value, _: _word(value, APPENDICES, "appendix"))  # fmt: skip
COUNT = Kind(f"a number from 1 to {MOST:,}", _count)
FLAG = Kind("true or false", _flag)
TEXT = Kind("a text", _text)
BLOCKS = Kind("what a call returns", _blocks)
ROWS = Kind("`b`, or the id of a measure", _rows)
UNITS = choices("count", "share", "h", "min", "score", "days")

Measure = Annotated[str, MEASURE]
Measures = Annotated[list[str], MEASURES]
Content = Annotated[Section, CONTENT]
Process = Annotated[str, PROCESS]
Dimension = Annotated[str, DIMENSION]
Appendix = Annotated[str, APPENDIX]
Count = Annotated[int, COUNT]
Flag = Annotated[bool, FLAG]
Words = Annotated[str, TEXT]
Beside = Annotated[Placeholder, BLOCKS]


def kinds(function: Callable[..., object]) -> dict[str, Kind]:
    """The kind of each argument of a call, in their order."""
    hints = get_type_hints(function, include_extras=True)
    found = {name: _kind(hint) for name, hint in hints.items()}
    return {name: kind for name, kind in found.items() if kind}


def _kind(hint: object) -> Kind | None:
    if get_origin(hint) is Annotated:
        return next((one for one in get_args(hint) if isinstance(one, Kind)), None)
    return next((kind for one in get_args(hint) if (kind := _kind(one))), None)


def judged(
    name: str,
    function: Callable[..., object],
    args: tuple[object, ...],
    options: Mapping[str, object],
    materials: Materials,
) -> dict[str, object]:
    """The arguments of a call by name, each as its kind returns it; `RefusedError` for the first that is wrong."""
    known = kinds(function)
    for option in options:
        if option not in known:
            raise RefusedError(f"{name}() has no '{option}'.", closest(option, known, "It has"))
    signature = inspect.signature(function)
    try:
        bound = signature.bind(materials, *args, **options).arguments
    except TypeError as error:
        raise RefusedError(f"{name}(): {error}.", f"Write {name}{written(function)}.") from error
    found: dict[str, object] = {}
    for argument, value in list(bound.items())[1:]:
        if isinstance(value, Undefined):
            str(value)
        found[argument] = _of_kind(name, argument, known, value, materials)
    return found


def _of_kind(name: str, argument: str, known: Mapping[str, Kind], value: Any, materials: Materials) -> object:
    if argument not in known or value is None:
        return value
    try:
        return known[argument].judge(value, materials)
    except RefusedError as error:
        raise RefusedError(f"{name}(): {error.message}", error.remedy) from error


def written(function: Callable[..., object]) -> str:
    """The brackets of a call as its reference shows them."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    return "(" + ", ".join(map(_argument, parameters)) + ")"


def _argument(parameter: inspect.Parameter) -> str:
    if parameter.default is inspect.Parameter.empty:
        return parameter.name
    shown = {True: "true", False: "false", None: "none"}
    default = parameter.default
    said = shown[default] if default is None or isinstance(default, bool) else repr(default).replace("'", '"')
    return f"{parameter.name}={said}"
