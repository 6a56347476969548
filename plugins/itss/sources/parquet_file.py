"""Parquet as text: times in ISO form and UTC, long numbers in full, nested values as JSON."""

from __future__ import annotations

from pathlib import Path

from itss.errors import SourceError
from itss.sources.limits import refuse_cells, refuse_wide
from itss.sources.text_table import TextTable, quoted, short, table_name


def read_parquet(path: Path, _: str | None = None) -> list[TextTable]:
    """The one table of a Parquet file; `SourceError` if it is broken, or too much."""
    import duckdb
    from pyarrow import ArrowException, parquet

    try:  # a few bytes may stand for any number of rows, and to open many columns takes long
        size = parquet.read_metadata(path)
    except ArrowException as error:
        raise SourceError(f"{path.name}: {short(error)}.", "Export it again as Parquet.") from error
    refuse_wide(path.name, size.num_columns)
    refuse_cells(path.name, size.num_rows, size.num_columns)
    with duckdb.connect(":memory:") as database:
        database.execute("SET TimeZone = 'UTC'")
        try:
            relation = database.from_parquet(str(path))
            cells = ", ".join(
                _as_text(name, str(kind)) for name, kind in zip(relation.columns, relation.types, strict=True)
            )
            data = relation.project(cells).to_arrow_table()
        except duckdb.Error as error:
            raise SourceError(f"{path.name}: {short(error)}.", "Export it again as Parquet.") from error
    return [TextTable(table_name(path.stem), path, data)]


def _as_text(name: str, kind: str) -> str:
    column = quoted(name)
    nested = kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION"))
    value = f"to_json({column})" if nested else f"trim({column}::VARCHAR)" if kind.startswith("ENUM") else column
    return f"nullif({value}::VARCHAR, '') AS {column}"
