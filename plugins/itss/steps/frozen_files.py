"""What is copied when a revision is opened, judged first: a template or a file that cannot be used opens none.

Says file and line of what is wrong. Whether a template's calls fit the entry is asked by ``itss check`` and when it is
drawn; here it is enough that it can be parsed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from itss.errors import ConfigurationError
from itss.exclusions.evidence import read_evidence
from itss.exclusions.models import Exclusions, documents
from itss.reports.template.files import TemplateFiles
from itss.reports.template.look import look_of
from itss.steps.frozen import EXCLUSIONS, OWN_MEASURES
from itss.text import Language


def judged_template(files: TemplateFiles, language: Language) -> TemplateFiles:
    """``files``, whose texts and looks can be read; else `ConfigurationError` with every problem."""
    from itss.reports.template.calls import NAMES
    from itss.reports.template.environment import Sandbox
    from itss.reports.template.placeholders import Placeholders
    from itss.reports.template.refused import TemplateRefusedError

    if problems := Sandbox(files, language, NAMES, Placeholders()).problems:
        raise TemplateRefusedError(problems)
    look_of(files)
    return files


def judged_own_measures(path: Path, asked: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The own measures beside the list, where there are any, by their name in a revision's folder.

    `ConfigurationError` with all their problems, where they speak of one of the processes that are ``asked`` for.
    """
    from itss.own_measures.of_list import processes_of
    from itss.own_measures.own_file import own_of

    if path.is_file():
        data = path.read_bytes()
        processes_of(own_of(path, data), asked)
        yield OWN_MEASURES, data


def judged_exclusions(exclusions: Exclusions, folder: Path) -> Iterator[tuple[str, bytes]]:
    """The exclusions of one agreement and their evidence, by their names in a revision's folder.

    Not the file beside the agreements: it may have those of other customers too. `ConfigurationError` where a file of
    evidence is not there, or not the one that was named.
    """
    if not exclusions:
        return
    yield EXCLUSIONS, yaml.safe_dump(documents(exclusions), allow_unicode=True, sort_keys=False).encode()
    for one in exclusions:
        data = read_evidence(one.evidence, folder)
        if hashlib.sha256(data).hexdigest() != one.evidence.sha256:
            what = f"The evidence {one.evidence.file} of the exclusion {one.key} is not the one that was named."
            raise ConfigurationError(what, "Put back the file that was agreed: python -m itss check.")
        yield one.evidence.kept_as, data
