"""What stands in a cell of a workbook, as every kind of writer puts it there, and what comes out as text."""

import datetime as dt
import zipfile

import openpyxl
import pytest
import xlsxwriter
from itss.errors import SourceError
from itss.sources import sheet_file
from itss.sources.files import read_file

DAY = dt.datetime(2026, 9, 10, 8, 30)  # noqa: DTZ001 - a spreadsheet has no zones
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"


def book(path, cells, **options):
    """A workbook with a column ``v`` of ``(value, format)``."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False} | options) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["id", "v"])
        for row, (value, form) in enumerate(cells, 1):
            look = made.add_format({"num_format": form}) if form else None
            sheet.write_number(row, 0, row)
            if isinstance(value, (dt.datetime, dt.date, dt.time, dt.timedelta)):
                sheet.write_datetime(row, 1, value, look)
            else:
                sheet.write(row, 1, value, look)
    return path


def values(path):
    return read_file(path)[0].data["v"].to_pylist()


def with_sheet(path, old, new, part="xl/worksheets/sheet1.xml"):
    """The workbook at ``path`` with something else in the XML of a part."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("is_1904", [False, True])
@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (DAY, "yyyy-mm-dd hh:mm", "2026-09-10 08:30:00"),
        (DAY, "m/d/yyyy", "2026-09-10 08:30:00"),
        (DAY, 'yyyy"年"m"月"d"日"', "2026-09-10 08:30:00"),
        (DAY, "[$-804]yyyy-mm-dd hh:mm", "2026-09-10 08:30:00"),
        (dt.date(2026, 9, 10), "yyyy-mm-dd", "2026-09-10"),
        (DAY.replace(second=17, microsecond=250_000), "yyyy-mm-dd hh:mm:ss.000", "2026-09-10 08:30:17.250"),
        (dt.timedelta(hours=4, minutes=30), "[h]:mm", "4:30:00"),
        (dt.timedelta(hours=30), "[h]:mm", "30:00:00"),
        (dt.timedelta(hours=30, seconds=5), "[hh]:mm:ss", "30:00:05"),
        (dt.timedelta(hours=100, milliseconds=20), "[h]:mm:ss.00", "100:00:00.020"),
        (dt.timedelta(minutes=90), "[m]", "1:30:00"),
        (dt.timedelta(seconds=90), "[mm]:ss", "0:01:30"),
        (dt.timedelta(0), "[h]:mm", "0:00:00"),
        (dt.time(4, 30), "h:mm", "04:30:00"),
        (-0.25, "[h]:mm", "-6:00:00"),
        (2.5, "[Red]0.00", "2.5"),
        (2.5, '0.0" h"', "2.5"),
        (0.95, "0%", "0.95"),
        (True, None, "true"),
        ("  lead ", None, "  lead "),
        ("007", None, "007"),
        ("a😀_x000D_\nb", None, "a😀_x000D_\nb"),
        ("#N/A", None, "#N/A"),
        ("", "0", None),
        (123456789012345, None, "123456789012345"),
        (1e300, None, "1e+300"),
    ],
)
def test_a_cell(tmp_path, is_1904, value, form, text):
    assert values(book(tmp_path / "a.xlsx", [(value, form), ("x", None)], date_1904=is_1904))[0] == text


@pytest.mark.parametrize(
    ("number", "is_1904", "at"),
    [
        (46275.5, False, "2026-09-10 12:00:00"),
        (44813.5, True, "2026-09-10 12:00:00"),
        (44813.354166666664, True, "2026-09-10 08:30:00"),
        (61, False, "1900-03-01"),
        (0, True, "1904-01-01"),
        (0, False, "0"),
        (73050, False, "2099-12-31"),
        (73050 - 1462, True, "2099-12-31"),
        (73052, False, "73052"),
        (73052 - 1462, True, "71590"),
    ],
)
def test_a_day_as_a_number_is_counted_from_the_year_of_its_workbook(tmp_path, ask, number, is_1904, at):
    book(tmp_path / "a.xlsx", [(number, None)], date_1904=is_1904)
    assert ask("a.xlsx", "SELECT from_serial(v) AS at FROM source") == [{"at": at}]
    assert ("days counted from 1904" in read_file(tmp_path / "a.xlsx")[0].note) == is_1904


def test_workbooks_that_count_from_different_years_are_not_read_by_one_macro(tmp_path, ask):
    book(tmp_path / "a.xlsx", [(44813.5, None)], date_1904=True)
    book(tmp_path / "b.xlsx", [(46275.5, None)])
    with pytest.raises(SourceError, match=r"a\.xlsx counts days from 1904 and b\.xlsx does not"):
        ask("*.xlsx", "SELECT from_serial(v) AS at FROM source")
    assert len(ask("*.xlsx", "SELECT v FROM source")) == 2


@pytest.mark.parametrize("error", ["#DIV/0!", "#REF!", "#VALUE!", "#N/A"])
def test_an_error_is_not_nothing(tmp_path, error):
    path = book(tmp_path / "a.xlsx", [(1, None), (7, None), (2, None)])
    with_sheet(path, b'<c r="B3"><v>7</v>', f'<c r="B3" t="e"><f>1/0</f><v>{error}</v>'.encode())
    assert values(path) == ["1", error, "2"]


def test_whole_numbers_of_very_many_digits_are_not_rounded(tmp_path):
    path = book(tmp_path / "a.xlsx", [(1, None), (7, None), (2.5, None)])
    with_sheet(path, b'<c r="B3"><v>7</v>', b'<c r="B3"><v>\n12345678901234567890 </v>')
    assert values(path) == ["1", "12345678901234567890", "2.5"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'<c r="B3"><v>7</v></c>', b'<c r="B3" t="inlineStr"><is><t>a</t><r><t>b</t></r></is></c>'),
        (b'<c r="B3"><v>7</v></c>', b'<c r="B3" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>'),
        (b'<row r="3" spans="1:2"><c r="A3"><v>2</v></c><c r="B3"><v>7</v></c>',
         b'<row><c><v>2</v></c><c t="inlineStr"><is><t>ab</t></is></c>'),
    ],
    ids=["inline", "computed", "without addresses"],
)  # fmt: skip
def test_texts_as_other_writers_put_them(tmp_path, old, new):
    path = book(tmp_path / "a.xlsx", [(1, None), (7, None), (3, None)])
    assert values(with_sheet(path, old, new)) == ["1", "ab", "3"]


def test_a_footer_is_no_part_of_the_last_cell(tmp_path):
    path = book(tmp_path / "a.xlsx", [(7, None)])
    foot = b"</sheetData><headerFooter><oddFooter>page</oddFooter></headerFooter>"
    with_sheet(path, b'<c r="B2"><v>7</v></c></row></sheetData>', b'<c r="B2"><f>1+1</f><v></v></c></row>' + foot)
    with pytest.raises(SourceError, match="cell B2 has a formula"):
        values(path)


def test_a_strict_workbook_is_scanned_like_any_other(tmp_path):
    path = book(tmp_path / "a.xlsx", [(7, None)])
    with_sheet(path, b"<v>7</v>", b"<f>1+1</f>")
    with_sheet(path, MAIN.encode(), STRICT.encode())
    with pytest.raises(SourceError, match="cell B2 has a formula"):
        values(path)


def test_a_table_that_begins_somewhere_and_a_chart_that_is_a_sheet(tmp_path, ask):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as made:
        chart = made.add_chart({"type": "line"})
        chart.add_series({"values": "=Data!$D$6:$D$7"})
        made.add_chartsheet("Chart").set_chart(chart)
        made.add_worksheet("Empty")
        old = made.add_worksheet("Old")
        old.write(0, 0, "id")
        old.hide()
        sheet = made.add_worksheet("Data")
        for row, cells in enumerate((["id", "n"], [1, 2], [None, None], [3, 4]), 4):
            sheet.write_row(row, 3, cells)
    assert ask("a.xlsx", "SELECT id, n, _row FROM source ORDER BY _row") == [
        {"id": "1", "n": "2", "_row": 1},
        {"id": "3", "n": "4", "_row": 2},
    ]
    assert [table.name for table in read_file(tmp_path / "a.xlsx")] == ["a", "a_Old"]


def test_a_macro_workbook_is_read_without_its_macros(tmp_path):
    path = book(tmp_path / "a.xlsm", [("x", None)])
    assert values(path) == ["x"]


def test_dates_after_one_spelling_whoever_wrote_them(tmp_path):
    made = openpyxl.Workbook()
    made.active.append(["v"])
    made.active.append([DAY])
    made.active.append([dt.timedelta(hours=30)])
    made.active["A3"].number_format = "[h]:mm:ss"
    made.save(tmp_path / "a.xlsx")
    assert values(tmp_path / "a.xlsx") == ["2026-09-10 08:30:00", "30:00:00"]


def test_a_reader_that_gives_up_in_its_own_way_is_a_refusal(tmp_path, monkeypatch):
    class PanicException(BaseException):
        pass

    def panic(*_):
        raise PanicException("index out of bounds")

    path = book(tmp_path / "a.xlsx", [("x", None)])
    monkeypatch.setattr(sheet_file, "_tables", panic)
    with pytest.raises(SourceError, match=r"not a readable XLSX workbook \(index out of bounds\)"):
        read_file(path)


def test_one_text_in_very_many_cells_is_refused_before_it_is_laid_out(tmp_path):
    path = book(tmp_path / "a.xlsx", [("x" * 30_000, None)])
    more = b"".join(b'<row r="%d"><c r="B%d" t="s"><v>2</v></c></row>' % (row, row) for row in range(3, 40_000))
    with_sheet(path, b"</sheetData>", more + b"</sheetData>")
    with pytest.raises(SourceError, match="more than 1,000,000,000 characters in its cells"):
        values(path)


def test_two_values_very_far_apart_are_refused(tmp_path):
    path = book(tmp_path / "a.xlsx", [("x", None)])
    with_sheet(path, b"</sheetData>", b'<row r="1000000"><c r="CV1000000"><v>1</v></c></row></sheetData>')
    with pytest.raises(SourceError, match="25,000,000 cells in the rectangles around the values"):
        values(path)
