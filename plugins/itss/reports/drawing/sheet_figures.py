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

CHART_HEIGHT, MARKS_HEIGHT, ROW_PX, GAP = 226, 90, 20, 16
"""Of a chart; what the names of its marks take below the axis; of a row; between two charts: pixels."""
LEAST, MOST = 360, 760
POINTS_PER_PX = 0.75
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
    height = max(CHART_HEIGHT, width * 3 // 8) + MARKS_HEIGHT * any(chart.marks for chart in shown)
    sheet.next_row()
    for at, chart in enumerate(shown):
        if at % 2 == 0:
            sheet.keep(height * POINTS_PER_PX)
        native = data.draw(chart, width, height)
        place = {"x_offset": (at % 2) * (width + GAP), "y_offset": 2, "object_position": 2, "description": chart.alt}
        sheet.raw.insert_chart(sheet.row, 0, native, place)
        if at % 2 or at == len(shown) - 1:
            _skip(sheet, height)


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
    sheet.keep(image[2] * scale * POINTS_PER_PX)
    _insert(sheet, shown, scale, sheet.row)
    _skip(sheet, math.ceil(image[2] * scale))


def logo_pixels(shown: Picture | None) -> int:
    """The width that the logo takes from the title; 0 for one that a workbook cannot show."""
    image = _image(shown) if shown else None
    return math.ceil(image[1] * _logo_scale(image)) if image else 0


def logo(sheet: Sheet, shown: Picture | None) -> None:
    """The logo in the upper right corner of the finished sheet."""
    image = _image(shown) if shown else None
    if shown is None or image is None:
        return
    scale = _logo_scale(image)
    _insert(sheet, shown, scale, 0, max(0, sheet.pixels - math.ceil(image[1] * scale)))


def _logo_scale(image: tuple[Image, float, float]) -> float:
    return min(1.0, LOGO_WIDTH / image[1], LOGO_HEIGHT / image[2])


def logo_text(shown: Picture | None) -> Line | None:
    """What the logo says, where a workbook cannot show it."""
    return Line((Piece(shown.alt, {"bold": True}),)) if shown and shown.alt and _image(shown) is None else None


def _insert(sheet: Sheet, shown: Picture, scale: float, row: int, x_offset: int = 0) -> None:
    place = {"image_data": BytesIO(shown.data), "description": shown.alt, "object_position": 2}
    place |= {"x_scale": scale, "y_scale": scale, "x_offset": x_offset, "y_offset": 4}
    sheet.raw.insert_image(row, 0, "picture", place)


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
    for _ in range(math.ceil((pixels + GAP // 2) / ROW_PX)):
        sheet.next_row()
