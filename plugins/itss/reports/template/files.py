"""The files of a report's template and of the templates that it extends, as bytes: found in folders, or frozen.

A template is ``templates/<name>`` beside the report list, else in ``include/templates``. One beside the list may have
the name of a shipped one and extend it: a template never extends itself, so that name then means the shipped one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from itss.errors import ConfigurationError
from itss.text import Language

FROZEN = "template"
"""The folder of a revision in which its template is kept: ``template/<place in the chain>_<name>/<file>``."""
MAX_FILE, MAX_CHAIN = 2_000_000, 8
_EXTENDS = re.compile(r"{%-?\s*extends\s+[\"']([a-z0-9_]+)[\"']\s*-?%}")


@dataclass(frozen=True)
class Layer:
    """One folder of the chain; ``where`` is the folder, for messages."""

    name: str
    files: Mapping[str, bytes]
    where: str


@dataclass(frozen=True)
class TemplateFiles:
    """The chain, the entry's own template first; each extends the next one."""

    layers: tuple[Layer, ...]

    @property
    def name(self) -> str:
        """The name that the entry gives it."""
        return self.layers[0].name

    def frozen(self) -> dict[str, bytes]:
        """Its files by their names in the folder of a revision."""
        return {
            f"{FROZEN}/{at}_{layer.name}/{file}": data
            for at, layer in enumerate(self.layers)
            for file, data in layer.files.items()
        }


def text_file(language: Language) -> str:
    """The name of the text of a template in a language."""
    return f"report.{language}.md.j2"


def find(name: str, language: Language, folders: Iterable[Path]) -> TemplateFiles:
    """The chain of ``name``, looked for in ``folders`` in their order.

    `ConfigurationError` naming the folder or file that is missing, too large, or extends in a circle.
    """
    places, layers = list(folders), list[Layer]()
    wanted: str | None = name
    seen: set[Path] = set()
    while wanted is not None:
        candidates = (place / wanted for place in places if (place / wanted) not in seen)
        folder = next((one for one in candidates if _has_text(one / text_file(language))), None)
        if folder is None or len(layers) == MAX_CHAIN:
            known = ", ".join(sorted(set(names(places, language))))
            raise ConfigurationError(
                f"There is no template '{wanted}' with a {text_file(language)}"
                + (f", which {layers[-1].where} extends." if layers else "."),
                f"Templates are: {known}; one of your own is a folder templates/<name> beside the report list.",
            )
        seen.add(folder)
        layers.append(Layer(wanted, dict(_read(folder)), str(folder)))
        wanted = parent_of(layers[-1], language)
    return TemplateFiles(tuple(layers))


def thaw(files: Iterable[str], read: Callable[[str], bytes]) -> TemplateFiles:
    """The chain from the folder of a revision, of whose ``files`` those in `FROZEN` count."""
    layers: dict[str, dict[str, bytes]] = {}
    for file in sorted(files):
        if file.startswith(f"{FROZEN}/"):
            _, folder, name = file.split("/", 2)
            layers.setdefault(folder, {})[name] = read(file)
    return TemplateFiles(
        tuple(Layer(folder.split("_", 1)[1], kept, f"{FROZEN}/{folder}") for folder, kept in layers.items())
    )


def names(folders: Iterable[Path], language: Language) -> Iterator[str]:
    """The templates in ``folders`` that have a text in ``language``."""
    for folder in folders:
        yield from (path.parent.name for path in sorted(folder.glob(f"*/{text_file(language)}")) if _has_text(path))


def parent_of(layer: Layer, language: Language) -> str | None:
    """The template that a layer extends, if it does."""
    found = _EXTENDS.search(layer.files[text_file(language)].decode("utf-8", "replace"))
    return found.group(1) if found else None


def _has_text(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()  # a link could lead to any file of the machine


def _read(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The files of a template's folder: no links, no folders, nothing hidden."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.is_symlink() or not path.is_file():
            continue
        if not path.name.isprintable():  # no archive and no record could name it
            raise ConfigurationError(f"{folder} has a file whose name cannot be printed.", "Rename it.")
        if path.stat().st_size > MAX_FILE:
            raise ConfigurationError(f"{path} is larger than {MAX_FILE:,} bytes.", "Make the picture smaller.")
        yield path.name, path.read_bytes()
