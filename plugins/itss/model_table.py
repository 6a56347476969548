"""The keys of a model as a table of a reference page: key, default, what it is, an example."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo


def model_table(title: str, model: type[BaseModel]) -> str:
    """The table in Markdown, under its title."""
    lines = [f"### {title}", "", "| key | default | what | for example |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        example = f"`{field.examples[0]}`" if field.examples else ""
        key, meaning = field.alias or name, f"{field.description}{_choices(field.annotation)}"
        lines.append(f"| `{key}` | {_default(field)} | {meaning} | {example} |")
    return "\n".join(lines) + "\n\n"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value: Any = field.get_default(call_default_factory=True, validated_data={})
    if value is None or value in ((), "", {}):
        return "–"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, dt.time):
        return f'`"{value:%H:%M}"`'
    return f"`[{', '.join(value)}]`" if isinstance(value, tuple) else f"`{value}`"


def _choices(annotation: Any) -> str:
    """The closed set of values, also of a list of them."""
    if get_origin(annotation) is tuple:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) is not Literal:
        return ""
    return "; one of " + ", ".join(f"`{choice}`" for choice in get_args(annotation))
