"""A template from its text, as a test writes it, and what the report says of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from itss.reports import content
from itss.reports.document import Part
from itss.reports.template.files import Layer, TemplateFiles
from itss.reports.template.refused import TemplateRefusedError
from report_material import make


def chain(*texts: str, language: str = "en", **files: bytes) -> TemplateFiles:
    """Texts as a chain: each extends the next, which is called ``base``; ``files`` are in the first one's folder."""
    names = ["own", *["base"] * (len(texts) - 1)]
    layers = [
        Layer(name, {f"report.{language}.md.j2": text.encode(), **(files if at == 0 else {})}, f"templates/{at}_{name}")
        for at, (name, text) in enumerate(zip(names, texts, strict=True))
    ]
    return TemplateFiles(tuple(layers))


def parts(*texts: str, language: str = "en", files: dict[str, bytes] | None = None, **changes: Any) -> tuple[Part, ...]:
    """The parts that a template makes of the hand-made figures."""
    given = replace(make(language, **changes), template=chain(*texts, language=language, **(files or {})))
    return content.build(given).body


def refusals(*texts: str, **changes: Any) -> list[str]:
    """What is wrong with a template: ``line: message remedy`` of each problem."""
    try:
        parts(*texts, **changes)
    except TemplateRefusedError as error:
        return [f"{problem.line}: {problem.message} {problem.remedy}".strip() for problem in error.problems]
    return []
