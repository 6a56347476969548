"""The error of a template that cannot be used."""

from __future__ import annotations

from collections.abc import Sequence

from itss.errors import ConfigurationError
from itss.problems import Problem


class TemplateRefusedError(ConfigurationError):
    """The template of a report is not usable; ``problems`` are all that is wrong with it, each with file and line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)), "Correct the template: python -m itss check.")
        self.problems = tuple(problems)
