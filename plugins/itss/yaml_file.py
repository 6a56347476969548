"""YAML as people write it by hand: read safely, with the line of every value.

Owns the reading and its complaints. The surprise is what it does not do: of YAML 1.1 only ``true`` and ``false``
are booleans (``NO`` stays Norway), ``18:00`` stays a time instead of becoming 1080, days stay text until a model
reads them, and a key that is written twice is an error instead of silently won by the second. Refuses what nobody
writes by hand and no parser survives: endless nesting, aliases that multiply, numbers of a thousand digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from itss.problems import Fault, Loc, Problem
from itss.yaml_excess import excess

try:
    from yaml import CSafeLoader as SafeLoader  # five times as fast; DAG files read the list at every parse
except ImportError:  # PyYAML without libyaml
    from yaml import SafeLoader  # type: ignore[assignment]

__all__ = ["MAX_BYTES", "Document", "SafeLoader", "read_document", "read_yaml"]


class _Loader(SafeLoader):
    """The safe loader with fewer guesses about what a plain word means."""


_Loader.yaml_implicit_resolvers = {}

for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))


MAX_BYTES = 4 << 20
_MOST_DIGITS = 18


def _whole_number(_: _Loader, node: yaml.ScalarNode) -> int:
    if len(node.value) > _MOST_DIGITS:
        raise yaml.constructor.ConstructorError(
            problem=f"{_LONG_NUMBER} {len(node.value)} digits", problem_mark=node.start_mark
        )
    return int(node.value)


_Loader.add_constructor("tag:yaml.org,2002:int", _whole_number)
_LONG_NUMBER = "there is a number of"


@dataclass(frozen=True)
class Document:
    """A YAML file as plain data, beside the nodes that know its lines."""

    path: Path
    data: Any
    node: yaml.Node | None
    doubled: tuple[Fault, ...] = ()
    """A fault for each key that is written twice in one mapping."""
    doubled_nodes: frozenset[int] = frozenset()

    def line(self, loc: Loc) -> int:
        """The line of the value at ``loc``, or of the nearest thing around it that exists."""
        node, line = self.node, 1
        for step in loc:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return line

    def is_doubled(self, loc: Loc) -> bool:
        """Whether a key is written twice at or below ``loc``, be it in what an alias leads to."""
        node = self.node
        for step in loc:
            found = _child(node, step)
            if found is None:
                return False
            node = found[1]
        return node is not None and any(id(inner) in self.doubled_nodes for inner in _nodes(node, set()))

    def where(self, loc: Loc) -> str:
        """The way to ``loc`` in words: list items by their key, name or version where they have one."""
        words, data = "", self.data
        for step in loc:
            data = _value(data, step)
            words += _item(data, step) if isinstance(step, int) else f".{step}"
        return words.lstrip(".")

    def problem(self, fault: Fault) -> Problem:
        """The fault with its place in this file."""
        return Problem(self.path, self.line(fault.loc), self.where(fault.loc), fault.message, fault.remedy)


def read_yaml(path: Path) -> Document | Problem:
    """Read one document; what cannot be read at all comes back as the one `Problem` it is."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return Problem(path, 1, "", f"The file cannot be read ({error.strerror}).", "Check its path and permissions.")
    return read_document(path, data)


def read_document(path: Path, data: bytes) -> Document | Problem:
    """The same of bytes that are at hand; ``path`` is what their problems are told of."""
    try:
        words = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return Problem(path, line, "", "This is not UTF-8 text.", "Save the file with the encoding UTF-8.")
    if len(words) > MAX_BYTES:
        return Problem(path, 1, "", f"The file has more than {MAX_BYTES >> 20} MB.", "Remove what is no list.")
    loader = _Loader(words)
    try:
        if problem := excess(path, words, _Loader):
            return problem
        node = loader.get_single_node()
        doubled = list(_doubled(node, (), set()))
        read = loader.construct_document(node) if node is not None else None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return _broken(path, words, error)
    finally:
        loader.dispose()
    return Document(path, read, node, tuple(fault for fault, _ in doubled), frozenset(number for _, number in doubled))


def _doubled(node: yaml.Node | None, loc: Loc, seen: set[int]) -> Iterator[tuple[Fault, int]]:
    """Each key that is written twice, with the identity of its mapping."""
    if node is None or id(node) in seen:  # an alias leads to a node a second time
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        first: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            name = key.value if isinstance(key, yaml.ScalarNode) else f"line {line}"
            if name in first and name != "<<":
                message = f"'{name}' is written twice here, on lines {first[name]} and {line}."
                yield Fault((*loc, name), message, "Keep one of the two."), id(node)
            first.setdefault(name, line)
            yield from _doubled(value, (*loc, name), seen)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _doubled(item, (*loc, number), seen)


def _nodes(node: yaml.Node, seen: set[int]) -> Iterator[yaml.Node]:
    """``node`` and all below it, each once."""
    if id(node) not in seen:
        seen.add(id(node))
        yield node
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                yield from _nodes(key, seen)
                yield from _nodes(value, seen)
        elif isinstance(node, yaml.SequenceNode):
            for item in node.value:
                yield from _nodes(item, seen)


def _broken(path: Path, words: str, error: Exception) -> Problem:
    mark = getattr(error, "problem_mark", None)
    line = min(mark.line + 1, max(len(words.splitlines()), 1)) if mark else 1
    reason = getattr(error, "problem", None) or str(error).splitlines()[0]
    hint = _hint(words.splitlines(), line)
    if reason == "found undefined alias":
        hint = "Write `&name` where the thing stands first, above its `*name`."
    if reason.startswith(_LONG_NUMBER):
        hint = "Correct it, or put it in quotes if it is no number."
    return Problem(path, line, "", f"This is not YAML: {reason}.", hint)


def _hint(lines: list[str], line: int) -> str:
    """The likely slip, looked for on the line YAML stumbled over and the one before it."""
    for number in (line, line - 1):
        here = lines[number - 1] if 1 <= number <= len(lines) else ""
        if "\t" in here:
            return f"Line {number} has a tab: indent with spaces."
        if "：" in here:
            return f"Line {number} has a full-width colon '：': write ': '."
        if any(mark in here for mark in "“”‘’"):
            return f'Line {number} has typographic quotes: write "…".'
        if re.match(r"^\s*-?\s*[\w-]+:[^\s/:]", here):
            return f"Line {number}: put a space behind the colon."
    return "Look at the indentation, colons and quotes of this line and the one before it."


def _child(node: yaml.Node | None, step: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        # from behind: what comes in by `<<` stands first, the mapping's own key wins
        for key, value in reversed(node.value):
            if isinstance(key, yaml.ScalarNode) and key.value == str(step):
                return key.start_mark.line + 1, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item.start_mark.line + 1, item
    return None


def _value(data: Any, step: str | int) -> Any:
    try:
        return data[step]
    except (KeyError, IndexError, TypeError):
        return None


def _item(data: Any, number: int) -> str:
    names = (data.get(name) for name in ("key", "name", "version", "measure")) if isinstance(data, dict) else ()
    name = next((name for name in names if isinstance(name, str)), f"#{number + 1}")
    return f"[{name}]"
