"""What a template's source says before it is run: what it may not do, what it asks, and the limits put into its loops.

Every problem of a file is found in one reading. `prepare` also changes the tree: each loop, macro and block spends a
step of the budget, ``~`` and lists go through functions with a limit, lines of text carry the mark of their line.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, meta, nodes
from jinja2.visitor import NodeTransformer

from itss.problems import Problem, closest
from itss.reports.template.placeholders import Position, is_private

MAX_SOURCE = 200_000
GIVEN = frozenset({"loop", "super", "caller", "varargs", "kwargs"})
_CLOSED = {"for", "if", "block", "macro", "call", "set", "filter", "with"}


@dataclass(frozen=True)
class Asked:
    """A call in the source whose arguments are all written there; ``args`` and ``options`` are their values."""

    name: str
    position: Position
    args: tuple[object, ...]
    options: Mapping[str, object]


@dataclass
class Source:
    """One file of the chain, read: ``extended`` is the name of the template that it may extend."""

    file: str
    text: str
    extended: str = ""
    problems: list[Problem] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    def problem(self, line: int, message: str, remedy: str = "") -> None:
        """Note a problem at a line."""
        self.problems.append(Problem(Path(self.file), line, "", message, remedy))


def prepare(
    source: Source, environment: Environment, known: frozenset[str], mark: Callable[[Position], str], parent: str
) -> nodes.Template | None:
    """The tree to compile, ``None`` where the file has problems; ``parent`` is the loader's name of what it extends."""
    for at, line in enumerate(source.text.split("\n"), 1):
        if any(map(is_private, line)):
            source.problem(at, "There is a character of the private planes of Unicode here.", "Delete it.")
    if len(source.text) > MAX_SOURCE:
        source.problem(1, f"The text is longer than {MAX_SOURCE:,} characters.", "Make it shorter.")
    if source.problems:
        return None
    try:
        tree = environment.parse(source.text, filename=source.file)
        source.asked = list(_asked(tree, source.file, known))
        _names(source, environment, tree, known)
        tree = _Change(source, mark, parent).visit(tree)
    except TemplateSyntaxError as error:
        source.problem(*_unclosed(environment, source.text, error))
        return None
    except (RecursionError, MemoryError, ValueError):
        source.problem(1, "The template is nested too deeply, or has a number that is too long.", "Make it simpler.")
        return None
    return None if source.problems else tree


def _names(source: Source, environment: Environment, tree: nodes.Template, known: frozenset[str]) -> None:
    """Names, filters and tests that nobody knows."""
    for kind, sort, there in ((nodes.Filter, "filter", environment.filters), (nodes.Test, "test", environment.tests)):
        for node in tree.find_all(kind):
            if node.name not in there or node.name.startswith("_"):
                names = [name for name in there if not name.startswith("_")]
                source.problem(node.lineno, f"There is no {sort} '{node.name}'.", closest(node.name, names))
    if source.problems:
        return
    unknown = meta.find_undeclared_variables(tree) - known - GIVEN
    for name in tree.find_all(nodes.Name):
        if name.name in unknown and name.ctx == "load":
            source.problem(name.lineno, f"'{name.name}' is not known here.", closest(name.name, known))


def _asked(tree: nodes.Template, file: str, known: frozenset[str]) -> Iterator[Asked]:
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in known and not (call.dyn_args or call.dyn_kwargs):
            try:
                args = tuple(node.as_const() for node in call.args)
                options = {option.key: option.value.as_const() for option in call.kwargs}
            except nodes.Impossible:
                continue
            yield Asked(call.node.name, Position(file, call.lineno), args, options)


def _unclosed(environment: Environment, text: str, error: TemplateSyntaxError) -> tuple[int, str, str]:
    """Line, what is wrong, remedy; a tag that is not closed is named with its own line."""
    message = error.message or "This cannot be read."
    if not message.startswith("Unexpected end of template"):
        return error.lineno, message, "Correct the tag."
    opened: list[tuple[int, str]] = []
    try:
        tokens = [token for token in environment.lex(text) if token[1] != "whitespace"]
    except TemplateSyntaxError:
        tokens = []
    for before, (line, kind, word) in itertools.pairwise(tokens):
        if before[1] == "block_begin" and kind == "name":
            if word in _CLOSED:
                opened.append((line, word))
            elif word.startswith("end") and opened:
                opened.pop()
    if not opened:
        return error.lineno, message, "Close the tag."
    line, word = opened[-1]
    return line, f"`{{% {word} %}}` is not closed.", f"Write `{{% end{word} %}}` where it ends."


class _Change(NodeTransformer):
    """Puts limits and marks into the tree, and refuses what no template may do."""

    def __init__(self, source: Source, mark: Callable[[Position], str], parent: str) -> None:
        self._source, self._mark, self._parent = source, mark, parent
        self._is_plain = False

    def visit_Template(self, node: nodes.Template) -> nodes.Node:
        is_extending = any(isinstance(child, nodes.Extends) for child in node.body)
        for child in node.body if is_extending else []:
            if isinstance(child, nodes.Output) and not _is_blank(child):
                said = "Text outside the blocks of a template that extends another is not printed."
                self._source.problem(child.lineno, said, "Put it into a block, e.g. {% block front %}.")
        return self.generic_visit(node)

    def visit_Extends(self, node: nodes.Extends) -> nodes.Node:
        named = node.template.value if isinstance(node.template, nodes.Const) else None
        if named != self._source.extended or not self._parent:
            self._source.problem(node.lineno, "It is not clear which template is extended.",
                                 'Write its name: {% extends "customer" %}.')  # fmt: skip
        node.template = nodes.Const(self._parent, lineno=node.lineno)
        return node

    def _refuse(self, node: nodes.Node) -> nodes.Node:
        self._source.problem(node.lineno, "A template cannot bring in another file.",
                             'Write the text here, or extend a template: {% extends "customer" %}.')  # fmt: skip
        return node

    visit_Include = visit_Import = visit_FromImport = _refuse

    def _refuse_tag(self, node: nodes.Node) -> nodes.Node:
        self._source.problem(node.lineno, "This tag has no meaning in a report.", "Delete it.")
        return node

    visit_ScopedEvalContextModifier = visit_EvalContextModifier = _refuse_tag

    def _step(self, node: Any) -> nodes.Node:
        self.generic_visit(node)
        call = nodes.Call(nodes.EnvironmentAttribute("step"), [], [], None, None, lineno=node.lineno)
        node.body = [nodes.ExprStmt(call, lineno=node.lineno), *node.body]
        return node  # type: ignore[no-any-return]

    visit_For = visit_Macro = visit_CallBlock = visit_Block = _step

    def _as_it_is(self, node: nodes.Node) -> nodes.Node:
        before, self._is_plain = self._is_plain, True  # what is kept in a variable is compared as it was written
        self.generic_visit(node)
        self._is_plain = before
        return node

    visit_AssignBlock = visit_FilterBlock = _as_it_is

    def visit_TemplateData(self, node: nodes.TemplateData) -> nodes.Node:
        if not self._is_plain:
            lines = enumerate(node.data.split("\n"), node.lineno)
            node.data = "\n".join(self._mark(Position(self._source.file, at)) + line for at, line in lines)
        return node

    def visit_Const(self, node: nodes.Const) -> nodes.Node:
        if isinstance(node.value, str) and any(map(is_private, node.value)):
            self._source.problem(node.lineno, "There is a character of the private planes of Unicode here.",
                                 "Delete it.")  # fmt: skip
        if isinstance(node.value, str) and any("\ud800" <= char <= "\udfff" for char in node.value):
            self._source.problem(node.lineno, "There is half a character here.", "Write the character itself.")
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        items = nodes.List(node.nodes, lineno=node.lineno)
        return nodes.Filter(items, "_joined", [], [], None, None, lineno=node.lineno)

    def _flat(self, node: Any) -> nodes.Node:
        self.generic_visit(node)
        if getattr(node, "ctx", "load") != "load":
            return node  # type: ignore[no-any-return]
        return nodes.Filter(node, "_flat", [], [], None, None, lineno=node.lineno)

    visit_List = visit_Tuple = visit_Dict = _flat


def _is_blank(output: nodes.Output) -> bool:
    return all(isinstance(child, nodes.TemplateData) and not child.data.strip() for child in output.nodes)
