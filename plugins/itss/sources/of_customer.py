"""Rows of an entry for one customer: each must be that customer's, as the column ``customer`` of the result says.

Compared is what a report would show: the text of the cell without the blanks around it (a CHAR column pads with them),
whole numbers without ``.0``; case and every other letter count, and an empty cell is nobody's. The first row of anybody
else stops the report, before anything of its batch is kept. Messages count rows and never say what is in one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from itss.errors import OtherCustomerError
from itss.processes.base import Process
from itss.processes.columns import CUSTOMER as COLUMN
from itss.report_list.customers import CUSTOMER, ForCustomer
from itss.sources.columns import Cells
from itss.sources.conversion import convert
from itss.sources.rows import Rows

_REMEDY = (
    "Correct the query: in the column 'customer' it selects whose each row is, and `WHERE … = :customer` leaves only "
    "the rows of this customer, spelled as in the customers file. None of the rows was kept."
)


def rows_of_customer(rows: Rows, customer: ForCustomer, process: Process, where: str) -> Rows:
    """``rows``, each looked at as it is taken; without their column ``customer`` where ``process`` has none.

    `OtherCustomerError` where there is no such column, and, while they are taken, for a row that is not ``customer``'s.
    """
    places = [place for place, name in enumerate(rows.names) if name.lower() == CUSTOMER]
    if len(places) != 1:
        found = "more than one column" if places else "no column"
        message = f"{process.id}: {where}: returns {found} 'customer', so that nobody knows whose the rows are."
        raise OtherCustomerError(message, _REMEDY)
    has_column = any(column.name == CUSTOMER for column in process.columns)
    kept = [place for place in range(len(rows.names)) if has_column or place != places[0]]

    def batches() -> Iterator[Sequence[Cells]]:
        seen = 0
        for cells in rows.batches:
            strange = count_others(cells[places[0]], customer)
            seen += len(cells[places[0]])
            if strange:
                # of the cells nothing may be on the way of this error, which is logged with its cause
                message = (
                    f"{process.id}: {where}: of the {seen:,} rows read so far, {strange:,} are not this customer's"
                )
                raise OtherCustomerError(f"{message} by their column 'customer'.", _REMEDY)
            yield [cells[place] for place in kept]

    return Rows([rows.names[place] for place in kept], batches(), rows.note)


def count_others(cells: Cells, customer: ForCustomer) -> int:
    """How many ``cells`` of a column ``customer`` say something else than the customer's value, or nothing."""
    values = convert(COLUMN, cells, "UTC").values
    return len(values) - (pc.sum(pc.equal(values, pa.scalar(customer.value, pa.string()))).as_py() or 0)
