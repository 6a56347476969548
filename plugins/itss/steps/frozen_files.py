"""What is copied when a revision is opened, judged first: a template or a file that cannot be used opens none.

Says file and line of what is wrong. Whether a template's calls and a measure's expressions fit the entry is asked by
``itss check`` and by what draws and measures; here it is enough that each file can be read and parsed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from itss.errors import ConfigurationError
from itss.problems import Problem
from itss.reports.template.files import TemplateFiles, text_file
from itss.reports.template.look import look_of
from itss.steps.frozen import EVIDENCE, EXCLUSIONS, OWN_MEASURES
from itss.text import Language
from itss.yaml_file import read_yaml

MAX_EVIDENCE = 20_000_000


def judged_template(files: TemplateFiles, language: Language) -> TemplateFiles:
    """``files``, each text of which can be parsed, and whose looks can be read; else `ConfigurationError`."""
    from jinja2 import Environment, TemplateSyntaxError

    problems = []
    for layer in files.layers:
        name = text_file(language)
        try:
            Environment(autoescape=True).parse(layer.files[name].decode())
        except TemplateSyntaxError as error:
            problems.append(f"{layer.where}/{name}:{error.lineno}: {error.message}")
        except UnicodeDecodeError as error:
            line = layer.files[name].count(b"\n", 0, error.start) + 1
            problems.append(f"{layer.where}/{name}:{line}: is not UTF-8")
    if problems:
        raise ConfigurationError("\n".join(problems), "Correct the template: python -m itss check.")
    look_of(files)
    return files


def judged_own_measures(path: Path) -> Iterator[tuple[str, bytes]]:
    """The own measures beside the list, where there are any, by their name in a revision's folder."""
    if path.is_file():
        data, _ = _yaml(path)
        yield OWN_MEASURES, data


def judged_exclusions(folder: Path, agreement: str) -> Iterator[tuple[str, bytes]]:
    """The exclusions beside the agreements, and the evidence that those of ``agreement`` name, by their names."""
    path = folder / EXCLUSIONS
    if not path.is_file():
        return
    data, document = _yaml(path)
    yield EXCLUSIONS, data
    found: dict[str, bytes] = {}
    for file in _evidence(document, agreement):
        kept = f"{EVIDENCE}/{file.rsplit('/', 1)[-1]}"
        evidence = _below(folder, file, path)
        if found.setdefault(kept, evidence) != evidence:
            raise ConfigurationError(
                f"{path}: two files of evidence are called {kept.split('/')[-1]}.", "Rename one of the two."
            )
    yield from found.items()


def _yaml(path: Path) -> tuple[bytes, Any]:
    data, document = path.read_bytes(), read_yaml(path)
    if isinstance(document, Problem):
        raise ConfigurationError(str(document), "Correct it: python -m itss check.")
    return data, document.data


def _evidence(document: Any, agreement: str) -> Iterator[str]:
    """The files that the exclusions of an agreement name; what has another shape, the loader of exclusions refuses."""
    items = document.get(agreement) if isinstance(document, dict) else None
    for item in items if isinstance(items, list) else ():
        named = item.get("evidence") if isinstance(item, dict) else None
        file = named.get("file") if isinstance(named, dict) else None
        if isinstance(file, str):
            yield file


def _below(folder: Path, name: str, where: Path) -> bytes:
    """The bytes of a file below ``folder``, also where links are followed."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ConfigurationError(f"{where}: the evidence {name} leads out of the folder.", "Put it beside this file.")
    if not path.is_file() or path.stat().st_size > MAX_EVIDENCE:
        problem = "is larger than 20 MB" if path.is_file() else "is not there"
        raise ConfigurationError(f"{where}: the evidence {name} {problem}.", "Correct the path, or the file.")
    return path.read_bytes()
