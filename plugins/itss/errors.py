"""Every error this package raises on purpose, one tree, each with the remedy in its text.

``flow`` maps the classes to retry or fail by name, so a class says what kind of thing went wrong,
never where it was noticed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from itss.text import Text


class ItssError(Exception):
    """What went wrong, and behind it what to do about it.

    ``what`` names file, line, source or rows; ``remedy`` is one imperative sentence.
    """

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(f"{what} {remedy}".strip())
        self.what = what
        self.remedy = remedy


class ConfigurationError(ItssError):
    """The report list, an agreement or an SQL file is not usable. Not worth a retry."""


class AirflowSilentError(ConfigurationError):
    """A running Airflow gave no answer, or none of its own, when it was asked over REST. Worth a retry."""


class TimeLimitError(ItssError):
    """A step took longer than its limit. Not worth a retry: it would take as long again."""


class PeriodError(ItssError):
    """A period that cannot be read, or that is not over yet."""


class SourceError(ItssError):
    """A source answered with something that is not the process's rows: no file, no column, bad SQL."""


class ExportError(SourceError):
    """A file is not what its query reads. ``zh`` says the same in Chinese, for those who export it and hand it in."""

    def __init__(self, what: str, remedy: str, zh: str) -> None:
        super().__init__(what, remedy)
        self.zh = zh


class TooLargeError(ExportError):
    """A file exceeds a limit of what is read."""


class SourceUnreachableError(SourceError):
    """A source did not answer. Worth a retry."""


class SourceDeniedError(SourceError):
    """A source refused the login, or has no such database. Waiting does not cure it."""


class SourceChangedError(SourceError):
    """A source lacks a table or a column that the query reads (any more); the message names query, line and name."""


class OtherCustomerError(ItssError):
    """Rows of an entry for one customer that are another's, or nobody's, or of which nobody can say whose they are.

    No `SourceError`: it stops the report also where the source is optional. Never says what is in such a row.
    """


class ConnectionUnknownError(SourceError):
    """Airflow knows no such connection. Worth a retry: it says the same where its API did not answer in time."""


class HandInRefusedError(ItssError):
    """A handed-in file is not the process's data, or not handed in by whom the entry names."""


class DataMissingError(ItssError):
    """Data that must be handed in was not there when it was due. Clear the task once it is."""


class VersionsMissingError(ItssError):
    """Versions that a report is made after were not sealed when it was due. Clear the task once they are."""


class DataRefusedError(ItssError):
    """Critical findings: the data must not become a report."""


class RegisterError(ItssError):
    """The register refused: an impossible step in the life of a revision."""


class RegisterUnreachableError(RegisterError):
    """The register did not answer, or somebody held it too long. Worth a retry."""


class LedgerError(RegisterError):
    """A line of the ledger is not as it was signed, or a change has no line: the record does not prove itself."""


class RevisionBusyError(RegisterError):
    """Another run is at work on this very report and period."""


class RunGoneError(ItssError):
    """Airflow has a run, or tasks of it, no more: somebody deleted them, such as ``airflow db clean``."""

    def __init__(self, run: str) -> None:
        super().__init__(f"Airflow has tasks of run {run} no more, so that it cannot go on.")


class DecisionMissingError(ItssError):
    """An approval level has no countable answer, so nothing may leave."""


class NotTheirsError(DecisionMissingError):
    """Somebody answered who may not, or not on this day. ``zh`` says the same in Chinese, for whoever answered."""

    def __init__(self, what: str, remedy: str, zh: str) -> None:
        super().__init__(what, remedy)
        self.zh = zh


class AnswerRefusedError(ItssError):
    """What somebody answers is not taken, and they are notified at once; nothing of it is on record as an answer.

    ``status`` in terms of HTTP: 403 it is not theirs to answer, 404 there is no such question, 409 it is answered or
    not open, 413 or 422 what they sent cannot stand. ``said`` is for them, ``problems`` what is wrong in a form.
    """

    def __init__(self, status: int, said: Text, problems: tuple[str, ...] = ()) -> None:
        super().__init__(said.en)
        self.status, self.said, self.problems = status, said, problems


class ReviewRefusedError(ItssError):
    """The form of a review meeting has wrong lines. Worth a retry: it is asked again, filled in as it was written."""


class ContentChangedError(ItssError):
    """A file differs from what was signed or recorded, so nothing may leave.

    A cleared question keeps its first text in Airflow 3.3, so every level can be asked again by a new run only.
    """

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(
            what,
            remedy
            or "Find out who changed it, then set the run to failed and trigger the report for its period again: the "
            "new run takes the revision over, and every level is asked again.",
        )


class DeliveryError(ItssError):
    """At least one recipient was not served. Worth a retry: served ones are not served twice."""


class ArchiveError(ItssError):
    """A version could not be sealed, or a sealed one does not verify."""


class BackupError(ItssError):
    """A backup is not whole, or cannot be restored here; nothing that was there is touched."""


class AuditError(ArchiveError):
    """The audit found something that is not as it was sealed; the report manager has been notified."""


class ArchiveUnreachableError(ArchiveError):
    """The archive's place did not take or give a file. Worth a retry: it goes on from there."""


class StandaloneError(ItssError):
    """The embedded Airflow did not start, ended, or did not answer as it should."""
