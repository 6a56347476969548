"""``look.yaml``: colours, fonts, logo, page header and footer of a template; what it does not say is its parent's.

Refuses a colour of text that cannot be read on the paper (below 4.5 : 1), and a logo that is not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import PydanticCustomError

from itss.errors import ConfigurationError
from itss.model import Model
from itss.problems import Problem, refused
from itss.reports.template.files import Layer, TemplateFiles
from itss.text import Text, printable
from itss.yaml_file import read_document

LOOK = "look.yaml"
LEAST_CONTRAST = 4.5
Colour = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
MOST_WORDS = 200


def _short(words: Text) -> Text:
    """What stands on the edge of every page: one line."""
    for said in (words.zh, words.en):
        if len(said) > MOST_WORDS or printable(said) != said.strip() or "\n" in said:
            raise PydanticCustomError("line", "write one line of {most} characters at most", {"most": MOST_WORDS})
    return words


Line = Annotated[Text, AfterValidator(_short)]
FontName = Annotated[str, Field(pattern=r"^[\w .-]{1,60}$")]


class Colours(Model):
    """Text, lines, washes, the colours of the brand and of the three states; each as ``#rrggbb``."""

    ink: Colour = Field("#1b2733", description="text", examples=['"#1b2733"'])
    soft: Colour = Field("#5b6875", description="text that stands back", examples=['"#5b6875"'])
    line: Colour = Field("#dfe4e9", description="lines of tables and frames", examples=['"#dfe4e9"'])
    wash: Colour = Field("#f5f7f9", description="background of what is set apart", examples=['"#f5f7f9"'])
    brand: Colour = Field("#17496e", description="titles, first series of a chart", examples=['"#17496e"'])
    brand_2: Colour = Field("#8fb3cc", description="second series of a chart", examples=['"#8fb3cc"'])
    met: Colour = Field("#1b7a46", description="a target that was met", examples=['"#1b7a46"'])
    met_wash: Colour = Field("#e8f4ed", description="and its background", examples=['"#e8f4ed"'])
    at_risk: Colour = Field("#8f5400", description="met narrowly", examples=['"#8f5400"'])
    at_risk_wash: Colour = Field("#fdf3e1", description="and its background", examples=['"#fdf3e1"'])
    missed: Colour = Field("#b3261e", description="missed", examples=['"#b3261e"'])
    missed_wash: Colour = Field("#fcebe9", description="and its background", examples=['"#fcebe9"'])


class Look(Model):
    """How a report looks, in page, PDF and workbook."""

    colours: Colours = Field(Colours(), description="colours", examples=['{brand: "#7a1f3d"}'])
    fonts: tuple[FontName, ...] = Field(
        (),
        description="fonts of page and PDF in the order in which they are tried, before those of the system",
        examples=["[Source Han Sans SC, Arial]"],
    )
    workbook_font: FontName = Field("", description="font of the workbook", examples=["Microsoft YaHei"])
    logo: str = Field(
        "",
        pattern=r"^([^/\\]+\.(svg|png|jpg|jpeg|SVG|PNG|JPG|JPEG))?$",
        description="picture in the template's folder: .svg, .png or .jpg",
        examples=["logo.svg"],
    )
    logo_alt: Line | None = Field(None, description="what the logo says", examples=["{zh-CN: 某某公司, en: Acme}"])
    header: Line | None = Field(
        None, description="on top of each printed page", examples=["{zh-CN: 仅供客户, en: For the customer}"]
    )
    footer: Line | None = Field(
        None,
        description="at the foot of each printed page, before title and page number",
        examples=["{zh-CN: …, en: …}"],
    )
    mark: Line | None = Field(
        None, description="a line over the whole report", examples=["{zh-CN: 内部资料, en: Internal}"]
    )
    max_pages: int = Field(
        0, ge=0, le=500, description="A4 pages that the PDF may have; more are a finding; 0: as many as it takes",
        examples=["6"],
    )  # fmt: skip


def look_of(files: TemplateFiles) -> Look:
    """The look of a chain, the nearest template's word first; `ConfigurationError` naming file and line."""
    merged: dict[str, Any] = {}
    for layer in reversed(files.layers):
        said = _said(layer)
        colours = {**merged.get("colours", {}), **(said.get("colours") or {})}
        merged = {**merged, **said, "colours": colours}
    return Look.model_validate(merged)


def logo_of(files: TemplateFiles, look: Look) -> bytes:
    """The logo, from the nearest template that has that file; empty where there is none to show."""
    return next((layer.files[look.logo] for layer in files.layers if look.logo in layer.files), b"")


def contrast(colour: str, background: str = "#ffffff") -> float:
    """Contrast of two colours, 1 to 21. WCAG 2.2, relative luminance."""
    first, second = sorted((_luminance(colour), _luminance(background)), reverse=True)
    return (first + 0.05) / (second + 0.05)


def unreadable(look: Look) -> Iterator[tuple[str, float]]:
    """The colours of text that are too pale, with their contrast: on paper, and each state's on its own wash."""
    colours = look.colours
    pairs = [(name, getattr(colours, name), "#ffffff") for name in ("ink", "soft", "brand")]
    pairs += [(name, getattr(colours, name), wash) for name in ("ink", "soft") for wash in (colours.wash,)]
    states = ("met", "at_risk", "missed")
    pairs += [
        (name, getattr(colours, name), wash)
        for name in states
        for wash in ("#ffffff", getattr(colours, f"{name}_wash"))
    ]
    for name, colour, background in pairs:
        if (found := contrast(colour, background)) < LEAST_CONTRAST:
            yield name, found


def _said(layer: Layer) -> Mapping[str, Any]:
    data = layer.files.get(LOOK)
    if data is None:
        return {}
    path = Path(layer.where) / LOOK
    document = read_document(path, data)
    if isinstance(document, Problem):
        raise ConfigurationError(str(document), "Correct the file.")
    said = {} if document.data is None else document.data
    faults = list(document.doubled)
    try:
        Look.model_validate(said)
    except ValidationError as error:
        faults += refused(error, Look)
    if faults:
        raise ConfigurationError("\n".join(str(document.problem(fault)) for fault in faults), "Correct the file.")
    return dict(said)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
