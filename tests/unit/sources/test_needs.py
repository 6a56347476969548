"""What a query says that it needs: a kind of source, and columns of an export by any of their names."""

import pytest
from itss.errors import ExportError, SourceError
from itss.sources.needs import mismatch, refuse_lacking, refuse_mismatch
from itss.sources.statement import Statement

LIST = "-- needs: files\n-- needs column: Opened or opened_at\n--  Needs Column: State\nSELECT 1"


def statement(text):
    return Statement("sql/znuny/incident.sql", text, text, frozenset())


@pytest.mark.parametrize(
    ("needs", "kind", "told"),
    [
        ("postgresql", "postgresql", ""), ("postgresql", "", ""), ("", "mysql", ""), ("MySQL", "mysql", ""),
        ("postgresql", "mysql", "This query is for PostgreSQL, and the source is MariaDB or MySQL."),
        ("mysql", "files", "This query is for MariaDB or MySQL, and the source is files."),
        ("files", "sqlite", "This query is for files, and the source is SQLite."),
        ("oracle", "", "'needs: oracle' is no kind of source."),
    ],
)  # fmt: skip
def test_kinds(needs, kind, told):
    sql = f"-- needs: {needs}\nSELECT 1" if needs else "SELECT 1 -- it needs: files"
    found = mismatch(sql, kind)
    assert (found[0] if found else "") == told


def test_the_message_names_the_query_and_who_can_act():
    with pytest.raises(SourceError) as raised:
        refuse_mismatch(
            statement("-- needs: postgresql\nSELECT 1"), "mysql", "connection znuny, sql/znuny/incident.sql"
        )
    assert str(raised.value).startswith(
        "connection znuny, sql/znuny/incident.sql: this query is for PostgreSQL, and the source is MariaDB or MySQL."
    )
    assert "Whoever keeps the report list" in str(raised.value)


@pytest.mark.parametrize("columns", [["opened", "STATE"], ["Opened_At", "State", "x"]])
def test_a_column_is_there_by_any_of_its_names(columns):
    refuse_lacking(statement(LIST), columns, "export.csv")


def test_all_that_an_export_lacks_is_named_at_once():
    with pytest.raises(ExportError) as raised:
        refuse_lacking(statement(LIST), ["Number", "Created"], "sql/x.sql on export.csv")
    assert str(raised.value).startswith(
        "sql/x.sql on export.csv: the export lacks Opened (or opened_at), State. It has: Number, Created."
    )
    assert "The person who exports the file" in str(raised.value)
    assert "导出文件缺少列 Opened（或 opened_at）、State" in raised.value.zh
