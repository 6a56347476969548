"""Whatever a CSV writer writes is read back cell by cell, in every delimiter, encoding and line end."""

import csv
import io

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from itss.sources.csv_file import read_csv

# any text but NUL, which marks a file as binary
CELL = st.text(st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12)


@st.composite
def tables(draw):
    width = draw(st.integers(2, 6))
    row = st.lists(CELL, min_size=width, max_size=width)
    return draw(st.lists(row, max_size=30))


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=tables(),
    delimiter=st.sampled_from(",;\t|"),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
@example([["a", "3,5"]] * 20, ";", "\r\n", "utf-8", csv.QUOTE_MINIMAL)
def test_round_trip(tmp_path_factory, body, delimiter, line_end, encoding, quoting):
    if line_end == "\r" or any("\r" in cell for row in body for cell in row):
        quoting = csv.QUOTE_ALL  # the writer quotes line breaks only of the kind it writes
    width = len(body[0]) if body else 2
    header = [f"column {n}" for n in range(width)]
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerows([header, *body])
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_bytes(written.getvalue().encode(encoding))
    data = read_csv(path, encoding)[0].data  # of one odd letter nobody can tell
    read = [[value or "" for value in row.values()] for row in data.to_pylist()]
    assert data.column_names == header
    assert read == [row for row in body if any(row)]
