"""A handed-in file as rows of its process, in its own order, and every cell that is not what it must be.

The system ``template`` is our own workbook (or any file with those headers); any other is mapped by its SQL file, and
then the cells of the file and the columns of the process are two things.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from itss.errors import ExportError, OtherCustomerError, SourceError
from itss.hand_in.place import Place
from itss.hand_in.template import column_of, kind_of
from itss.processes.base import Process
from itss.report_list.customers import CUSTOMER, ForCustomer
from itss.report_list.data_source import TEMPLATE
from itss.settings import Settings
from itss.sources.cells import is_nothing, is_placeholder
from itss.sources.conform import UNPARSED, conform
from itss.sources.conversion import convert
from itss.sources.files import read_file
from itss.sources.notes import Notes
from itss.text import Text, text

OTHERS = text("该行属于其他客户，不应在此提交。", "This row is another customer's, whose report this is not.")


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a file: where (a row counted from 0 below the header, a column), and in both languages what.

    Without a row it is the header cell of ``column``, without a column the whole row, without both the whole file.
    """

    what: Text
    row: int | None = None
    column: str = ""

    def line(self) -> str:
        """In one line; rows are counted below the header."""
        where = [f"data row {self.row + 1}"] if self.row is not None else []
        where += [self.column] if self.column else []
        return f"{', '.join(where) or 'file'}: {self.what.en} {self.what.zh}"


@dataclass(frozen=True)
class Rows:
    """``frame`` is conformed and sorted by id, as a report reads it; ``in_order`` has its rows as they are checked.

    That is the order of the file where its rows are those of the process.
    """

    frame: pd.DataFrame
    in_order: pd.DataFrame
    is_file_order: bool
    faults: tuple[Fault, ...]
    where: str
    sql: str


def read_rows(path: Path, place: Place, settings: Settings) -> Rows:
    """The rows of the file at ``path``; `SourceError` when it cannot be read at all."""
    if place.source.system != TEMPLATE:
        return _mapped(path, place, settings)
    process = place.declared
    table = read_file(path, place.source.encoding)[0]
    columns = {name: _texts(table.data.column(name).to_pylist()) for name in table.data.column_names}
    named = {column_of(name): cells for name, cells in columns.items()}
    faults = list(_header_faults(process, [column_of(name) for name in columns]))
    where = f"{path.name}{f' ({table.note})' if table.note else ''}"
    if faults:
        return Rows(pd.DataFrame(), pd.DataFrame(), True, tuple(faults), where, "")
    zone, notes = place.source.timezone, Notes()
    frame = conform(process, named, zone, notes)
    numbers = pd.Series([f"{row:09d}" for row in range(table.data.num_rows)], dtype=object)
    in_order = conform(process, named | {"id": numbers}, zone)  # sorted by these: in the order of the file
    ids = next(column for column in process.columns if column.name == "id")
    in_order["id"] = pd.Series(convert(ids, named["id"], zone).values.to_pylist(), dtype="str")
    faults += [*_cell_faults(process, named, in_order), *_twice(named["id"]), *_others(place.entry.customer, in_order)]
    return Rows(frame, in_order, True, tuple(faults), "; ".join([where, *notes.words()]), "")


def _mapped(path: Path, place: Place, settings: Settings) -> Rows:
    from itss.sources.collect import collect
    from itss.sources.connections import connection_url
    from itss.sources.snapshot import read_frame
    from itss.sources.statement import sql_file

    process, source = place.declared, place.source
    with tempfile.TemporaryDirectory(prefix="itss-") as folder:
        collected = collect(
            process,
            source.model_copy(update={"hand_in": False, "file": path.name}),
            sql_file=sql_file(settings.report_list.parent, settings.shipped, source.system, process.id),
            base=path.parent,
            start=place.period.shift(1 - place.entry.history).start,
            end=place.period.end,
            connection_url=connection_url,
            to=Path(folder) / f"{process.id}.parquet",
            customer=place.entry.customer,
        )
        frame = read_frame(collected.path)
    faults = [
        Fault(text(f"{row.id}：无法解析 {row.cells}。", f"{row.id}: cannot be read: {row.cells}."))
        for row in frame.loc[frame[UNPARSED].notna(), ["id", UNPARSED]].rename(columns={UNPARSED: "cells"}).itertuples()
    ]
    return Rows(frame, frame, False, tuple(faults), collected.source, collected.sql)


def _header_faults(process: Process, names: Sequence[str]) -> Iterator[Fault]:
    known = {column.name for column in process.columns}
    counts = Counter(names)
    for name in counts:
        if name not in known:
            yield Fault(
                text("没有这一列，请使用模板的列名。", "There is no such column; use those of the template."),
                None,
                name,
            )
        elif counts[name] > 1:
            yield Fault(text("该列出现多次。", "This column stands there more than once."), None, name)
    for column in process.columns:
        if column.required and column.name not in counts:
            yield Fault(
                text(
                    f"缺少必填列 {column.name}（{column.text.zh}）。",
                    f"The required column {column.name} ({column.text.en}) is missing.",
                )
            )


def _cell_faults(process: Process, columns: dict[str, pd.Series[Any]], typed: pd.DataFrame) -> Iterator[Fault]:
    """Row by row, so that they are read in the order in which they are corrected."""
    found: list[Fault] = []
    for column in process.columns:
        if column.name not in columns:
            continue
        is_read = typed[column.name].notna().to_numpy(dtype=bool)
        given = [not is_nothing(cell) and not is_placeholder(cell) for cell in columns[column.name]]
        is_given = is_read | np.array(given, bool)
        kind = kind_of(column)
        faults = {text(f"无法解析，应为{kind.zh}。", f"Cannot be read; it must be {kind.en}."): is_given & ~is_read}
        if column.required:
            faults[text("必填，不能为空。", "Required, and empty.")] = ~is_given
        if column.values:
            strange = is_read & ~typed[column.name].isin(list(column.values)).to_numpy()
            faults[text(f"应为：{'、'.join(column.values)}。", f"Must be one of: {', '.join(column.values)}.")] = (
                strange
            )
        found += [Fault(what, int(row), column.name) for what, hit in faults.items() for row in hit.nonzero()[0]]
    yield from sorted(found, key=lambda fault: fault.row or 0)


def _twice(ids: pd.Series[Any]) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for row, value in enumerate(ids):
        written = str(value).strip() if value is not None else ""
        if not written:
            continue
        if written in first:
            other = first[written] + 1
            yield Fault(text(f"编号与数据第 {other} 行相同。", f"Data row {other} has this id, too."), row, "id")
        first.setdefault(written, row)


def _others(customer: ForCustomer | None, in_order: pd.DataFrame) -> Iterator[Fault]:
    """Rows that say they are another customer's; who leaves the cell empty handed them in for this one."""
    if customer is None or CUSTOMER not in in_order:
        return
    said = in_order[CUSTOMER]
    for row in (said.notna() & (said != customer.value)).to_numpy(dtype=bool).nonzero()[0]:
        yield Fault(OTHERS, int(row), CUSTOMER)


def refuse_others(error: OtherCustomerError) -> Fault:
    """What is wrong with an export of which the query yields rows that are not this customer's."""
    return Fault(text(f"文件中有不属于该客户的行：{error}", f"The file has rows that are not this customer's: {error}"))


def _texts(cells: list[str | None]) -> pd.Series[Any]:
    return pd.Series(cells, dtype=object)


def refuse_unreadable(error: SourceError) -> Fault:
    """What is wrong with a file that could not be read at all."""
    zh = error.zh if isinstance(error, ExportError) else str(error)
    return Fault(text(f"文件无法读取：{zh}", f"The file cannot be read: {error}"))
