"""One problem in a file that people edit by hand: where, what, and what to do about it.

Owns the wording of what the models refuse. The surprise: pydantic's own sentences are hardly used, since they
speak of types; here they speak of what to write instead.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from itss.ref import KEY

_MOST = 200
Loc = tuple[str | int, ...]
"""The way to a value in a YAML document: keys, and positions in lists."""


@dataclass(frozen=True)
class Problem:
    """``file:line: where: message remedy``; the file as it was named, the line counted from 1."""

    file: Path
    line: int
    where: str
    message: str
    remedy: str

    def __str__(self) -> str:
        parts = (f"{shown(self.file)}:{self.line}", self.where, f"{self.message} {self.remedy}".strip())
        return ": ".join(part for part in parts if part)


@dataclass(frozen=True)
class Fault:
    """A problem that knows its way in the document, but not yet its line."""

    loc: Loc
    message: str
    remedy: str
    zh: str = ""
    """Both in Chinese, where the same is also said to people who never see the file."""


def shown(path: Path) -> str:
    """The path as a person in the present folder would type it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (ValueError, OSError, RuntimeError):  # the last is a link that leads to itself
        return str(path)


def closest(word: str, known: Iterable[str], what: str = "There are") -> str:
    """The remedy for a name nobody knows: the nearest one, or all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1)
    if near:
        return f"Did you mean '{near[0]}'?"
    return f"{what}: {', '.join(names)}." if names else f"{what} none."


def refused(error: ValidationError, model: type[BaseModel], prefix: Loc = ()) -> Iterator[Fault]:
    """What ``model`` refused, in words, each with its way in the document (``prefix`` leads to the model)."""
    details = [one for one in error.errors(include_url=False) if not _is_only_outer(one)]
    if len(details) > _MOST:  # aliases can make a list of them that nobody reads
        yield Fault(prefix, f"There are {len(details) - _MOST:,} more problems here.", "Fix the others first.")
    for detail in details[:_MOST]:
        loc = detail["loc"]
        message, remedy = _words(detail, model)
        # a refused key of a mapping is told as (…, key, "[key]")
        yield Fault(prefix + (loc[:-1] if loc and loc[-1] == "[key]" else loc), message, remedy)


def _is_only_outer(detail: ErrorDetails) -> bool:
    """Whether something is too short only because its items were refused, each of which is an error of its own."""
    return detail["type"] == "too_short" and bool(detail["input"])


def _words(detail: ErrorDetails, model: type[BaseModel]) -> tuple[str, str]:
    kind, loc, value = detail["type"], detail["loc"], detail["input"]
    context = detail.get("ctx", {})
    name = loc[-1] if loc else ""
    if kind == "missing":
        return f"'{name}' is missing.", _how(model, loc)
    if kind == "extra_forbidden":
        return f"'{name}' is not a key that is known here.", closest(str(name), _keys(model, loc[:-1]), "Known are")
    if kind == "literal_error":
        choices = str(context["expected"]).replace("'", "").replace(" or ", ", ")
        return f"{_quoted(value)} is not one of the possible values.", f"Write one of: {choices}."
    if kind == "string_pattern_mismatch":
        return f"{_quoted(value)} is not allowed here.", _PATTERNS.get(str(context["pattern"]), str(context["pattern"]))
    if kind in ("string_type", "bytes_type") and isinstance(value, int | float):
        return f"{value!r} is a number, text is expected.", f'Put it in quotes: "{value}".'
    if kind in ("too_short", "string_too_short"):
        return "It is empty.", _how(model, loc)
    if kind in _EXPECTED:
        return f"{_quoted(value)} is here, but {_EXPECTED[kind]} is expected.", _how(model, loc)
    return f"{_quoted(value)} is not allowed here: {_lower_first(detail['msg'])}.", _how(model, loc)


_EXPECTED = {
    "string_type": "text",
    "tuple_type": "a list",
    "dict_type": "a group of keys",
    "model_type": "a group of keys",
    "model_attributes_type": "a group of keys",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
}
_PATTERNS = {
    r"^([^/\\]+\.(svg|png|jpg|jpeg|SVG|PNG|JPG|JPEG))?$": "Write the name of a picture: .svg, .png or .jpg.",
    r"^[a-z][a-z0-9_]{1,49}$": "Use 2 to 50 lower-case letters, digits and _, a letter first, e.g. customer_monthly.",
    r"^[a-z][a-z0-9_]{0,49}$": "Use lower-case letters, digits and _, a letter first, e.g. entity.",
    f"^{KEY}$": "Use 2 to 50 lower-case letters, digits and _, a letter first, e.g. customer_monthly.",
    r"^([1-9][0-9]{0,3}m|[1-9][0-9]?h)$": "Write minutes or hours: 90m, 2h.",
    r"^[\w-]{1,60}\.yaml$": "Write the name of a file beside the list, e.g. customers.yaml.",
    r"^[^@\s<>,;\"]+@[^@\s<>,;\"]+$": "Write one plain address, e.g. report_author@example.com.",
    r"^[0-9a-f]{64}$": "Write the 64 small hexadecimal digits that `sha256sum` prints, in quotes.",
    r"^#[0-9A-Fa-f]{6}$": 'Write # and six digits of 0-9 and a-f, in quotes: "#7a1f3d".',
    r"^[\w .-]{1,60}$": "Write the name of a font: letters, digits, blanks, dots and hyphens.",
    r"^[A-Z]{2}$": "Write the two capital letters of the country, e.g. CN.",
}


def _how(model: type[BaseModel], loc: Loc) -> str:
    """The expected shape at ``loc``, from the examples in the model: of the field itself, or the one around it."""
    for end in range(len(loc), 0, -1):
        owner = _model_at(model, loc[: end - 1])
        field = owner.model_fields.get(_field_name(owner, loc[end - 1])) if owner else None
        if field is None:
            continue
        if field.examples:
            return f"Write it like `{loc[end - 1]}: {field.examples[0]}`."
        nested = _model_at(model, loc[:end])
        if nested is not None:
            return f"It has the keys {', '.join(_names(nested))}."
        item = _model_at(model, (*loc[:end], 0))
        if item is not None:
            return f"Each of it has the keys {', '.join(_names(item))}."
    return f"It has the keys {', '.join(_names(model))}."


def _keys(model: type[BaseModel], loc: Loc) -> list[str]:
    owner = _model_at(model, loc)
    return _names(owner) if owner else []


def _names(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _field_name(model: type[BaseModel], key: str | int) -> str:
    return next((name for name, field in model.model_fields.items() if field.alias == key), str(key))


def _model_at(model: type[BaseModel], loc: Loc) -> type[BaseModel] | None:
    """The model that the value at ``loc`` is read with."""
    annotation: Any = model
    for step in loc:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            field = annotation.model_fields.get(_field_name(annotation, step))
            annotation = _bare(field.annotation) if field else None
        elif get_origin(annotation) in (dict, tuple, list):
            # of dict[key, value] the value, of tuple[item, ...] the item
            annotation = _bare(get_args(annotation)[1 if get_origin(annotation) is dict else 0])
        else:
            return None
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _bare(annotation: Any) -> Any:
    """Without ``Annotated`` and ``| None``."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return _bare(next(part for part in get_args(annotation) if part is not type(None)))
    return annotation


def _quoted(value: object) -> str:
    words = "nothing" if value is None else repr(value)
    return words if len(words) <= 60 else words[:57] + "…"


def _lower_first(words: str) -> str:
    return words[:1].lower() + words[1:]
