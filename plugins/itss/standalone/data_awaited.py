"""Whether anything here waits for handed-in data, or for other reports: only then is a triggerer needed."""

from __future__ import annotations

from itss.errors import RegisterError
from itss.report_list.models import ReportList
from itss.watch.list_and_record import existing_register


def is_data_awaited(people: ReportList, register_url: str) -> bool:
    """Whether a report of the list, or a revision that has not ended, has data handed in or is made after others.

    A register that does not answer may hold such a revision.
    """
    listed = people.reports
    if any(entry.after or any(source.hand_in for source in entry.data_source.values()) for entry in listed):
        return True
    register = existing_register(register_url)
    try:
        living = register.living() if register else []
    except RegisterError:
        return True
    documents = [document for _, document in living]
    sources = (source for document in documents for source in document["entry"]["data_source"].values())
    return any(document.get("awaited") for document in documents) or any(source.get("hand_in") for source in sources)
