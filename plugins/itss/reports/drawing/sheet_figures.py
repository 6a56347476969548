"""Charts and pictures on a sheet: below the text before them, never over it, each with its alternative text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO

from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.image import Image

from itss.reports.catalogue import Catalogue
from itss.reports.document import Chart, Paragraph, Picture
from itss.reports.drawing.native import ChartData
from itss.reports.drawing.sheet import Sheet
from itss.reports.drawing.sheet_lines import Line, Lines, Piece

CHART_HEIGHT, ROW_PX, ROW_POINTS, GAP = 226, 20, 15, 16
LEAST, MOST = 360, 600
LOGO_HEIGHT, LOGO_WIDTH, PICTURE_HEIGHT = 56, 220, 480


def charts(sheet: Sheet, drawn: Sequence[Chart], data: ChartData, lines: Lines, words: Catalogue) -> None:
    """Charts beside each other, two in a row, over the sheet's width; a sentence for those that have no values."""
    shown = [plain for chart in drawn if (plain := with_values(chart)) is not None]
    for chart in drawn:
        if with_values(chart) is None:
            sheet.write([lines.paragraph(Paragraph(words("sheet.no_values", title=chart.title), "empty"))])
    if not shown:
        return
    width = max(LEAST, min(MOST, (sheet.pixels - GAP) // 2))
    sheet.row += 1
    for at, chart in enumerate(shown):
        native = data.draw(chart, width, CHART_HEIGHT)
        place = {"x_offset": (at % 2) * (width + GAP), "y_offset": 2, "object_position": 2, "description": chart.alt}
        sheet.raw.insert_chart(sheet.row, 0, native, place)
        if at % 2 or at == len(shown) - 1:
            _skip(sheet, CHART_HEIGHT)
    if len(shown) > 2:
        sheet.breaks.append(sheet.row)  # tables begin on a page of their own rather than break


def with_values(chart: Chart) -> Chart | None:
    """The chart with those of its series that have values; nothing where none has."""
    kept = tuple(one for one in chart.series if any(value is not None for value in one.values))
    return replace(chart, series=kept) if kept and chart.categories else None


def picture(sheet: Sheet, shown: Picture, lines: Lines) -> None:
    """A picture below the text, no wider than the sheet; what it says where a workbook cannot show its kind."""
    image = _image(shown)
    if image is None:
        sheet.write([lines.paragraph(Paragraph(shown.alt, "note"))])
        return
    scale = min(1.0, sheet.pixels / image[1], PICTURE_HEIGHT / image[2])
    _insert(sheet, shown, scale, 0)
    _skip(sheet, math.ceil(image[2] * scale))


def logo(sheet: Sheet, shown: Picture | None) -> int:
    """The logo in the upper right corner; returns the pixels that it takes from the title."""
    image = _image(shown) if shown else None
    if shown is None or image is None:
        return 0
    scale = min(1.0, LOGO_WIDTH / image[1], LOGO_HEIGHT / image[2])
    width = math.ceil(image[1] * scale)
    _insert(sheet, shown, scale, max(0, sheet.pixels - width))
    return width


def logo_text(shown: Picture | None) -> Line | None:
    """What the logo says, where a workbook cannot show it."""
    return Line((Piece(shown.alt, {"bold": True}),)) if shown and shown.alt and _image(shown) is None else None


def _insert(sheet: Sheet, shown: Picture, scale: float, x_offset: int) -> None:
    place = {"image_data": BytesIO(shown.data), "description": shown.alt, "object_position": 2}
    place |= {"x_scale": scale, "y_scale": scale, "x_offset": x_offset, "y_offset": 4}
    sheet.raw.insert_image(sheet.row, 0, "picture", place)


def _image(shown: Picture) -> tuple[Image, float, float] | None:
    """The picture with its width and height in pixels; nothing for a kind that Excel does not know."""
    if shown.media_type not in ("image/png", "image/jpeg"):
        return None
    try:
        image = Image(BytesIO(shown.data))
    except (XlsxWriterException, ValueError, IndexError):
        return None
    return image, image.width * 96 / image.x_dpi, image.height * 96 / image.y_dpi


def _skip(sheet: Sheet, pixels: int) -> None:
    """Rows of a known height below what floats, for a program may take other heights for its own font."""
    for _ in range(math.ceil((pixels + 4) / ROW_PX) + 1):
        sheet.raw.set_row(sheet.row, ROW_POINTS)
        sheet.row += 1
