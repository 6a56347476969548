"""Everything that is wrong with the template of an entry, and with templates themselves, for `itss check`.

The template runs on figures that nobody measured (`synthetic`); besides, every call whose arguments are written out is
judged, also where its branch is not taken. No data and no database is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from itss.errors import ConfigurationError
from itss.problems import Fault, Problem, refused
from itss.reports import catalogue
from itss.reports.cells import Cells
from itss.reports.inputs import ReportInputs
from itss.reports.template import pictures
from itss.reports.template.calls import NAMES
from itss.reports.template.environment import Sandbox
from itss.reports.template.files import Layer, TemplateFiles, find, text_file
from itss.reports.template.look import LEAST_CONTRAST, LOOK, Look, logo_of, look_of, unreadable
from itss.reports.template.materials import CONTENTS
from itss.reports.template.placeholders import Placeholders
from itss.reports.template.put_together import attempt
from itss.reports.template.syntax import Asked
from itss.reports.writer import Writer
from itss.text import LANGUAGES, Language
from itss.yaml_file import Document, read_document


def of_entry(given: ReportInputs, folders: list[Path]) -> Iterator[Problem | Fault]:
    """The problems of an entry's template: with a place in a file, or (as `Fault`) at the entry itself."""
    entry = given.entry
    try:
        files = find(entry.template, entry.language, folders)
    except ConfigurationError as error:
        yield Fault(("template",), error.what, error.remedy)
        return
    yield from of_look(files)
    writer = Writer(replace(given, template=files), Cells(catalogue.load(entry.language), given.period.zone))
    author = writer.cells.words.of(given.list.people[entry.author].title)
    problems, parts = attempt(writer, files, author, is_check=True)
    yield from problems
    missing = [key for key in CONTENTS if key not in entry.omits and not any(part.key == key for part in parts)]
    for key in missing if not problems else ():
        yield Fault(
            ("template",),
            f"The template '{entry.template}' has no part for content {key} ({writer.words(f'section.{key}.title')}).",
            f'Write `## {{{{ section("{key}") }}}}` into its {text_file(entry.language)}, or say why it is left out: '
            f"`omits: {{{key}: …}}`.",
        )


def of_look(files: TemplateFiles) -> Iterator[Problem]:
    """What is wrong with the ``look.yaml`` of a chain."""
    found = [problem for layer in files.layers for problem in _of_layer(layer)]
    yield from found
    if found:
        return
    look, places = look_of(files), [layer for layer in files.layers if LOOK in layer.files]
    for name, contrast in unreadable(look):
        message = f"'{name}' cannot be read on its background: contrast {contrast:.1f} : 1."
        yield _at(places, ("colours", name), message, f"Make it darker, at least {LEAST_CONTRAST} : 1.")
    if look.logo and not any(look.logo in layer.files for layer in files.layers):
        yield _at(places, ("logo",), f"There is no picture '{look.logo}' in the template's folder.", "Put it there.")
    elif look.logo and (said := pictures.fault(look.logo, logo_of(files, look))):
        yield _at(places, ("logo",), said, "Put a sound picture there.")


def _of_layer(layer: Layer) -> Iterator[Problem]:
    document = _document(layer)
    if isinstance(document, Problem):
        yield document
    elif document is not None:
        yield from map(document.problem, document.doubled)
        try:
            Look.model_validate({} if document.data is None else document.data)
        except ValidationError as error:
            yield from map(document.problem, refused(error, Look))


def _document(layer: Layer) -> Document | Problem | None:
    return read_document(Path(layer.where) / LOOK, layer.files[LOOK]) if LOOK in layer.files else None


def _at(layers: list[Layer], loc: tuple[str, ...], message: str, remedy: str) -> Problem:
    """A problem where the nearest template says what it is about; of a default, in the nearest look."""
    documents = [found for layer in layers if isinstance(found := _document(layer), Document)]
    for document in documents:
        said = document.data or {}
        if loc[0] in said and (len(loc) == 1 or loc[1] in (said[loc[0]] or {})):
            return document.problem(Fault(loc, message, remedy))
    file = documents[0].path if documents else Path(LOOK)
    return Problem(file, 1, ": ".join(loc), message, remedy)


def of_folder(folder: Path, folders: list[Path]) -> Iterator[Problem]:
    """What is wrong with a template whoever uses it: what cannot be read, and what differs between its languages."""
    asked: dict[Language, list[Asked]] = {}
    for language in LANGUAGES:
        if not (folder / text_file(language)).is_file():
            continue
        try:
            files = find(folder.name, language, [folder.parent, *folders])
        except ConfigurationError as error:
            yield Problem(folder / text_file(language), 1, "", error.what, error.remedy)
            continue
        sandbox = Sandbox(files, language, NAMES, Placeholders())
        yield from sandbox.problems
        yield from of_look(files)
        asked[language] = sandbox.sources[0].asked
    if len(asked) == len(LANGUAGES):
        yield from _different(*(asked[language] for language in LANGUAGES))


def _different(first: list[Asked], second: list[Asked]) -> Iterator[Problem]:
    """Calls that one language has and the other has not; each is named with its nearest neighbour of the other."""
    one, other = Counter(map(_same, first)), Counter(map(_same, second))
    for asked, theirs in ((first, second), (second, first)):
        lacking = one - other if asked is first else other - one
        for call in asked:
            if lacking[_same(call)] > 0:
                lacking[_same(call)] -= 1
                near = _nearest(call, theirs)
                where = f"{Path(near.position.file).name}:{near.position.line}" if near else "there"
                message = f"{_written(call)} is not called in the other language, which has at {where} "
                message += f"{_written(near)}." if near else "no call at all."
                yield Problem(Path(call.position.file), call.position.line, "", message, "Make both the same.")


def _nearest(call: Asked, theirs: list[Asked]) -> Asked | None:
    """The call of the other language that most likely stands in its place."""
    line = call.position.line
    return min(theirs, key=lambda one: (one.name != call.name, abs(one.position.line - line)), default=None)


def _same(call: Asked) -> str:
    """A call without its own words, which differ between languages as they should."""
    texts = {"section": 1, "appendix": 1, "sheet": 0}
    args = [arg for at, arg in enumerate(call.args) if texts.get(call.name) != at]
    options = sorted((name, value) for name, value in call.options.items() if name not in ("title", "sheet", "name"))
    return f"{call.name}{args}{options}"


def _written(call: Asked) -> str:
    parts = [*map(repr, call.args), *(f"{name}={value!r}" for name, value in call.options.items())]
    return f"{call.name}({', '.join(parts)})"
