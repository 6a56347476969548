"""Charts: round ticks around the data, points where they belong, gaps, and no colour-only signals."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itss.reports import catalogue
from itss.reports.cells import Cells
from itss.reports.document import Chart, Mark, Series
from itss.reports.drawing import scale, shapes, svg
from itss.reports.template.look import Colours, Look


@pytest.fixture(scope="module")
def cells() -> Cells:
    return Cells(catalogue.load("en"), "UTC")


def chart(values: list[float | None], **fields: object) -> Chart:
    labels = tuple(f"2026-{at + 1:02d}" for at in range(len(values)))
    flagged = fields.pop("flagged", ())
    given_fields = {"kind": "control", "title": "t", "unit": "share", "alt": 'a <b> & "c"'} | fields
    return Chart(categories=labels, series=(Series("s", tuple(values), flagged),), **given_fields)  # type: ignore[arg-type]


def tree(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


def of_class(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [element for element in root.iter() if name in (element.get("class") or "").split()]


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_ticks_are_few_even_and_around_the_data(low: float, span: float) -> None:
    high = low + span
    ticks = scale.ticks(low, high, float("inf"))
    steps = {b - a for a, b in pairwise(ticks)}
    assert 2 <= len(ticks) <= 8
    assert max(steps) - min(steps) <= max(steps) * 1e-3
    slack = 2e-4 * max(1, abs(low), abs(high))
    assert ticks[0] <= low + slack
    assert ticks[-1] >= high - slack


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0, 1e-10])
def test_a_flat_share_stays_between_nothing_and_all(value: float) -> None:
    low, high, _ = svg.axis_of(chart([value, value]))
    assert 0 <= low <= value <= high <= 1


def test_a_hole_breaks_the_line_and_has_no_point(cells: Cells) -> None:
    root = tree(svg.draw(chart([0.9, 0.91, None, 0.92, 0.93]), cells))
    (line,) = of_class(root, "line")
    assert line.get("d", "").count("M") == 2
    assert line.get("d", "").count("L") == 2
    assert len(of_class(root, "point")) == 4


def test_points_lie_where_their_values_do(cells: Cells) -> None:
    root = tree(svg.draw(chart([0.90, 0.95, 1.0]), cells))
    heights = [float(point.get("cy", "")) for point in of_class(root, "point")]
    places = [float(point.get("cx", "")) for point in of_class(root, "point")]
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2], abs=0.2)
    assert places == sorted(places)


def test_what_is_outside_has_another_shape_and_limits_lie_behind(cells: Cells) -> None:
    drawn = svg.draw(
        chart([0.96, 0.96, 0.91], flagged=(2,), mean=0.96, lower=0.95, upper=0.97, target=0.95, target_text="≥ 95%"),
        cells,
    )
    root = tree(drawn)
    assert [element.tag for element in of_class(root, "flagged")] == ["path"]
    assert len(of_class(root, "point")) == 2
    assert drawn.index('class="band"') < drawn.index('class="target"') < drawn.index('class="line"')
    assert "target ≥ 95%" in drawn


def test_everything_is_inside_and_described(cells: Cells) -> None:
    root = tree(svg.draw(chart([0.2, 0.5, 0.99], value_text="99.0%"), cells))
    _, _, width, height = map(float, root.get("viewBox", "").split())
    for point in of_class(root, "point"):
        assert 0 < float(point.get("cx", "")) < width
        assert 0 < float(point.get("cy", "")) < height
    assert root.get("aria-label") == 'a <b> & "c"'
    assert [t.text for t in root.iter() if t.tag == "title"][-1] == "2026-03: 99.0%"


@pytest.mark.parametrize("values", [[0.0, 0.0], [5.0, 5.0, 5.0], [1.0], [0.0, 1e9], [0.001, 0.0011]])
@pytest.mark.parametrize("kind", ["control", "lines", "columns"])
@pytest.mark.parametrize("unit", ["count", "share", "h"])
def test_flat_and_wild_series_are_drawn(cells: Cells, values: list[float], kind: str, unit: str) -> None:
    drawn = svg.draw(chart(list(values), kind=kind, unit=unit), cells)
    assert not re.search(r'="-?(nan|inf)', drawn)
    assert len(of_class(tree(drawn), "column" if kind == "columns" else "point")) == len(values)


def test_low_shares_are_bars_from_zero_and_high_ones_dots(cells: Cells) -> None:
    low, high = (tree(svg.draw(chart([a, b], kind="bars"), cells)) for a, b in ((0.2, 0.4), (0.92, 0.96)))
    widths = [float(bar.get("width", "")) for bar in of_class(low, "bar")]
    assert widths[1] == pytest.approx(2 * widths[0], abs=0.2)
    assert {element.tag for element in of_class(high, "bar")} == {"circle"}
    assert re.search(r">90%<.*>100%<", "".join(f">{t.text}<" for t in high.iter("text")))


def test_a_long_chinese_label_is_cut_with_an_ellipsis() -> None:
    assert shapes.fit("桌面支持与终端服务管理平台系统") == "桌面支持与终端服务管理…"
    assert shapes.fit("short") == "short"


def test_a_sparkline_ends_with_its_dot() -> None:
    root = tree(svg.spark([1.0, None, 3.0], "missed"))
    assert [float(dot.get("cx", "")) for dot in of_class(root, "dot")] == [svg.SPARK_WIDTH - 5]
    assert of_class(tree(svg.spark([1.0, 2.0, None], "met")), "dot") == []


def test_colours_are_attributes_of_the_look_and_no_style_is_needed(cells: Cells) -> None:
    look = Look(colours=Colours(brand="#7a1f3d", missed="#990000"))  # type: ignore[call-arg]
    drawn = svg.draw(chart([0.9, 0.8], flagged=(1,)), cells, look)
    (line,) = of_class(tree(drawn), "line")
    (diamond,) = of_class(tree(drawn), "flagged")
    assert (line.get("stroke"), line.get("fill"), diamond.get("fill")) == ("#7a1f3d", "none", "#990000")
    assert "style" not in drawn
    assert "#17496e" not in drawn


def test_marks_have_signs_and_lines_of_text(cells: Cells) -> None:
    marks = (Mark(2, "event", "Major incident INC-1"), Mark(1, "agreement", "agreement 2026"), Mark(2, "event", "b"))
    drawn = svg.draw(chart([0.9, 0.91, 0.92], marks=marks), cells)
    root = tree(drawn)
    assert len(of_class(root, "sign")) == 2  # two events of one period share one
    assert [text.text for text in root.iter("text")][-3:] == [
        "2026-02 agreement 2026",
        "2026-03 Major incident INC-1",
        "2026-03 b",
    ]
    first, second = (float((sign.get("transform") or "")[10:].split()[0]) for sign in of_class(root, "sign"))
    points = [float(point.get("cx", "")) for point in of_class(root, "point")]
    assert points[0] < first < points[1]  # an agreement counts from the begin of its period
    assert second == pytest.approx(points[2], abs=0.1)
    plain = tree(svg.draw(chart([0.9, 0.91, 0.92]), cells))
    assert float((root.get("viewBox") or "").split()[3]) > float((plain.get("viewBox") or "").split()[3])


def test_of_many_marks_the_newest_are_told_and_the_rest_is_counted(cells: Cells) -> None:
    marks = tuple(Mark(at, "improvement", f"item {at}") for at in range(6))
    texts = [text.text for text in tree(svg.draw(chart([1.0] * 6, marks=marks), cells)).iter("text")]
    assert texts[-4:] == ["2026-04 item 3", "2026-05 item 4", "2026-06 item 5", "and 3 earlier marks"]


def test_stacked_columns_stand_on_each_other(cells: Cells) -> None:
    two = (Series("a", (3.0, None)), Series("b", (4.0, 5.0)))
    stacked = Chart(kind="stacked", title="t", categories=("x", "y"), series=two, unit="count")
    low, high, _ = svg.axis_of(stacked)
    assert (low, high >= 7) == (0, True)
    columns = of_class(tree(svg.draw(stacked, cells)), "column")
    tops, heights = ([float(one.get(name, "")) for one in columns] for name in ("y", "height"))
    assert tops[1] + heights[1] == pytest.approx(tops[0], abs=0.2)
    assert {one.get("x") for one in columns[:2]} == {columns[0].get("x")}


def test_charts_beside_each_other_may_have_one_scale(cells: Cells) -> None:
    small = chart([1.0, 2.0], unit="count", span=(0.0, 100.0))
    assert svg.axis_of(small)[:2] == (0, 100)


def test_a_long_legend_takes_further_lines_and_lowers_the_plot(cells: Cells) -> None:
    names = tuple(Series("a name that is quite long, is it not " + str(at), (1.0, 2.0)) for at in range(3))
    drawn = svg.draw(Chart(kind="lines", title="t", categories=("x", "y"), series=names, unit="count"), cells)
    keys = [(key.get("transform") or "")[10:-1].split() for key in of_class(tree(drawn), "key")]
    assert len({y for _, y in keys}) > 1
    assert all(float(x) < svg.WIDTH for x, _ in keys)
