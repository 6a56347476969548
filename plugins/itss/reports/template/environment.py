"""The sandbox in which a template runs: its calls, a dozen filters, no file, no network, no attribute of any object.

`Sandbox.render` returns the text with its placeholders, or raises `TemplateRefusedError` with every problem that the
files have, each with file and line. Surprise: names of the chain are numbers to Jinja, since a template may extend the
shipped one of its own name.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MethodType
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined, Template, TemplateError, TemplateNotFound
from jinja2.runtime import BlockReference, Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment

from itss.problems import Problem
from itss.reports.template import filters
from itss.reports.template.budget import Budget, RefusedError
from itss.reports.template.files import TemplateFiles, text_file
from itss.reports.template.placeholders import Placeholder, Placeholders, Position
from itss.reports.template.refused import TemplateRefusedError
from itss.reports.template.syntax import Asked, Source, prepare
from itss.text import Language

OF_LOOP = frozenset({"index", "index0", "first", "last", "length"})
_OPERATORS = frozenset({"+", "-", "*", "/", "//", "%", "**"})
MAX_NUMBER, MAX_POWER = 10**15, 20


class BoundCall:
    """A call of a template, ready to be called: by its name, with what it does given the position and arguments."""

    def __init__(self, name: str, function: Callable[..., object]) -> None:
        self.name, self._function = name, function

    def __call__(self, *args: object, **options: object) -> object:
        return self._function(*args, **options)


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = _OPERATORS

    def __init__(self, loader: BaseLoader, budget: Budget) -> None:
        super().__init__(
            trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined, optimized=False, autoescape=False,
            finalize=_printable, loader=loader, auto_reload=False, keep_trailing_newline=True,
        )  # fmt: skip
        self.budget = budget
        self.globals.clear()
        self.filters = filters.filters(budget)
        self.tests = dict(filters.TESTS)
        self.concat = budget.join  # type: ignore[method-assign]

    def step(self) -> str:
        return self.budget.step()

    def call(self, context: Context, called: object, /, *args: object, **options: object) -> object:
        if isinstance(called, MethodType) and called == self.step:
            return self.budget.step()
        if isinstance(called, BoundCall | Macro | LoopContext | BlockReference):
            return context.call(called, *args, **options)
        raise RefusedError("This cannot be called.", "Call one of those of docs/reference/template-calls.md.")

    def call_binop(self, _: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            return self.budget.join([left, right])
        if operator == "+" and isinstance(left, list) and isinstance(right, list):
            return filters.flat([*left, *right])
        if not (_is_number(left) and _is_number(right)):
            raise RefusedError(f"'{operator}' is for numbers.", "Write texts one behind the other, or with ~.")
        if operator == "**" and (abs(left) > MAX_NUMBER or abs(right) > MAX_POWER):
            raise RefusedError("This number becomes too large.")
        try:
            found = self.binop_table[operator](left, right)
        except ArithmeticError as error:
            raise RefusedError("This cannot be computed.") from error
        if isinstance(found, complex) or abs(found) > MAX_NUMBER:
            raise RefusedError("This number becomes too large.")
        return found

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, LoopContext) and attribute in OF_LOOP:
            return getattr(obj, attribute)
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        raise RefusedError(
            f"'.{attribute}' cannot be asked of this.", f"Known are loop.{', loop.'.join(sorted(OF_LOOP))}."
        )

    def getitem(self, obj: Any, argument: Any) -> Any:
        try:
            if isinstance(obj, str | list | tuple | dict):
                return obj[argument]
        except (LookupError, TypeError) as error:
            raise RefusedError(f"There is no [{argument}] here.") from error
        raise RefusedError("This has no parts.")


class Sandbox:
    """A chain of templates in one language, read and ready to run."""

    def __init__(self, files: TemplateFiles, language: Language, known: frozenset[str], held: Placeholders) -> None:
        self.held, self._code = held, list[Any]()
        self.sources = [
            Source(
                f"{layer.where}/{text_file(language)}", layer.files[text_file(language)].decode("utf-8-sig", "replace")
            )
            for layer in files.layers
        ]
        for source, layer in zip(self.sources, files.layers[1:], strict=False):
            source.extended = layer.name
        self._environment = _Environment(_Chain(self), Budget())
        self._read(known)

    @property
    def asked(self) -> list[Asked]:
        """Every call of the chain whose arguments are written in the source."""
        return [asked for source in self.sources for asked in source.asked]

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with the files themselves."""
        return [problem for source in self.sources for problem in source.problems]

    def render(self, calls: Mapping[str, BoundCall], language: str) -> str:
        """The text with its placeholders and marks."""
        if self.problems:
            raise TemplateRefusedError(self.problems)
        self._environment.globals.update({**calls, "language": language})
        try:
            return str(self._environment.get_template("0").render())
        except Exception as error:
            position = self._where(error)
            raise TemplateRefusedError([_problem(error, position)]) from error

    def template(self, name: str, environment: Environment) -> Template:
        """A template of the chain by the loader's name for it."""
        return Template.from_code(environment, self._code[int(name)], environment.globals, None)

    def _read(self, known: frozenset[str]) -> None:
        environment, names = self._environment, known | {"language"}
        for at, source in enumerate(self.sources):
            if "\ufffd" in source.text:
                line = source.text.partition("\ufffd")[0].count("\n") + 1
                source.problem(line, "This is not UTF-8 text.", "Save the file with the encoding UTF-8.")
            parent = str(at + 1) if at + 1 < len(self.sources) else ""
            tree = prepare(source, environment, names, self.held.mark, parent)
            if tree is None:
                self._code.append(None)
                continue
            try:
                self._code.append(environment.compile(tree, str(at), source.file))
            except TemplateError as error:
                source.problem(getattr(error, "lineno", 1), str(getattr(error, "message", error)), "Correct it.")
            except (SyntaxError, RecursionError, MemoryError, ValueError):
                source.problem(1, "The template is nested too deeply.", "Make it simpler.")

    def _where(self, error: BaseException) -> Position:
        """The line of a template in which an error arose."""
        files, found, frame = {s.file for s in self.sources}, Position(self.sources[0].file, 1), error.__traceback__
        while frame is not None:
            if frame.tb_frame.f_code.co_filename in files:
                found = Position(frame.tb_frame.f_code.co_filename, frame.tb_lineno)
            frame = frame.tb_next
        return found


class _Chain(BaseLoader):
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def load(self, environment: Environment, name: str, globals: object = None) -> Template:  # noqa: A002, ARG002
        if not name.isdecimal():
            raise TemplateNotFound(name)
        return self._sandbox.template(name, environment)


def calling_position() -> Position:
    """The line of the template that called whoever asks."""
    frame: Any = sys._getframe(1)
    while frame is not None and "__jinja_template__" not in frame.f_globals:
        frame = frame.f_back
    template = frame.f_globals["__jinja_template__"]
    return Position(str(template.filename), template.get_corresponding_lineno(frame.f_lineno))


def _printable(value: object) -> object:
    """Texts, numbers and placeholders are printed; whatever else it is, was meant otherwise."""
    if isinstance(value, StrictUndefined):
        str(value)  # says in Jinja's own words what is not there
    if isinstance(value, str | Placeholder) or _is_number(value):
        return value
    if isinstance(value, list | tuple):
        raise RefusedError("A list cannot be printed.", "Print its items: {% for … %}, or |join(', ').")
    raise RefusedError("This cannot be printed.", "Print a text, a number or what a call returns.")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _problem(error: Exception, position: Position) -> Problem:
    file = Path(position.file)
    if isinstance(error, RefusedError):
        return Problem(file, position.line, "", error.message, error.remedy)
    if isinstance(error, RecursionError):
        return Problem(file, position.line, "", "A macro or a block calls itself without end.", "Give it an end.")
    words = str(error).removesuffix(".")
    return Problem(file, position.line, "", f"This cannot be done: {words}.", "Correct the line.")
