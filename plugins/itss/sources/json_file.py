"""JSON lines, or one JSON array of objects: keys are columns in the order they first appear.

Numbers stay as they are written (no rounding of long ones); what is nested stays JSON text, for SQL's JSON functions.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from itss.errors import SourceError
from itss.sources.encoding import detect
from itss.sources.limits import refuse_cells
from itss.sources.text_table import Columns, TextTable, table_name

_REMEDY = "Write one JSON object a line, or one array of objects."


def read_json(path: Path, encoding: str | None = None) -> list[TextTable]:
    """The one table of a JSON file; `SourceError` with the line of what is not an object."""
    records = list(_records(path, path.read_text(encoding=detect(path, encoding))))
    if not records:
        raise SourceError(f"{path.name}: the file has no records.", "Hand in the export again.")
    keys = list(dict.fromkeys(key for _, record in records for key in record))
    columns = Columns(path, keys)
    refuse_cells(path.name, len(records), len(keys))  # a record need not have every key
    try:
        for line, record in records:
            columns.add([_cell(record.get(key)) for key in keys], line)
        data = columns.table(_REMEDY)
    except UnicodeEncodeError as error:
        raise SourceError(
            f"{path.name}: holds half a character (\\u{ord(error.object[error.start]):04x}).", _REMEDY
        ) from error
    return [TextTable(table_name(path.stem), path, data)]


def _records(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    if text.lstrip().startswith("["):
        found = [(position, record) for position, record in enumerate(_parsed(path, text, 1), start=1)]
    else:
        lines = enumerate(text.split("\n"), start=1)
        found = [(line, _parsed(path, written, line)) for line, written in lines if written.strip()]
    for line, record in found:
        if not isinstance(record, dict):
            raise SourceError(
                f"{path.name}, record {line}: {type(record).__name__} where an object is expected.", _REMEDY
            )
        yield line, record


def _parsed(path: Path, written: str, line: int) -> Any:
    try:
        return json.loads(written, parse_float=Decimal, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path.name}, line {line}: not JSON ({error}).", _REMEDY) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        raise ValueError("a key is written twice in one object")
    return record


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, default=float)
    return str(value)
