"""Which columns an export must have: what its query says that it needs, else what DuckDB finds that it reads."""

from __future__ import annotations

from itss.hand_in.place import Place
from itss.settings import Settings


def export_columns(place: Place, settings: Settings) -> list[str]:
    """The columns, each with its other names; none where nobody can tell. `SourceError` without a usable query."""
    import pyarrow as pa

    from itss.sources.duckdb_tables import lacking_columns
    from itss.sources.needs import needed_columns
    from itss.sources.statement import read_statement, sql_file
    from itss.sources.text_table import TextTable

    sql = sql_file(settings.report_list.parent, settings.shipped, place.source.system, place.process)
    statement = read_statement(sql, sql.name, place.entry.binds)
    empty = TextTable(place.process, sql, pa.table({}))
    return needed_columns(statement) or lacking_columns(statement, [empty], place.source.timezone)
