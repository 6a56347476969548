"""The words of the reports, from ``include/locale``: one YAML file per language, the same keys in each.

A missing key is an error, never a key shown to a customer. Surprise: English needs a plural, Chinese does not, so
``plural`` asks for ``<key>.one`` and ``<key>.other`` in both.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from itss.errors import ConfigurationError
from itss.settings import settings
from itss.text import Language, Text

try:
    from yaml import CSafeLoader as SafeLoader  # read in every process that writes or asks something
except ImportError:  # PyYAML without libyaml
    from yaml import SafeLoader  # type: ignore[assignment]


class Catalogue:
    """The words of one language by dotted key."""

    def __init__(self, language: Language, words: Mapping[str, str], file: Path) -> None:
        self.language: Language = language
        self.keys = frozenset(words)
        self._words = dict(words)
        self._file = file

    def __call__(self, key: str, /, **values: object) -> str:
        """The words of ``key`` with ``{placeholders}`` filled; `ConfigurationError` for what is missing."""
        try:
            return self._words[key].format(**values)
        except KeyError as error:
            raise ConfigurationError(
                f"{self._file}: no text for {error} (asked for '{key}').", "Add it to every file of include/locale."
            ) from error

    def plural(self, key: str, n: float, /, **values: object) -> str:
        """The words for ``n`` of something; ``{n}`` is written with thousands separators."""
        return self(f"{key}.one" if n == 1 else f"{key}.other", n=f"{n:,.0f}", **values)

    def of(self, text: Text) -> str:
        """A two-language text in this language."""
        return text.of(self.language)

    def join(self, parts: list[str]) -> str:
        """An enumeration; of parts that have a comma in themselves, it is told apart by another mark."""
        commas = {self("list.separator"), "，"}  # the Chinese enumeration has a comma of its own
        nested = any(comma in part for part in parts for comma in commas)
        return self("list.separator_of_lists" if nested else "list.separator").join(parts)


def load(language: Language, part: str = "") -> Catalogue:
    """The catalogue of ``language``: of the reports, or of a ``part`` that has a folder of its own.

    `ConfigurationError` naming the file when it cannot be used.
    """
    return _load(language, settings().shipped / "locale" / part / f"{language.replace('-', '_')}.yaml")


@lru_cache
def _load(language: Language, file: Path) -> Catalogue:
    try:
        tree = yaml.load(file.read_text("utf-8"), SafeLoader)
    except (OSError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{file}: cannot be read: {error}", "Restore the file from the repository.") from error
    return Catalogue(language, dict(_flatten(tree, "", file)), file)


def _flatten(tree: Any, prefix: str, file: Path) -> list[tuple[str, str]]:
    if isinstance(tree, str):
        return [(prefix.rstrip("."), tree)]
    if not isinstance(tree, dict):
        raise ConfigurationError(f"{file}: '{prefix.rstrip('.')}' is {tree!r}, not a text.", "Put it in quotes.")
    return [pair for key, branch in tree.items() for pair in _flatten(branch, f"{prefix}{key}.", file)]
